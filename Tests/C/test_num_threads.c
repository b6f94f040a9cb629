/* How many threads a call may use: set, from the environment, or what the CPUs of the calling thread allow. */
#include <dirent.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "threads.h"

static problem p;
static results expected;

static void use_threads(int threads) {
  check(planish_set_num_threads(threads) == PLANISH_OK, "planish_set_num_threads(%d)", threads);
}

static void test_affinity(void) {
  static cpu_set_t set[16]; /* 16384 CPUs */
  check(sched_getaffinity(0, sizeof set, set) == 0, "sched_getaffinity");
  size_t first = 0;
  while (first < 8 * sizeof set && !CPU_ISSET_S(first, sizeof set, set))
    first++;
  CPU_ZERO_S(sizeof set, set);
  CPU_SET_S(first, sizeof set, set);
  check(sched_setaffinity(0, sizeof set, set) == 0, "sched_setaffinity to CPU %zu", first);
  check(planish_get_num_threads() == 1, "%d threads on one CPU", planish_get_num_threads());
  check_computed(&p, "on one CPU", expected);
  use_threads(3);
  check(planish_get_num_threads() == 3, "%d threads, 3 were set", planish_get_num_threads());
  check_computed(&p, "three threads on one CPU", expected);
}

static void check_wrong_environment(const char *value) {
  setenv("PLANISH_NUM_THREADS", value, 1);
  results got = make_results(&p);
  memset(got.array[Y], 7, p.bytes);
  check(planish_get_num_threads() == 0, "\"%s\": %d threads", value, planish_get_num_threads());
  planish_set_cpu("none"); /* so that the message is not that of planish_get_num_threads */
  const planish_status status = planish_layer_norm_forward(&p.norm, p.x, p.weight, p.bias, got.array[Y], NULL, NULL);
  const char *message = planish_error_message();
  check(status == PLANISH_BAD_THREADS, "\"%s\": status %d", value, status);
  check(strstr(message, "PLANISH_NUM_THREADS") && strstr(message, value), "\"%s\": \"%s\"", value, message);
  bool untouched = true;
  for (size_t i = 0; i < p.bytes; i++)
    untouched = untouched && got.array[Y][i] == 7;
  check(untouched, "\"%s\": y was written", value);
  free_results(got);

  const float x[4] = {1, 2, 3, 4};
  float y[4];
  check(planish_layer_norm_f32(1, 4, x, NULL, NULL, 1e-5, y) == PLANISH_OK, "\"%s\": %s", value,
        planish_error_message());
  use_threads(2);
  check(planish_get_num_threads() == 2, "\"%s\": a number that is set holds", value);
  check_computed(&p, "a number is set", expected);
  use_threads(0);
}

static void test_numbers(void) {
  unsetenv("PLANISH_NUM_THREADS");
  const int usual = planish_get_num_threads();
  check(usual >= 1, "%d threads", usual);
  setenv("PLANISH_NUM_THREADS", "", 1);
  check(planish_get_num_threads() == usual, "\"\": %d threads, expected %d", planish_get_num_threads(), usual);
  setenv("PLANISH_NUM_THREADS", "5", 1);
  check(planish_get_num_threads() == 5, "\"5\": %d threads", planish_get_num_threads());
  check_computed(&p, "five threads of the environment", expected);
  static const char *const wrong[] = {"abc", "0", "3x", "-2", "1.5", "99999999999", "x3"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    check_wrong_environment(wrong[i]);
  setenv("PLANISH_NUM_THREADS", "5", 1);
  use_threads(7);
  check(planish_set_num_threads(-1) == PLANISH_BAD_THREADS && strstr(planish_error_message(), "threads is -1"),
        "-1 threads: \"%s\"", planish_error_message());
  check(planish_get_num_threads() == 7, "%d threads after -1, expected 7", planish_get_num_threads());
}

static int threads_here(void) {
  int count = 0;
  DIR *tasks = opendir("/proc/self/task");
  for (const struct dirent *entry; tasks && (entry = readdir(tasks));)
    count += entry->d_name[0] != '.';
  if (tasks)
    closedir(tasks);
  return count;
}

/* A call that is not worth waking a thread up brings none in; but many of them, one close behind the other, do. */
static void test_close_calls(void) {
  use_threads(2);
  problem small = make_problem((shape){"rows", PLANISH_F32, 128, 768, 1, 0, false, 0});
  results alone = make_results(&small), got = make_results(&small);
  const planish_layer_norm *norm = &small.norm;
  planish_layer_norm_forward(norm, small.x, small.weight, small.bias, alone.array[Y], NULL, NULL);
  check(threads_here() == 1, "one call of 128 x 768 has started a thread");
  for (int call = 0; call < 1000; call++)
    planish_layer_norm_forward(norm, small.x, small.weight, small.bias, got.array[Y], NULL, NULL);
  check(threads_here() == 2, "after 1000 calls of 128 x 768 there are %d threads", threads_here());
  check(memcmp(alone.array[Y], got.array[Y], small.bytes) == 0, "the bits are not those of one thread");
  free_results(alone);
  free_results(got);
  free_problem(small);
}

int main(void) {
  unsetenv("PLANISH_NUM_THREADS");
  p = make_problem((shape){"rows", PLANISH_F32, 1030, 771, 1, 0, false, 0});
  expected = make_results(&p);
  use_threads(1);
  check(compute(&p, expected), "%s", planish_error_message());
  use_threads(0);
  in_child("close calls", test_close_calls); /* while there are no threads */
  in_child("affinity", test_affinity);
  in_child("numbers", test_numbers);
  return finish();
}
