/*
 * The library's own threads: when they are started, in the child of a fork, where there can be none, asleep. Each test
 * is a process of its own, whose pthread_create is this file's.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "threads.h"

static problem p;
static results expected;

static void use_threads(int threads) {
  check(planish_set_num_threads(threads) == PLANISH_OK, "planish_set_num_threads(%d)", threads);
}

/* ---- Threads that the library asks for ---- */

static _Atomic int created, looked_at, unblocked; /* unblocked: signals, in all of them */
static _Atomic int available = INT_MAX;

typedef void *start_function(void *);
typedef struct start {
  start_function *function;
  void *argument;
} start;

static void *look_and_start(void *argument) {
  start s = *(start *)argument;
  free(argument);
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, NULL, &blocked);
  for (int n = 1; n < 32; n++)
    if (n != SIGKILL && n != SIGSTOP && sigismember(&blocked, n) != 1)
      unblocked++;
  looked_at++;
  return s.function(s.argument);
}

static int create(pthread_t *thread, const pthread_attr_t *attributes, start_function *function, void *argument) {
  int (*next)(pthread_t *, const pthread_attr_t *, start_function *, void *);
  *(void **)&next = dlsym(RTLD_NEXT, "pthread_create");
  return next(thread, attributes, function, argument);
}

/* The library gets this one, since the program comes before the C library. */
int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes, start_function *function,
                   void *restrict argument) {
  if (available == 0)
    return EAGAIN;
  available--;
  start *s = malloc(sizeof *s);
  if (!s)
    abort();
  *s = (start){function, argument};
  created++;
  return create(thread, attributes, look_and_start, s);
}

static void check_created(const char *when, int more, int before) {
  check(created == before + more, "%s: %d threads were started, expected %d", when, created - before, more);
}

/* ---- Starting ---- */

static void test_start(void) {
  const float x[4] = {1, 2, 3, 4};
  float y[4];
  use_threads(8);
  check(planish_layer_norm_f32(1, 4, x, NULL, NULL, 1e-5, y) == PLANISH_OK, "%s", planish_error_message());
  check_created("a small problem", 0, 0);
  use_threads(1);
  check_computed(&p, "one thread", expected);
  check_created("one thread", 0, 0);
  use_threads(3);
  check_computed(&p, "three threads", expected);
  check_computed(&p, "three threads again", expected);
  check_created("three threads", 2, 0);
  use_threads(6);
  check_computed(&p, "six threads", expected);
  check_created("six threads", 5, 0);

  for (int ms = 0; looked_at < created && ms < 60000; ms++)
    usleep(1000);
  check(looked_at == created, "%d of %d threads have begun", looked_at, created);
  check(unblocked == 0, "%d signals are not blocked in the threads", unblocked);
  sigset_t own;
  pthread_sigmask(SIG_BLOCK, NULL, &own);
  check(sigismember(&own, SIGUSR1) == 0, "the caller's own signals are blocked");
}

static void run_here(void *context, int32_t pieces, void (*piece)(void *argument, int32_t i), void *argument) {
  (void)context;
  for (int32_t i = 0; i < pieces; i++)
    piece(argument, i);
}

static void test_executor(void) {
  use_threads(8);
  planish_set_executor(run_here, NULL);
  check_computed(&p, "with an executor", expected);
  check_created("with an executor", 0, 0);
  planish_set_executor(NULL, NULL);
  check_computed(&p, "without it", expected);
  check(created > 0, "no threads were started when the executor was gone");
}

static void test_no_threads(void) {
  use_threads(6);
  available = 0;
  check_computed(&p, "no thread can be had", expected);
  available = 1;
  check_computed(&p, "one thread can be had", expected);
  check_created("one thread can be had", 1, 0);
  available = INT_MAX;
  check_computed(&p, "threads can be had again", expected);
  check_created("threads can be had again", 5, 0);
}

/* ---- Forks ---- */

#ifndef PLANISH_EMULATED
static void compute_with_three(void) {
  const int before = created;
  use_threads(3);
  check_computed(&p, "in the child", expected);
  check_created("in the child", 2, before);
}

static void fork_again(void) {
  compute_with_three();
  in_child("child of a child", compute_with_three);
}

static void test_fork(void) {
  compute_with_three();
  for (int i = 0; i < 8; i++)
    in_child("child after use", i % 2 ? fork_again : compute_with_three);
  check_computed(&p, "in the parent afterwards", expected);
  check_created("in the parent", 2, 0);
}

static _Atomic bool stop;

static void *compute_until_stopped(void *wrong) {
  results own = make_results(&p);
  do
    *(int *)wrong += !compute(&p, own) || difference(&p, expected, own);
  while (!stop);
  free_results(own);
  return NULL;
}

/* The first forks may come before the other thread has started the library's, or while it does. */
static void test_fork_inside(void) {
  pthread_t thread;
  int wrong = 0;
  use_threads(3);
  if (create(&thread, NULL, compute_until_stopped, &wrong) != 0)
    abort();
  for (int i = 0; i < 30; i++)
    in_child("child while another thread is in a call", compute_with_three);
  stop = true;
  pthread_join(thread, NULL);
  check(wrong == 0, "%d calls of the other thread went wrong", wrong);
}

#endif

/* ---- Waiting ---- */

static double process_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Six threads that look for work would take all the time that there is, or on a busy machine a good part of it. */
static void test_idle(void) {
  use_threads(6);
  check_computed(&p, "before a pause", expected);
  usleep(20000);
  const double before = process_seconds();
  usleep(200000);
  const double used = process_seconds() - before;
  check(used < 0.02, "%.1f ms of CPU time in a pause of 200 ms", used * 1e3);
}

/* The smallest problem for threads, many times, by two callers; the library's threads fall asleep now and then. */
static void *call_and_pause(void *wrong) {
  problem small = make_problem((shape){"small", PLANISH_F32, 128, 1024, 1, 0, false, 0});
  results first = make_results(&small), own = make_results(&small);
  *(int *)wrong += !compute(&small, first);
  for (int i = 0; i < 1000; i++) {
    if (i % 8 == 0)
      usleep(100);
    *(int *)wrong += !compute(&small, own) || difference(&small, first, own);
  }
  free_results(first);
  free_results(own);
  free_problem(small);
  return NULL;
}

static void test_contention(void) {
  enum { CALLERS = 2 };
  pthread_t threads[CALLERS];
  int wrong[CALLERS] = {0};
  use_threads(3);
  for (int i = 0; i < CALLERS; i++)
    if (create(&threads[i], NULL, call_and_pause, &wrong[i]) != 0)
      abort();
  for (int i = 0; i < CALLERS; i++) {
    pthread_join(threads[i], NULL);
    check(wrong[i] == 0, "%d calls went wrong", wrong[i]);
  }
}

int main(void) {
  p = make_problem((shape){"rows", PLANISH_F32, 1030, 771, 1, 0, false, 0});
  expected = make_results(&p);
  use_threads(1);
  check(compute(&p, expected), "%s", planish_error_message());
  use_threads(0);
  static const struct {
    const char *name;
    void (*test)(void);
  } tests[] = {
#ifndef PLANISH_EMULATED /* qemu starts no thread in the child of a process that has several */
      {"fork", test_fork},
      {"fork inside a call", test_fork_inside},
#endif
      {"start", test_start},
      {"executor", test_executor},
      {"no threads", test_no_threads},
      {"idle", test_idle},
      {"contention", test_contention}};
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
    in_child(tests[i].name, tests[i].test);
  return finish();
}
