/* A result: the array that the caller gave for it, or a fresh one. */
#ifndef PLANISH_PYTHON_OUTPUT_H
#define PLANISH_PYTHON_OUTPUT_H

#include "layout.h"

/* All zero: not wanted. */
typedef struct Output {
  PyObject *object; /* owned: what the caller gave, or a Result */
  const Dtype *dtype;
  void *data;
  int64_t row_stride, feature_stride;
  Array array; /* open if the caller gave it */
} Output;

/* What is expected of an output. */
typedef struct OutputSpec {
  const char *name;   /* in error texts, of the array that the caller gave: "out[1]" */
  const char *owner;  /* in error texts, of the shape: "mean" */
  const Dtype *fresh; /* dtype of a fresh array */
  Accepted accepted;  /* dtypes of an array that the caller gave */
  Shape shape;
  const Axes *axes; /* NULL for a vector */
} OutputSpec;

/* Opens `given`, or makes a fresh array if that is NULL. */
int output_open(Output *output, PyObject *module, PyObject *given, const OutputSpec *spec);
void output_close(Output *output);

/*
 * The output as the caller gets it: a new reference, to None if it is not wanted. A fresh array becomes one of x's
 * kind. Only now is it put into an object that others could find, so nobody sees what its memory held before.
 */
PyObject *output_object(const Output *output, PyObject *module, PyObject *x);

/* Three of them as a new tuple. */
PyObject *output_tuple(const Output outputs[3], PyObject *module, PyObject *x);

#endif
