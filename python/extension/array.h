/* An argument that is an array, held open for the length of a call. */
#ifndef PLANISH_PYTHON_ARRAY_H
#define PLANISH_PYTHON_ARRAY_H

#include "axes.h"
#include "dlpack_import.h"

/* All zero: not open. Closing one that is not open does nothing. */
typedef struct Array {
  const char *name; /* of the argument, for error texts */
  Kinds *tensors;   /* set beforehand: the object is to be a tensor that the table of its kind lends */
  const Dtype *dtype;
  Py_buffer view;  /* the memory, whoever lends it; its format says nothing */
  DlpackLoan loan; /* if it came by DLPack */
  void *packed;    /* a contiguous copy, if one was needed */

  /* As the library is to see it; strides count elements, 0: without gaps. */
  void *data;
  int64_t row_stride, feature_stride;
} Array;

/*
 * Takes hold of the object's memory: by the buffer protocol, if that has the dtype; otherwise by DLPack, or as NumPy's
 * array of ml_dtypes.bfloat16.
 */
int array_open(Array *array, const char *name, PyObject *object, Accepted accepted);
void array_close(Array *array);

Shape array_shape(const Array *array);

/*
 * Raises ValueError unless the shape is `expected`, which is the shape of `owner`, a phrase for the error text. If
 * `axes` is not NULL, the phrase is completed by what was given as `axis`.
 */
int array_check_shape(const Array *array, Shape expected, const char *owner, const Axes *axes);

#endif
