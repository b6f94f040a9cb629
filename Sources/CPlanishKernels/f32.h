/* 16 lanes of float. */
#ifndef PLANISH_F32_H
#define PLANISH_F32_H

#include "vectors.h"

/* ---- Memory: any address will do ---- */

PLANISH_INLINE planish_f32x16 planish_load_f32(const void *p) {
  planish_f32x16 v;
  memcpy(&v, p, sizeof v);
  return v;
}

PLANISH_INLINE void planish_store_f32(void *p, planish_f32x16 v) { memcpy(p, &v, sizeof v); }

/* Past the caches; p is a multiple of 64. */
PLANISH_INLINE void planish_stream_f32(void *p, planish_f32x16 v) {
  __builtin_nontemporal_store(v, (planish_f32x16 *)p);
}

PLANISH_INLINE float planish_load_one_f32(const void *p) {
  float v;
  memcpy(&v, p, sizeof v);
  return v;
}

PLANISH_INLINE void planish_store_one_f32(void *p, float v) { memcpy(p, &v, sizeof v); }

/* The first `count` of 16 elements, 0 <= count <= 16, without touching the memory behind them; zeros in the rest. */
PLANISH_INLINE planish_f32x16 planish_load_first_f32(const void *p, intptr_t count) {
#if defined(__AVX512F__)
  return (planish_f32x16)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
#elif defined(__AVX2__)
  const planish_i32x16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const planish_i32x16 inside = lane < (int32_t)count;
  planish_f32x16 v;
  v.lo = (planish_f32x8)_mm256_maskload_ps(p, (__m256i)inside.lo);
  v.hi = (planish_f32x8)_mm256_maskload_ps((const float *)p + 8, (__m256i)inside.hi);
  return v;
#else
  planish_f32x16 v = 0;
  planish_copy_few(&v, p, (size_t)count * sizeof(float));
  return v;
#endif
}

PLANISH_MASKED void planish_store_first_f32(void *p, planish_f32x16 v, intptr_t count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
#else
  planish_copy_few(p, &v, (size_t)count * sizeof(float));
#endif
}

/* ---- Arithmetic ---- */

PLANISH_INLINE planish_f32x16 planish_splat_f32(float v) { return v; }
PLANISH_INLINE planish_f32x16 planish_add_f32(planish_f32x16 a, planish_f32x16 b) { return a + b; }
PLANISH_INLINE planish_f32x16 planish_subtract_f32(planish_f32x16 a, planish_f32x16 b) { return a - b; }
PLANISH_INLINE planish_f32x16 planish_multiply_f32(planish_f32x16 a, planish_f32x16 b) { return a * b; }
PLANISH_INLINE planish_f32x16 planish_divide_f32(planish_f32x16 a, planish_f32x16 b) { return a / b; }
PLANISH_INLINE planish_f32x16 planish_abs_f32(planish_f32x16 v) { return __builtin_elementwise_abs(v); }
PLANISH_INLINE float planish_total_f32(planish_f32x16 v) { return PLANISH_TOTAL(v); }

/* Of 32 numbers, those at even places and those at odd ones: lane l is the sum of numbers l and l + 16. */
PLANISH_INLINE planish_f32x16 planish_fold_pair_f32(planish_f32x16 even, planish_f32x16 odd) {
  const planish_f32x8 evens = even.lo + even.hi, odds = odd.lo + odd.hi;
  return __builtin_shufflevector(evens, odds, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
}

/* Numbers in place, 32 by 32: those at even places first, then those at odd ones. Fewer than 32 at the end stay. */
PLANISH_APART void planish_to_pairs_f32(void *numbers, intptr_t count) {
  for (float *p = numbers; count >= 32; p += 32, count -= 32) {
    const planish_f32x16 a = planish_load_f32(p), b = planish_load_f32(p + 16);
    planish_store_f32(p, __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30));
    planish_store_f32(p + 16, __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));
  }
}

/* Back again. */
PLANISH_APART void planish_from_pairs_f32(void *numbers, intptr_t count) {
  for (float *p = numbers; count >= 32; p += 32, count -= 32) {
    const planish_f32x16 a = planish_load_f32(p), b = planish_load_f32(p + 16);
    planish_store_f32(p, __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    planish_store_f32(p + 16,
                      __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
  }
}

/* With the upper 12 of 24 bits. */
PLANISH_INLINE planish_f32x16 planish_shortened_f32(planish_f32x16 v) {
  return (planish_f32x16)((planish_i32x16)v & ~0xfff);
}

/* The larger of a and b in every lane; what a lane gives when one of them is not a number is not defined. */
PLANISH_INLINE planish_f32x16 planish_max_f32(planish_f32x16 a, planish_f32x16 b) { return a > b ? a : b; }

/* a in the lanes whose bit is set, b in the others. */
PLANISH_INLINE planish_f32x16 planish_select_f32(uint16_t bits, planish_f32x16 a, planish_f32x16 b) {
  const planish_i32x16 bit = {1 << 0, 1 << 1, 1 << 2,  1 << 3,  1 << 4,  1 << 5,  1 << 6,  1 << 7,
                              1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15};
  return ((planish_i32x16)(int32_t)bits & bit) != 0 ? a : b;
}

/* The first `count` lanes of v, zeros behind them. */
PLANISH_INLINE planish_f32x16 planish_first_f32(planish_f32x16 v, intptr_t count) {
#if defined(__AVX512F__)
  return (planish_f32x16)_mm512_maskz_mov_ps((__mmask16)((1u << count) - 1), (__m512)v);
#else
  const planish_i32x16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return (planish_f32x16)((planish_i32x16)v & (lane < (int32_t)count));
#endif
}

#if PLANISH_HAS_FMA

/* a * b + c, rounded once. */
PLANISH_INLINE planish_f32x16 planish_fma_f32(planish_f32x16 a, planish_f32x16 b, planish_f32x16 c) {
  return __builtin_elementwise_fma(a, b, c);
}

#else

/*
 * Without FMA instructions, in double: the product is exact, and the sum is rounded to odd, that is, to the neighbour
 * with an odd last bit where it is not exact. Rounding that to float is as good as rounding the exact value once.
 * Source: Boldo, Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd",
 * 2008.
 */
PLANISH_APART void planish_fma_to_odd(float *a, const float *b, const float *c) {
  typedef float f32x2 __attribute__((ext_vector_type(2)));
  typedef double f64x2 __attribute__((ext_vector_type(2)));
  typedef int64_t i64x2 __attribute__((ext_vector_type(2)));
  for (int i = 0; i < 16; i += 2) {
    f32x2 x, y, z;
    memcpy(&x, a + i, sizeof x);
    memcpy(&y, b + i, sizeof y);
    memcpy(&z, c + i, sizeof z);
    const f64x2 product = __builtin_convertvector(x, f64x2) * __builtin_convertvector(y, f64x2);
    const f64x2 addend = __builtin_convertvector(z, f64x2);
    const f64x2 sum = product + addend;
    const f64x2 part = sum - product;
    const f64x2 error = (product - (sum - part)) + (addend - part);
    const i64x2 inexact = (error > 0) | (error < 0), even = ((i64x2)sum & 1) - 1;
    const i64x2 step = (((error > 0) ^ (sum > 0)) & -2) + 1; /* towards the exact value */
    x = __builtin_convertvector((f64x2)((i64x2)sum + (step & even & inexact)), f32x2);
    memcpy(a + i, &x, sizeof x);
  }
}

PLANISH_INLINE planish_f32x16 planish_fma_f32(planish_f32x16 a, planish_f32x16 b, planish_f32x16 c) {
  planish_fma_to_odd((float *)&a, (const float *)&b, (const float *)&c);
  return a;
}

#endif

#endif
