/*
 * verify <table>: this machine's result bits against the published ones, python/planish/verify.txt, which says how the
 * arrays are made and what is digested. The same as `python -m planish verify`, line for line. Stands on its own:
 *
 *     cc -std=c11 -Iinclude Tests/C/verify.c -o verify -Lbuild -lplanish
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "planish.h"

/* ---- Numbers ---- */

#define DIGEST_START UINT64_C(0xcbf29ce484222325)

static uint64_t fnv1a(uint64_t digest, const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++)
    digest = (digest ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
  return digest;
}

/* SplitMix64. */
static uint64_t draw(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* Powers of two that u is multiplied by, for values that are as small or as large as they can be, or are near 2^13. */
typedef struct dtype {
  const char *name;
  planish_dtype number;
  size_t size;
  int bits;
  double unit, least, top, near;
} dtype;

static const dtype dtypes[] = {{"f32", PLANISH_F32, 4, 24, 0x1p-23, 0x1p-149, 0x1p104, 0x1p-10},
                               {"f64", PLANISH_F64, 8, 53, 0x1p-52, 0x1p-1074, 0x1p971, 0x1p-39},
                               {"bf16", PLANISH_BF16, 2, 8, 0x1p-7, 0x1p-133, 0x1p120, 0x1p6},
                               {"f16", PLANISH_F16, 2, 11, 0x1p-10, 0x1p-24, 0x1p5, 0x1p3}};

/* The dtype holds the value exactly. */
static void store(const dtype *d, char *to, double wide) {
  if (d->size == 8) {
    memcpy(to, &wide, 8);
    return;
  }
  /* A float's exponent has 112 more than a half's of the same bits; the rest of a half is the upper part of a float. */
  const float narrow = (float)(d->number == PLANISH_F16 ? wide * 0x1p-112 : wide);
  uint32_t bits;
  memcpy(&bits, &narrow, 4);
  if (d->number == PLANISH_F16)
    bits = (bits >> 16 & 0x8000) | (bits >> 13 & 0x7fff);
  else if (d->number == PLANISH_BF16)
    bits >>= 16;
  const uint16_t half = (uint16_t)bits;
  memcpy(to, d->size == 4 ? (const void *)&bits : &half, d->size);
}

/* ---- The table ---- */

static const char *const kinds[] = {"unit",     "subnormal", "tiny", "huge",        "offset", "far",
                                    "constant", "outlier",   "step", "alternating", "mixed"};
enum { UNIT, SUBNORMAL, TINY, VAST, OFFSET, FAR, CONSTANT, OUTLIER, STEP, ALTERNATING, MIXED };

typedef struct problem {
  char name[32];
  int kind; /* of x, an index of kinds */
  int64_t rows, features, inner, samples;
  double eps;
  int weight, bias;
} problem;

typedef struct line {
  char operation[20], layout[20], digest[20];
  const dtype *x, *weight, *bias;
} line;

static problem problems[64];
static size_t problem_count;

static const dtype *find_dtype(const char *name) {
  for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
    if (strcmp(name, dtypes[i].name) == 0)
      return &dtypes[i];
  return NULL;
}

static bool parse_problem(const char *text, problem *p) {
  char values[16];
  if (sscanf(text, "problem %31s %" SCNd64 " %" SCNd64 " %" SCNd64 " %15s %lf %d %d", p->name, &p->rows, &p->features,
             &p->inner, values, &p->eps, &p->weight, &p->bias) != 8)
    return false;
  p->samples = p->rows * p->inner;
  for (p->kind = 0; p->kind <= MIXED && strcmp(values, kinds[p->kind]) != 0;)
    p->kind++;
  return p->kind <= MIXED;
}

static bool parse_line(const char *text, line *l) {
  char x[8], weight[8], bias[8];
  if (sscanf(text, "digest %19s %7s %7s %7s %19s %19s", l->operation, x, weight, bias, l->layout, l->digest) != 6)
    return false;
  l->x = find_dtype(x);
  l->weight = find_dtype(weight);
  l->bias = find_dtype(bias);
  return l->x && l->weight && l->bias;
}

/* ---- Arrays ---- */

/* x of one feature of one sample. */
static double x_value(int kind, const dtype *d, int64_t sample, int64_t feature, int64_t features, uint64_t z) {
  const int64_t middle = INT64_C(1) << (d->bits - 1);
  const double u = (double)((int64_t)(z >> (64 - d->bits)) - middle), base = (double)middle;
  switch (kind == MIXED ? (int)(sample % MIXED) : kind) {
  case SUBNORMAL:
    return u * d->least;
  case TINY:
    return u * (d->least * 256);
  case VAST:
    return u * d->top;
  case STEP:
    if (feature >= 16)
      break;
    /* fall through */
  case OFFSET:
    return (base + (double)(z >> (64 - d->bits / 2))) * d->near;
  case FAR:
    return (base + (double)(z >> 62)) * d->near;
  case CONSTANT:
    return (base + (double)(sample % 8)) * d->near;
  case OUTLIER:
    if (feature == (sample + features / 2) % features)
      return 3 << 14;
    break;
  case ALTERNATING:
    return ((sample + feature) % 2 ? 1 - 2 * base : 2 * base - 1) * d->top;
  }
  return u * d->unit;
}

/* How x, y, dy or dx lies in memory. Distances are in elements. */
typedef struct place {
  int64_t rows, inner, stride, step;
} place;

static place place_of(const problem *p, const line *l, int pad) {
  const bool columns = strstr(l->layout, "columns") != NULL;
  pad = strstr(l->layout, "strided") ? pad : 0;
  const int64_t step = columns ? p->inner + pad : 1;
  return (place){columns ? p->rows : p->samples, columns ? p->inner : 1, p->features * step + pad, step};
}

/* All NaNs: what is read or left out by mistake shows. */
static char *blank(int64_t elements, size_t size) {
  char *memory = malloc((size_t)elements * size);
  if (!memory)
    abort();
  return memset(memory, 0xff, (size_t)elements * size);
}

/* The first feature of a sample. */
static char *start_of(char *memory, place w, size_t size, int64_t sample) {
  return memory + (size_t)(sample / w.inner * w.stride + sample % w.inner) * size;
}

static char *make(const problem *p, const char *name, const dtype *d, int64_t samples, place w) {
  uint64_t state = fnv1a(fnv1a(fnv1a(DIGEST_START, p->name, strlen(p->name)), ":", 1), name, strlen(name));
  char *memory = blank(w.rows * w.stride, d->size);
  const int kind = strcmp(name, "x") == 0 ? p->kind : UNIT;
  for (int64_t sample = 0; sample < samples; sample++) {
    char *to = start_of(memory, w, d->size, sample);
    for (int64_t feature = 0; feature < p->features; feature++, to += (size_t)w.step * d->size)
      store(d, to, x_value(kind, d, sample, feature, p->features, draw(&state)));
  }
  return memory;
}

static uint64_t digest_samples(uint64_t digest, const problem *p, char *memory, place w, size_t size) {
  for (int64_t sample = 0; sample < p->samples; sample++) {
    const char *from = start_of(memory, w, size, sample);
    for (int64_t feature = 0; feature < p->features; feature++, from += (size_t)w.step * size)
      digest = fnv1a(digest, from, size);
  }
  return digest;
}

/* ---- Calls ---- */

static void require(planish_status status) {
  if (status != PLANISH_OK) {
    fprintf(stderr, "planish: %s: %s\n", planish_status_string(status), planish_error_message());
    exit(1);
  }
}

/* The digest, continued over what the library makes of a problem. */
static uint64_t run(uint64_t digest, const problem *p, const line *l) {
  const place x_place = place_of(p, l, 1), y_place = place_of(p, l, 2), dy_place = place_of(p, l, 3),
              dx_place = place_of(p, l, 4), parameter = {1, 1, p->features, 1};
  const size_t size = l->x->size, statistic = size == 8 ? 8 : 4;

  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.dtype = l->x->number;
  norm.weight_dtype = l->weight == l->x ? PLANISH_SAME : l->weight->number;
  norm.bias_dtype = l->bias == l->x ? PLANISH_SAME : l->bias->number;
  norm.rows = x_place.rows;
  norm.features = p->features;
  norm.inner = x_place.inner;
  norm.eps = p->eps;
  norm.x_stride = x_place.stride, norm.x_feature_stride = x_place.step;
  norm.y_stride = y_place.stride, norm.y_feature_stride = y_place.step;
  norm.dy_stride = dy_place.stride, norm.dy_feature_stride = dy_place.step;
  norm.dx_stride = dx_place.stride, norm.dx_feature_stride = dx_place.step;

  char *x = make(p, "x", l->x, p->samples, x_place), *dy = make(p, "dy", l->x, p->samples, dy_place);
  char *weight = p->weight ? make(p, "weight", l->weight, 1, parameter) : NULL;
  char *bias = p->bias ? make(p, "bias", l->bias, 1, parameter) : NULL;
  char *y = blank(y_place.rows * y_place.stride, size), *dx = blank(dx_place.rows * dx_place.stride, size);
  char *mean = blank(2 * p->samples, statistic), *rstd = mean + (size_t)p->samples * statistic;
  char *dweight = blank(p->features, l->weight->size), *dbias = blank(p->features, l->bias->size);

  const bool given = strcmp(l->operation, "backward-from-x") != 0;
  if (given)
    require(planish_layer_norm_forward(&norm, x, weight, bias, y, mean, rstd));
  if (strcmp(l->operation, "forward") == 0) {
    digest = digest_samples(digest, p, y, y_place, size);
    digest = fnv1a(digest, mean, 2 * (size_t)p->samples * statistic);
  } else {
    require(planish_layer_norm_backward(&norm, dy, x, weight, given ? mean : NULL, given ? rstd : NULL, dx, dweight,
                                        dbias));
    digest = digest_samples(digest, p, dx, dx_place, size);
    digest = fnv1a(digest, dweight, (size_t)p->features * l->weight->size);
    digest = fnv1a(digest, dbias, (size_t)p->features * l->bias->size);
  }
  char *all[] = {x, dy, weight, bias, y, dx, mean, dweight, dbias};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    free(all[i]);
  return digest;
}

/* ---- The program ---- */

#define ROW "%-15s  %-5s  %-6s  %-4s  %-15s  %-16s"

/* Prints what each level gives for a line; how many agree. */
static int compare(const line *l, const char *const *levels, int count) {
  int agreeing = 0;
  printf(ROW, l->operation, l->x->name, l->weight->name, l->bias->name, l->layout, l->digest);
  for (int i = 0; i < count; i++) {
    uint64_t digest = DIGEST_START;
    require(planish_set_cpu(levels[i]));
    for (size_t k = 0; k < problem_count; k++)
      digest = run(digest, &problems[k], l);
    char got[20];
    snprintf(got, sizeof got, "%016" PRIx64, digest);
    const bool same = strcmp(got, l->digest) == 0;
    agreeing += same;
    printf(same ? "  %s ok" : "  %s DIFFERENT %s", levels[i], got);
  }
  puts("");
  return agreeing;
}

int main(int argc, char **argv) {
  FILE *table = argc == 2 ? fopen(argv[1], "r") : NULL;
  if (!table)
    return fprintf(stderr, "usage: verify <python/planish/verify.txt>\n"), 2;
  const char *levels[8] = {planish_cpu()}, *forced = getenv("PLANISH_CPU");
  require(levels[0] ? PLANISH_OK : PLANISH_BAD_CPU);
  int count = 1, total = 0, agreeing = 0, number = 0;
  if (!forced || !*forced)
    for (count = 0; count < 8 && planish_cpu_level(count); count++)
      levels[count] = planish_cpu_level(count);

  printf(ROW "\n", "operation", "dtype", "weight", "bias", "layout", "digest");
  for (char text[256]; fgets(text, sizeof text, table);) {
    line l;
    number++;
    if (problem_count < sizeof problems / sizeof *problems && parse_problem(text, &problems[problem_count]))
      problem_count++;
    else if (parse_line(text, &l))
      total += count, agreeing += compare(&l, levels, count);
    else if (text[0] != '#' && text[0] != '\n')
      return fprintf(stderr, "%s:%d: not a line of the table: %s", argv[1], number, text), 1;
  }
  fclose(table);
  printf("%d of %d digests agree with the published table, on %s", agreeing, total, levels[0]);
  for (int i = 1; i < count; i++)
    printf(", %s", levels[i]);
  puts("");
  return agreeing != total || total == 0;
}
