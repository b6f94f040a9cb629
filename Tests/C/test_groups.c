/*
 * Short rows, and rows that lie side by side, are settled in groups, and at the baseline level one by one. The results
 * must be the same: for every number of rows up to a few groups, with rows among them that need a second pass, or
 * rescaling, or are not finite; and in arrays that are so large that results go past the caches. Long rows are shared
 * by threads, except at the baseline level.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "planish.h"

enum { GUARD = 64 };

typedef struct arrays {
  int64_t rows, features, inner;
  planish_dtype dtype;
  unsigned char *x, *dy, *weight, *bias;
  unsigned char *results[6]; /* y, dx, mean, rstd, dweight, dbias */
  size_t sizes[6];
} arrays;

static size_t size_of(planish_dtype dtype) { return dtype == PLANISH_F64 ? 8 : dtype == PLANISH_F32 ? 4 : 2; }

static void put(unsigned char *p, int64_t i, planish_dtype dtype, double v) {
  const float f = (float)v;
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  const uint16_t brain = (uint16_t)(bits >> 16);
  if (dtype == PLANISH_F64)
    memcpy(p + 8 * i, &v, 8);
  else if (dtype == PLANISH_F32)
    memcpy(p + 4 * i, &f, 4);
  else
    memcpy(p + 2 * i, &brain, 2); /* as float16 it is some other number */
}

/* In every other 512 rows, every seventh or so is of another kind. */
static double element(int64_t row, int64_t i, int64_t features) {
  const double noise = (double)((row * 7919 + i * 104729) % 1009) / 504.5 - 1;
  switch (row / 512 % 2 ? 0 : row % 43) {
  case 3:
    return 7;
  case 6: /* large where the first pivot is taken */
    return i % (features >= 64 ? features / 64 * 16 : 16) < 16 ? 100 + noise : noise;
  case 10:
    return noise * 1e30;
  case 17:
    return i == features / 2 ? NAN : noise;
  case 24:
    return noise * 1e-30;
  case 31:
    return i == features - 1 ? 3e4 : noise * 1e-3;
  case 38:
    return i == 0 ? INFINITY : noise;
  default:
    return noise + (double)(row % 5) * 100;
  }
}

static unsigned char *filled(int64_t rows, int64_t features, int64_t inner, planish_dtype dtype,
                             double (*value)(int64_t, int64_t, int64_t)) {
  const int64_t count = rows * features * inner;
  unsigned char *p = malloc((size_t)count * size_of(dtype));
  for (int64_t i = 0; p && i < count; i++)
    put(p, i, dtype, value(i / (features * inner) * inner + i % inner, i / inner % features, features));
  return p;
}

static double slope(int64_t row, int64_t i, int64_t features) {
  return (double)((row * 31 + i * 17 + features) % 101) / 50 - 1;
}

/* Results begin `off` bytes behind a multiple of 64. */
static void run(const char *level, arrays a, bool statistics_given, size_t off) {
  for (int r = 0; r < 6; r++)
    memset(a.results[r], 0xA5, a.sizes[r] + GUARD + off);
  check(planish_set_cpu(level) == PLANISH_OK, "planish_set_cpu(\"%s\")", level);
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.rows = a.rows;
  norm.features = a.features;
  norm.inner = a.inner;
  norm.dtype = a.dtype;
  unsigned char *p[6];
  for (int r = 0; r < 6; r++)
    p[r] = a.results[r] + off;
  planish_status status = planish_layer_norm_forward(&norm, a.x, a.weight, a.bias, p[0], p[2], p[3]);
  check(status == PLANISH_OK, "forward: %s", planish_error_message());
  /* Not a number, of the kind that is lost if it is rounded carelessly. */
  const size_t statistic = a.dtype == PLANISH_F64 ? 8 : 4;
  for (int64_t row = 5; row < a.rows * a.inner; row += 43)
    memset(p[row / 43 % 2 ? 2 : 3] + (size_t)row * statistic, 0xff, statistic);
  status = planish_layer_norm_backward(&norm, a.dy, a.x, a.weight, statistics_given ? p[2] : NULL,
                                       statistics_given ? p[3] : NULL, p[1], p[4], p[5]);
  check(status == PLANISH_OK, "backward: %s", planish_error_message());
}

static bool is_nan(const unsigned char *p, size_t size, planish_dtype dtype) {
  uint64_t bits = 0;
  memcpy(&bits, p, size);
  const uint64_t infinity = size == 8              ? UINT64_C(0x7ff) << 52
                            : size == 4            ? 0x7f800000
                            : dtype == PLANISH_F16 ? 0x7c00
                                                   : 0x7f80;
  return (bits & (UINT64_MAX >> (65 - 8 * size))) > infinity;
}

static void compare(const char *level, arrays a, arrays b, size_t off) {
  static const char *names[] = {"y", "dx", "mean", "rstd", "dweight", "dbias"};
  for (int r = 0; r < 6; r++) {
    const size_t size = r == 2 || r == 3 ? (a.dtype == PLANISH_F64 ? 8 : 4) : size_of(a.dtype);
    const unsigned char *p = a.results[r], *q = b.results[r];
    if (memcmp(p, q, a.sizes[r] + GUARD + off) == 0)
      continue;
    for (size_t i = off; i < a.sizes[r] + off; i += size)
      if (memcmp(p + i, q + i, size) != 0 && !(is_nan(p + i, size, a.dtype) && is_nan(q + i, size, a.dtype))) {
        check(false, "%s: dtype %d, %lld x %lld x %lld: %s differs at element %zu", level, (int)a.dtype,
              (long long)a.rows, (long long)a.features, (long long)a.inner, names[r], (i - off) / size);
        break;
      }
    check(memcmp(p + a.sizes[r] + off, q + a.sizes[r] + off, GUARD) == 0 && memcmp(p, q, off) == 0,
          "%s: written outside %s", level, names[r]);
  }
}

static arrays make(int64_t rows, int64_t features, int64_t inner, planish_dtype dtype) {
  arrays a = {.rows = rows, .features = features, .inner = inner, .dtype = dtype};
  const size_t size = size_of(dtype), statistic = dtype == PLANISH_F64 ? 8 : 4, normalized = (size_t)(rows * inner);
  const size_t n = normalized * (size_t)features;
  const size_t sizes[6] = {n * size,
                           n * size,
                           normalized * statistic,
                           normalized * statistic,
                           (size_t)features * size,
                           (size_t)features * size};
  for (int r = 0; r < 6; r++) {
    a.sizes[r] = sizes[r];
    a.results[r] = aligned_alloc(64, (sizes[r] + 2 * GUARD + 63) / 64 * 64);
  }
  return a;
}

static void release(arrays a) {
  for (int r = 0; r < 6; r++)
    free(a.results[r]);
}

/* Forward over x itself: y as it is without that. x is lost. */
static void check_in_place(const char *level, arrays a, size_t off) {
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.rows = a.rows;
  norm.features = a.features;
  norm.inner = a.inner;
  norm.dtype = a.dtype;
  const unsigned char *y = a.results[0] + off;
  const planish_status status = planish_layer_norm_forward(&norm, a.x, a.weight, a.bias, a.x, NULL, NULL);
  check(status == PLANISH_OK, "in place: %s", planish_error_message());
  const size_t size = size_of(a.dtype);
  for (size_t i = 0; i < a.sizes[0]; i += size)
    if (memcmp(a.x + i, y + i, size) != 0 && !(is_nan(a.x + i, size, a.dtype) && is_nan(y + i, size, a.dtype))) {
      check(false, "%s: dtype %d, %lld x %lld x %lld: in place, y differs at element %zu", level, (int)a.dtype,
            (long long)a.rows, (long long)a.features, (long long)a.inner, i / size);
      return;
    }
  check(true, "in place");
}

static void check_shape(int64_t rows, int64_t features, int64_t inner, planish_dtype dtype, bool given, bool parameters,
                        size_t off) {
  arrays a = make(rows, features, inner, dtype), b = make(rows, features, inner, dtype);
  unsigned char *x = filled(rows, features, inner, dtype, element);
  unsigned char *dy = filled(rows, features, inner, dtype, slope);
  unsigned char *weight = parameters ? filled(1, features, 1, dtype, slope) : NULL;
  unsigned char *bias = parameters ? filled(1, features, 1, dtype, element) : NULL;
  a.x = b.x = x, a.dy = b.dy = dy, a.weight = b.weight = weight, a.bias = b.bias = bias;
  run("baseline", a, given, off);
  const char *level;
  for (int32_t l = 0; (level = planish_cpu_level(l)); l++) {
    run(level, b, given, off);
    compare(level, a, b, off);
  }
  check_in_place("the best level", a, off);
  release(a);
  release(b);
  free(x);
  free(dy);
  free(weight);
  free(bias);
}

/* Rows that lie apart and are streamed: as rows that lie together, with nothing written between them. */
static void check_gaps(int64_t rows, int64_t features, int64_t gap) {
  const planish_dtype dtype = PLANISH_F32;
  const size_t apart = (size_t)(features + gap) * 4, together = (size_t)features * 4, bytes = (size_t)rows * apart;
  unsigned char *x = filled(rows, features, 1, dtype, element), *dy = filled(rows, features, 1, dtype, slope);
  unsigned char *expected[2], *got[2];
  for (int r = 0; r < 2; r++) {
    expected[r] = malloc((size_t)rows * together);
    got[r] = malloc(bytes);
    memset(got[r], 0xA5, bytes);
  }
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.rows = rows;
  norm.features = features;
  for (int strided = 0; strided < 2; strided++) {
    unsigned char **results = strided ? got : expected;
    norm.y_stride = norm.dx_stride = strided ? features + gap : 0;
    planish_status status = planish_layer_norm_forward(&norm, x, NULL, NULL, results[0], NULL, NULL);
    check(status == PLANISH_OK, "forward: %s", planish_error_message());
    status = planish_layer_norm_backward(&norm, dy, x, NULL, NULL, NULL, results[1], NULL, NULL);
    check(status == PLANISH_OK, "backward: %s", planish_error_message());
  }
  bool same = true, clean = true;
  for (int r = 0; r < 2; r++)
    for (int64_t row = 0; row < rows; row++) {
      const unsigned char *p = got[r] + (size_t)row * apart, *q = expected[r] + (size_t)row * together;
      for (size_t i = 0; i < together; i += 4)
        same &= memcmp(p + i, q + i, 4) == 0 || (is_nan(p + i, 4, dtype) && is_nan(q + i, 4, dtype));
      for (size_t i = together; i < apart; i++)
        clean &= p[i] == 0xA5;
    }
  check(same, "%lld rows of %lld, %lld between: results differ", (long long)rows, (long long)features, (long long)gap);
  check(clean, "%lld rows of %lld, %lld between: written between them", (long long)rows, (long long)features,
        (long long)gap);
  for (int r = 0; r < 2; r++) {
    free(expected[r]);
    free(got[r]);
  }
  free(x);
  free(dy);
}

/* Of no rows, dweight and dbias are zeros, however long the rows would be. */
static void check_no_rows(int64_t features) {
  float *gradients = malloc(2 * (size_t)features * sizeof *gradients);
  memset(gradients, 0xA5, 2 * (size_t)features * sizeof *gradients);
  float none = 0;
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.features = features;
  const planish_status status =
      planish_layer_norm_backward(&norm, NULL, NULL, NULL, NULL, NULL, &none, gradients, gradients + features);
  check(status == PLANISH_OK, "no rows: %s", planish_error_message());
  bool are_zeros = true;
  for (int64_t i = 0; i < 2 * features; i++)
    are_zeros &= gradients[i] == 0;
  check(are_zeros, "no rows of %lld features: gradients are not zeros", (long long)features);
  free(gradients);
}

int main(void) {
  static const int64_t features[] = {1, 3, 15, 16, 17, 33, 63, 64, 65, 100, 128, 200, 256, 300, 384};
  static const planish_dtype dtypes[] = {PLANISH_F32, PLANISH_F64, PLANISH_BF16, PLANISH_F16};
  for (size_t d = 0; d < 4; d++)
    for (size_t f = 0; f < sizeof features / sizeof *features; f++)
      for (int64_t rows = 1; rows <= 70; rows += rows < 8 || rows % 16 > 13 || rows % 16 < 2 ? 1 : 5) {
        const size_t off = rows % 2 ? 0 : size_of(dtypes[d]);
        check_shape(rows, features[f], 1, dtypes[d], rows % 4 != 3, rows % 3 != 2, off);
        check_shape(1 + rows % 3, features[f], 1 + rows, dtypes[d], rows % 4 != 3, rows % 3 != 2, off);
      }
  for (size_t d = 0; d < 4; d++)
    for (size_t off = 0; off < 2; off++) {
      /* Enough for results to go past the caches, in backward of one thread too. */
      const int64_t size = (int64_t)size_of(dtypes[d]), count = (9 << 20) / size;
      const size_t behind = off * (size_t)size;
      check_shape(count / 64 + 5, 64, 1, dtypes[d], true, true, behind);
      check_shape(count / 100 + 5, 100, 1, dtypes[d], true, off == 0, behind);
      check_shape(2, 70, (count / 140 + 63) / 64 * 64, dtypes[d], off == 0, true, behind);
      check_shape(2, 33, count / 66 + 1, dtypes[d], true, true, behind);
      check_shape(count / (20 * 14 * 14), 20, 14 * 14, dtypes[d], true, off == 0, behind);
    }
  for (int64_t gap = 1; gap < 20; gap += 5) {
    check_gaps(25000, 100, gap);
    check_gaps(25000, 103, gap);
  }
  check_no_rows(3);
  check_no_rows(300000);
  planish_set_num_threads(3);
  for (size_t d = 0; d < 4; d++) {
    check_shape(11, 3 * 131072 + 5, 1, dtypes[d], d % 2 == 0, true, size_of(dtypes[d]));
    check_shape(1, 3 * 131072, 1, dtypes[d], d % 2 == 1, d != 2, 0);
  }
  return finish();
}
