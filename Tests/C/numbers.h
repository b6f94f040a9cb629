/* Numbers of every dtype, to and from doubles. */
#ifndef PLANISH_NUMBERS_H
#define PLANISH_NUMBERS_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "planish.h"

static const struct {
  const char *name;
  int bits, smallest; /* of the significand; exponent of the smallest number above 0 */
  double largest;
  size_t size;
} dtypes[] = {[PLANISH_F32] = {"f32", 24, -149, FLT_MAX, 4},
              [PLANISH_F64] = {"f64", 53, -1074, DBL_MAX, 8},
              [PLANISH_BF16] = {"bf16", 8, -133, 0x1.fep127, 2},
              [PLANISH_F16] = {"f16", 11, -24, 65504, 2}};

/* The nearest number of the dtype, ties to even. */
static inline double rounded(planish_dtype dtype, double v) {
  if (v == 0 || !isfinite(v))
    return v;
  int exponent;
  frexp(v, &exponent);
  exponent -= dtypes[dtype].bits;
  if (exponent < dtypes[dtype].smallest)
    exponent = dtypes[dtype].smallest;
  const double nearest = ldexp(nearbyint(ldexp(v, -exponent)), exponent);
  return fabs(nearest) > dtypes[dtype].largest ? copysign(INFINITY, v) : nearest;
}

static inline uint16_t half_bits(double v) {
  const uint16_t sign = signbit(v) ? 0x8000 : 0;
  const double size = fabs(v);
  if (!isfinite(v))
    return sign | (isnan(v) ? 0x7e00 : 0x7c00);
  if (size < 0x1p-14)
    return sign | (uint16_t)(size * 0x1p24);
  const int exponent = ilogb(size);
  return sign | (uint16_t)((exponent + 14) * 1024 + (int)ldexp(size, 10 - exponent));
}

static inline double half_value(uint16_t bits) {
  const int exponent = bits >> 10 & 31, rest = bits & 1023;
  double size = exponent ? ldexp(1024 + rest, exponent - 25) : ldexp(rest, -24);
  if (exponent == 31)
    size = rest ? NAN : INFINITY;
  return bits >> 15 ? -size : size;
}

/* `v` is a number of the dtype. */
static inline void put(void *array, planish_dtype dtype, int64_t i, double v) {
  const float narrow = (float)v;
  uint32_t word;
  memcpy(&word, &narrow, 4);
  const uint16_t half = dtype == PLANISH_F16 ? half_bits(v) : (uint16_t)(word >> 16);
  const void *bytes = dtype == PLANISH_F64 ? (void *)&v : dtype == PLANISH_F32 ? (void *)&narrow : (void *)&half;
  memcpy((char *)array + i * (int64_t)dtypes[dtype].size, bytes, dtypes[dtype].size);
}

static inline double get(const void *array, planish_dtype dtype, int64_t i) {
  double wide;
  float narrow;
  uint16_t half;
  const char *p = (const char *)array + i * (int64_t)dtypes[dtype].size;
  if (dtype == PLANISH_F64)
    return memcpy(&wide, p, 8), wide;
  if (dtype == PLANISH_F32)
    return memcpy(&narrow, p, 4), narrow;
  memcpy(&half, p, 2);
  const uint32_t word = (uint32_t)half << 16;
  return dtype == PLANISH_F16 ? half_value(half) : (memcpy(&narrow, &word, 4), narrow);
}

#endif
