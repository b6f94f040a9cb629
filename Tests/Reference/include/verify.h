/*
 * python/planish/verify.txt, which says what its problems, arrays and digests are, as far as arrays have no gaps.
 */
#ifndef PLANISH_VERIFY_H
#define PLANISH_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One problem of one line. */
typedef struct verify_case {
  char name[32], operation[20], dtype[8], weight_dtype[8], bias_dtype[8];
  int64_t outer, features, inner;
  double eps;
  bool weight, bias;
  int32_t line;
  const void *internals;
} verify_case;

/*
 * All problems of all lines without strides, line by line, and each line's digest by its number. Gives NULL after a
 * message on stderr if the table cannot be read. Stays in memory.
 */
const verify_case *read_verify(const char *path, size_t *count);
uint64_t verify_digest(const verify_case *c);

/* The input array "x", "dy", "weight" or "bias" of a case. */
void verify_make(const verify_case *c, const char *array, void *elements);

/* The digest of a line is that of its cases, one after the other; it starts as DIGEST_START. */
uint64_t verify_digest_elements(uint64_t digest, const verify_case *c, const void *y_or_dx);
uint64_t verify_digest_statistics(uint64_t digest, const verify_case *c, const void *mean_or_rstd);
uint64_t verify_digest_gradient(uint64_t digest, const void *dweight_or_dbias, size_t bytes);

#endif
