/* What forward and backward have in common: x, weight, axis and eps. */
#ifndef PLANISH_PYTHON_PROBLEM_H
#define PLANISH_PYTHON_PROBLEM_H

#include "layout.h"

/* All zero: not open. */
typedef struct Problem {
  /* Of calls that come from planish.torch, set beforehand; otherwise NULL. */
  Kinds *tensors;             /* x, weight, bias and dy are tensors */
  PyObject *normalized_shape; /* in place of axis */

  planish_layer_norm norm;
  Axes axes;
  Array x;
  Array weight; /* data is NULL without one */
} Problem;

/* weight, axis and eps may be NULL: left out. */
int problem_open(Problem *problem, PyObject *x, PyObject *weight, PyObject *axis, PyObject *eps);
void problem_close(Problem *problem);

/* Opens an array with the shape of the normalized axes, unless `object` is NULL. */
int problem_read_normalized(const Problem *problem, Array *array, const char *name, PyObject *object);

/* Opens mean or rstd: the shape of the other axes. */
int problem_read_statistics(const Problem *problem, Array *array, const char *name, PyObject *object);

/* Whether the kernels run long enough to let other threads have Python meanwhile. */
bool problem_is_large(const Problem *problem);

#endif
