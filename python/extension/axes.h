/* Which axes of x are normalized together, and what that makes of its shape. */
#ifndef PLANISH_PYTHON_AXES_H
#define PLANISH_PYTHON_AXES_H

#include "planish_python.h"

typedef struct Shape {
  int ndim;
  const Py_ssize_t *extents;
} Shape;

/*
 * x is [outside axes][normalized axes]. Axes after the normalized ones are refused for now; with them, x is
 * [outer][size][inner] and `outside` is put together from two pieces.
 */
typedef struct Axes {
  PyObject *given;  /* borrowed; NULL if left out */
  Shape normalized; /* of weight, bias, dweight, dbias */
  Shape outside;    /* of mean and rstd */
  int64_t features;
  int64_t rows;
} Axes;

/* Reads the argument `axis` (NULL: the last axis) for an x of this shape. `axes` borrows from both. */
int axes_parse(Axes *axes, PyObject *given, Shape x);

/* The argument as error texts show it: a new reference. */
PyObject *axes_given(const Axes *axes);

bool shape_equal(Shape a, Shape b);

/* A new tuple. */
PyObject *shape_tuple(Shape shape);

#endif
