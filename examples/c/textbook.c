#include "textbook.h"

#include <math.h>
#include <stdlib.h>

/* The next count values and terms of the memory. */
static expectation take(double **memory, int64_t count) {
  expectation taken = {*memory, *memory + count};
  *memory += 2 * count;
  return taken;
}

/*
 * How far rounding can reach into (x - mean) * rstd: the error of the mean is the same for the whole row, about a
 * rounding step of 1, so an element close to 0 is no more exact than that.
 */
static double size_of(double x_hat) { return fmax(1, fabs(x_hat)); }

static void forward(const embeddings *e, const textbook *t, int64_t row) {
  const float *x = e->x + row * e->features;
  double n = (double)e->features, sum = 0, absolute = 0, squares = 0;
  for (int64_t i = 0; i < e->features; i++) {
    sum += x[i];
    absolute += fabs(x[i]);
  }
  double mean = sum / n;
  for (int64_t i = 0; i < e->features; i++)
    squares += (x[i] - mean) * (x[i] - mean);
  double rstd = 1 / sqrt(squares / n + e->eps);
  t->mean.values[row] = mean;
  t->mean.terms[row] = absolute / n;
  t->rstd.values[row] = t->rstd.terms[row] = rstd;

  double *y = t->y.values + row * e->features, *y_terms = t->y.terms + row * e->features;
  for (int64_t i = 0; i < e->features; i++) {
    double x_hat = (x[i] - mean) * rstd;
    y[i] = x_hat * e->weight[i] + e->bias[i];
    y_terms[i] = size_of(x_hat) * fabs(e->weight[i]) + fabs(e->bias[i]);
  }
}

static void backward(const embeddings *e, const float *all_dy, const textbook *t, int64_t row) {
  const float *x = e->x + row * e->features, *dy = all_dy + row * e->features;
  double n = (double)e->features, mean = t->mean.values[row], rstd = t->rstd.values[row];
  double sum_g = 0, sum_gx = 0, absolute_g = 0, absolute_gx = 0;
  for (int64_t i = 0; i < e->features; i++) {
    double x_hat = (x[i] - mean) * rstd, g = (double)dy[i] * e->weight[i];
    sum_g += g;
    sum_gx += g * x_hat;
    absolute_g += fabs(g);
    absolute_gx += fabs(g * x_hat);
    t->dweight.values[i] += dy[i] * x_hat;
    t->dweight.terms[i] += fabs(dy[i]) * size_of(x_hat);
    t->dbias.values[i] += dy[i];
    t->dbias.terms[i] += fabs(dy[i]);
  }

  double *dx = t->dx.values + row * e->features, *dx_terms = t->dx.terms + row * e->features;
  for (int64_t i = 0; i < e->features; i++) {
    double x_hat = (x[i] - mean) * rstd, g = (double)dy[i] * e->weight[i];
    dx[i] = rstd * (g - sum_g / n - x_hat * (sum_gx / n));
    dx_terms[i] = rstd * (fabs(g) + absolute_g / n + size_of(x_hat) * (absolute_gx / n));
  }
}

textbook textbook_compute(const embeddings *e, const float *dy) {
  int64_t elements = e->tokens * e->features;
  textbook t = {0};
  t.memory = calloc((size_t)(4 * elements + 4 * e->tokens + 4 * e->features), sizeof(double));
  if (t.memory == NULL)
    return t;
  double *free_memory = t.memory;
  t.y = take(&free_memory, elements);
  t.mean = take(&free_memory, e->tokens);
  t.rstd = take(&free_memory, e->tokens);
  t.dx = take(&free_memory, elements);
  t.dweight = take(&free_memory, e->features);
  t.dbias = take(&free_memory, e->features);
  for (int64_t row = 0; row < e->tokens; row++) {
    forward(e, &t, row);
    backward(e, dy, &t, row);
  }
  return t;
}

difference textbook_compare(const float *values, const expectation *expected, int64_t count) {
  difference d = {0, 0};
  for (int64_t i = 0; i < count; i++) {
    double distance = fabs(values[i] - expected->values[i]);
    if (isnan(distance))
      distance = INFINITY;
    d.largest = fmax(d.largest, distance);
    if (distance > 0)
      d.steps = fmax(d.steps, distance / (expected->terms[i] * 0x1p-24));
  }
  return d;
}
