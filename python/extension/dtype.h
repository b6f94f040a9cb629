/* The element types: one row of a table each. */
#ifndef PLANISH_PYTHON_DTYPE_H
#define PLANISH_PYTHON_DTYPE_H

#include "planish_python.h"

typedef struct Dtype {
  const char *format; /* the character of the struct module */
  const char *name;
  Py_ssize_t itemsize;
  planish_dtype number;
  const char *statistics; /* format of mean and rstd */
} Dtype;

/* The dtype of this format character, which must be in the table. */
const Dtype *dtype_of_format(const char *format);

/* The dtype of a buffer. Any other than `expected` (NULL: any that is known) is a TypeError about `argument`. */
const Dtype *dtype_of_buffer(const char *argument, const Py_buffer *view, const Dtype *expected);

#endif
