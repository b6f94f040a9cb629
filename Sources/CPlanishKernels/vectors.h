/* What the vector headers share. Each operation is a few instructions at most levels, and means the same at all. */
#ifndef PLANISH_VECTORS_H
#define PLANISH_VECTORS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

/* How vectors are passed is nobody's business outside one level's object. */
#pragma clang diagnostic ignored "-Wpsabi"

#define PLANISH_INLINE static inline __attribute__((always_inline))

/* Code of its own. */
#define PLANISH_APART static __attribute__((noinline, unused))

/* Part of a vector is one instruction where there are masks, and many where there are none. */
#if defined(__AVX512F__)
#define PLANISH_MASKED PLANISH_INLINE
#else
#define PLANISH_MASKED PLANISH_APART
#endif

#if defined(__FMA__) || defined(__aarch64__)
#define PLANISH_HAS_FMA 1
#else
#define PLANISH_HAS_FMA 0
#endif

/* Swift sees these as SIMD16<Float>, SIMD16<Double> and so on. */
typedef float planish_f32x16 __attribute__((ext_vector_type(16)));
typedef double planish_f64x16 __attribute__((ext_vector_type(16)));
typedef float planish_f32x8 __attribute__((ext_vector_type(8)));
typedef double planish_f64x8 __attribute__((ext_vector_type(8)));
typedef double planish_f64x4 __attribute__((ext_vector_type(4)));
typedef int32_t planish_i32x16 __attribute__((ext_vector_type(16)));
typedef uint32_t planish_u32x16 __attribute__((ext_vector_type(16)));
typedef uint16_t planish_u16x16 __attribute__((ext_vector_type(16)));
typedef int64_t planish_i64x16 __attribute__((ext_vector_type(16)));

/* p, without a trace of what it was made of: a compiler would otherwise take the sums apart, and make more of them. */
PLANISH_INLINE const void *planish_settled(const void *p) {
  __asm__("" : "+r"(p));
  return p;
}

/* Brings a cache line near; any address will do. */
PLANISH_INLINE void planish_prefetch(const void *p) { __builtin_prefetch(p); }

/* The cache lines from p on. */
PLANISH_INLINE void planish_prefetch_lines(const void *p, intptr_t count) {
  _Pragma("clang loop unroll(disable)") for (intptr_t i = 0; i < count; i++)
      __builtin_prefetch((const char *)p + 64 * i);
}

/* Stores that pass the caches by are in memory after this, for other threads to see. */
PLANISH_INLINE void planish_end_stream(void) {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

/* 32 or 64 bytes past the caches, to a multiple of their number. */
PLANISH_INLINE void planish_stream_bytes(void *to, const void *from, intptr_t bytes) {
  typedef int64_t i64x4 __attribute__((ext_vector_type(4)));
  i64x4 v[2];
  memcpy(v, from, (size_t)bytes);
  __builtin_nontemporal_store(v[0], (i64x4 *)to);
  if (bytes == 64)
    __builtin_nontemporal_store(v[1], (i64x4 *)to + 1);
}

/* Copies up to 255 bytes by a move for each power of two; a call of memcpy would cost more than the rest. */
PLANISH_INLINE void planish_copy_few(void *to, const void *from, size_t bytes) {
  char *t = (char *)to;
  const char *f = (const char *)from;
  if (bytes & 128)
    memcpy(t, f, 128), t += 128, f += 128;
  if (bytes & 64)
    memcpy(t, f, 64), t += 64, f += 64;
  if (bytes & 32)
    memcpy(t, f, 32), t += 32, f += 32;
  if (bytes & 16)
    memcpy(t, f, 16), t += 16, f += 16;
  if (bytes & 8)
    memcpy(t, f, 8), t += 8, f += 8;
  if (bytes & 4)
    memcpy(t, f, 4), t += 4, f += 4;
  if (bytes & 2)
    memcpy(t, f, 2), t += 2, f += 2;
  if (bytes & 1)
    *t = *f;
}

/* All lanes, by halving: lane i and i + 8, then i and i + 4, i + 2, i + 1. */
#define PLANISH_TOTAL(v)                                                                                               \
  __extension__({                                                                                                      \
    const __auto_type eight = (v).lo + (v).hi;                                                                         \
    const __auto_type four = eight.lo + eight.hi;                                                                      \
    const __auto_type two = four.lo + four.hi;                                                                         \
    two.x + two.y;                                                                                                     \
  })

#endif
