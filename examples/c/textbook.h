/* Layer normalization as a textbook has it, in double precision: what Planish's results are compared with. */
#ifndef TEXTBOOK_H
#define TEXTBOOK_H

#include "embeddings.h"

#include <stdint.h>

/*
 * The values of one result. Each is a sum of terms; `terms` is the sum of their absolute values, which says how much
 * rounding to expect: a rounding step is 2^-24 of it (float has 24 bits).
 */
typedef struct expectation {
  double *values, *terms;
} expectation;

typedef struct textbook {
  expectation y, mean, rstd, dx, dweight, dbias;
  double *memory; /* all values and terms; the caller frees it */
} textbook;

/* Forward and backward for the gradient dy; memory is NULL in the answer if there is not enough. */
textbook textbook_compute(const embeddings *e, const float *dy);

typedef struct difference {
  double largest; /* of all elements, as it is */
  double steps;   /* of all elements, in rounding steps of the element */
} difference;

/* How far count floats are from what is expected; infinitely far if one is not a number. */
difference textbook_compare(const float *values, const expectation *expected, int64_t count);

#endif
