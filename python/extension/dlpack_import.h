/* Memory that an object lends by DLPack. */
#ifndef PLANISH_PYTHON_DLPACK_IMPORT_H
#define PLANISH_PYTHON_DLPACK_IMPORT_H

#include "dtype.h"
#include "kind.h"

/* A tensor that was taken over. All zero: none. */
typedef struct DlpackLoan {
  DlpackManaged *old; /* one of these two, to be given back to its deleter */
  DlpackVersioned *versioned;
  Py_ssize_t *strides;  /* in bytes, if the tensor has strides */
  const char *readonly; /* why the memory must not be written, for error texts; NULL if it may be */
} DlpackLoan;

/*
 * Takes the object's tensor over. Raises BufferError for what cannot be had (another device, another version),
 * TypeError without DLPack. Also after an error, what was taken is to be given back.
 */
int dlpack_borrow(DlpackLoan *loan, const char *argument, PyObject *object);

/* The same by the table of C functions of the object's type, and in no other way. */
int dlpack_borrow_tensor(DlpackLoan *loan, const char *argument, Kinds *kinds, PyObject *object);

/* Describes it: the view has no owner and no format. Raises TypeError for a dtype that is none of ours. */
int dlpack_describe(DlpackLoan *loan, const char *argument, Accepted accepted, Py_buffer *view, const Dtype **dtype);
void dlpack_give_back(DlpackLoan *loan);

#endif
