/* Layer norm as one writes it down from the formulas, for each dtype. The compiler makes of it what it can. */
#include "problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline float bf16_load(uint16_t bits) { return float_of_bits((uint32_t)bits << 16); }

/* To nearest, ties to even. Not for NaNs, which the benchmark has none of. */
static inline uint16_t bf16_store(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

#define ROWS_NAME(name) name##_f32
#define ELEMENT float
#define REAL float
#define LOAD(element) (element)
#define STORE(real) (real)
#include "naive_rows.h"

#define ROWS_NAME(name) name##_f64
#define ELEMENT double
#define REAL double
#define LOAD(element) (element)
#define STORE(real) (real)
#include "naive_rows.h"

#define ROWS_NAME(name) name##_f16
#define ELEMENT _Float16
#define REAL float
#define LOAD(element) ((float)(element))
#define STORE(real) ((_Float16)(real))
#include "naive_rows.h"

#define ROWS_NAME(name) name##_bf16
#define ELEMENT uint16_t
#define REAL float
#define LOAD(element) bf16_load(element)
#define STORE(real) bf16_store(real)
#include "naive_rows.h"

void naive_forward(void *context) {
  static void (*const functions[])(const problem *) = {
      [F32] = forward_f32, [BF16] = forward_bf16, [F16] = forward_f16, [F64] = forward_f64};
  const problem *p = context;
  functions[p->dtype](p);
}

void naive_backward(void *context) {
  static void (*const functions[])(const problem *) = {
      [F32] = backward_f32, [BF16] = backward_bf16, [F16] = backward_f16, [F64] = backward_f64};
  const problem *p = context;
  functions[p->dtype](p);
}
