#define _GNU_SOURCE
#include "processors.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int32_t planish_processors_allowed(void) {
  cpu_set_t set[16]; /* 16384 CPUs */
  if (sched_getaffinity(0, sizeof set, set) != 0)
    return 1;
  const int count = CPU_COUNT_S(sizeof set, set);
  return count > 0 ? count : 1;
}

/* The start of a file, zero-terminated; empty if it cannot be read. */
static void read_file(const char *path, char *text, size_t size) {
  ssize_t got = -1;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    got = read(file, text, size - 1);
    close(file);
  }
  text[got > 0 ? got : 0] = 0;
}

static int32_t quotient_up(long long quota, long long period) {
  if (quota <= 0 || period <= 0)
    return INT32_MAX;
  const long long count = (quota - 1) / period + 1;
  return count < INT32_MAX ? (int32_t)count : INT32_MAX;
}

/* cpu.max of a group: "quota period" or "max period". */
static int32_t granted_to(const char *group) {
  char path[512], text[64], *rest;
  if (snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", group) >= (int)sizeof path)
    return INT32_MAX;
  read_file(path, text, sizeof text);
  const long long quota = strtoll(text, &rest, 10);
  return rest == text ? INT32_MAX : quotient_up(quota, strtoll(rest, NULL, 10));
}

static long long number_in(const char *path) {
  char text[64];
  read_file(path, text, sizeof text);
  return strtoll(text, NULL, 10);
}

int32_t planish_processors_granted(void) {
  /* The first version has a hierarchy for CPU time, which a container sees as its own. */
  int32_t least =
      quotient_up(number_in("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), number_in("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  char groups[512];
  read_file("/proc/self/cgroup", groups, sizeof groups);
  char *group = strstr(groups, "0::/");
  if (!group)
    return least;
  group += 3;
  group[strcspn(group, "\n")] = 0;
  /* A limit on any group above holds too. */
  for (;;) {
    char *last = strrchr(group, '/');
    const int32_t granted = granted_to(group[1] ? group : "");
    least = granted < least ? granted : least;
    if (last == group || !last)
      break;
    *last = 0;
  }
  const int32_t root = granted_to("");
  return root < least ? root : least;
}

const char *planish_threads_from_environment(void) {
  const char *value = getenv("PLANISH_NUM_THREADS");
  return value && *value ? value : NULL;
}

int32_t planish_positive_number(const char *text) {
  char *end;
  errno = 0;
  const long number = strtol(text, &end, 10);
  return *end || errno || number < 1 || number > INT32_MAX ? 0 : (int32_t)number;
}

/* ---- Settings ---- */

/* Relaxed is enough: each is a number on its own. */
static _Atomic int32_t chosen, usual;

int32_t planish_threads_get(void) { return atomic_load_explicit(&chosen, memory_order_relaxed); }
void planish_threads_set(int32_t threads) { atomic_store_explicit(&chosen, threads, memory_order_relaxed); }
int32_t planish_threads_default_get(void) { return atomic_load_explicit(&usual, memory_order_relaxed); }
void planish_threads_default_set(int32_t threads) { atomic_store_explicit(&usual, threads, memory_order_relaxed); }

/* Two words that belong together: the second one is written first and read last. */
static _Atomic(planish_executor_run *) executor_run;
static _Atomic(void *) executor_context;

planish_executor planish_executor_get(void) {
  planish_executor executor = {atomic_load(&executor_run), NULL};
  executor.context = atomic_load(&executor_context);
  return executor;
}

void planish_executor_set(planish_executor executor) {
  atomic_store(&executor_run, NULL);
  atomic_store(&executor_context, executor.context);
  atomic_store(&executor_run, executor.run);
}
