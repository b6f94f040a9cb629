/* Pieces of work that are done at the same time, up to a point where one comes after the other. */
#ifndef PLANISH_TURN_H
#define PLANISH_TURN_H

#include <stdint.h>

/* A section that pieces pass through in their order: wait for the turn, then pass it on. It starts with piece 0. */
typedef struct planish_turn {
  int32_t piece, sleeping;
} planish_turn;
void planish_turn_wait(planish_turn *turn, int32_t piece);
void planish_turn_pass(planish_turn *turn);

#endif
