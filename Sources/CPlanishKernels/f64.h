/* 16 lanes of double. */
#ifndef PLANISH_F64_H
#define PLANISH_F64_H

#include "vectors.h"

/* ---- Memory: any address will do ---- */

PLANISH_INLINE planish_f64x16 planish_load_f64(const void *p) {
  planish_f64x16 v;
  memcpy(&v, p, sizeof v);
  return v;
}

PLANISH_INLINE void planish_store_f64(void *p, planish_f64x16 v) { memcpy(p, &v, sizeof v); }

/* Past the caches; p is a multiple of 64. */
PLANISH_INLINE void planish_stream_f64(void *p, planish_f64x16 v) {
  __builtin_nontemporal_store(v.lo, (planish_f64x8 *)p);
  __builtin_nontemporal_store(v.hi, (planish_f64x8 *)p + 1);
}

PLANISH_INLINE double planish_load_one_f64(const void *p) {
  double v;
  memcpy(&v, p, sizeof v);
  return v;
}

PLANISH_INLINE void planish_store_one_f64(void *p, double v) { memcpy(p, &v, sizeof v); }

/* The first `count` of 16 elements, 0 <= count <= 16, without touching the memory behind them; zeros in the rest. */
PLANISH_INLINE planish_f64x16 planish_load_first_f64(const void *p, intptr_t count) {
#if defined(__AVX512F__)
  planish_f64x16 v;
  v.lo = (planish_f64x8)_mm512_maskz_loadu_pd((__mmask8)((1u << count) - 1), p);
  v.hi = (planish_f64x8)_mm512_maskz_loadu_pd((__mmask8)(((1u << count) - 1) >> 8), (const double *)p + 8);
#elif defined(__AVX2__)
  const planish_i64x16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const planish_i64x16 inside = lane < (int64_t)count;
  planish_f64x16 v;
  v.lo.lo = (planish_f64x4)_mm256_maskload_pd(p, (__m256i)inside.lo.lo);
  v.lo.hi = (planish_f64x4)_mm256_maskload_pd((const double *)p + 4, (__m256i)inside.lo.hi);
  v.hi.lo = (planish_f64x4)_mm256_maskload_pd((const double *)p + 8, (__m256i)inside.hi.lo);
  v.hi.hi = (planish_f64x4)_mm256_maskload_pd((const double *)p + 12, (__m256i)inside.hi.hi);
#else
  planish_f64x16 v = 0;
  planish_copy_few(&v, p, (size_t)count * sizeof(double));
#endif
  return v;
}

PLANISH_MASKED void planish_store_first_f64(void *p, planish_f64x16 v, intptr_t count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << count) - 1), (__m512d)v.lo);
  _mm512_mask_storeu_pd((double *)p + 8, (__mmask8)(((1u << count) - 1) >> 8), (__m512d)v.hi);
#else
  planish_copy_few(p, &v, (size_t)count * sizeof(double));
#endif
}

/* ---- Arithmetic ---- */

PLANISH_INLINE planish_f64x16 planish_splat_f64(double v) { return v; }
PLANISH_INLINE planish_f64x16 planish_add_f64(planish_f64x16 a, planish_f64x16 b) { return a + b; }
PLANISH_INLINE planish_f64x16 planish_subtract_f64(planish_f64x16 a, planish_f64x16 b) { return a - b; }
PLANISH_INLINE planish_f64x16 planish_multiply_f64(planish_f64x16 a, planish_f64x16 b) { return a * b; }
PLANISH_INLINE planish_f64x16 planish_divide_f64(planish_f64x16 a, planish_f64x16 b) { return a / b; }
PLANISH_INLINE planish_f64x16 planish_sqrt_f64(planish_f64x16 v) { return __builtin_elementwise_sqrt(v); }
PLANISH_INLINE planish_f64x16 planish_abs_f64(planish_f64x16 v) { return __builtin_elementwise_abs(v); }
PLANISH_INLINE double planish_total_f64(planish_f64x16 v) { return PLANISH_TOTAL(v); }

/* With the upper 26 of 53 bits. */
PLANISH_INLINE planish_f64x16 planish_shortened_f64(planish_f64x16 v) {
  return (planish_f64x16)((planish_i64x16)v & ~INT64_C(0x7ffffff));
}

/* The larger of a and b in every lane; what a lane gives when one of them is not a number is not defined. */
PLANISH_INLINE planish_f64x16 planish_max_f64(planish_f64x16 a, planish_f64x16 b) { return a > b ? a : b; }

/* a in the lanes whose bit is set, b in the others. */
PLANISH_INLINE planish_f64x16 planish_select_f64(uint16_t bits, planish_f64x16 a, planish_f64x16 b) {
  const planish_i64x16 bit = {1 << 0, 1 << 1, 1 << 2,  1 << 3,  1 << 4,  1 << 5,  1 << 6,  1 << 7,
                              1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15};
  return ((planish_i64x16)(int64_t)bits & bit) != 0 ? a : b;
}

/* A bit for each lane in which a comparison holds. */
PLANISH_INLINE uint16_t planish_bits_f64(planish_i64x16 holds) {
  typedef bool planish_boolx16 __attribute__((ext_vector_type(16)));
  const planish_boolx16 lanes = __builtin_convertvector(holds, planish_boolx16);
  uint16_t bits;
  memcpy(&bits, &lanes, sizeof bits);
  return bits;
}
PLANISH_INLINE uint16_t planish_less_f64(planish_f64x16 a, planish_f64x16 b) { return planish_bits_f64(a < b); }
PLANISH_INLINE uint16_t planish_equal_f64(planish_f64x16 a, planish_f64x16 b) { return planish_bits_f64(a == b); }
PLANISH_INLINE uint16_t planish_not_finite_f64(planish_f64x16 v) { return planish_bits_f64(v - v != 0); }

/* The first `count` lanes of v, zeros behind them. */
PLANISH_INLINE planish_f64x16 planish_first_f64(planish_f64x16 v, intptr_t count) {
  const planish_i64x16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return (planish_f64x16)((planish_i64x16)v & (lane < (int64_t)count));
}

PLANISH_INLINE planish_f64x16 planish_widen_f32(planish_f32x16 v) { return __builtin_convertvector(v, planish_f64x16); }
PLANISH_INLINE planish_f32x16 planish_narrow_f64(planish_f64x16 v) {
  return __builtin_convertvector(v, planish_f32x16);
}

/*
 * To the neighbour with an odd last bit where it is not exact: rounding that once more, to fewer bits, is as good as
 * rounding v itself.
 */
PLANISH_INLINE planish_f32x16 planish_narrow_to_odd_f64(planish_f64x16 v) {
  const planish_f32x16 nearest = planish_narrow_f64(v);
  const planish_f64x16 error = v - planish_widen_f32(nearest);
  const planish_i64x16 inexact = (error > 0) | (error < 0);
  const planish_i64x16 away = (error > 0) ^ (v > 0); /* the nearest is further from zero than v */
  const planish_i32x16 bits = (planish_i32x16)nearest;
  const planish_i32x16 even = (bits & 1) - 1;
  const planish_i32x16 step = (__builtin_convertvector(away, planish_i32x16) & -2) + 1;
  return (planish_f32x16)(bits + (step & even & __builtin_convertvector(inexact, planish_i32x16)));
}

PLANISH_INLINE planish_f64x16 planish_zero_nans_f64(planish_f64x16 v) { return v == v ? v : 0; }

/* a in the lanes in which v is finite, b in the others. */
PLANISH_INLINE planish_f64x16 planish_if_finite_f64(planish_f64x16 v, planish_f64x16 a, planish_f64x16 b) {
  return v - v == 0 ? a : b;
}

/*
 * All lanes of the sums high + low, by halving. What rounding takes from a sum of high parts goes to the low ones, or
 * nothing where it is not finite. Source: Knuth, TAOCP 2, 4.2.2.
 */
#define PLANISH_HALVE_PAIRS(t, high, low)                                                                              \
  const t sum_##t = (high).lo + (high).hi, part_##t = sum_##t - (high).lo;                                             \
  const t error_##t = ((high).lo - (sum_##t - part_##t)) + ((high).hi - part_##t);                                     \
  const t rest_##t = ((low).lo + (low).hi) + (error_##t == error_##t ? error_##t : 0);

PLANISH_APART void planish_total_pairs_f64(const void *pairs, double *high, double *low) {
  typedef double planish_f64x2 __attribute__((ext_vector_type(2)));
  const planish_f64x16 highs = planish_load_f64(pairs), lows = planish_load_f64((const char *)pairs + sizeof highs);
  PLANISH_HALVE_PAIRS(planish_f64x8, highs, lows)
  PLANISH_HALVE_PAIRS(planish_f64x4, sum_planish_f64x8, rest_planish_f64x8)
  PLANISH_HALVE_PAIRS(planish_f64x2, sum_planish_f64x4, rest_planish_f64x4)
  PLANISH_HALVE_PAIRS(double, sum_planish_f64x2, rest_planish_f64x2)
  *high = sum_double;
  *low = rest_double;
}

PLANISH_INLINE double planish_sqrt_one_f64(double v) { return __builtin_elementwise_sqrt(v); }
PLANISH_INLINE double planish_fma_one_f64(double a, double b, double c) { return __builtin_elementwise_fma(a, b, c); }

/* a * b + c, rounded once; without FMA instructions by libm, lane by lane. */
#if PLANISH_HAS_FMA

PLANISH_INLINE planish_f64x16 planish_fma_f64(planish_f64x16 a, planish_f64x16 b, planish_f64x16 c) {
  return __builtin_elementwise_fma(a, b, c);
}

#else

PLANISH_APART void planish_fma_by_libm(double *a, const double *b, const double *c) {
  for (int i = 0; i < 16; i++)
    a[i] = __builtin_fma(a[i], b[i], c[i]);
}

PLANISH_INLINE planish_f64x16 planish_fma_f64(planish_f64x16 a, planish_f64x16 b, planish_f64x16 c) {
  planish_fma_by_libm((double *)&a, (const double *)&b, (const double *)&c);
  return a;
}

#endif

#endif
