/*
 * What the machine needs for moving the same bytes, without any arithmetic worth mentioning: no layer norm is faster.
 * Forward reads one array and writes one, backward reads two and writes one; each also with stores that pass the caches
 * by, and with the arrays shared out to all threads.
 */
#include "problem.h"

#include <immintrin.h>
#include <omp.h>
#include <stddef.h>
#include <string.h>

typedef uint32_t line __attribute__((vector_size(cache_line), may_alias));

/* A share of the arrays, in whole cache lines. */
typedef struct share {
  const line *x, *dy;
  line *result;
  int64_t lines;
} share;

typedef void move(share s);

static void copy(share s) { memcpy(s.result, s.x, (size_t)s.lines * sizeof(line)); }

/* Integers: as floats, the bits of other dtypes may be subnormal, which is slow on some CPUs. */
static void add(share s) {
  for (int64_t i = 0; i < s.lines; i++)
    s.result[i] = s.x[i] + s.dy[i];
}

static inline void store_streaming(line *to, line value) {
#if defined(__AVX512F__)
  _mm512_stream_si512((__m512i *)to, (__m512i)value);
#elif defined(__AVX__)
  for (int i = 0; i < 2; i++)
    _mm256_stream_si256((__m256i *)to + i, ((const __m256i *)&value)[i]);
#else
  for (int i = 0; i < 4; i++)
    _mm_stream_si128((__m128i *)to + i, ((const __m128i *)&value)[i]);
#endif
}

static void copy_streaming(share s) {
  for (int64_t i = 0; i < s.lines; i++)
    store_streaming(s.result + i, s.x[i]);
  _mm_sfence(); /* streaming stores are visible to others only then */
}

static void add_streaming(share s) {
  for (int64_t i = 0; i < s.lines; i++)
    store_streaming(s.result + i, s.x[i] + s.dy[i]);
  _mm_sfence();
}

static share whole(const problem *p) {
  return (share){p->x, p->dy, p->result, (p->bytes + cache_line - 1) / cache_line};
}

static void together(move *function, share all) {
#pragma omp parallel
  {
    int64_t threads = omp_get_num_threads(), thread = omp_get_thread_num();
    int64_t first = all.lines * thread / threads, end = all.lines * (thread + 1) / threads;
    function((share){all.x + first, all.dy + first, all.result + first, end - first});
  }
}

void limit_plain(void *context) {
  const problem *p = context;
  (is_backward(p) ? add : copy)(whole(p));
}

void limit_streaming(void *context) {
  const problem *p = context;
  (is_backward(p) ? add_streaming : copy_streaming)(whole(p));
}

void limit_plain_together(void *context) {
  const problem *p = context;
  together(is_backward(p) ? add : copy, whole(p));
}

void limit_streaming_together(void *context) {
  const problem *p = context;
  together(is_backward(p) ? add_streaming : copy_streaming, whole(p));
}
