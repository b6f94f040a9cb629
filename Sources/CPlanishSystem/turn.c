#define _GNU_SOURCE
#include "turn.h"
#include "waiting.h"

#include <sched.h>

/* The others are at work: but where they do not get a CPU, looking and yielding must not keep them from one. */
void planish_turn_wait(planish_turn *turn, int32_t piece) {
  for (int32_t looks = 0; looks < 2 * LOOKS; looks++) {
    if (__atomic_load_n(&turn->piece, __ATOMIC_ACQUIRE) == piece)
      return;
    if (looks < LOOKS)
      pause_briefly();
    else
      sched_yield();
  }
  __atomic_fetch_add(&turn->sleeping, 1, __ATOMIC_SEQ_CST);
  int32_t now;
  while ((now = __atomic_load_n(&turn->piece, __ATOMIC_SEQ_CST)) != piece)
    sleep_while(&turn->piece, (uint32_t)now);
  __atomic_fetch_sub(&turn->sleeping, 1, __ATOMIC_SEQ_CST);
}

void planish_turn_pass(planish_turn *turn) {
  __atomic_fetch_add(&turn->piece, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&turn->sleeping, __ATOMIC_SEQ_CST) > 0)
    wake(&turn->piece);
}
