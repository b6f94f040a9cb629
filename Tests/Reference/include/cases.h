/*
 * The shared test cases: the table in Tests/Cases/layer_norm.txt and the arrays that belong to a case. The format and
 * the generator are described in Tests/Cases/README.md.
 */
#ifndef PLANISH_CASES_H
#define PLANISH_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum value_kind {
  VALUES_UNIT,
  VALUES_OFFSET4,
  VALUES_OFFSET6,
  VALUES_CONSTANT,
  VALUES_TINY,
  VALUES_HUGE,
  VALUES_SUBNORMAL,
  VALUES_OUTLIER,
  VALUES_STEP,
  VALUES_RAMP,
  VALUES_ALTERNATING,
  VALUES_ZEROS,
  VALUES_MIXED
} value_kind;

typedef struct norm_case {
  char name[64];
  int64_t rows, features;
  int64_t stride; /* of x, y, dy and dx; 0: contiguous */
  bool weight, bias;
  value_kind values; /* of x */
  double eps;
  bool recorded; /* whether there is a digest */
  uint64_t digest;
} norm_case;

/* Reads the table. Gives NULL after a message on stderr if it cannot. The caller frees the result. */
norm_case *read_cases(const char *path, size_t *count);

/* Contiguous input arrays of a case: rows × features for x and dy, features for weight and bias. */
void make_x(const norm_case *c, float *x);
void make_dy(const norm_case *c, float *dy);
void make_weight(const norm_case *c, float *weight);
void make_bias(const norm_case *c, float *bias);

/* FNV-1a over the bytes of floats, little end first. A digest starts as DIGEST_START and goes on from array to array.
 */
#define DIGEST_START 0xcbf29ce484222325u
uint64_t digest_floats(uint64_t digest, const float *values, int64_t count);

#endif
