#include "run.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "planish.h"

/* ---- Problems and results ---- */

static void *allocate(int64_t bytes) {
  void *memory = malloc((size_t)bytes + 64);
  if (!memory)
    abort();
  memset(memory, 0xff, (size_t)bytes + 64); /* NaNs: an element that is read or left out by mistake shows */
  return memory;
}

static float *floats(int64_t count) { return allocate(count * 4); }

problem make_problem(const norm_case *c) {
  float *x = floats(c->rows * c->features), *dy = floats(c->rows * c->features);
  float *weight = c->weight ? floats(c->features) : NULL, *bias = c->bias ? floats(c->features) : NULL;
  make_x(c, x);
  make_dy(c, dy);
  if (weight)
    make_weight(c, weight);
  if (bias)
    make_bias(c, bias);
  return (problem){c->rows, c->features, c->eps, x, dy, weight, bias};
}

void free_problem(problem p) {
  free((void *)p.x);
  free((void *)p.dy);
  free((void *)p.weight);
  free((void *)p.bias);
}

results make_results(int64_t rows, int64_t features) {
  return (results){floats(rows * features), floats(rows),     floats(rows),
                   floats(rows * features), floats(features), floats(features)};
}

void free_results(results r) {
  free(r.y);
  free(r.mean);
  free(r.rstd);
  free(r.dx);
  free(r.dweight);
  free(r.dbias);
}

/* ---- Rows somewhere in memory ---- */

typedef struct rows {
  char *memory, *start;
  int64_t count, features, stride;
} rows;

static rows make_rows(int64_t count, int64_t features, int64_t pad, int offset) {
  rows r = {allocate(count * (features + pad) * 4), NULL, count, features, features + pad};
  r.start = r.memory + offset; /* malloc aligns; floats at an odd address are only ever copied here */
  return r;
}

static rows rows_of(const float *values, int64_t count, int64_t features, int64_t pad, int offset) {
  rows r = make_rows(count, features, pad, offset);
  for (int64_t i = 0; values && i < count; i++)
    memcpy(r.start + i * r.stride * 4, values + i * features, (size_t)features * 4);
  return r;
}

static void take_rows(rows r, float *values) {
  for (int64_t i = 0; i < r.count; i++)
    memcpy(values + i * r.features, r.start + i * r.stride * 4, (size_t)r.features * 4);
}

static void *wanted(unsigned flag, layout how, rows r) { return how.wanted & flag ? r.start : NULL; }
static void *given(const float *values, rows r) { return values ? r.start : NULL; }

void run(const char *name, problem p, layout how, results out) {
  const int64_t n = p.features;
  const int at = how.offset;
  rows x = rows_of(p.x, p.rows, n, how.x_pad, at), dy = rows_of(p.dy, p.rows, n, how.dy_pad, at);
  rows other_y = make_rows(p.rows, n, how.y_pad, at), other_dx = make_rows(p.rows, n, how.dx_pad, at);
  rows y = how.in_place ? x : other_y, dx = how.in_place ? dy : other_dx;
  rows weight = rows_of(p.weight, 1, n, 0, at), bias = rows_of(p.bias, 1, n, 0, at);
  rows mean = make_rows(p.rows, 1, 0, at), rstd = make_rows(p.rows, 1, 0, at);
  rows dweight = make_rows(1, n, 0, at), dbias = make_rows(1, n, 0, at);

  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.rows = p.rows;
  norm.features = n;
  norm.eps = p.eps;
  norm.x_stride = how.x_pad ? x.stride : 0;
  norm.y_stride = how.in_place ? norm.x_stride : how.y_pad ? y.stride : 0;
  norm.dy_stride = how.dy_pad ? dy.stride : 0;
  norm.dx_stride = how.in_place ? norm.dy_stride : how.dx_pad ? dx.stride : 0;

  planish_status status = planish_layer_norm_forward(&norm, x.start, given(p.weight, weight), given(p.bias, bias),
                                                     y.start, wanted(MEAN, how, mean), wanted(RSTD, how, rstd));
  check(status == PLANISH_OK, "%s, %s: forward gave status %d: %s", name, how.name, status, planish_error_message());
  take_rows(y, out.y);
  take_rows(mean, out.mean);
  take_rows(rstd, out.rstd);

  rows clean_x = rows_of(p.x, p.rows, n, how.x_pad, at); /* forward may have written y there */
  const bool statistics = (how.wanted & STATISTICS) == STATISTICS;
  status = planish_layer_norm_backward(&norm, dy.start, clean_x.start, given(p.weight, weight),
                                       statistics ? mean.start : NULL, statistics ? rstd.start : NULL,
                                       wanted(DX, how, dx), wanted(DWEIGHT, how, dweight), wanted(DBIAS, how, dbias));
  check(status == PLANISH_OK, "%s, %s: backward gave status %d: %s", name, how.name, status, planish_error_message());
  take_rows(dx, out.dx);
  take_rows(dweight, out.dweight);
  take_rows(dbias, out.dbias);

  rows all[] = {x, dy, other_y, other_dx, weight, bias, mean, rstd, dweight, dbias, clean_x};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    free(all[i].memory);
}

layout plain_layout(const norm_case *c) {
  const int64_t pad = c->stride ? c->stride - c->features : 0;
  return (layout){"as in the table", pad, pad, pad, pad, 0, false, ALL};
}

/* ---- Comparing ---- */

uint64_t digest_results(problem p, results r) {
  const int64_t elements = p.rows * p.features;
  uint64_t digest = digest_floats(DIGEST_START, r.y, elements);
  digest = digest_floats(digest, r.mean, p.rows);
  digest = digest_floats(digest, r.rstd, p.rows);
  digest = digest_floats(digest, r.dx, elements);
  digest = digest_floats(digest, r.dweight, p.features);
  return digest_floats(digest, r.dbias, p.features);
}

void check_bits(const char *name, const char *variant, const char *array, int64_t count, const float *expected,
                const float *got) {
  int64_t i = 0;
  while (i < count && memcmp(&expected[i], &got[i], 4) == 0)
    i++;
  const double e = i < count ? (double)expected[i] : 0, g = i < count ? (double)got[i] : 0;
  check(i == count, "%s, %s: %s[%lld] is %a, expected %a", name, variant, array, (long long)i, g, e);
}

void check_same(const char *name, const char *variant, problem p, unsigned wanted, results expected, results got) {
  const int64_t elements = p.rows * p.features;
  check_bits(name, variant, "y", elements, expected.y, got.y);
  if (wanted & MEAN)
    check_bits(name, variant, "mean", p.rows, expected.mean, got.mean);
  if (wanted & RSTD)
    check_bits(name, variant, "rstd", p.rows, expected.rstd, got.rstd);
  if (wanted & DX)
    check_bits(name, variant, "dx", elements, expected.dx, got.dx);
  if (wanted & DWEIGHT)
    check_bits(name, variant, "dweight", p.features, expected.dweight, got.dweight);
  if (wanted & DBIAS)
    check_bits(name, variant, "dbias", p.features, expected.dbias, got.dbias);
}
