/*
 * verify <table> [threads]: this machine's result bits against the published ones, python/planish/verify.txt, which
 * says how the arrays are made and what is digested. The same as `python -m planish verify`, line for line. Stands on
 * its own:
 *
 *     cc -std=c11 -Iinclude Tests/C/verify.c -o verify -Lbuild -lplanish
 */
#include "verify_arrays.h"

/* ---- Calls ---- */

static void require(planish_status status) {
  if (status != PLANISH_OK) {
    fprintf(stderr, "planish: %s: %s\n", planish_status_string(status), planish_error_message());
    exit(1);
  }
}

enum { LEVELS = 8, COUNTS = 4 };

/* What to run on: each level with each number of threads. */
typedef struct machine {
  const char *levels[LEVELS];
  int level_count, threads[COUNTS], thread_count;
} machine;

/* The digest of a line for each of them. */
typedef uint64_t digests[LEVELS][COUNTS];

typedef struct arrays {
  place x_place, y_place, dy_place, dx_place;
  char *x, *dy, *weight, *bias;
} arrays;

static planish_layer_norm norm_of(const problem *p, const line *l, const arrays *a) {
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.dtype = l->x->number;
  norm.weight_dtype = l->weight == l->x ? PLANISH_SAME : l->weight->number;
  norm.bias_dtype = l->bias == l->x ? PLANISH_SAME : l->bias->number;
  norm.rows = a->x_place.rows;
  norm.features = p->features;
  norm.inner = a->x_place.inner;
  norm.eps = p->eps;
  norm.x_stride = a->x_place.stride, norm.x_feature_stride = a->x_place.step;
  norm.y_stride = a->y_place.stride, norm.y_feature_stride = a->y_place.step;
  norm.dy_stride = a->dy_place.stride, norm.dy_feature_stride = a->dy_place.step;
  norm.dx_stride = a->dx_place.stride, norm.dx_feature_stride = a->dx_place.step;
  return norm;
}

/* The digest, continued over what the library makes of a problem. */
static uint64_t run(uint64_t digest, const problem *p, const line *l, const arrays *a) {
  const planish_layer_norm norm = norm_of(p, l, a);
  const int64_t samples = p->samples * p->times;
  const size_t size = l->x->size, statistic = size == 8 ? 8 : 4, statistics = (size_t)samples * statistic;
  char *y = blank(a->y_place.rows * a->y_place.stride, size), *dx = blank(a->dx_place.rows * a->dx_place.stride, size);
  char *mean = blank(samples, statistic), *rstd = blank(samples, statistic);
  char *dweight = blank(p->features, l->weight->size), *dbias = blank(p->features, l->bias->size);

  const bool given = strcmp(l->operation, "backward-from-x") != 0;
  if (given)
    require(planish_layer_norm_forward(&norm, a->x, a->weight, a->bias, y, mean, rstd));
  if (strcmp(l->operation, "forward") == 0) {
    digest = digest_samples(digest, p, y, a->y_place, size);
    digest = digest_once(digest, p, mean, statistics);
    digest = digest_once(digest, p, rstd, statistics);
  } else {
    require(planish_layer_norm_backward(&norm, a->dy, a->x, a->weight, given ? mean : NULL, given ? rstd : NULL, dx,
                                        dweight, dbias));
    digest = digest_samples(digest, p, dx, a->dx_place, size);
    digest = fnv1a(digest, dweight, (size_t)p->features * l->weight->size);
    digest = fnv1a(digest, dbias, (size_t)p->features * l->bias->size);
  }
  char *all[] = {y, dx, mean, rstd, dweight, dbias};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    free(all[i]);
  return digest;
}

static void run_everywhere(digests d, const problem *p, const line *l, const machine *m) {
  const place parameter = {1, 1, p->features, 1};
  arrays a = {.x_place = place_of(p, l, 1),
              .y_place = place_of(p, l, 2),
              .dy_place = place_of(p, l, 3),
              .dx_place = place_of(p, l, 4)};
  a.x = make(p, "x", l->x, p->samples, a.x_place);
  a.dy = make(p, "dy", l->x, p->samples, a.dy_place);
  a.weight = p->weight ? make(p, "weight", l->weight, 1, parameter) : NULL;
  a.bias = p->bias ? make(p, "bias", l->bias, 1, parameter) : NULL;
  for (int i = 0; i < m->level_count; i++) {
    require(planish_set_cpu(m->levels[i]));
    for (int t = 0; t < m->thread_count; t++) {
      require(planish_set_num_threads(m->threads[t]));
      d[i][t] = run(d[i][t], p, l, &a);
    }
  }
  free(a.x), free(a.dy), free(a.weight), free(a.bias);
}

/* ---- The program ---- */

#define ROW "%-15s  %-5s  %-6s  %-4s  %-15s  %-16s"
#define DIGEST "%016" PRIx64

/* Prints what a level gives; how many agree. */
static int report(const line *l, const char *level, const uint64_t *got, const machine *m) {
  const uint64_t published = strtoull(l->digest, NULL, 16);
  int wrong = 0, alike = 0;
  for (int t = 0; t < m->thread_count; t++) {
    wrong += got[t] != published;
    alike += got[t] == got[0];
  }
  if (wrong == 0)
    printf("  %s ok", level);
  else if (alike == m->thread_count)
    printf("  %s DIFFERENT " DIGEST, level, got[0]);
  else
    for (int t = 0; t < m->thread_count; t++)
      if (got[t] != published)
        printf("  %s, %d threads DIFFERENT " DIGEST, level, m->threads[t], got[t]);
  return m->thread_count - wrong;
}

/* Runs a line and prints what each level gives; how many agree. */
static int compare(const line *l, const problem *problems, size_t count, const machine *m) {
  digests d;
  int agreeing = 0;
  for (int i = 0; i < LEVELS * COUNTS; i++)
    d[i / COUNTS][i % COUNTS] = DIGEST_START;
  for (size_t k = 0; k < count; k++)
    run_everywhere(d, &problems[k], l, m);
  printf(ROW, l->operation, l->x->name, l->weight->name, l->bias->name, l->layout, l->digest);
  for (int i = 0; i < m->level_count; i++)
    agreeing += report(l, m->levels[i], d[i], m);
  puts("");
  return agreeing;
}

static void print_header(const problem *problems, size_t count) {
  printf(ROW "  of", "operation", "dtype", "weight", "bias", "layout", "digest");
  for (size_t k = 0; k < count; k++)
    printf("%s %s", k ? "," : "", problems[k].name);
  puts("");
}

/* All levels and 1, 2, 3 and 8 threads, but for what the environment or the command line chooses. */
static machine choose_machine(int threads) {
  const char *level = getenv("PLANISH_CPU"), *number = getenv("PLANISH_NUM_THREADS");
  machine m = {.levels = {planish_cpu()}, 1, {1, 2, 3, 8}, COUNTS};
  require(m.levels[0] ? PLANISH_OK : PLANISH_BAD_CPU);
  if (!level || !*level)
    for (m.level_count = 0; m.level_count < LEVELS && planish_cpu_level(m.level_count); m.level_count++)
      m.levels[m.level_count] = planish_cpu_level(m.level_count);
  if (threads == 0 && number && *number)
    require((threads = planish_get_num_threads()) ? PLANISH_OK : PLANISH_BAD_THREADS);
  if (threads != 0)
    m.threads[0] = threads, m.thread_count = 1;
  return m;
}

int main(int argc, char **argv) {
  FILE *table = argc == 2 || argc == 3 ? fopen(argv[1], "r") : NULL;
  const int threads = argc == 3 ? atoi(argv[2]) : 0;
  if (!table || (argc == 3 && threads < 1))
    return fprintf(stderr, "usage: verify <python/planish/verify.txt> [threads]\n"), 2;
  const machine m = choose_machine(threads);
  static problem problems[64];
  size_t count = 0;
  bool ended = true; /* the last group */
  int total = 0, agreeing = 0, number = 0;
  for (char text[256]; fgets(text, sizeof text, table);) {
    problem p;
    line l;
    number++;
    if (parse_problem(text, &p) && (ended || count < sizeof problems / sizeof *problems)) {
      count = ended ? 0 : count;
      problems[count++] = p;
      ended = false;
    } else if (parse_line(text, &l)) {
      if (!ended)
        print_header(problems, count);
      ended = true;
      total += m.level_count * m.thread_count;
      agreeing += compare(&l, problems, count, &m);
    } else if (text[0] != '#' && text[0] != '\n')
      return fprintf(stderr, "%s:%d: not a line of the table: %s", argv[1], number, text), 1;
  }
  fclose(table);
  printf("%d of %d digests agree with the published table, on", agreeing, total);
  for (int i = 0; i < m.level_count; i++)
    printf("%s %s", i ? "," : "", m.levels[i]);
  printf(", with");
  for (int t = 0; t < m.thread_count; t++)
    printf("%s %d", t ? "," : "", m.threads[t]);
  puts(" threads");
  return agreeing != total || total == 0;
}
