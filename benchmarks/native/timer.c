#include "problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double time_calls(call *function, void *context, int64_t count) {
  double start = now();
  for (int64_t i = 0; i < count; i++)
    function(context);
  return now() - start;
}

void fail(const char *subject, const char *message) {
  fprintf(stderr, "%s: %s\n", subject, message);
  exit(1);
}
