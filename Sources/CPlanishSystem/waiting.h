/* How threads wait for each other: with a look now and then, or asleep. */
#ifndef PLANISH_WAITING_H
#define PLANISH_WAITING_H

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Looks at what may change soon: about 20 microseconds' worth, less than it takes to wake up. */
enum { LOOKS = 1000 };

/* Asleep, if the word has this value and until somebody wakes. */
static inline void sleep_while(const void *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static inline void wake(const void *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0); }

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

#endif
