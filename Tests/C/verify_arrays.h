/* The problems of python/planish/verify.txt, which says what they mean, and their arrays. */
#ifndef PLANISH_VERIFY_ARRAYS_H
#define PLANISH_VERIFY_ARRAYS_H

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
  int kind;                                      /* of x, an index of kinds */
  int64_t rows, features, inner, times, samples; /* rows and samples: each time */
  double eps;
  int weight, bias;
} problem;

typedef struct line {
  char operation[20], layout[20], digest[20];
  const dtype *x, *weight, *bias;
} line;

static const dtype *find_dtype(const char *name) {
  for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
    if (strcmp(name, dtypes[i].name) == 0)
      return &dtypes[i];
  return NULL;
}

static bool parse_problem(const char *text, problem *p) {
  char values[16];
  if (sscanf(text, "problem %31s %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %15s %lf %d %d", p->name, &p->rows,
             &p->features, &p->inner, &p->times, values, &p->eps, &p->weight, &p->bias) != 9)
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
  return (place){p->times * (columns ? p->rows : p->samples), columns ? p->inner : 1, p->features * step + pad, step};
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

/* All the bytes of an array, sample after sample, from memory or to it. */
static void move(const problem *p, char *memory, place w, size_t size, char *elements, bool to_memory) {
  for (int64_t sample = 0; sample < w.rows * w.inner; sample++) {
    char *at = start_of(memory, w, size, sample);
    for (int64_t feature = 0; feature < p->features; feature++, at += (size_t)w.step * size, elements += size)
      memcpy(to_memory ? at : elements, to_memory ? elements : at, size);
  }
}

static char *make(const problem *p, const char *name, const dtype *d, int64_t samples, place w) {
  uint64_t state = fnv1a(fnv1a(fnv1a(DIGEST_START, p->name, strlen(p->name)), ":", 1), name, strlen(name));
  const int64_t all = w.rows * w.inner, elements = samples * p->features;
  char *memory = blank(w.rows * w.stride, d->size), *contiguous = blank(all * p->features, d->size);
  const int kind = strcmp(name, "x") == 0 ? p->kind : UNIT;
  for (int64_t i = 0; i < elements; i++) {
    const double value = x_value(kind, d, i / p->features, i % p->features, p->features, draw(&state));
    store(d, contiguous + (size_t)i * d->size, value);
  }
  for (int64_t i = samples; i < all; i += samples)
    memcpy(contiguous + (size_t)(i * p->features) * d->size, contiguous, (size_t)elements * d->size);
  move(p, memory, w, d->size, contiguous, true);
  free(contiguous);
  return memory;
}

/* Of a result that comes `times` times: once, if it is the same bits every time. */
static uint64_t digest_once(uint64_t digest, const problem *p, const char *all, size_t bytes) {
  const size_t first = bytes / (size_t)p->times;
  const bool same = memcmp(all, all + first, bytes - first) == 0;
  return fnv1a(digest, all, same ? first : bytes);
}

static uint64_t digest_samples(uint64_t digest, const problem *p, char *memory, place w, size_t size) {
  const int64_t elements = w.rows * w.inner * p->features;
  char *contiguous = blank(elements, size);
  move(p, memory, w, size, contiguous, false);
  digest = digest_once(digest, p, contiguous, (size_t)elements * size);
  free(contiguous);
  return digest;
}

#endif
