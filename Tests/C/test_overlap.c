/* Outputs that share memory with another argument are refused, except y that is x and dx that is dy. */
#include <stddef.h>
#include <stdint.h>

#include "call.h"

typedef struct argument {
  const char *name;
  size_t place; /* of the pointer in a call */
  int count;    /* elements */
  bool output;
} argument;

#define ARGUMENT(name, count, output) {#name, offsetof(call, name), count, output}

static const argument of_forward[] = {ARGUMENT(x, ROWS *FEATURES, false), ARGUMENT(weight, FEATURES, false),
                                      ARGUMENT(bias, FEATURES, false),    ARGUMENT(y, ROWS *FEATURES, true),
                                      ARGUMENT(mean, ROWS, true),         ARGUMENT(rstd, ROWS, true)};

static const argument of_backward[] = {ARGUMENT(dy, ROWS *FEATURES, false), ARGUMENT(x, ROWS *FEATURES, false),
                                       ARGUMENT(weight, FEATURES, false),   ARGUMENT(mean, ROWS, false),
                                       ARGUMENT(rstd, ROWS, false),         ARGUMENT(dx, ROWS *FEATURES, true),
                                       ARGUMENT(dweight, FEATURES, true),   ARGUMENT(dbias, FEATURES, true)};

static char *pointer_of(const call *c, argument a) {
  char *pointer;
  memcpy(&pointer, (const char *)c + a.place, sizeof pointer);
  return pointer;
}

static call with_pointer(call c, argument a, char *pointer) {
  memcpy((char *)&c + a.place, &pointer, sizeof pointer);
  return c;
}

static bool may_be_same(argument output, argument other) {
  return (strcmp(output.name, "y") == 0 && strcmp(other.name, "x") == 0) ||
         (strcmp(output.name, "dx") == 0 && strcmp(other.name, "dy") == 0);
}

/* The output at `bytes` behind the other argument's start. */
static void check_at(function *f, argument output, argument other, int bytes) {
  call c = good_call();
  c = with_pointer(c, output, pointer_of(&c, other) + bytes);
  if (bytes >= other.count * 4 || bytes <= -output.count * 4)
    accepted(f, &c, "neighbours that do not touch");
  else if (bytes == 0 && may_be_same(output, other))
    accepted(f, &c, "in place");
  else
    refused(f, &c, PLANISH_OVERLAP, output.name, other.name);
}

static void check_pairs(function *f, const argument *arguments, int count) {
  for (int o = 0; o < count; o++)
    for (int a = 0; a < count; a++) {
      if (!arguments[o].output || a == o)
        continue;
      const int end = arguments[a].count * 4, length = arguments[o].count * 4;
      const int places[] = {0, 1, 4, -1, -4, end - 4, end - 1, end, 4 - length, 1 - length, -length};
      for (size_t p = 0; p < sizeof places / sizeof *places; p++)
        check_at(f, arguments[o], arguments[a], places[p]);
    }
}

static void test_inputs_may_overlap(void) {
  call c = good_call();
  c.weight = c.bias = c.x;
  accepted(forward, &c, "weight and bias are x");
  c = good_call();
  c.x = c.weight = c.mean = c.rstd = c.dy;
  accepted(backward, &c, "all inputs are dy");
}

/* ---- Strides ---- */

static call strided(int64_t x_stride, int64_t y_stride) {
  call c = good_call();
  c.norm.x_stride = c.norm.dy_stride = x_stride;
  c.norm.y_stride = c.norm.dx_stride = y_stride;
  return c;
}

static void test_same_pointer(void) {
  call c = strided(0, FEATURES); /* 0 stands for FEATURES */
  c.y = c.x;
  c.dx = c.dy;
  accepted(forward, &c, "y is x with the same stride");
  accepted(backward, &c, "dx is dy with the same stride");
  c = strided(8, 8);
  c.y = c.x;
  c.dx = c.dy;
  accepted(forward, &c, "y is x with the same stride");
  accepted(backward, &c, "dx is dy with the same stride");
  c = strided(8, 9);
  c.y = c.x;
  c.dx = c.dy;
  refused(forward, &c, PLANISH_OVERLAP, "y", "x");
  refused(backward, &c, PLANISH_OVERLAP, "dx", "dy");
}

/* Left and right half of one matrix: x's rows begin every 8 elements, y's rows `shift` elements behind them. */
static void test_interleaved(void) {
  for (int shift = -20; shift <= 20; shift++) {
    call c = strided(8, 8);
    c.y = c.x + shift;
    c.dx = c.dy + shift;
    if (shift == 0 || (shift + 24) % 8 == 4) {
      accepted(forward, &c, "rows between rows");
      accepted(backward, &c, "rows between rows");
    } else {
      refused(forward, &c, PLANISH_OVERLAP, "y", "x");
      refused(backward, &c, PLANISH_OVERLAP, "dx", "dy");
    }
  }

  call apart = strided(8, 8);
  accepted(forward, &apart, "apart");
  float expected[ROWS * 8];
  memcpy(expected, apart.y, sizeof expected);
  call c = strided(8, 8);
  c.y = c.x + 4;
  accepted(forward, &c, "side by side");
  for (int i = 0; i < ROWS * 8; i++)
    if (i % 8 < FEATURES)
      check(memcmp(&c.y[i], &expected[i], 4) == 0, "side by side: y[%d] is %a, expected %a", i, (double)c.y[i],
            (double)expected[i]);
}

int main(void) {
  check_pairs(forward, of_forward, sizeof of_forward / sizeof *of_forward);
  check_pairs(backward, of_backward, sizeof of_backward / sizeof *of_backward);
  test_inputs_may_overlap();
  test_same_pointer();
  test_interleaved();
  return finish();
}
