/* One cell of the benchmark: an operation on one shape, its buffers, and the timing of those who compete on them. */
#ifndef CELL_H
#define CELL_H

#include <stdbool.h>
#include <stdint.h>

typedef enum operation {
  FORWARD,            /* y */
  FORWARD_STATISTICS, /* y and the statistics of each row */
  BACKWARD,           /* dx, dweight, dbias */
  BACKWARD_DX,        /* dx alone */
  BACKWARD_DX_PLAIN,  /* the same without a weight */
  OPERATIONS
} operation;

/* Every competitor works on these same buffers, so that none is favoured by where its pages lie. */
typedef struct cell {
  operation operation;
  int64_t rows, features;
  double eps;
  float *x;
  float *weight, *bias;          /* NULL in BACKWARD_DX_PLAIN */
  float *dy;                     /* NULL in forward */
  float *result;                 /* y or dx */
  float *dweight, *dbias;        /* NULL but in BACKWARD, and in BACKWARD_DX for peers that cannot do without */
  float *mean, *rstd, *variance; /* results in FORWARD_STATISTICS, given in backward; NULL in FORWARD */
} cell;

/* Arrays start at a cache line and end with one. */
enum { cache_line = 64 };

bool operation_parse(const char *name, operation *result);
bool is_backward(operation operation);
bool has_weight(operation operation);

/* Allocate and touch what the operation needs; inputs are filled with numbers. */
cell cell_make(operation operation, int64_t rows, int64_t features);

/* One that competes: call(context) does the operation once. */
typedef struct competitor {
  const char *name;
  void (*call)(const void *context);
  const void *context;
} competitor;

/* Compare the results of two; end the program where they are farther apart than rounding explains. */
void cell_check(const cell *c, const competitor *one, const competitor *other);

/* Time all in turns. times[i * rounds + r] is what one call of competitor i took in round r, in microseconds. */
void cell_time(const competitor *competitors, int count, int rounds, double microseconds, double *times);

/* Say what is wrong, and end the program. */
void fail(const char *subject, const char *message);

#endif
