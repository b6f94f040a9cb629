/* 16 rows of 16 elements in memory, to columns. */
#ifndef PLANISH_TRANSPOSE_H
#define PLANISH_TRANSPOSE_H

#include "f32.h"
#include "f64.h"

/* Of two rows that are s apart: exchanges the parts, s lanes wide, that stand on the wrong side of the diagonal. */
#define PLANISH_EXCHANGE(t, v, r, s, low, high)                                                                        \
  do {                                                                                                                 \
    const planish_##t##x16 a = v[r], b = v[(r) + (s)];                                                                 \
    v[r] = __builtin_shufflevector(a, b, PLANISH_LANES low);                                                           \
    v[(r) + (s)] = __builtin_shufflevector(a, b, PLANISH_LANES high);                                                  \
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

#define PLANISH_EXCHANGE_ALL(t, v, s)                                                                                  \
  _Pragma("clang loop unroll(full)") for (int r = 0; r < 16; r++) if (!(r & (s)))                                      \
      PLANISH_EXCHANGE(t, v, r, s, PLANISH_LOW_##s, PLANISH_HIGH_##s)

#define PLANISH_TRANSPOSE(t)                                                                                           \
  PLANISH_APART void planish_transpose_##t(void *rows) {                                                               \
    planish_##t##x16 v[16];                                                                                            \
    memcpy(v, rows, sizeof v);                                                                                         \
    PLANISH_EXCHANGE_ALL(t, v, 8);                                                                                     \
    PLANISH_EXCHANGE_ALL(t, v, 4);                                                                                     \
    PLANISH_EXCHANGE_ALL(t, v, 2);                                                                                     \
    PLANISH_EXCHANGE_ALL(t, v, 1);                                                                                     \
    memcpy(rows, v, sizeof v);                                                                                         \
  }

PLANISH_TRANSPOSE(f32)
PLANISH_TRANSPOSE(f64)

#endif
