/*
 * Layer normalization of real data with Planish, forward and backward, checked against textbook loops.
 *
 *     minilm ../data/minilm-embeddings.bin
 *
 * The programs of the same name in Python and Swift do the same and print the same digest.
 */
#include "embeddings.h"
#include "report.h"
#include "textbook.h"

#include <planish.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const char *subject, const char *message) {
  fprintf(stderr, "minilm: %s: %s\n", subject, message);
  exit(1);
}

static void check(planish_status status) {
  if (status != PLANISH_OK)
    fail(planish_status_string(status), planish_error_message());
}

static float *floats(int64_t count) {
  float *values = calloc((size_t)count, sizeof *values);
  if (values == NULL)
    fail("floats", "out of memory");
  return values;
}

/* A made-up gradient of y, the same in all three languages: multiples of 1/64 between -1 and 1, exact in float. */
static float *upstream_gradient(int64_t count) {
  float *dy = floats(count);
  for (int64_t i = 0; i < count; i++)
    dy[i] = (float)(i * 37 % 127 - 63) / 64;
  return dy;
}

int main(int argc, char **argv) {
  if (argc != 2)
    fail("usage", "minilm FILE");
  embeddings e;
  const char *error = embeddings_read(argv[1], &e);
  if (error != NULL)
    fail(argv[1], error);

  int64_t elements = e.tokens * e.features;
  float *y = floats(elements), *mean = floats(e.tokens), *rstd = floats(e.tokens);
  float *dx = floats(elements), *dweight = floats(e.features), *dbias = floats(e.features);
  float *x_hat = floats(elements), *dy = upstream_gradient(elements);

  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.rows = e.tokens;
  norm.features = e.features;
  norm.eps = e.eps;
  check(planish_layer_norm_forward(&norm, e.x, e.weight, e.bias, y, mean, rstd));
  check(planish_layer_norm_backward(&norm, dy, e.x, e.weight, mean, rstd, dx, dweight, dbias));

  /* The same without weight and bias, which is nothing but (x - mean) * rstd. */
  check(planish_layer_norm_f32(e.tokens, e.features, e.x, NULL, NULL, e.eps, x_hat));

  textbook t = textbook_compute(&e, dy);
  if (t.memory == NULL)
    fail("textbook", "out of memory");
  /* The bounds are two to four times what was measured on this file. dbias is exact: it adds up multiples of 1/64. */
  const result results[] = {
      {"y", y, elements, &t.y, 8},
      {"mean", mean, e.tokens, &t.mean, 1},
      {"rstd", rstd, e.tokens, &t.rstd, 3},
      {"dx", dx, elements, &t.dx, 6},
      {"dweight", dweight, e.features, &t.dweight, 4},
      {"dbias", dbias, e.features, &t.dbias, 0},
  };
  const int count = sizeof results / sizeof results[0];

  report_text(&e);
  report_rows(&e, x_hat);
  bool all_close = report_differences(results, count);
  report_digest(results, count);

  float *allocated[] = {y, mean, rstd, dx, dweight, dbias, x_hat, dy};
  for (size_t i = 0; i < sizeof allocated / sizeof allocated[0]; i++)
    free(allocated[i]);
  free(t.memory);
  free(e.content);
  if (!all_close)
    fail(argv[1], "some results are further from the textbook loops than their bound allows");
  return 0;
}
