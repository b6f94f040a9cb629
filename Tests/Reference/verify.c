#include "verify.h"

#include "../C/verify_arrays.h"

typedef struct internals {
  problem p;
  line l;
} internals;

static place place_in(const internals *i) { return place_of(&i->p, &i->l, 0); }

static verify_case case_of(const internals *i, int32_t number) {
  const place w = place_in(i);
  verify_case c = {.outer = w.rows,
                   .features = i->p.features,
                   .inner = w.inner,
                   .eps = i->p.eps,
                   .weight = i->p.weight,
                   .bias = i->p.bias,
                   .line = number,
                   .internals = i};
  snprintf(c.name, sizeof c.name, "%s", i->p.name);
  snprintf(c.operation, sizeof c.operation, "%s", i->l.operation);
  snprintf(c.dtype, sizeof c.dtype, "%s", i->l.x->name);
  snprintf(c.weight_dtype, sizeof c.weight_dtype, "%s", i->l.weight->name);
  snprintf(c.bias_dtype, sizeof c.bias_dtype, "%s", i->l.bias->name);
  return c;
}

const verify_case *read_verify(const char *path, size_t *count) {
  FILE *file = fopen(path, "r");
  if (!file) {
    fprintf(stderr, "%s cannot be opened\n", path);
    return NULL;
  }
  enum { GROUP = 64, MOST = 4096 };
  static verify_case cases[MOST];
  problem group[GROUP];
  size_t problems = 0, used = 0;
  bool ended = true; /* the last group */
  int32_t number = 0;
  for (char text[256]; fgets(text, sizeof text, file);) {
    problem p;
    line l;
    number++;
    if (parse_problem(text, &p)) {
      problems = ended ? 0 : problems;
      if (problems == GROUP)
        abort();
      group[problems++] = p;
      ended = false;
    } else if (parse_line(text, &l)) {
      ended = true;
      for (size_t k = 0; k < problems && !strstr(l.layout, "strided"); k++) {
        internals *i = malloc(sizeof *i);
        if (!i || used == MOST)
          abort();
        *i = (internals){group[k], l};
        cases[used++] = case_of(i, number);
      }
    } else if (text[0] != '#' && text[0] != '\n') {
      fprintf(stderr, "%s:%d: not a line of the table: %s", path, number, text);
      fclose(file);
      return NULL;
    }
  }
  fclose(file);
  *count = used;
  return cases;
}

uint64_t verify_digest(const verify_case *c) { return strtoull(((const internals *)c->internals)->l.digest, NULL, 16); }

void verify_make(const verify_case *c, const char *array, void *elements) {
  const internals *i = c->internals;
  const bool parameter = strcmp(array, "weight") == 0 || strcmp(array, "bias") == 0;
  const dtype *d = !parameter ? i->l.x : strcmp(array, "weight") == 0 ? i->l.weight : i->l.bias;
  const place w = parameter ? (place){1, 1, i->p.features, 1} : place_in(i);
  char *made = make(&i->p, array, d, parameter ? 1 : i->p.samples, w);
  memcpy(elements, made, (size_t)(w.rows * w.stride) * d->size);
  free(made);
}

uint64_t verify_digest_elements(uint64_t digest, const verify_case *c, const void *y_or_dx) {
  const internals *i = c->internals;
  return digest_samples(digest, &i->p, (char *)(uintptr_t)y_or_dx, place_in(i), i->l.x->size);
}

uint64_t verify_digest_statistics(uint64_t digest, const verify_case *c, const void *mean_or_rstd) {
  const internals *i = c->internals;
  const size_t size = i->l.x->size == 8 ? 8 : 4;
  return digest_once(digest, &i->p, mean_or_rstd, (size_t)(c->outer * c->inner) * size);
}

uint64_t verify_digest_gradient(uint64_t digest, const void *dweight_or_dbias, size_t bytes) {
  return fnv1a(digest, dweight_or_dbias, bytes);
}
