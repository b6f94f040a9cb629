/* Reads ../data/minilm-embeddings.bin; ../data/README.md describes the format. */
#ifndef EMBEDDINGS_H
#define EMBEDDINGS_H

#include <stdint.h>

/* The input of a transformer's first layer normalization: a row of features for each token of a text. */
typedef struct embeddings {
  int64_t tokens, features;
  double eps;
  const char *text;               /* the token texts, each ended by a zero */
  const float *x, *weight, *bias; /* x: tokens rows; weight and bias: one row each */
  void *content;                  /* the memory that all of the above lies in; the caller frees it */
} embeddings;

/* NULL if all went well, else what is wrong with the file. */
const char *embeddings_read(const char *path, embeddings *result);

#endif
