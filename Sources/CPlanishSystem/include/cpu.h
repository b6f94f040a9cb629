/* Which CPU levels there are, and which one is in use. */
#ifndef PLANISH_CPU_H
#define PLANISH_CPU_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The levels of every architecture, each one's plainest first. */
enum {
  PLANISH_LEVEL_BASELINE = 0,
  PLANISH_LEVEL_AVX2 = 1,
  PLANISH_LEVEL_AVX512 = 2,
  PLANISH_LEVEL_NEON = 3,
  PLANISH_LEVEL_COUNT = 4
};

const char *planish_level_name(int32_t level);

/* The levels that this CPU and its operating system can run and that this build has, as bits 1 << level. */
int32_t planish_levels_present(void);

/* The level in use by every thread, or -1 while none has been chosen. */
int32_t planish_level_get(void);
void planish_level_set(int32_t level);

/* The value of PLANISH_CPU; NULL if it is not set, or empty. */
const char *planish_cpu_from_environment(void);

static inline bool planish_text_equal(const char *a, const char *b) { return strcmp(a, b) == 0; }

#endif
