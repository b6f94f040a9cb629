/* Problems that are large enough for several threads, and all that the library makes of them. */
#ifndef PLANISH_TEST_THREADS_H
#define PLANISH_TEST_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "planish.h"

typedef struct shape {
  const char *name;
  planish_dtype dtype;
  int64_t rows, features, inner;
  int64_t pad;   /* elements between rows, and between the features of columns */
  bool in_place; /* y is x and dx is dy */
  double scale;  /* of x and dy; 0 stands for 1 */
} shape;

typedef struct problem {
  shape s;
  planish_layer_norm norm;
  size_t bytes, parameter_bytes, statistic_bytes; /* of x, y, dy and dx; of weight and so on; of mean and rstd */
  char *x, *dy, *weight, *bias;
} problem;

/* dx_alone: asked for without dweight and dbias. */
enum { Y, MEAN, RSTD, DX, DWEIGHT, DBIAS, DX_ALONE, RESULTS };
typedef struct results {
  char *array[RESULTS];
} results;

problem make_problem(shape s);
void free_problem(problem p);
results make_results(const problem *p);
void free_results(results r);

/* Forward, backward, and backward for dx alone; whether all three succeed. Checks nothing: for any thread. */
bool compute(const problem *p, results out);

/* The name of the first array that is not the same bits; NULL if all are. */
const char *difference(const problem *p, results expected, results got);

/* Computes and checks that the bits are the expected ones. */
void check_computed(const problem *p, const char *variant, results expected);

/* Runs a test in a process of its own, which must end well. */
void in_child(const char *name, void (*test)(void));

#endif
