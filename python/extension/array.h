/* An argument with the buffer protocol, held open for the length of a call. */
#ifndef PLANISH_PYTHON_ARRAY_H
#define PLANISH_PYTHON_ARRAY_H

#include "axes.h"
#include "dtype.h"

/* All zero: not open. Closing one that is not open does nothing. */
typedef struct Array {
  const char *name; /* of the argument, for error texts */
  const Dtype *dtype;
  void *data;
  int64_t stride; /* elements from row to row; 0: contiguous */
  Py_buffer view;
  void *packed; /* a contiguous copy, if one was needed */
  bool open;
} Array;

/* Takes hold of the object's buffer. NULL for `expected` stands for any known dtype. */
int array_open(Array *array, const char *name, PyObject *object, const Dtype *expected);
void array_close(Array *array);

Shape array_shape(const Array *array);

/*
 * Raises ValueError unless the shape is `expected`, which is the shape of `owner`, a phrase for the error text. If
 * `axes` is not NULL, the phrase is completed by what was given as `axis`.
 */
int array_check_shape(const Array *array, Shape expected, const char *owner, const Axes *axes);

/*
 * Sets data and stride for reading. A row is what follows the first `outer` axes. Rows that are contiguous inside and
 * in order, a constant stride apart, are read where they are; from any other layout (transposed, reversed, broadcast,
 * indirect) a contiguous copy is made.
 */
int array_read(Array *array, int outer);

/* The same for writing: raises BufferError where a copy would be needed, or if the buffer is read-only. */
int array_write(Array *array, int outer);

#endif
