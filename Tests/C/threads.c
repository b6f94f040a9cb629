#include "threads.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "numbers.h"

/* All NaNs: what is read or left out by mistake shows. */
static char *blank(size_t bytes) {
  char *memory = malloc(bytes);
  if (!memory)
    abort();
  return memset(memory, 0xff, bytes);
}

/* Numbers of at most 7 bits, which every dtype holds, in an order that has no pattern. */
static char *fill(char *array, planish_dtype dtype, size_t bytes, double scale, uint32_t state) {
  for (int64_t i = 0; i < (int64_t)(bytes / dtypes[dtype].size); i++) {
    state = state * 1664525u + 1013904223u;
    put(array, dtype, i, ((int)(state >> 25) - 64) * 0x1p-6 * scale);
  }
  return array;
}

problem make_problem(shape s) {
  const size_t size = dtypes[s.dtype].size;
  const int64_t step = s.inner == 1 ? 1 : s.inner + s.pad, stride = s.features * step + s.pad;
  const double scale = s.scale == 0 ? 1 : s.scale;
  problem p = {.s = s, .norm = PLANISH_LAYER_NORM_INIT};
  p.norm.dtype = s.dtype;
  p.norm.rows = s.rows, p.norm.features = s.features, p.norm.inner = s.inner;
  p.norm.x_stride = p.norm.y_stride = p.norm.dy_stride = p.norm.dx_stride = stride;
  p.norm.x_feature_stride = p.norm.y_feature_stride = p.norm.dy_feature_stride = p.norm.dx_feature_stride = step;
  p.norm.eps = s.scale == 0 ? 1e-5 : 0;
  p.bytes = (size_t)(s.rows * stride) * size;
  p.parameter_bytes = (size_t)s.features * size;
  p.statistic_bytes = (size_t)(s.rows * s.inner) * (s.dtype == PLANISH_F64 ? 8 : 4);
  p.x = fill(blank(p.bytes), s.dtype, p.bytes, scale, 1);
  p.dy = fill(blank(p.bytes), s.dtype, p.bytes, scale, 2);
  p.weight = fill(blank(p.parameter_bytes), s.dtype, p.parameter_bytes, 1, 3);
  p.bias = fill(blank(p.parameter_bytes), s.dtype, p.parameter_bytes, 1, 4);
  return p;
}

void free_problem(problem p) {
  free(p.x);
  free(p.dy);
  free(p.weight);
  free(p.bias);
}

static size_t bytes_of(const problem *p, int array) {
  return array == MEAN || array == RSTD       ? p->statistic_bytes
         : array == DWEIGHT || array == DBIAS ? p->parameter_bytes
                                              : p->bytes;
}

results make_results(const problem *p) {
  results r;
  for (int a = 0; a < RESULTS; a++)
    r.array[a] = blank(bytes_of(p, a));
  return r;
}

void free_results(results r) {
  for (int a = 0; a < RESULTS; a++)
    free(r.array[a]);
}

/* The input, or in place a copy of it where the output will be. */
static const void *input(const problem *p, const char *array, char *output) {
  return p->s.in_place ? memcpy(output, array, p->bytes) : array;
}

bool compute(const problem *p, results out) {
  char **a = out.array;
  for (int i = 0; i < RESULTS; i++)
    memset(a[i], 0xff, bytes_of(p, i));
  const bool forward =
      planish_layer_norm_forward(&p->norm, input(p, p->x, a[Y]), p->weight, p->bias, a[Y], a[MEAN], a[RSTD]) == 0;
  const bool backward = planish_layer_norm_backward(&p->norm, input(p, p->dy, a[DX]), p->x, p->weight, a[MEAN], a[RSTD],
                                                    a[DX], a[DWEIGHT], a[DBIAS]) == 0;
  const bool alone = planish_layer_norm_backward(&p->norm, input(p, p->dy, a[DX_ALONE]), p->x, p->weight, NULL, NULL,
                                                 a[DX_ALONE], NULL, NULL) == 0;
  return forward && backward && alone;
}

const char *difference(const problem *p, results expected, results got) {
  static const char *const names[RESULTS] = {"y", "mean", "rstd", "dx", "dweight", "dbias", "dx alone"};
  for (int a = 0; a < RESULTS; a++)
    if (memcmp(expected.array[a], got.array[a], bytes_of(p, a)) != 0)
      return names[a];
  return NULL;
}

void check_computed(const problem *p, const char *variant, results expected) {
  results got = make_results(p);
  check(compute(p, got), "%s, %s: %s", p->s.name, variant, planish_error_message());
  const char *name = difference(p, expected, got);
  check(!name, "%s, %s: %s has other bits", p->s.name, variant, name);
  free_results(got);
}

void in_child(const char *name, void (*test)(void)) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    start_over();
    alarm(240); /* one that hangs does not stay */
    test();
    fflush(stdout);
    _exit(finish()); /* its last line is not written: the parent's is */
  }
  int status = -1;
  const bool ended = child > 0 && waitpid(child, &status, 0) == child;
  check(ended && status == 0, "%s: the process gave %#x", name, (unsigned)status);
}
