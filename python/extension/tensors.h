/*
 * Forward and backward as planish.torch calls them: of tensors that are lent by their library's table whether or not
 * they require a gradient, which is the caller's business. Arguments are given by position, all of them.
 */
#ifndef PLANISH_PYTHON_TENSORS_H
#define PLANISH_PYTHON_TENSORS_H

#include "planish_python.h"

/* tensor_forward(x, normalized_shape, weight, bias, eps, statistics): y, or (y, (mean, rstd)) with two Results. */
PyObject *tensor_forward(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

/* tensor_backward(dy, x, normalized_shape, weight, mean, rstd, needs): (dx, dweight, dbias). */
PyObject *tensor_backward(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

/* NotImplemented in place of an exception: torch itself then does what it does with such arguments. */
PyObject *tensor_answer(PyObject *answer);

/* A mistake in planish.torch, on the other hand, is to be seen. */
int tensor_check_count(const char *function, Py_ssize_t given, int expected);

#endif
