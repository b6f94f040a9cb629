/* The element types: one row of a table each, and which of them an argument may have. */
#ifndef PLANISH_PYTHON_DTYPE_H
#define PLANISH_PYTHON_DTYPE_H

#include "dlpack.h"

typedef struct Dtype {
  planish_dtype number;
  const char *name;
  const char *format; /* as a buffer: a character of the struct module */
  Py_ssize_t itemsize;
  planish_dtype statistics; /* dtype of mean and rstd */
  uint8_t code;             /* by DLPack */
} Dtype;

/* The row of this number, which must be in the table. */
const Dtype *dtype_of_number(planish_dtype number);

/* The dtype of a buffer; NULL if it is none of ours. bfloat16 has no format, so it is never found. */
const Dtype *dtype_of_buffer(const Py_buffer *view);

/* The dtype of a tensor; NULL if it is none of ours. */
const Dtype *dtype_of_dlpack(DlpackDtype dtype);
DlpackDtype dtype_to_dlpack(const Dtype *dtype);

/* The dtypes that an argument may have: a set of numbers, because `owner` (NULL: no reason) has the dtype `of`. */
typedef struct Accepted {
  unsigned numbers;
  const char *owner;
  const Dtype *of;
} Accepted;

Accepted accept_any(void);
Accepted accept_same(const char *owner, const Dtype *of);
Accepted accept_statistics(const char *owner, const Dtype *of);

/* What weight and bias may have: the dtype of their owner, and float32 with one of 16 bits. */
Accepted accept_parameter(const char *owner, const Dtype *of);

/* Raises TypeError unless the argument's dtype is accepted. */
int dtype_check(const char *argument, const Dtype *found, Accepted accepted);

/* TypeErrors about an argument whose dtype is none of ours, by its buffer's format or by its name. They return -1. */
int raise_format(const char *argument, const char *format, Accepted accepted);
int raise_dtype(const char *argument, const char *name, Accepted accepted);

#endif
