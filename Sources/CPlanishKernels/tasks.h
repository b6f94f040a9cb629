/*
 * What the core asks of the kernels. Kernels are compiled once per CPU level as modules of their own, so the two meet
 * in C: a task struct that the core fills in, and a table of entry points that a level fills in.
 *
 * Strides are in bytes here. Everything has been checked by the core.
 */
#ifndef PLANISH_TASKS_H
#define PLANISH_TASKS_H

#include <stdint.h>

/* The numbers of planish_dtype. */
enum { PLANISH_TASK_F32 = 1, PLANISH_TASK_F64 = 2, PLANISH_TASK_BF16 = 3, PLANISH_TASK_F16 = 4 };
typedef int32_t planish_task_dtype;

/*
 * An array seen as [outer][features][inner]: `stride` bytes from one outer block to the next, `step` bytes from one
 * feature to the next, elements of `inner` side by side. Row r is the features at outer r / inner, inner r % inner.
 */
typedef struct planish_input {
  const void *data;
  intptr_t stride;
  intptr_t step;
} planish_input;

typedef struct planish_output {
  void *data; /* NULL: not wanted */
  intptr_t stride;
  intptr_t step;
} planish_output;

/* weight or bias: contiguous. */
typedef struct planish_parameter {
  const void *data; /* NULL: 1 or 0 */
  planish_task_dtype dtype;
} planish_parameter;

typedef struct planish_forward_task {
  planish_input x;
  planish_parameter weight;
  planish_parameter bias;
  planish_output y;
  void *mean; /* NULL: not wanted */
  void *rstd; /* NULL: not wanted */
  intptr_t features;
  intptr_t inner;
  double eps;
  planish_task_dtype dtype; /* of x and y */
  int32_t streams;          /* y is larger than what caches hold: pass them by */
} planish_forward_task;

typedef struct planish_backward_task {
  planish_input dy;
  planish_input x;
  planish_parameter weight;
  const void *mean; /* NULL: mean and rstd are computed from x */
  const void *rstd;
  planish_output dx;
  intptr_t features;
  intptr_t inner;
  double eps;
  planish_task_dtype dtype; /* of dy, x and dx */
  int32_t streams;          /* dx is larger than what caches hold: pass them by */
} planish_backward_task;

/* So many rows go into a sum in the precision that x is computed in. */
#define PLANISH_PANEL_ROWS 32

/*
 * Memory for dweight and dbias. Sums over a panel of rows, in the precision that x is computed in: `features` of each,
 * or planish_padded(features) where there is a block to add them to. A block's sums are wider: dweight's, then dbias's,
 * planish_padded(features) of each. Without a block, the rows are one panel at most, and its sums are the result.
 */
typedef struct planish_parameter_sums {
  void *dweight;
  void *dbias;
  void *block; /* or NULL */
} planish_parameter_sums;

static inline intptr_t planish_padded(intptr_t features) { return (features + 15) / 16 * 16; }

/*
 * A row that threads share, chunk by chunk. Step by step, for those that name themselves by a chunk once for each of
 * planish_chunks(features), in any order or at once; what comes after a step is in the answer of the one behind it that
 * settles it.
 */
enum {
  PLANISH_SHARED_BEGIN = 1, /* gives the step to go on with */
  PLANISH_SHARED_SUM,       /* of each chunk; then SETTLE, which gives the step to go on with: maybe SUM again */
  PLANISH_SHARED_SETTLE,
  PLANISH_SHARED_SUM_PRODUCTS, /* of each chunk, in backward; then SETTLE_PRODUCTS, which gives WRITE */
  PLANISH_SHARED_SETTLE_PRODUCTS,
  PLANISH_SHARED_WRITE, /* each chunk; and that was the row */
  PLANISH_SHARED_ALONE  /* all of the row at once: it has needs of its own */
};

typedef struct planish_shared_row {
  intptr_t row;
  int32_t is_last;
  void *state;  /* PLANISH_SHARED_STATE bytes */
  void *totals; /* PLANISH_SHARED_TOTALS bytes for each chunk */
} planish_shared_row;

enum { PLANISH_CHUNK = 16384, PLANISH_SHARED_STATE = 128, PLANISH_SHARED_TOTALS = 48 };

static inline intptr_t planish_chunks(intptr_t features) { return (features - 1) / PLANISH_CHUNK + 1; }

/* One level's entry points. Rows are named by the index of the first and a count. */
typedef struct planish_kernels {
  void (*forward)(const planish_forward_task *task, intptr_t first, intptr_t count);

  /* dx of these rows; where `sums` is not NULL, their sums of dweight and dbias, panel after panel. */
  void (*backward)(const planish_backward_task *task, intptr_t first, intptr_t count,
                   const planish_parameter_sums *sums);

  /* A step of a shared row of an array with an `inner` of 1; NULL where rows are not shared. `sums` have no block; they
   * begin with row 0, and are gradients in the dtype that x is computed in after the last one. */
  int32_t (*forward_shared)(const planish_forward_task *task, planish_shared_row *row, int32_t step, intptr_t chunk);
  int32_t (*backward_shared)(const planish_backward_task *task, planish_shared_row *row, int32_t step, intptr_t chunk,
                             const planish_parameter_sums *sums);

  /* total += block, over `count` sums, a multiple of 16; dtype is that of x. */
  void (*add_sums)(planish_task_dtype dtype, void *total, const void *block, intptr_t count);

  /* gradient = total, rounded to its dtype, over `features` sums; `narrow` are sums of a panel, not of blocks. */
  void (*round_sums)(planish_task_dtype gradient_dtype, void *gradient, const void *total, intptr_t features,
                     int32_t narrow);
} planish_kernels;

void planish_kernels_baseline(planish_kernels *table);
void planish_kernels_avx2(planish_kernels *table);
void planish_kernels_avx512(planish_kernels *table);
void planish_kernels_neon(planish_kernels *table);

#endif
