/* Fresh results. */
#ifndef PLANISH_PYTHON_RESULT_H
#define PLANISH_PYTHON_RESULT_H

#include "axes.h"
#include "dtype.h"

/* A new heap type that owns memory and lends it by the buffer protocol and DLPack. */
PyObject *result_type_new(PyObject *module);

/* A new result of this dtype and shape, contiguous and uninitialized, which starts at *data. */
PyObject *result_new(PyTypeObject *type, const Dtype *dtype, Shape shape, void **data);

const Dtype *result_dtype(PyObject *result);
Shape result_shape(PyObject *result);

/* A new tensor of DLPack's that shares the result's memory. NULL with an exception. */
DlpackVersioned *result_tensor(PyObject *result);

#endif
