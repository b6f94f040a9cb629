/* Calling the library on arrays that lie in memory in a given way, and comparing the results bit by bit. */
#ifndef PLANISH_RUN_H
#define PLANISH_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "cases.h"

/* Contiguous inputs; weight and bias may be NULL. */
typedef struct problem {
  int64_t rows, features;
  double eps;
  const float *x, *dy, *weight, *bias;
} problem;

typedef struct results {
  float *y, *mean, *rstd, *dx, *dweight, *dbias; /* contiguous; those that are not wanted are left alone */
} results;

enum { MEAN = 1, RSTD = 2, STATISTICS = 3, DX = 4, DWEIGHT = 8, DBIAS = 16, GRADIENTS = 28, ALL = 31 };

/* How the arrays of a call lie in memory, and what is wanted. Backward gets the statistics if both are wanted. */
typedef struct layout {
  const char *name;
  int64_t x_pad, y_pad, dy_pad, dx_pad; /* elements between rows */
  int offset;                           /* bytes from an aligned address to every array */
  bool in_place;                        /* y is x and dx is dy */
  unsigned wanted;
} layout;

/* The problem of a case. The caller frees it with free_problem. */
problem make_problem(const norm_case *c);
void free_problem(problem p);

/* Room for the results of a problem. The caller frees it with free_results. */
results make_results(int64_t rows, int64_t features);
void free_results(results r);

/* Forward and backward; checks that both succeed. */
void run(const char *name, problem p, layout how, results out);

/* What the case asks for: everything, its own stride. */
layout plain_layout(const norm_case *c);

/* The digest of the case table. */
uint64_t digest_results(problem p, results r);

/* Checks that the wanted arrays are the same bits. */
void check_same(const char *name, const char *variant, problem p, unsigned wanted, results expected, results got);

/* Checks `count` floats of one array. */
void check_bits(const char *name, const char *variant, const char *array, int64_t count, const float *expected,
                const float *got);

#endif
