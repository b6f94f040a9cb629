/*
 * Layer norm as plain loops in double with compensated sums: what the library's results are compared with.
 *
 * Inputs are rows of floats, a stride apart (0: contiguous). Results are contiguous doubles; any of them may be NULL,
 * except that backward needs xhat and rstd of forward. weight and bias may be NULL: then they are 1 and 0.
 */
#ifndef PLANISH_REFERENCE_H
#define PLANISH_REFERENCE_H

#include <stdint.h>

typedef struct reference_shape {
  int64_t rows, features;
} reference_shape;

/* xhat is (x - mean) * rstd; std is the root of the variance without eps, for the bound of mean. */
void reference_forward(reference_shape shape, double eps, const float *x, int64_t x_stride, const float *weight,
                       const float *bias, double *y, double *xhat, double *mean, double *rstd, double *std);

/* Each gradient comes with a scale: the size of what was added up to make it, which bounds.h turns into an error. */
void reference_backward(reference_shape shape, const float *dy, int64_t dy_stride, const float *weight,
                        const double *xhat, const double *rstd, double *dx, double *dx_scale, double *dweight,
                        double *dweight_scale, double *dbias, double *dbias_scale);

#endif
