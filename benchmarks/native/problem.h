/* One cell of the benchmark for those who are called from C: its arrays, and the loop that times a call. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdbool.h>
#include <stdint.h>

typedef enum operation { FORWARD, FORWARD_STATISTICS, BACKWARD, BACKWARD_DX } operation;
typedef enum dtype { F32, BF16, F16, F64 } dtype;

enum { cache_line = 64 };

/* Filled in by native.py, in this order. All arrays are there, wanted by the operation or not. */
typedef struct problem {
  int64_t operation, dtype;
  int64_t rows, features, inner; /* the arrays are [rows][features][inner] */
  int64_t bytes;                 /* of x; the memory goes on to the end of the cache line */
  double eps;
  void *x, *dy, *weight, *bias;
  void *result; /* y or dx */
  void *mean, *rstd;
  void *dweight, *dbias;
  void *variance; /* instead of rstd, where a library wants it so */
} problem;

static inline bool is_backward(const problem *p) { return p->operation >= BACKWARD; }

typedef void call(void *context);

/* What so many calls take, in nanoseconds. */
double time_calls(call *function, void *context, int64_t count);

/* Say what is wrong, and end the process. */
_Noreturn void fail(const char *subject, const char *message);

#endif
