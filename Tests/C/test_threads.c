/* Results are the same bits at any number of threads, the library's own or a host's, whoever else calls. */
#include <fenv.h>
#include <pthread.h>
#include <stdlib.h>

#include "check.h"
#include "float_control.h"
#include "threads.h"

/* Each has pieces for several threads in every call; the first one for eight. */
static const shape shapes[] = {
    {"rows", PLANISH_F32, 1030, 1024, 1, 0, false, 0},
    {"few rows", PLANISH_F32, 4, 100001, 1, 0, false, 0},
    {"two rows", PLANISH_F64, 2, 140001, 1, 0, false, 0},
    {"rows of an odd length, apart", PLANISH_F32, 517, 771, 1, 5, false, 0},
    {"rows in place", PLANISH_F32, 393, 1026, 1, 0, true, 0},
    {"short rows, blocks of several panels", PLANISH_F32, 70001, 6, 1, 0, false, 0},
    {"rows of doubles", PLANISH_F64, 444, 900, 1, 0, false, 0},
    {"rows of doubles, blocks of two panels", PLANISH_F64, 2049, 193, 1, 0, false, 0},
    {"rows of bfloat16", PLANISH_BF16, 519, 768, 1, 0, false, 0},
    {"rows of halves", PLANISH_F16, 3700, 107, 1, 1, false, 0},
    {"columns", PLANISH_F32, 12, 96, 350, 0, false, 0},
    {"columns of one image, wide", PLANISH_F32, 1, 192, 2101, 0, false, 0},
    {"columns, apart", PLANISH_F32, 7, 100, 600, 3, false, 0},
    {"columns in place", PLANISH_F64, 4, 77, 1401, 0, true, 0},
    {"columns of bfloat16", PLANISH_BF16, 220, 65, 28, 0, false, 0},
    {"columns of halves", PLANISH_F16, 27, 300, 49, 0, false, 0},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static const int counts[] = {2, 3, 8};
enum { COUNTS = sizeof counts / sizeof *counts };

static void use_threads(int threads) {
  check(planish_set_num_threads(threads) == PLANISH_OK, "planish_set_num_threads(%d)", threads);
}

/* ---- Executors ---- */

typedef void piece_function(void *argument, int32_t i);

/* What a host's executor sees. */
typedef struct host {
  int calls, fewest, most; /* pieces of a call */
  pthread_mutex_t one;
} host;

static void note(host *h, int32_t pieces) {
  h->fewest = h->calls == 0 || pieces < h->fewest ? pieces : h->fewest;
  h->most = h->calls == 0 || pieces > h->most ? pieces : h->most;
  h->calls++;
}

static void in_reverse(void *context, int32_t pieces, piece_function *piece, void *argument) {
  note(context, pieces);
  while (pieces > 0)
    piece(argument, --pieces);
}

typedef struct lane {
  pthread_t thread;
  piece_function *piece;
  void *argument;
  int32_t i;
  pthread_mutex_t *one; /* or NULL */
} lane;

static void *run_lane(void *argument) {
  lane *l = argument;
  if (l->one)
    pthread_mutex_lock(l->one);
  l->piece(l->argument, l->i);
  if (l->one)
    pthread_mutex_unlock(l->one);
  return NULL;
}

static void on_new_threads(int32_t pieces, piece_function *piece, void *argument, pthread_mutex_t *one) {
  lane *lanes = calloc((size_t)pieces, sizeof *lanes);
  for (int32_t i = 0; i < pieces; i++) {
    lanes[i] = (lane){.piece = piece, .argument = argument, .i = i, .one = one};
    if (pthread_create(&lanes[i].thread, NULL, run_lane, &lanes[i]) != 0)
      abort();
  }
  for (int32_t i = 0; i < pieces; i++)
    pthread_join(lanes[i].thread, NULL);
  free(lanes);
}

static void at_once(void *context, int32_t pieces, piece_function *piece, void *argument) {
  note(context, pieces);
  on_new_threads(pieces, piece, argument, NULL);
}

static void one_at_a_time(void *context, int32_t pieces, piece_function *piece, void *argument) {
  host *h = context;
  note(h, pieces);
  on_new_threads(pieces, piece, argument, &h->one);
}

static const struct executor {
  const char *name;
  planish_parallel_for run;
} executors[] = {{"in reverse", in_reverse}, {"at once", at_once}, {"one at a time", one_at_a_time}};
enum { EXECUTORS = sizeof executors / sizeof *executors };

/* Forward and dx alone have pieces for threads in every shape. */
static void check_executor(const problem *p, const struct executor *e, int threads, results expected) {
  host h = {.one = PTHREAD_MUTEX_INITIALIZER};
  char variant[64];
  snprintf(variant, sizeof variant, "executor %s, %d threads", e->name, threads);
  use_threads(threads);
  planish_set_executor(e->run, &h);
  check_computed(p, variant, expected);
  planish_set_executor(NULL, NULL);
  check(h.calls >= 2 && h.fewest >= 2 && h.most <= threads, "%s, %s: called %d times with %d to %d pieces", p->s.name,
        variant, h.calls, h.fewest, h.most);
}

static void check_unused_executor(const problem *p) {
  host h = {.one = PTHREAD_MUTEX_INITIALIZER};
  results own = make_results(p);
  use_threads(1);
  planish_set_executor(in_reverse, &h);
  check(compute(p, own), "%s: %s", p->s.name, planish_error_message());
  planish_set_executor(NULL, NULL);
  check(h.calls == 0, "%s: the executor was called for one thread", p->s.name);
  free_results(own);
}

static void check_shape(const problem *p) {
  results expected = make_results(p);
  use_threads(1);
  check(compute(p, expected), "%s: %s", p->s.name, planish_error_message());
  for (int c = 0; c < COUNTS; c++) {
    char variant[32];
    snprintf(variant, sizeof variant, "%d threads", counts[c]);
    use_threads(counts[c]);
    check_computed(p, variant, expected);
  }
  for (int e = 0; e < EXECUTORS; e++)
    check_executor(p, &executors[e], e == 0 ? 8 : 3, expected);
  free_results(expected);
}

/* ---- Many callers ---- */

enum { CALLERS = 6, ROUNDS = 10 };

typedef struct caller {
  pthread_t thread;
  const problem *p;
  results expected, own;
  int failed;
} caller;

static void *call_often(void *argument) {
  caller *c = argument;
  for (int round = 0; round < ROUNDS; round++) {
    planish_set_num_threads(8 - round % 8);
    c->failed += !compute(c->p, c->own) || difference(c->p, c->expected, c->own);
  }
  return NULL;
}

static void check_callers(const problem *problems, int count) {
  caller callers[CALLERS];
  use_threads(1);
  for (int i = 0; i < CALLERS; i++) {
    const problem *p = &problems[i % count];
    callers[i] = (caller){.p = p, .expected = make_results(p), .own = make_results(p)};
    check(compute(p, callers[i].expected), "%s: %s", p->s.name, planish_error_message());
  }
  for (int i = 0; i < CALLERS; i++)
    if (pthread_create(&callers[i].thread, NULL, call_often, &callers[i]) != 0)
      abort();
  for (int i = 0; i < CALLERS; i++) {
    pthread_join(callers[i].thread, NULL);
    check(callers[i].failed == 0, "%s: %d of %d calls beside others went wrong", callers[i].p->s.name,
          callers[i].failed, ROUNDS);
    free_results(callers[i].expected);
    free_results(callers[i].own);
  }
}

/* ---- The caller's floating-point state ---- */

typedef struct state {
  const char *name;
  unsigned control;
  int rounding;
} state;

static const state states[] = {{"flush to zero", FLUSH_TO_ZERO | DENORMALS_ARE_ZERO, FE_TONEAREST},
                               {"rounding upward", 0, FE_UPWARD},
                               {"rounding downward", 0, FE_DOWNWARD},
                               {"rounding toward zero", 0, FE_TOWARDZERO}};

static bool compute_in(const state *s, const problem *p, int threads, const struct executor *e, host *h, results out) {
  use_threads(threads);
  planish_set_executor(e ? e->run : NULL, h);
  fenv_t usual;
  fegetenv(&usual);
  fesetround(s->rounding);
  set_control(get_control() | s->control);
  const bool ok = compute(p, out);
  fesetenv(&usual);
  planish_set_executor(NULL, NULL);
  return ok;
}

/* The rounding mode holds in the other threads as well, which were started in the usual one; flush to zero does not. */
static void check_state(const state *s, const problem *p, results usual) {
  results expected = make_results(p), got = make_results(p);
  host h = {.one = PTHREAD_MUTEX_INITIALIZER};
  check(compute_in(s, p, 1, NULL, NULL, expected), "%s: %s", s->name, planish_error_message());
  const bool same = !difference(p, usual, expected);
  check(same == (s->rounding == FE_TONEAREST), "%s: the bits are%s the usual ones", s->name, same ? "" : " not");
  for (int e = -1; e < EXECUTORS; e++)
    for (int c = 0; c < COUNTS; c++) {
      check(compute_in(s, p, counts[c], e < 0 ? NULL : &executors[e], &h, got), "%s: %s", s->name,
            planish_error_message());
      const char *name = difference(p, expected, got);
      check(!name, "%s, %d threads, %s: %s has other bits", s->name, counts[c], e < 0 ? "own" : executors[e].name,
            name);
    }
  free_results(expected);
  free_results(got);
}

static void check_states(void) {
  problem p = make_problem((shape){"subnormal rows", PLANISH_F32, 350, 771, 1, 0, false, 0x1p-126});
  results usual = make_results(&p);
  use_threads(8);
  check(compute(&p, usual), "%s: %s", p.s.name, planish_error_message());
  for (size_t i = 0; i < sizeof states / sizeof *states; i++)
    check_state(&states[i], &p, usual);
  free_results(usual);
  free_problem(p);
}

int main(void) {
  problem problems[SHAPES];
  for (int i = 0; i < SHAPES; i++) {
    problems[i] = make_problem(shapes[i]);
    check_shape(&problems[i]);
  }
  check_unused_executor(&problems[0]);
  check_callers(problems + 3, 3);
  check_states();
  for (int i = 0; i < SHAPES; i++)
    free_problem(problems[i]);
  return finish();
}
