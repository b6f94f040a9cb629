/*
 * The edges in Tests/Cases/edges.txt: every dtype, at every CPU level, with float32 parameters too, as rows and as
 * columns, with statistics given and not; each row on its own; and with flush-to-zero and the other rounding modes.
 */
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "numbers.h"
#include "planish.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define FLUSH 0x8040u /* flush to zero, denormals are zero */
static unsigned get_control(void) { return _mm_getcsr(); }
static void set_control(unsigned control) { _mm_setcsr(control); }
#elif defined(__aarch64__)
#define FLUSH (1u << 24)
static unsigned get_control(void) {
  unsigned long control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  return (unsigned)control;
}
static void set_control(unsigned control) {
  __asm__ volatile("msr fpcr, %0" : : "r"((unsigned long)control) : "memory");
}
#endif

enum { MOST = 2048, X = 0, WEIGHT, BIAS, DY, GIVEN, Y = GIVEN, MEAN, RSTD, DX, DWEIGHT, DBIAS, ARRAYS };
static const char *const array_names[] = {"x", "weight", "bias", "dy", "y", "mean", "rstd", "dx", "dweight", "dbias"};

/* With the sign of a zero. */
static bool same(double a, double b) { return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0; }

/* ---- The table ---- */

typedef struct edge {
  char name[64];
  planish_dtype dtype;
  int64_t rows, features;
  double eps;
  planish_status status;
  const char *text[ARRAYS]; /* NULL: not in the table */
  double values[GIVEN][MOST];
} edge;

static int64_t count_of(const edge *e, int array) {
  if (array == X || array == DY || array == Y || array == DX)
    return e->rows * e->features;
  return array == MEAN || array == RSTD ? e->rows : e->features;
}

static planish_dtype dtype_of(planish_dtype dtype, int array) {
  return (array == MEAN || array == RSTD) && dtype != PLANISH_F64 ? PLANISH_F32 : dtype;
}

/* The list as numbers; where it has ?, `wanted` is false. */
static void read_list(const char *list, planish_dtype dtype, int64_t count, double *values, bool *wanted) {
  const char *at = list;
  for (int64_t i = 0; i < count;) {
    char *end;
    int64_t times = strtol(at, &end, 10);
    if (*end == '*')
      at = end + 1;
    else
      times = 1;
    const char *digits = at + (*at == '-');
    double v = strtod(digits, &end);
    if (strncmp(digits, "max", 3) == 0)
      v = dtypes[dtype].largest;
    else if (strncmp(digits, "sub", 3) == 0)
      v = ldexp(1, dtypes[dtype].smallest);
    v = rounded(dtype, *at == '-' ? -v : v);
    for (; times > 0 && i < count; times--, i++) {
      values[i] = v;
      wanted[i] = *at != '?';
    }
    at += strcspn(at, ", ");
    at = *at == ',' ? at + 1 : list;
  }
}

static const char *field(const char *line, const char *name) {
  char key[16];
  snprintf(key, sizeof key, " %s=", name);
  const char *at = strstr(line, key);
  return at ? at + strlen(key) : NULL;
}

/* False if the line is not for this dtype. */
static bool read_edge(const char *line, planish_dtype dtype, edge *e) {
  static bool wanted[MOST];
  char list[64], both[68], key[8];
  long long rows, features;
  e->name[0] = 0;
  if (!check(sscanf(line, "%63s %63s %lldx%lld", e->name, list, &rows, &features) == 4, "not an edge: %s", line))
    return false;
  snprintf(key, sizeof key, ",%s,", dtypes[dtype].name);
  snprintf(both, sizeof both, ",%s,", list);
  if (!strstr(both, key) && strcmp(list, "all") != 0)
    return false;
  e->dtype = dtype;
  e->rows = rows;
  e->features = features;
  e->eps = strtod(field(line, "eps"), NULL);
  const char *error = field(line, "error");
  e->status = !error ? PLANISH_OK : strncmp(error, "eps", 3) == 0 ? PLANISH_BAD_EPS : PLANISH_BAD_SIZE;
  for (int a = 0; a < ARRAYS; a++) {
    e->text[a] = field(line, array_names[a]);
    if (a < GIVEN && e->text[a])
      read_list(e->text[a], dtype, count_of(e, a), e->values[a], wanted);
  }
  return check(e->rows * e->features <= MOST, "%s is too large", e->name);
}

/* ---- Calls ---- */

typedef struct variant {
  bool columns, statistics; /* as [1][features][rows]; backward is given them */
  planish_dtype weight, bias;
} variant;

static planish_dtype dtype_in(planish_dtype dtype, variant v, int array) {
  const planish_dtype own = array == WEIGHT || array == DWEIGHT ? v.weight : v.bias;
  const bool parameter = array == WEIGHT || array == BIAS || array == DWEIGHT || array == DBIAS;
  return parameter && own != PLANISH_SAME ? own : dtype_of(dtype, array);
}

static int64_t place(const edge *e, variant v, int array, int64_t i) {
  const bool rows = array == X || array == DY || array == Y || array == DX;
  return v.columns && rows ? i % e->features * e->rows + i / e->features : i;
}

/* Rows first to last - 1 of the edge, with the caller's state in force for the calls. Results go where they are in it.
 */
static void run(const edge *e, variant v, int64_t first, int64_t last, unsigned control, int rounding,
                double results[ARRAYS][MOST]) {
  static char memory[ARRAYS][MOST * 8];
  edge part = {.dtype = e->dtype, .rows = last - first, .features = e->features};
  void *p[ARRAYS];
  for (int a = 0; a < ARRAYS; a++) {
    const int64_t start = a == X || a == DY ? first * e->features : 0;
    p[a] = a < GIVEN && !e->text[a] ? NULL : memory[a];
    for (int64_t i = 0; i < count_of(&part, a); i++)
      put(memory[a], dtype_in(e->dtype, v, a), place(&part, v, a, i), a < GIVEN ? e->values[a][start + i] : 42);
  }
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.dtype = e->dtype;
  norm.weight_dtype = v.weight;
  norm.bias_dtype = v.bias;
  norm.rows = v.columns ? 1 : part.rows;
  norm.inner = v.columns ? part.rows : 1;
  norm.features = e->features;
  norm.eps = e->eps;

  fenv_t usual;
  fegetenv(&usual);
  fesetround(rounding);
  set_control(get_control() | control);
  const unsigned before = get_control();
  const planish_status forward = planish_layer_norm_forward(&norm, p[X], p[WEIGHT], p[BIAS], p[Y], p[MEAN], p[RSTD]);
  const planish_status backward =
      planish_layer_norm_backward(&norm, p[DY], p[X], p[WEIGHT], v.statistics ? p[MEAN] : NULL,
                                  v.statistics ? p[RSTD] : NULL, p[DX], p[DWEIGHT], p[DBIAS]);
  const bool unchanged = get_control() == before && fegetround() == rounding;
  fesetenv(&usual);

  check(unchanged, "%s %s: the caller's floating-point state was changed", e->name, dtypes[e->dtype].name);
  check(forward == e->status && backward == e->status, "%s %s: status %d and %d, expected %d", e->name,
        dtypes[e->dtype].name, forward, backward, e->status);
  for (int a = GIVEN; a < ARRAYS; a++) {
    const int64_t start = a == Y || a == DX ? first * e->features : a == MEAN || a == RSTD ? first : 0;
    for (int64_t i = 0; i < count_of(&part, a); i++)
      results[a][start + i] = get(memory[a], dtype_in(e->dtype, v, a), place(&part, v, a, i));
  }
}

/* ---- Checks ---- */

static void check_expected(const edge *e, const char *how, double got[ARRAYS][MOST]) {
  static double expected[MOST];
  static bool wanted[MOST];
  for (int a = GIVEN; a < ARRAYS; a++) {
    if (!e->text[a])
      continue;
    const int64_t count = count_of(e, a);
    const bool bias = strncmp(e->text[a], "bias", 4) == 0, x = *e->text[a] == 'x';
    if (!bias && !x)
      read_list(e->text[a], dtype_of(e->dtype, a), count, expected, wanted);
    for (int64_t i = 0; i < count; i++) {
      if (!bias && !x && !wanted[i])
        continue;
      const double one = bias ? e->values[BIAS][i % e->features] : x ? e->values[X][i * e->features] : expected[i];
      /* rounded: float32 gradients of 16-bit parameters go beyond the range that the table is written for */
      if (!check(same(rounded(dtype_of(e->dtype, a), got[a][i]), one), "%s %s%s: %s[%lld] is %.9g, expected %.9g",
                 e->name, dtypes[e->dtype].name, how, array_names[a], (long long)i, got[a][i], one))
        break;
    }
  }
}

/* `parameters`: dweight and dbias too. */
static void check_same(const edge *e, const char *how, bool parameters, double expected[ARRAYS][MOST],
                       double got[ARRAYS][MOST]) {
  for (int a = GIVEN; a < (parameters ? ARRAYS : DWEIGHT); a++)
    for (int64_t i = 0; i < count_of(e, a); i++)
      if (!check(same(got[a][i], expected[a][i]), "%s %s %s: %s[%lld] is %.9g, otherwise %.9g", e->name,
                 dtypes[e->dtype].name, how, array_names[a], (long long)i, got[a][i], expected[a][i]))
        break;
}

static void check_variant(const edge *e, variant v) {
  static double usual[ARRAYS][MOST], other[ARRAYS][MOST];
  const int roundings[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  run(e, v, 0, e->rows, 0, FE_TONEAREST, usual);
  if (e->status == PLANISH_OK)
    check_expected(e, v.columns ? " as columns" : "", usual);
  for (int64_t row = 0; row < e->rows; row++)
    run(e, v, row, row + 1, 0, FE_TONEAREST, other);
  if (e->status == PLANISH_OK)
    check_same(e, "row by row", false, usual, other);
  run(e, v, 0, e->rows, FLUSH, FE_TONEAREST, other);
  check_same(e, "with subnormals flushed", true, usual, other);
  for (int i = 0; i < 3; i++) {
    run(e, v, 0, e->rows, 0, roundings[i], other);
    for (int a = GIVEN; a < ARRAYS; a++)
      for (int64_t n = 0; n < count_of(e, a); n++)
        if (!check(isnan(other[a][n]) == isnan(usual[a][n]), "%s %s, rounding mode %#x: %s[%lld] is %g, otherwise %g",
                   e->name, dtypes[e->dtype].name, (unsigned)roundings[i], array_names[a], (long long)n, other[a][n],
                   usual[a][n]))
          break;
  }
}

static void check_edge(const edge *e) {
  const planish_dtype parameters[] = {PLANISH_SAME, PLANISH_F32};
  const int choices = dtypes[e->dtype].size == 2 ? 2 : 1;
  for (int weight = 0; weight < choices; weight++)
    for (int bias = 0; bias < choices; bias++)
      for (int columns = 0; columns < (e->rows ? 2 : 1); columns++)
        for (int statistics = 0; statistics < 2; statistics++)
          check_variant(e, (variant){columns, statistics, parameters[weight], parameters[bias]});
}

int main(void) {
  static char table[1 << 16];
  static edge e;
  FILE *file = fopen(PLANISH_EDGES, "r");
  if (!check(file != NULL, "%s cannot be read", PLANISH_EDGES))
    return finish();
  check(fread(table, 1, sizeof table - 1, file) < sizeof table - 1, "the table is too large");
  fclose(file);
  for (char *at = table; (at = strstr(at, "\n "));) /* indented lines go on with the edge */
    *at = ' ';
  for (char *line = strtok(table, "\n"); line; line = strtok(NULL, "\n")) {
    const char *level;
    for (planish_dtype dtype = PLANISH_F32; *line != '#' && dtype <= PLANISH_F16; dtype++)
      if (read_edge(line, dtype, &e))
        for (int32_t l = 0; (level = planish_cpu_level(l)); l++) {
          check(planish_set_cpu(level) == PLANISH_OK, "planish_set_cpu(\"%s\")", level);
          check_edge(&e);
        }
  }
  return finish();
}
