#include "cpu.h"

#include <stdatomic.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <cpuid.h>

#define BIT(n) (1u << (n))
#define HAS(word, bits) (((word) & (bits)) == (bits))

/* The register state that the operating system saves: xmm and ymm, and for zmm the masks and both upper parts. */
#define STATE_YMM 0x06u
#define STATE_ZMM 0xe6u

static uint32_t saved_state(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

/* The bits are those of the x86-64-v3 and x86-64-v4 levels that the kernels are compiled for. */
int32_t planish_levels_present(void) {
  int32_t levels = 1 << PLANISH_LEVEL_BASELINE;
  uint32_t a, b, c, d, b7, extended;

  /* FMA, CX16, SSE4.1, SSE4.2, MOVBE, POPCNT, OSXSAVE, AVX, F16C */
  const uint32_t v3_leaf1 = BIT(12) | BIT(13) | BIT(19) | BIT(20) | BIT(22) | BIT(23) | BIT(27) | BIT(28) | BIT(29);
  /* BMI1, AVX2, BMI2 */
  const uint32_t v3_leaf7 = BIT(3) | BIT(5) | BIT(8);
  /* LZCNT */
  const uint32_t v3_extended = BIT(5);
  /* AVX512 F, DQ, CD, BW, VL */
  const uint32_t v4_leaf7 = BIT(16) | BIT(17) | BIT(28) | BIT(30) | BIT(31);

  if (!__get_cpuid(1, &a, &b, &c, &d) || !HAS(c, v3_leaf1) || !HAS(saved_state(), STATE_YMM))
    return levels;
  if (!__get_cpuid_count(7, 0, &a, &b7, &c, &d) || !HAS(b7, v3_leaf7))
    return levels;
  if (!__get_cpuid(0x80000001u, &a, &b, &extended, &d) || !HAS(extended, v3_extended))
    return levels;
  levels |= 1 << PLANISH_LEVEL_AVX2;
  if (HAS(b7, v4_leaf7) && HAS(saved_state(), STATE_ZMM))
    levels |= 1 << PLANISH_LEVEL_AVX512;
  return levels;
}

#elif defined(__aarch64__)

int32_t planish_levels_present(void) { return 1 << PLANISH_LEVEL_NEON; }

#else

int32_t planish_levels_present(void) { return 1 << PLANISH_LEVEL_BASELINE; }

#endif

const char *planish_level_name(int32_t level) {
  static const char *const names[PLANISH_LEVEL_COUNT] = {"baseline", "avx2", "avx512", "neon"};
  return level >= 0 && level < PLANISH_LEVEL_COUNT ? names[level] : NULL;
}

/* Relaxed is enough: the level is a number on its own, and every thread would choose the same one. */
static _Atomic int32_t level_in_use = -1;

int32_t planish_level_get(void) { return atomic_load_explicit(&level_in_use, memory_order_relaxed); }
void planish_level_set(int32_t level) { atomic_store_explicit(&level_in_use, level, memory_order_relaxed); }

const char *planish_cpu_from_environment(void) {
  const char *value = getenv("PLANISH_CPU");
  return value && *value ? value : NULL;
}
