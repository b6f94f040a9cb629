/*
 * The floating-point state that kernels run in: the caller's rounding mode, subnormals kept, no exception unmasked. The
 * caller's own state, flags included, comes back afterwards.
 */
#ifndef PLANISH_FLOAT_STATE_H
#define PLANISH_FLOAT_STATE_H

#include <stdint.h>

#if defined(__x86_64__)

#include <xmmintrin.h>

typedef uint32_t planish_float_state;

static inline planish_float_state planish_float_state_enter(void) {
  const planish_float_state callers = _mm_getcsr();
  const uint32_t masks = 0x1f80, flush_to_zero = 0x8000, denormals_are_zero = 0x0040;
  _mm_setcsr((callers | masks) & ~(flush_to_zero | denormals_are_zero));
  return callers;
}

static inline void planish_float_state_leave(planish_float_state callers) { _mm_setcsr(callers); }
static inline planish_float_state planish_float_state_current(void) { return _mm_getcsr(); }

#elif defined(__aarch64__)

typedef struct planish_float_state {
  uint64_t control, status;
} planish_float_state;

static inline planish_float_state planish_float_state_enter(void) {
  planish_float_state callers;
  __asm__ volatile("mrs %0, fpcr" : "=r"(callers.control));
  __asm__ volatile("mrs %0, fpsr" : "=r"(callers.status));
  const uint64_t flush_to_zero = UINT64_C(1) << 24, default_nan = UINT64_C(1) << 25, traps = UINT64_C(0x9f00);
  const uint64_t other_half = UINT64_C(1) << 26, alternate = 7; /* halves without infinity; Armv8.7's FIZ, AH and NEP */
  const uint64_t off = flush_to_zero | default_nan | traps | other_half | alternate;
  __asm__ volatile("msr fpcr, %0" : : "r"(callers.control & ~off));
  return callers;
}

static inline void planish_float_state_leave(planish_float_state callers) {
  __asm__ volatile("msr fpcr, %0" : : "r"(callers.control));
  __asm__ volatile("msr fpsr, %0" : : "r"(callers.status));
}

static inline planish_float_state planish_float_state_current(void) {
  planish_float_state state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state.control));
  __asm__ volatile("mrs %0, fpsr" : "=r"(state.status));
  return state;
}

#else

#include <fenv.h>

typedef fenv_t planish_float_state;

static inline planish_float_state planish_float_state_enter(void) {
  planish_float_state callers;
  feholdexcept(&callers);
  return callers;
}

static inline void planish_float_state_leave(planish_float_state callers) { fesetenv(&callers); }

static inline planish_float_state planish_float_state_current(void) {
  planish_float_state state;
  fegetenv(&state);
  return state;
}

#endif

/* The state of another thread, for a piece of its work; what is returned comes back by planish_float_state_leave. */
static inline planish_float_state planish_float_state_adopt(planish_float_state other) {
  const planish_float_state own = planish_float_state_current();
  planish_float_state_leave(other);
  return own;
}

#endif
