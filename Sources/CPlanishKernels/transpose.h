/* 16 rows of 16 elements in memory, to columns. */
#ifndef PLANISH_TRANSPOSE_H
#define PLANISH_TRANSPOSE_H

#include "f32.h"
#include "f64.h"

/* Of two rows that are s apart: exchanges the parts, s lanes wide, that stand on the wrong side of the diagonal. */
PLANISH_INLINE void planish_exchange_f32(char *rows, int r, const int s) {
  char *const p = rows + 64 * r, *const q = p + 64 * s;
  const planish_f32x16 a = planish_load_f32(p), b = planish_load_f32(q);
  planish_f32x16 low = a, high = b;
  if (s == 8) {
    low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    high = __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
  if (s == 4) {
    low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    high = __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  }
  if (s == 2) {
    low = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    high = __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  }
  if (s == 1) {
    low = __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
    high = __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  }
  planish_store_f32(p, low);
  planish_store_f32(q, high);
}

static __attribute__((noinline, unused)) void planish_transpose_f32(void *rows) {
  for (int r = 0; r < 8; r++)
    planish_exchange_f32((char *)rows, r, 8);
  for (int r = 0; r < 16; r += r % 4 == 3 ? 5 : 1)
    planish_exchange_f32((char *)rows, r, 4);
  for (int r = 0; r < 16; r += r % 2 == 1 ? 3 : 1)
    planish_exchange_f32((char *)rows, r, 2);
  for (int r = 0; r < 16; r += 2)
    planish_exchange_f32((char *)rows, r, 1);
}

PLANISH_INLINE void planish_exchange_f64(char *rows, int r, const int s) {
  char *const p = rows + 128 * r, *const q = p + 128 * s;
  const planish_f64x16 a = planish_load_f64(p), b = planish_load_f64(q);
  planish_f64x16 low = a, high = b;
  if (s == 8) {
    low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    high = __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
  if (s == 4) {
    low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    high = __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  }
  if (s == 2) {
    low = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    high = __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  }
  if (s == 1) {
    low = __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
    high = __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  }
  planish_store_f64(p, low);
  planish_store_f64(q, high);
}

static __attribute__((noinline, unused)) void planish_transpose_f64(void *rows) {
  for (int r = 0; r < 8; r++)
    planish_exchange_f64((char *)rows, r, 8);
  for (int r = 0; r < 16; r += r % 4 == 3 ? 5 : 1)
    planish_exchange_f64((char *)rows, r, 4);
  for (int r = 0; r < 16; r += r % 2 == 1 ? 3 : 1)
    planish_exchange_f64((char *)rows, r, 2);
  for (int r = 0; r < 16; r += 2)
    planish_exchange_f64((char *)rows, r, 1);
}

#endif
