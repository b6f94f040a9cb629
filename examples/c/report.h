/* What the program prints; the programs in Python and Swift print the same. */
#ifndef REPORT_H
#define REPORT_H

#include "embeddings.h"
#include "textbook.h"

#include <stdbool.h>
#include <stdint.h>

/* One result of Planish, and how many rounding steps (see textbook.h) it may be away from the textbook loops. */
typedef struct result {
  const char *name;
  const float *values;
  int64_t count;
  const expectation *expected;
  double allowed;
} result;

void report_text(const embeddings *e);

/* Mean and standard deviation of the first rows of x, and of what forward made of them without weight and bias. */
void report_rows(const embeddings *e, const float *x_hat);

/* Whether all results are as close to the textbook loops as they have to be. */
bool report_differences(const result *results, int count);

void report_digest(const result *results, int count);

#endif
