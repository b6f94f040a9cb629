/* PLANISH_CPU, which is read at the first call: each value is tried in a process of its own. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"

/* A level that can be had is the one in use. */
static void check_level(const char *level) {
  const call c = good_call();
  accepted(forward, &c, level);
  check(planish_cpu() && strcmp(planish_cpu(), level) == 0, "PLANISH_CPU=%s: planish_cpu() is %s", level,
        planish_cpu() ? planish_cpu() : "NULL");
}

/* Without a level, or with an empty one, it is the last on the list. */
static void check_best(const char *unused) {
  int32_t last = 0;
  while (planish_cpu_level(last + 1))
    last++;
  check_level(planish_cpu_level(last));
  (void)unused;
}

/* Every call says that the level cannot be had, until one is chosen that can. */
static void check_wrong(const char *level) {
  const call c = good_call();
  check_error("forward", forward(&c), PLANISH_BAD_CPU, "PLANISH_CPU", level);
  check_error("backward", backward(&c), PLANISH_BAD_CPU, "PLANISH_CPU", level);
  check(c.y[0] == 300 + START % 7, "PLANISH_CPU=%s: y was written", level);
  check(planish_cpu() == NULL, "PLANISH_CPU=%s: planish_cpu() is not NULL", level);
  check(planish_set_cpu(planish_cpu_level(0)) == PLANISH_OK, "planish_set_cpu(\"%s\")", planish_cpu_level(0));
  check_level(planish_cpu_level(0));
}

static void in_process(void (*test)(const char *), const char *value) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    start_over();
    setenv("PLANISH_CPU", value, 1);
    test(value);
    exit(finish());
  }
  int status = -1;
  const bool ended = child > 0 && waitpid(child, &status, 0) == child;
  check(ended && status == 0, "PLANISH_CPU=%s: the process gave %#x", value, (unsigned)status);
}

int main(void) {
  const char *level;
  for (int32_t l = 0; (level = planish_cpu_level(l)); l++) /* makes no choice of a level */
    in_process(check_level, level);
  in_process(check_best, "");
  in_process(check_wrong, "avx3");
  in_process(check_wrong, "AVX2");
  return finish();
}
