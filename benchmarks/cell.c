#include "cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void fail(const char *subject, const char *message) {
  fprintf(stderr, "%s: %s\n", subject, message);
  exit(1);
}

bool operation_parse(const char *name, operation *result) {
  static const char *const names[OPERATIONS] = {"forward", "forward_statistics", "backward", "backward_dx",
                                                "backward_dx_plain"};
  for (int i = 0; i < OPERATIONS; i++) {
    if (strcmp(name, names[i]) == 0) {
      *result = (operation)i;
      return true;
    }
  }
  return false;
}

bool is_backward(operation operation) { return operation >= BACKWARD; }

bool has_weight(operation operation) { return operation != BACKWARD_DX_PLAIN; }

/* ---- Buffers ---- */

/* Numbers between low and low + 2, from a generator of our own: the same ones everywhere. */
static float *numbers(int64_t count, float low) {
  static uint32_t state = 1;
  size_t bytes = ((size_t)count * sizeof(float) + cache_line - 1) / cache_line * cache_line;
  float *values = aligned_alloc(cache_line, bytes);
  if (values == NULL)
    fail("numbers", "out of memory");
  memset(values, 0, bytes);
  for (int64_t i = 0; i < count; i++) {
    state = state * 1664525 + 1013904223;
    values[i] = low + (float)(state >> 8) * 0x1p-23f;
  }
  return values;
}

cell cell_make(operation operation, int64_t rows, int64_t features) {
  int64_t elements = rows * features;
  cell c = {.operation = operation, .rows = rows, .features = features, .eps = 1e-5};
  c.x = numbers(elements, -0.5F);
  if (has_weight(operation)) {
    c.weight = numbers(features, 0);
    c.bias = numbers(features, -1);
  }
  c.result = numbers(elements, 0);
  if (is_backward(operation))
    c.dy = numbers(elements, -1);
  if (operation == BACKWARD || operation == BACKWARD_DX) {
    c.dweight = numbers(features, 0);
    c.dbias = numbers(features, 0);
  }
  if (operation != FORWARD) {
    c.mean = numbers(rows, 0);
    c.rstd = numbers(rows, 0);
    c.variance = numbers(rows, 0);
  }
  return c;
}

/* ---- The same results ---- */

typedef struct array {
  const char *name;
  float *values;
  int64_t count;
} array;

enum { most_results = 4 };

static int results_of(const cell *c, array results[most_results]) {
  int count = 0;
  results[count++] = (array){is_backward(c->operation) ? "dx" : "y", c->result, c->rows * c->features};
  if (c->operation == BACKWARD) {
    results[count++] = (array){"dweight", c->dweight, c->features};
    results[count++] = (array){"dbias", c->dbias, c->features};
  }
  if (c->operation == FORWARD_STATISTICS) {
    results[count++] = (array){"mean", c->mean, c->rows};
    results[count++] = (array){"rstd", c->rstd, c->rows};
  }
  return count;
}

/* Not a number until the call writes it: a result that is left out is found. */
static void forget(const array *results, int count) {
  for (int i = 0; i < count; i++) {
    for (int64_t j = 0; j < results[i].count; j++)
      results[i].values[j] = NAN;
  }
}

/* Relative to the largest value: single elements may be what cancellation left. */
static bool is_near(const float *values, const float *expected, int64_t count) {
  double largest = 0;
  for (int64_t i = 0; i < count; i++)
    largest = fmax(largest, fabs((double)expected[i]));
  for (int64_t i = 0; i < count; i++) {
    if (!(fabs((double)values[i] - expected[i]) <= 1e-4 * largest))
      return false;
  }
  return true;
}

void cell_check(const cell *c, const competitor *one, const competitor *other) {
  array results[most_results];
  float *kept[most_results];
  int count = results_of(c, results);
  forget(results, count);
  one->call(one->context);
  for (int i = 0; i < count; i++) {
    kept[i] = numbers(results[i].count, 0);
    memcpy(kept[i], results[i].values, (size_t)results[i].count * sizeof(float));
  }
  forget(results, count);
  other->call(other->context);
  for (int i = 0; i < count; i++) {
    if (!is_near(kept[i], results[i].values, results[i].count))
      fail(results[i].name, "the results differ");
    free(kept[i]);
  }
}

/* ---- Time ---- */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static double time_calls(const competitor *c, int64_t calls) {
  double start = now();
  for (int64_t i = 0; i < calls; i++)
    c->call(c->context);
  return now() - start;
}

/* As many calls as take this long. */
static int64_t calibrate(const competitor *c, double microseconds) {
  int64_t calls = 1;
  while (time_calls(c, calls) < microseconds)
    calls *= 2;
  /* Again: the first time included warming up. */
  double call = time_calls(c, calls) / (double)calls;
  return (int64_t)fmax(1, ceil(microseconds / call));
}

void cell_time(const competitor *competitors, int count, int rounds, double microseconds, double *times) {
  int64_t *calls = calloc((size_t)count, sizeof *calls);
  if (calls == NULL)
    fail("cell_time", "out of memory");
  for (int i = 0; i < count; i++)
    calls[i] = calibrate(&competitors[i], microseconds);
  for (int round = 0; round < rounds; round++) {
    for (int turn = 0; turn < count; turn++) {
      int i = (round + turn) % count; /* each is first in its turn */
      time_calls(&competitors[i], 1); /* untimed: the one before left the caches as it liked */
      times[i * rounds + round] = time_calls(&competitors[i], calls[i]) / (double)calls[i];
    }
  }
  free(calls);
}
