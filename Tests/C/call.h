/* A call with all its arguments, of which a test spoils one, and checks of how the library takes it. */
#ifndef PLANISH_CALL_H
#define PLANISH_CALL_H

#include <ctype.h>
#include <string.h>

#include "check.h"
#include "planish.h"

enum { ROWS = 3, FEATURES = 4, ARRAYS = 10, ROOM = 128, START = 48 };

/* x … dbias point to the START of rooms of their own, far from one another. */
typedef struct call {
  planish_layer_norm norm;
  float *x, *weight, *bias, *y, *mean, *rstd, *dy, *dx, *dweight, *dbias;
} call;

static float rooms[ARRAYS][ROOM];

static inline call good_call(void) {
  for (int a = 0; a < ARRAYS; a++)
    for (int i = 0; i < ROOM; i++)
      rooms[a][i] = (float)(100 * a + i % 7);
  call c = {.norm = PLANISH_LAYER_NORM_INIT};
  float **arrays[ARRAYS] = {&c.x, &c.weight, &c.bias, &c.y, &c.mean, &c.rstd, &c.dy, &c.dx, &c.dweight, &c.dbias};
  for (int a = 0; a < ARRAYS; a++)
    *arrays[a] = rooms[a] + START;
  c.norm.rows = ROWS;
  c.norm.features = FEATURES;
  return c;
}

typedef planish_status function(const call *);

static inline planish_status forward(const call *c) {
  return planish_layer_norm_forward(&c->norm, c->x, c->weight, c->bias, c->y, c->mean, c->rstd);
}

static inline planish_status backward(const call *c) {
  return planish_layer_norm_backward(&c->norm, c->dy, c->x, c->weight, c->mean, c->rstd, c->dx, c->dweight, c->dbias);
}

static inline const char *name_of(function *f) { return f == forward ? "forward" : "backward"; }

/* Whether the message holds the word, not as a part of a longer one: "x" is not in "x_stride", nor "3" in "31". */
static inline bool names(const char *message, const char *word) {
  const size_t length = strlen(word);
  for (const char *at = message; length && (at = strstr(at, word)); at++) {
    const unsigned char before = at == message ? ' ' : (unsigned char)at[-1], after = (unsigned char)at[length];
    if (!isalnum(before) && before != '_' && !isalnum(after) && after != '_')
      return true;
  }
  return length == 0;
}

/* The status, and that the message names the argument, and the number or the other argument. */
static inline void check_error(const char *what, planish_status got, planish_status expected, const char *argument,
                               const char *number) {
  const char *message = planish_error_message();
  check(got == expected, "%s: status %d, expected %d (%s)", what, got, expected, message);
  check(names(message, argument) && names(message, number), "%s: \"%s\" does not name \"%s\" and \"%s\"", what, message,
        argument, number);
}

static inline void refused(function *f, const call *c, planish_status expected, const char *argument,
                           const char *number) {
  char what[160];
  static float before[ARRAYS][ROOM];
  snprintf(what, sizeof what, "%s, %s and %s", name_of(f), argument, number);
  planish_set_cpu("none"); /* so that the message of an earlier test is not taken for this one's */
  memcpy(before, rooms, sizeof rooms);
  check_error(what, f(c), expected, argument, number);
  check(memcmp(before, rooms, sizeof rooms) == 0, "%s: an array was changed", what);
}

static inline void accepted(function *f, const call *c, const char *what) {
  const planish_status status = f(c);
  check(status == PLANISH_OK, "%s, %s: status %d: %s", name_of(f), what, status, status ? planish_error_message() : "");
}

#endif
