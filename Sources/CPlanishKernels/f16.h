/* 16-bit elements to 16 lanes of float and back: exact one way, to nearest even the other, subnormals kept. */
#ifndef PLANISH_F16_H
#define PLANISH_F16_H

#include "vectors.h"

PLANISH_INLINE planish_u16x16 planish_load_u16(const void *p) {
  planish_u16x16 v;
  memcpy(&v, p, sizeof v);
  return v;
}

PLANISH_INLINE void planish_store_u16(void *p, planish_u16x16 v) { memcpy(p, &v, sizeof v); }

/* Past the caches; p is a multiple of 32. */
PLANISH_INLINE void planish_stream_u16(void *p, planish_u16x16 v) {
  __builtin_nontemporal_store(v, (planish_u16x16 *)p);
}

PLANISH_MASKED planish_u16x16 planish_load_first_u16(const void *p, intptr_t count) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  return (planish_u16x16)_mm256_maskz_loadu_epi16((__mmask16)((1u << count) - 1), p);
#else
  planish_u16x16 v = 0;
  planish_copy_few(&v, p, (size_t)count * sizeof(uint16_t));
  return v;
#endif
}

PLANISH_MASKED void planish_store_first_u16(void *p, planish_u16x16 v, intptr_t count) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  _mm256_mask_storeu_epi16(p, (__mmask16)((1u << count) - 1), (__m256i)v);
#else
  planish_copy_few(p, &v, (size_t)count * sizeof(uint16_t));
#endif
}

/* ---- bfloat16: the upper half of a float ---- */

PLANISH_INLINE planish_f32x16 planish_from_bf16(planish_u16x16 v) {
  return (planish_f32x16)(__builtin_convertvector(v, planish_u32x16) << 16);
}

/*
 * 32 of them as two vectors, those at even places and those at odd ones: a shift and a mask, where keeping their order
 * would take both, and moves between lanes.
 */
PLANISH_INLINE planish_u32x16 planish_load_bf16_pair(const void *p) {
  planish_u32x16 v;
  memcpy(&v, p, sizeof v);
  return v;
}
PLANISH_INLINE void planish_store_bf16_pair(void *p, planish_u32x16 v) { memcpy(p, &v, sizeof v); }

/* Past the caches; p is a multiple of 64. */
PLANISH_INLINE void planish_stream_bf16_pair(void *p, planish_u32x16 v) {
  __builtin_nontemporal_store(v, (planish_u32x16 *)p);
}

PLANISH_INLINE planish_f32x16 planish_from_even_bf16(planish_u32x16 v) { return (planish_f32x16)(v << 16); }
PLANISH_INLINE planish_f32x16 planish_from_odd_bf16(planish_u32x16 v) { return (planish_f32x16)(v & 0xffff0000u); }

/*
 * Rounded in the upper half of the bits. A NaN stays one if its lower half is 0: if it comes from arithmetic on
 * bfloat16 numbers.
 */
PLANISH_INLINE planish_u32x16 planish_rounded_bf16(planish_f32x16 v) {
#if defined(__AVX512F__)
  const __m512i bits = (__m512i)v, down = _mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff));
  const __mmask16 is_odd = _mm512_test_epi32_mask(bits, _mm512_set1_epi32(0x10000));
  return (planish_u32x16)_mm512_mask_sub_epi32(down, is_odd, down, _mm512_set1_epi32(-1));
#else
  const planish_u32x16 bits = (planish_u32x16)v;
  return bits + 0x7fff + ((bits >> 16) & 1);
#endif
}

PLANISH_INLINE planish_u32x16 planish_to_bf16_pair(planish_f32x16 even, planish_f32x16 odd) {
  return (planish_rounded_bf16(even) >> 16) | (planish_rounded_bf16(odd) & 0xffff0000u);
}

/* Not the CPU's own instruction, which flushes subnormals. */
#if defined(__AVX512BW__)

/* In fewer steps than a compiler finds: it would turn the permutation, if it saw it, into a shift and a narrowing. */
PLANISH_INLINE planish_u16x16 planish_to_bf16(planish_f32x16 v) {
  static const uint16_t upper[32] = {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31};
  const uint16_t *hidden = upper;
  __asm__("" : "+r"(hidden));
  const __mmask16 is_nan = _mm512_cmp_ps_mask((__m512)v, (__m512)v, _CMP_UNORD_Q);
  const __m512i even = (__m512i)planish_rounded_bf16(v);
  const __m512i rounded = _mm512_mask_mov_epi32(even, is_nan, _mm512_set1_epi32(0x7fc00000));
  return (planish_u16x16)_mm512_castsi512_si256(_mm512_permutexvar_epi16(_mm512_loadu_si512(hidden), rounded));
}

#else

PLANISH_INLINE planish_u16x16 planish_to_bf16(planish_f32x16 v) {
  const planish_u32x16 nan = 0x7fc00000;
  return __builtin_convertvector((v == v ? planish_rounded_bf16(v) : nan) >> 16, planish_u16x16);
}

#endif

/* ---- float16 ---- */

#if defined(__F16C__) || defined(__aarch64__)

typedef _Float16 planish_f16x16 __attribute__((ext_vector_type(16)));

PLANISH_INLINE planish_f32x16 planish_from_f16(planish_u16x16 v) {
  return __builtin_convertvector((planish_f16x16)v, planish_f32x16);
}

PLANISH_INLINE planish_u16x16 planish_to_f16(planish_f32x16 v) {
  return (planish_u16x16) __builtin_convertvector(v, planish_f16x16);
}

#else

/* As a float's exponent and mantissa, then times 2^112, which is exact also for subnormals. */
PLANISH_INLINE planish_f32x16 planish_from_f16(planish_u16x16 v) {
  const planish_u32x16 bits = __builtin_convertvector(v, planish_u32x16);
  const planish_u32x16 magnitude = bits & 0x7fff;
  const planish_u32x16 is_special = (planish_u32x16)(magnitude >= 0x7c00);
  const planish_u32x16 scaled = (planish_u32x16)((planish_f32x16)(magnitude << 13) * 0x1p112f);
  return (planish_f32x16)(scaled | (is_special & 0x7f800000) | ((bits & 0x8000) << 16));
}

/* Subnormals are rounded by an addition that brings their last bit to a float's last bit. */
PLANISH_INLINE planish_u16x16 planish_to_f16(planish_f32x16 v) {
  const planish_u32x16 bits = (planish_u32x16)v;
  const planish_u32x16 magnitude = bits & 0x7fffffff;
  const planish_u32x16 normal = (magnitude + 0xfff + ((magnitude >> 13) & 1) - (112u << 23)) >> 13;
  const planish_u32x16 subnormal = (planish_u32x16)((planish_f32x16)magnitude + 0.5f) - 0x3f000000;
  const planish_u32x16 special = 0x7c00 + ((planish_u32x16)(magnitude > 0x7f800000) & 0x200);
  const planish_u32x16 is_subnormal = (planish_u32x16)(magnitude < 0x38800000);
  const planish_u32x16 is_special = (planish_u32x16)(magnitude >= 0x47800000);
  const planish_u32x16 finite = (subnormal & is_subnormal) | (normal & ~is_subnormal);
  const planish_u32x16 half = (special & is_special) | (finite & ~is_special) | ((bits >> 16) & 0x8000);
  return __builtin_convertvector(half, planish_u16x16);
}

#endif

#endif
