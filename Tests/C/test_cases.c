/* Every shared case at every CPU level, against the reference, the recorded digest, and itself in other layouts. */
#include <inttypes.h>
#include <stdlib.h>

#include "bounds.h"
#include "check.h"
#include "planish.h"
#include "reference.h"
#include "run.h"

/* ---- Against the reference ---- */

static void check_near(const char *name, const char *array, int64_t index, double got, double expected, double bound) {
  const double error = fabs(got - expected);
  /* Not "error > bound": a NaN is never near. */
  check(error <= bound, "%s: %s[%lld] is %.9g, expected %.17g, off by %.3g, allowed are %.3g", name, array,
        (long long)index, got, expected, error, bound);
}

static double *doubles(int64_t count) {
  double *memory = calloc((size_t)count + 1, sizeof *memory);
  if (!memory)
    abort();
  return memory;
}

static void check_forward(const char *name, problem p, results got, double *xhat, double *rstd) {
  double *y = doubles(p.rows * p.features), *mean = doubles(p.rows), *std = doubles(p.rows);
  reference_forward((reference_shape){p.rows, p.features}, p.eps, p.x, 0, p.weight, p.bias, y, xhat, mean, rstd, std);
  for (int64_t i = 0; i < p.rows * p.features; i++) {
    const double weight = p.weight ? (double)p.weight[i % p.features] : 1;
    check_near(name, "y", i, got.y[i], y[i], y_bound(y[i], xhat[i], weight, p.weight || p.bias));
  }
  for (int64_t r = 0; r < p.rows; r++) {
    check_near(name, "mean", r, got.mean[r], mean[r], mean_bound(mean[r], std[r]));
    check_near(name, "rstd", r, got.rstd[r], rstd[r], rstd_bound(rstd[r]));
  }
  free(y);
  free(mean);
  free(std);
}

static void check_backward(const char *name, problem p, results got, const double *xhat, const double *rstd) {
  double *dx = doubles(p.rows * p.features), *dx_scale = doubles(p.rows * p.features);
  double *dweight = doubles(p.features), *dweight_scale = doubles(p.features);
  double *dbias = doubles(p.features), *dbias_scale = doubles(p.features);
  reference_backward((reference_shape){p.rows, p.features}, p.dy, 0, p.weight, xhat, rstd, dx, dx_scale, dweight,
                     dweight_scale, dbias, dbias_scale);
  for (int64_t i = 0; i < p.rows * p.features; i++)
    check_near(name, "dx", i, got.dx[i], dx[i], dx_bound(dx_scale[i]));
  for (int64_t i = 0; i < p.features; i++) {
    check_near(name, "dweight", i, got.dweight[i], dweight[i], dweight_bound(dweight[i], dweight_scale[i]));
    check_near(name, "dbias", i, got.dbias[i], dbias[i], dbias_bound(dbias[i], dbias_scale[i]));
  }
  double *all[] = {dx, dx_scale, dweight, dweight_scale, dbias, dbias_scale};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    free(all[i]);
}

static void check_reference(const char *name, problem p, results got) {
  double *xhat = doubles(p.rows * p.features), *rstd = doubles(p.rows);
  check_forward(name, p, got, xhat, rstd);
  check_backward(name, p, got, xhat, rstd);
  free(xhat);
  free(rstd);
}

/* ---- Against itself ---- */

static const layout variants[] = {
    {"contiguous", 0, 0, 0, 0, 0, false, ALL},
    {"four strides", 1, 2, 3, 16, 0, false, ALL},
    {"in place", 0, 0, 0, 0, 0, true, ALL},
    {"in place with strides", 3, 3, 1, 1, 0, true, ALL},
    {"1 byte off", 0, 0, 0, 0, 1, false, ALL},
    {"2 bytes off", 0, 0, 0, 0, 2, false, ALL},
    {"3 bytes off", 5, 5, 5, 5, 3, false, ALL},
    {"4 bytes off", 0, 0, 0, 0, 4, true, ALL},
    {"statistics computed", 0, 0, 0, 0, 0, false, GRADIENTS},
    {"mean without rstd", 0, 0, 0, 0, 0, false, MEAN | GRADIENTS},
    {"rstd without mean", 0, 0, 0, 0, 0, false, RSTD | GRADIENTS},
    {"dx alone", 0, 0, 0, 0, 0, false, STATISTICS | DX},
    {"dweight alone", 0, 0, 0, 0, 0, false, STATISTICS | DWEIGHT},
    {"dbias alone", 0, 0, 0, 0, 0, false, STATISTICS | DBIAS},
    {"dx and dweight", 0, 0, 0, 0, 0, false, STATISTICS | DX | DWEIGHT},
    {"dx and dbias", 0, 0, 0, 0, 0, false, STATISTICS | DX | DBIAS},
    {"dweight and dbias", 0, 0, 0, 0, 0, false, STATISTICS | DWEIGHT | DBIAS},
    {"dx alone, statistics computed", 0, 0, 0, 0, 0, false, DX},
    {"dweight alone, statistics computed", 0, 0, 0, 0, 0, false, DWEIGHT},
};

static void check_variants(const char *name, problem p, results plain) {
  results other = make_results(p.rows, p.features);
  for (size_t v = 0; v < sizeof variants / sizeof *variants; v++) {
    run(name, p, variants[v], other);
    check_same(name, variants[v].name, p, variants[v].wanted, plain, other);
  }
  free_results(other);
}

/* A row's y, mean, rstd and dx do not depend on the other rows. */
static void check_rows_alone(const char *name, problem p, results plain) {
  const layout how = {"a row alone", 0, 0, 0, 0, 0, false, STATISTICS | DX};
  results alone = make_results(1, p.features);
  for (int64_t r = 0; r < p.rows; r++) {
    problem row = p;
    row.rows = 1;
    row.x += r * p.features;
    row.dy += r * p.features;
    run(name, row, how, alone);
    results expected = plain;
    expected.y += r * p.features;
    expected.dx += r * p.features;
    expected.mean += r;
    expected.rstd += r;
    check_same(name, how.name, row, how.wanted, expected, alone);
  }
  free_results(alone);
}

static void check_one_line(const char *name, problem p, results plain) {
  results other = make_results(p.rows, p.features);
  const planish_status status = planish_layer_norm_f32(p.rows, p.features, p.x, p.weight, p.bias, p.eps, other.y);
  check(status == PLANISH_OK, "%s, planish_layer_norm_f32: status %d", name, status);
  check_same(name, "planish_layer_norm_f32", p, 0, plain, other);
  free_results(other);
}

/* The first level is compared with the reference, and all of them with the table and so with one another. */
static void check_case(const norm_case *c, const char *level, bool first, uint64_t *first_digest) {
  char name[96];
  snprintf(name, sizeof name, "%s at %s", c->name, level);
  problem p = make_problem(c);
  results plain = make_results(p.rows, p.features);
  run(name, p, plain_layout(c), plain);
  const uint64_t digest = digest_results(p, plain);
  if (first) {
    check_reference(name, p, plain);
    *first_digest = digest;
  }
  check(digest == *first_digest, "%s: digest is %016" PRIx64 ", at %s it is %016" PRIx64, name, digest,
        planish_cpu_level(0), *first_digest);
  check(!c->recorded || digest == c->digest, "%s: digest is %016" PRIx64 ", expected %016" PRIx64, name, digest,
        c->digest);
  check_variants(name, p, plain);
  check_rows_alone(name, p, plain);
  check_one_line(name, p, plain);
  free_results(plain);
  free_problem(p);
}

int main(void) {
  size_t count;
  norm_case *cases = read_cases(PLANISH_CASES, &count);
  if (!cases)
    return 1;
  uint64_t *digests = calloc(count, sizeof *digests);
  const char *level;
  for (int32_t l = 0; digests && (level = planish_cpu_level(l)); l++) {
    const planish_status status = planish_set_cpu(level);
    check(status == PLANISH_OK, "planish_set_cpu(\"%s\") gave status %d", level, status);
    for (size_t i = 0; i < count; i++)
      check_case(&cases[i], level, l == 0, &digests[i]);
  }
  free(digests);
  free(cases);
  return finish();
}
