/* 16 rows of 16 elements in memory, to columns. */
#ifndef PLANISH_TRANSPOSE_H
#define PLANISH_TRANSPOSE_H

#include "f32.h"
#include "f64.h"

/* Of two rows that are s apart: exchanges the parts, s lanes wide, that stand on the wrong side of the diagonal. */
#define PLANISH_EXCHANGE(t, rows, r, s, low, high)                                                                     \
  do {                                                                                                                 \
    char *const p = (char *)(rows) + (r) * sizeof(planish_##t##x16), *const q = p + (s) * sizeof(planish_##t##x16);    \
    const planish_##t##x16 a = planish_load_##t(p), b = planish_load_##t(q);                                           \
    planish_store_##t(p, __builtin_shufflevector(a, b, PLANISH_LANES low));                                            \
    planish_store_##t(q, __builtin_shufflevector(a, b, PLANISH_LANES high));                                           \
  } while (0)
#define PLANISH_LANES(...) __VA_ARGS__

#define PLANISH_LOW_8 (0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define PLANISH_HIGH_8 (8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
#define PLANISH_LOW_4 (0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
#define PLANISH_HIGH_4 (4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
#define PLANISH_LOW_2 (0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define PLANISH_HIGH_2 (2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define PLANISH_LOW_1 (0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
#define PLANISH_HIGH_1 (1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31)

#define PLANISH_TRANSPOSE(t)                                                                                           \
  static __attribute__((noinline, unused)) void planish_transpose_##t(void *rows) {                                    \
    for (int r = 0; r < 8; r++)                                                                                        \
      PLANISH_EXCHANGE(t, rows, r, 8, PLANISH_LOW_8, PLANISH_HIGH_8);                                                  \
    for (int r = 0; r < 16; r += r % 4 == 3 ? 5 : 1)                                                                   \
      PLANISH_EXCHANGE(t, rows, r, 4, PLANISH_LOW_4, PLANISH_HIGH_4);                                                  \
    for (int r = 0; r < 16; r += r % 2 == 1 ? 3 : 1)                                                                   \
      PLANISH_EXCHANGE(t, rows, r, 2, PLANISH_LOW_2, PLANISH_HIGH_2);                                                  \
    for (int r = 0; r < 16; r += 2)                                                                                    \
      PLANISH_EXCHANGE(t, rows, r, 1, PLANISH_LOW_1, PLANISH_HIGH_1);                                                  \
  }

PLANISH_TRANSPOSE(f32)
PLANISH_TRANSPOSE(f64)

#endif
