/*
 * The caller's floating-point state is the same after a call, and results depend on nothing in it but the rounding
 * mode. An unmasked exception that the library raised would end the program.
 */
#include <fenv.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "float_control.h"
#include "planish.h"
#include "run.h"

/* The state that a test sets: control register bits, rounding mode, exceptions that trap, flags that are up. */
typedef struct state {
  const char *name;
  unsigned control;
  int rounding, trapping, raised;
} state;

static const state states[] = {
    {"the usual state", 0, FE_TONEAREST, 0, 0},
    {"flush to zero", FLUSH_TO_ZERO, FE_TONEAREST, 0, 0},
    {"denormals are zero", DENORMALS_ARE_ZERO, FE_TONEAREST, 0, 0},
    {"both", FLUSH_TO_ZERO | DENORMALS_ARE_ZERO, FE_TONEAREST, 0, 0},
    {"exceptions unmasked", 0, FE_TONEAREST, FE_ALL_EXCEPT, 0},
    {"rounding upward", 0, FE_UPWARD, 0, 0},
    {"rounding downward", 0, FE_DOWNWARD, 0, 0},
    {"rounding toward zero", 0, FE_TOWARDZERO, 0, 0},
    {"flags raised", 0, FE_TONEAREST, 0, FE_DIVBYZERO | FE_INEXACT},
};

static char running[160];

static void on_trap(int signal) {
  static const char text[] = "FAILED an unmasked exception was raised: ";
  (void)signal;
  if (write(1, text, sizeof text - 1) < 0 || write(1, running, strlen(running)) < 0 || write(1, "\n", 1) < 0)
    _exit(3);
  _exit(2);
}

/* Everything a call might leave different; read before anything else is computed. */
typedef struct snapshot {
  unsigned control;
  int rounding, flags;
} snapshot;

static snapshot take_snapshot(void) { return (snapshot){get_control(), fegetround(), fetestexcept(FE_ALL_EXCEPT)}; }

static void check_snapshot(const char *name, const char *call, const state *s, snapshot before, snapshot after) {
  check(after.control == before.control, "%s, %s: control register after %s is %#x, was %#x", name, s->name, call,
        after.control, before.control);
  check(after.rounding == before.rounding, "%s, %s: rounding mode after %s is %#x, was %#x", name, s->name, call,
        (unsigned)after.rounding, (unsigned)before.rounding);
  check(after.flags == before.flags, "%s, %s: exception flags after %s are %#x, were %#x", name, s->name, call,
        (unsigned)after.flags, (unsigned)before.flags);
}

static void check_state(const char *name, problem p, const state *s, results expected) {
  results got = make_results(p.rows, p.features);
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.rows = p.rows;
  norm.features = p.features;
  norm.eps = p.eps;
  snprintf(running, sizeof running, "%s, %s", name, s->name);

  fenv_t usual;
  fegetenv(&usual);
  feclearexcept(FE_ALL_EXCEPT);
  feraiseexcept(s->raised);
  fesetround(s->rounding);
  set_control(get_control() | s->control);
  feenableexcept(s->trapping); /* where the CPU can: some AArch64 ones cannot */
  const snapshot before = take_snapshot();
  const planish_status forward = planish_layer_norm_forward(&norm, p.x, p.weight, p.bias, got.y, got.mean, got.rstd);
  const snapshot between = take_snapshot();
  const planish_status backward =
      planish_layer_norm_backward(&norm, p.dy, p.x, p.weight, got.mean, got.rstd, got.dx, got.dweight, got.dbias);
  const snapshot after = take_snapshot();
  fesetenv(&usual);

  check(forward == PLANISH_OK && backward == PLANISH_OK, "%s, %s: status %d and %d", name, s->name, forward, backward);
  check_snapshot(name, "forward", s, before, between);
  check_snapshot(name, "backward", s, before, after);
  if (s->rounding == FE_TONEAREST)
    check_same(name, s->name, p, ALL, expected, got);
  free_results(got);
}

static void check_case(const char *level, const norm_case *c) {
  char name[96];
  snprintf(name, sizeof name, "%s at %s", c->name, level);
  problem p = make_problem(c);
  results expected = make_results(p.rows, p.features);
  run(name, p, (layout){.name = "the usual state", .wanted = ALL}, expected);
  for (size_t i = 0; i < sizeof states / sizeof *states; i++)
    check_state(name, p, &states[i], expected);
  free_results(expected);
  free_problem(p);
}

int main(void) {
  size_t count;
  norm_case *cases = read_cases(PLANISH_CASES, &count);
  if (!cases)
    return 1;
  signal(SIGFPE, on_trap);
  const char *level;
  for (int32_t l = 0; (level = planish_cpu_level(l)); l++) {
    check(planish_set_cpu(level) == PLANISH_OK, "planish_set_cpu(\"%s\")", level);
    for (size_t i = 0; i < count; i++)
      check_case(level, &cases[i]);
  }
  free(cases);
  return finish();
}
