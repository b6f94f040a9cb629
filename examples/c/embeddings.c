#include "embeddings.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first bytes of the file. Like everything in it little-endian, as every CPU is that Planish runs on. */
typedef struct header {
  char magic[8];
  int64_t tokens, features, text_bytes;
  double eps;
} header;

static const int64_t limit = 1 << 20; /* on every size, so that no product of two overflows */

static bool is_sensible(const header *h) {
  return h->tokens >= 1 && h->tokens <= limit && h->features >= 1 && h->features <= limit &&
         h->text_bytes >= h->tokens && h->text_bytes <= limit && h->text_bytes % 8 == 0;
}

/* Whether the text holds at least as many zero-ended strings as there are tokens. */
static bool has_all_tokens(const char *text, const header *h) {
  int64_t ends = 0;
  for (int64_t i = 0; i < h->text_bytes; i++)
    ends += text[i] == '\0';
  return ends >= h->tokens;
}

static const char *read_from(FILE *file, embeddings *result) {
  header h;
  if (fread(&h, sizeof h, 1, file) != 1)
    return "the file is truncated";
  if (memcmp(h.magic, "PLNSHEX1", sizeof h.magic) != 0)
    return "the file does not begin with PLNSHEX1";
  if (!is_sensible(&h))
    return "the sizes in the header make no sense";

  size_t bytes = (size_t)(h.text_bytes + (h.tokens + 2) * h.features * (int64_t)sizeof(float));
  char *content = malloc(bytes);
  if (content == NULL)
    return "out of memory";
  const char *error = NULL;
  if (fread(content, 1, bytes, file) != bytes)
    error = "the file is truncated";
  else if (fgetc(file) != EOF)
    error = "the file is longer than its header says";
  else if (!has_all_tokens(content, &h))
    error = "the file lacks token texts";
  if (error != NULL) {
    free(content);
    return error;
  }

  const float *x = (const float *)(void *)(content + h.text_bytes); /* aligned: text_bytes is a multiple of 8 */
  const float *weight = x + h.tokens * h.features;
  *result = (embeddings){h.tokens, h.features, h.eps, content, x, weight, weight + h.features, content};
  return NULL;
}

const char *embeddings_read(const char *path, embeddings *result) {
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return "the file cannot be opened";
  const char *error = read_from(file, result);
  fclose(file);
  return error;
}
