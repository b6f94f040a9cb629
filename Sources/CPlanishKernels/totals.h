/* The totals of 16 vectors at once, each by halving as PLANISH_TOTAL has it: lane r is that of vector r. */
#ifndef PLANISH_TOTALS_H
#define PLANISH_TOTALS_H

#include "transpose.h"

/*
 * Vectors r and r + s become one: the sums of the first one's halves go where its lanes are named by LOW_s, those of
 * the second one's where they are named by HIGH_s. That is a step of halving and a step of transposing in one.
 */
#define PLANISH_LOW(a, b, s) PLANISH_SHUFFLE(a, b, PLANISH_LOW_##s)
#define PLANISH_HIGH(a, b, s) PLANISH_SHUFFLE(a, b, PLANISH_HIGH_##s)
#define PLANISH_SHUFFLE(a, b, lanes) __builtin_shufflevector(a, b, PLANISH_LANES lanes)
#define PLANISH_FOLD(a, b, s) (PLANISH_LOW(a, b, s) + PLANISH_HIGH(a, b, s))

#define PLANISH_FOLD_ALL(v, s)                                                                                         \
  _Pragma("clang loop unroll(full)") for (int r = 0; r < s; r++) v[r] = PLANISH_FOLD(v[r], v[r + s], s)

#define PLANISH_TOTALS(t)                                                                                              \
  PLANISH_APART planish_##t##x16 planish_totals_##t(const void *vectors) {                                             \
    planish_##t##x16 v[16];                                                                                            \
    memcpy(v, vectors, sizeof v);                                                                                      \
    PLANISH_FOLD_ALL(v, 8);                                                                                            \
    PLANISH_FOLD_ALL(v, 4);                                                                                            \
    PLANISH_FOLD_ALL(v, 2);                                                                                            \
    PLANISH_FOLD_ALL(v, 1);                                                                                            \
    return v[0];                                                                                                       \
  }

PLANISH_TOTALS(f32)
PLANISH_TOTALS(f64)

/* Of sums high + low, each 16 highs and then 16 lows. */
#define PLANISH_FOLD_PAIRS(v, s)                                                                                       \
  for (int r = 0; r < s; r++) {                                                                                        \
    const planish_f64x16 near = PLANISH_LOW(v[r][0], v[r + s][0], s), far = PLANISH_HIGH(v[r][0], v[r + s][0], s);     \
    const planish_f64x16 sum = near + far, part = sum - near;                                                          \
    const planish_f64x16 error = (near - (sum - part)) + (far - part);                                                 \
    v[r][1] = PLANISH_FOLD(v[r][1], v[r + s][1], s) + planish_zero_nans_f64(error);                                    \
    v[r][0] = sum;                                                                                                     \
  }

PLANISH_APART void planish_totals_of_pairs_f64(const void *pairs, void *totals) {
  planish_f64x16 v[16][2];
  memcpy(v, pairs, sizeof v);
  PLANISH_FOLD_PAIRS(v, 8)
  PLANISH_FOLD_PAIRS(v, 4)
  PLANISH_FOLD_PAIRS(v, 2)
  PLANISH_FOLD_PAIRS(v, 1)
  memcpy(totals, v[0], sizeof v[0]);
}

#endif
