#include "reference.h"

#include <math.h>

#include "bounds.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF /* gcc is told by -ffp-contract=off */
#endif

/* A sum that keeps what rounding drops (Neumaier). */
typedef struct sum {
  double total, dropped;
} sum;

static void add(sum *s, double value) {
  double total = s->total + value;
  s->dropped += fabs(s->total) >= fabs(value) ? (s->total - total) + value : (value - total) + s->total;
  s->total = total;
}

static double value_of(sum s) { return s.total + s.dropped; }

static double average(sum s, int64_t count) { return value_of(s) / (double)count; }

static void store(double *array, int64_t index, double value) {
  if (array)
    array[index] = value;
}

void reference_forward(reference_shape shape, double eps, const float *x, int64_t x_stride, const float *weight,
                       const float *bias, double *y, double *xhat, double *mean, double *rstd, double *std) {
  const int64_t n = shape.features;
  for (int64_t r = 0; r < shape.rows; r++) {
    const float *row = x + r * (x_stride ? x_stride : n);
    sum values = {0, 0}, squares = {0, 0};
    for (int64_t i = 0; i < n; i++)
      add(&values, row[i]);
    const double m = average(values, n);
    for (int64_t i = 0; i < n; i++)
      add(&squares, (row[i] - m) * (row[i] - m));
    const double variance = average(squares, n);
    const double scale = 1 / sqrt(variance + eps);
    for (int64_t i = 0; i < n; i++) {
      const double h = (row[i] - m) * scale;
      store(xhat, r * n + i, h);
      store(y, r * n + i, h * (weight ? weight[i] : 1) + (bias ? bias[i] : 0));
    }
    store(mean, r, m);
    store(rstd, r, scale);
    store(std, r, sqrt(variance));
  }
}

static void backward_row(int64_t n, const float *dy, const float *weight, const double *xhat, double rstd, double *dx,
                         double *dx_scale) {
  sum g_sum = {0, 0}, gx_sum = {0, 0}, g_size = {0, 0}, gx_size = {0, 0};
  for (int64_t i = 0; i < n; i++) {
    const double g = (double)dy[i] * (weight ? weight[i] : 1);
    add(&g_sum, g);
    add(&gx_sum, g * xhat[i]);
    add(&g_size, fabs(g));
    add(&gx_size, fabs(g) * fmax(1, fabs(xhat[i])));
  }
  for (int64_t i = 0; i < n; i++) {
    const double g = (double)dy[i] * (weight ? weight[i] : 1);
    dx[i] = rstd * (g - average(g_sum, n) - xhat[i] * average(gx_sum, n));
    if (dx_scale)
      dx_scale[i] =
          rounding_of(rstd) * rstd * (fabs(g) + average(g_size, n) + fmax(1, fabs(xhat[i])) * average(gx_size, n));
  }
}

void reference_backward(reference_shape shape, const float *dy, int64_t dy_stride, const float *weight,
                        const double *xhat, const double *rstd, double *dx, double *dx_scale, double *dweight,
                        double *dweight_scale, double *dbias, double *dbias_scale) {
  const int64_t n = shape.features, stride = dy_stride ? dy_stride : n;
  for (int64_t r = 0; dx && r < shape.rows; r++)
    backward_row(n, dy + r * stride, weight, xhat + r * n, rstd[r], dx + r * n, dx_scale ? dx_scale + r * n : 0);

  for (int64_t i = 0; i < n; i++) {
    sum w = {0, 0}, b = {0, 0}, w_size = {0, 0}, b_size = {0, 0};
    for (int64_t r = 0; r < shape.rows; r++) {
      const double d = dy[r * stride + i], h = xhat[r * n + i];
      add(&w, d * h);
      add(&b, d);
      add(&w_size, rounding_of(rstd[r]) * fabs(d) * fmax(1, fabs(h)));
      add(&b_size, fabs(d));
    }
    store(dweight, i, value_of(w));
    store(dbias, i, value_of(b));
    store(dweight_scale, i, value_of(w_size));
    store(dbias_scale, i, value_of(b_size));
  }
}
