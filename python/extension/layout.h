/* Where the elements of an array lie, as the library is to see them. */
#ifndef PLANISH_PYTHON_LAYOUT_H
#define PLANISH_PYTHON_LAYOUT_H

#include "array.h"

/*
 * Sets data and strides for reading an array of x's shape, seen as [rows][features][inner]; with NULL for `axes`, a
 * vector. An array is read where it is if the innermost part is contiguous, and features and rows lie in order, a
 * constant stride apart; a vector, if it is contiguous. From any other layout (transposed, reversed, broadcast,
 * indirect) a contiguous copy is made.
 */
int array_read(Array *array, const Axes *axes);

/* The same for writing: raises BufferError where a copy would be needed, or if the memory is read-only. */
int array_write(Array *array, const Axes *axes);

#endif
