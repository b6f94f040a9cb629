/* Which axes of x are normalized together, and what that makes of its shape. */
#ifndef PLANISH_PYTHON_AXES_H
#define PLANISH_PYTHON_AXES_H

#include "planish_python.h"

typedef struct Shape {
  int ndim;
  const Py_ssize_t *extents;
} Shape;

/* x is [rows][features][inner]: the axes before the normalized ones, these, and the axes behind them. */
typedef struct Axes {
  PyObject *given; /* borrowed; NULL if left out */
  int first, end;  /* the normalized axes are first ..< end */
  int64_t rows, features, inner;
  Shape normalized;   /* of weight, bias, dweight, dbias */
  Shape outside;      /* of mean and rstd */
  Py_ssize_t *others; /* owned: extents of `outside`, if axes before and behind had to be put together */
} Axes;

/* Reads the argument `axis` (NULL: the last axis) for an x of this shape, and borrows from both. */
int axes_parse(Axes *axes, PyObject *given, Shape x);

/* The same for the last axes of x, whose extents must be those of a sequence. */
int axes_of_shape(Axes *axes, PyObject *normalized_shape, Shape x);

void axes_clear(Axes *axes);

/* The argument as error texts show it: a new reference. */
PyObject *axes_given(const Axes *axes);

bool shape_equal(Shape a, Shape b);

/* A new tuple. */
PyObject *shape_tuple(Shape shape);

#endif
