#include "cases.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The table ---- */

/* In the order of value_kind. */
static const char *const kinds[] = {"unit",    "offset4", "offset6", "constant",    "tiny",  "huge", "subnormal",
                                    "outlier", "step",    "ramp",    "alternating", "zeros", "mixed"};

static bool parse_kind(const char *text, value_kind *kind) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(text, kinds[i]) == 0) {
      *kind = (value_kind)i;
      return true;
    }
  return false;
}

static bool parse_case(const char *line, norm_case *c) {
  char values[16], eps[32], digest[20], rest[2], *eps_end, *digest_end;
  int weight, bias;
  const int columns = sscanf(line, "%63s %" SCNd64 " %" SCNd64 " %" SCNd64 " %d %d %15s %31s %19s %1s", c->name,
                             &c->rows, &c->features, &c->stride, &weight, &bias, values, eps, digest, rest);
  if (columns != 9 || !parse_kind(values, &c->values))
    return false;
  if (c->rows < 0 || c->features < 1 || (c->stride != 0 && c->stride < c->features) || weight / 2 || bias / 2)
    return false;
  c->weight = weight;
  c->bias = bias;
  c->eps = strtod(eps, &eps_end);
  c->recorded = strcmp(digest, "-") != 0;
  c->digest = strtoull(digest, &digest_end, 16);
  return *eps_end == 0 && (!c->recorded || *digest_end == 0);
}

norm_case *read_cases(const char *path, size_t *count) {
  FILE *file = fopen(path, "r");
  if (!file) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return NULL;
  }
  norm_case *cases = NULL;
  size_t used = 0, room = 0;
  char line[512];
  for (int number = 1; fgets(line, sizeof line, file); number++) {
    if (line[0] == '#' || line[strspn(line, " \n")] == 0)
      continue;
    if (used == room) {
      room = room ? 2 * room : 128;
      cases = realloc(cases, room * sizeof *cases);
      if (!cases)
        abort();
    }
    if (!parse_case(line, &cases[used++])) {
      fprintf(stderr, "%s:%d: not a case: %s", path, number, line);
      free(cases);
      fclose(file);
      return NULL;
    }
  }
  fclose(file);
  *count = used;
  return cases;
}

/* ---- The arrays ---- */

static uint64_t fnv1a(uint64_t digest, const unsigned char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++)
    digest = (digest ^ bytes[i]) * 0x100000001b3u;
  return digest;
}

/* SplitMix64, seeded by "name:array". */
static uint64_t seed_of(const char *name, const char *array) {
  char text[80];
  const int length = snprintf(text, sizeof text, "%s:%s", name, array);
  return fnv1a(DIGEST_START, (const unsigned char *)text, (size_t)length);
}

/* The next number in [-1, 1): 24 bits, so that it is a float exactly. */
static double next_unit(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return (double)((int64_t)(z >> 40) - 0x800000) * 0x1p-23;
}

/* u belongs to this element, first to the row's first one. Sums are exact in double and are rounded once, to float. */
static float x_value(const norm_case *c, value_kind kind, int64_t row, int64_t column, double u, double first) {
  static const value_kind mix[] = {VALUES_UNIT, VALUES_OFFSET6, VALUES_TINY, VALUES_HUGE};
  switch (kind) {
  case VALUES_UNIT:
    return (float)u;
  case VALUES_OFFSET4:
    return (float)(1e4 + u);
  case VALUES_OFFSET6:
    return (float)(1e6 + u);
  case VALUES_CONSTANT:
    return (float)(1e4 + first);
  case VALUES_TINY:
    return (float)(u * 0x1p-120);
  case VALUES_HUGE:
    return (float)(u * 0x1p120);
  case VALUES_SUBNORMAL:
    return (float)(u * 0x1p-126);
  case VALUES_OUTLIER:
    return column == (row + c->features / 2) % c->features ? 3e6f : (float)u;
  case VALUES_STEP:
    return (float)(column < 16 ? 1e4 + u : u);
  case VALUES_RAMP:
    return (float)((double)row + (double)column * 0.125);
  case VALUES_ALTERNATING:
    return (row + column) % 2 ? -FLT_MAX : FLT_MAX;
  case VALUES_ZEROS:
    return 0;
  case VALUES_MIXED:
    return x_value(c, mix[row % 4], row, column, u, first);
  }
  abort();
}

void make_x(const norm_case *c, float *x) {
  uint64_t state = seed_of(c->name, "x");
  for (int64_t row = 0; row < c->rows; row++) {
    double first = 0;
    for (int64_t column = 0; column < c->features; column++) {
      const double u = next_unit(&state);
      if (column == 0)
        first = u;
      *x++ = x_value(c, c->values, row, column, u, first);
    }
  }
}

static void make_units(const norm_case *c, const char *array, int64_t count, float *values) {
  uint64_t state = seed_of(c->name, array);
  for (int64_t i = 0; i < count; i++)
    values[i] = (float)next_unit(&state);
}

void make_dy(const norm_case *c, float *dy) { make_units(c, "dy", c->rows * c->features, dy); }
void make_weight(const norm_case *c, float *weight) { make_units(c, "weight", c->features, weight); }
void make_bias(const norm_case *c, float *bias) { make_units(c, "bias", c->features, bias); }

/* ---- The digest ---- */

uint64_t digest_floats(uint64_t digest, const float *values, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, &values[i], 4);
    const unsigned char bytes[4] = {(unsigned char)bits, (unsigned char)(bits >> 8), (unsigned char)(bits >> 16),
                                    (unsigned char)(bits >> 24)};
    digest = fnv1a(digest, bytes, 4);
  }
  return digest;
}
