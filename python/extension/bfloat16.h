/* NumPy's arrays of ml_dtypes.bfloat16, which neither the buffer protocol nor NumPy's DLPack can express. */
#ifndef PLANISH_PYTHON_BFLOAT16_H
#define PLANISH_PYTHON_BFLOAT16_H

#include "planish_python.h"

/* The name of an array's dtype as NumPy has it: a new str. NULL, with or without an exception, if there is none. */
PyObject *dtype_name(PyObject *object);

/* Opens the bits of an array whose dtype has the name bfloat16: a buffer of 16-bit integers. */
int bfloat16_bits(PyObject *object, Py_buffer *view);

#endif
