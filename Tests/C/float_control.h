/* The control register of the floating-point unit. */
#ifndef PLANISH_FLOAT_CONTROL_H
#define PLANISH_FLOAT_CONTROL_H

#if defined(__x86_64__)
#include <immintrin.h>
#define FLUSH_TO_ZERO 0x8000u
#define DENORMALS_ARE_ZERO 0x0040u
static inline unsigned get_control(void) { return _mm_getcsr(); }
static inline void set_control(unsigned control) { _mm_setcsr(control); }
#elif defined(__aarch64__)
#define FLUSH_TO_ZERO (1u << 24)
#define DENORMALS_ARE_ZERO 0u
static inline unsigned get_control(void) {
  unsigned long control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  return (unsigned)control;
}
static inline void set_control(unsigned control) {
  __asm__ volatile("msr fpcr, %0" : : "r"((unsigned long)control) : "memory");
}
#endif

#endif
