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

/* A sum high + low in each lane. */
typedef struct planish_pairs {
  planish_f64x16 high, low;
} planish_pairs;

PLANISH_INLINE planish_pairs planish_load_pairs(const char *p) {
  const planish_pairs v = {planish_load_f64(p), planish_load_f64(p + 128)};
  return v;
}

/* PLANISH_FOLD, for pairs. */
#define PLANISH_FOLD_PAIRS(v, r, a, b, s)                                                                              \
  do {                                                                                                                 \
    const planish_pairs one = a, other = b;                                                                            \
    const planish_f64x16 near = PLANISH_LOW(one.high, other.high, s), far = PLANISH_HIGH(one.high, other.high, s);     \
    const planish_f64x16 sum = near + far, part = sum - near;                                                          \
    const planish_f64x16 error = (near - (sum - part)) + (far - part);                                                 \
    v[r].low = PLANISH_FOLD(one.low, other.low, s) + planish_zero_nans_f64(error);                                     \
    v[r].high = sum;                                                                                                   \
  } while (0)

/* Of 16 in memory, each 16 highs and then 16 lows. */
PLANISH_APART void planish_totals_of_pairs_f64(const void *pairs, void *totals) {
  const char *const p = pairs;
  planish_pairs v[8];
  for (int r = 0; r < 8; r++)
    PLANISH_FOLD_PAIRS(v, r, planish_load_pairs(p + 256 * r), planish_load_pairs(p + 256 * (r + 8)), 8);
  for (int r = 0; r < 4; r++)
    PLANISH_FOLD_PAIRS(v, r, v[r], v[r + 4], 4);
  for (int r = 0; r < 2; r++)
    PLANISH_FOLD_PAIRS(v, r, v[r], v[r + 2], 2);
  PLANISH_FOLD_PAIRS(v, 0, v[0], v[1], 1);
  memcpy(totals, v, sizeof v[0]);
}

#endif
