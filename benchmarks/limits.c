#include "limits.h"

#include <string.h>

#ifdef __SSE__
#include <xmmintrin.h>
#endif

typedef float lanes __attribute__((vector_size(cache_line), may_alias));

/* In whole cache lines, which the arrays end with. */
static int64_t lines(const cell *c) {
  int64_t in_line = cache_line / (int64_t)sizeof(float);
  return (c->rows * c->features + in_line - 1) / in_line;
}

static inline void store_streaming(lanes *to, const lanes *value) {
#ifdef __SSE__
  for (int i = 0; i < cache_line / 16; i++)
    _mm_stream_ps((float *)to + 4 * i, ((const __m128 *)value)[i]);
#else
  *to = *value;
#endif
}

/* Streaming stores are visible to others only after a fence. */
static inline void end_streaming(void) {
#ifdef __SSE__
  _mm_sfence();
#endif
}

void limit_copy(const void *context) {
  const cell *c = context;
  memcpy(c->result, c->x, (size_t)(c->rows * c->features) * sizeof(float));
}

void limit_copy_streaming(const void *context) {
  const cell *c = context;
  const lanes *x = (const lanes *)c->x;
  lanes *result = (lanes *)c->result;
  for (int64_t i = 0, end = lines(c); i < end; i++)
    store_streaming(result + i, x + i);
  end_streaming();
}

void limit_add(const void *context) {
  const cell *c = context;
  const lanes *restrict x = (const lanes *)c->x, *restrict dy = (const lanes *)c->dy;
  lanes *restrict result = (lanes *)c->result;
  for (int64_t i = 0, end = lines(c); i < end; i++)
    result[i] = x[i] + dy[i];
}

void limit_add_streaming(const void *context) {
  const cell *c = context;
  const lanes *x = (const lanes *)c->x, *dy = (const lanes *)c->dy;
  lanes *result = (lanes *)c->result;
  for (int64_t i = 0, end = lines(c); i < end; i++) {
    lanes sum = x[i] + dy[i];
    store_streaming(result + i, &sum);
  }
  end_streaming();
}
