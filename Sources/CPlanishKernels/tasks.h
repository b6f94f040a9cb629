/*
 * What the core asks of the kernels. Kernels are compiled once per CPU level as modules of their own, so the two meet
 * in C: a task struct that the core fills in, and a table of entry points that a level fills in.
 *
 * Strides are in bytes here. Everything has been checked by the core.
 */
#ifndef PLANISH_TASKS_H
#define PLANISH_TASKS_H

#include <stdint.h>

typedef struct planish_forward_task {
  const void *x;
  const void *weight; /* NULL: 1 */
  const void *bias;   /* NULL: 0 */
  void *y;
  void *mean; /* NULL: not wanted */
  void *rstd; /* NULL: not wanted */
  intptr_t x_stride;
  intptr_t y_stride;
  intptr_t features;
  double eps;
  int32_t dtype;
} planish_forward_task;

typedef struct planish_backward_task {
  const void *dy;
  const void *x;
  const void *weight; /* NULL: 1 */
  const void *mean;   /* NULL: mean and rstd are computed from x */
  const void *rstd;
  void *dx; /* NULL: not wanted */
  intptr_t dy_stride;
  intptr_t x_stride;
  intptr_t dx_stride;
  intptr_t features;
  double eps;
  int32_t dtype;
} planish_backward_task;

/* So many rows go into a sum in the precision that x is computed in. */
#define PLANISH_PANEL_ROWS 32

/*
 * Working memory for dweight and dbias: sums over a panel of rows, in the precision that x is computed in, then sums of
 * a block of panels, wider. Each is two arrays of planish_padded(features) sums: dweight's, then dbias's.
 */
typedef struct planish_parameter_sums {
  void *panel;
  void *block;
} planish_parameter_sums;

static inline intptr_t planish_padded(intptr_t features) { return (features + 15) / 16 * 16; }

/* One level's entry points. Rows are named by the index of the first and a count. */
typedef struct planish_kernels {
  void (*forward)(const planish_forward_task *task, intptr_t first, intptr_t count);

  /* dx of these rows; where `sums` is not NULL, the rows are one block, and their sums are added to sums->block. */
  void (*backward)(const planish_backward_task *task, intptr_t first, intptr_t count,
                   const planish_parameter_sums *sums);

  /* total += block, over `count` sums, a multiple of 16. */
  void (*add_sums)(int32_t dtype, void *total, const void *block, intptr_t count);

  /* gradient = total, rounded, over `features` sums. */
  void (*round_sums)(int32_t dtype, void *gradient, const void *total, intptr_t features);
} planish_kernels;

void planish_kernels_baseline(planish_kernels *table);
void planish_kernels_avx2(planish_kernels *table);
void planish_kernels_avx512(planish_kernels *table);
void planish_kernels_neon(planish_kernels *table);

#endif
