/* Memory that an object lends by DLPack. */
#ifndef PLANISH_PYTHON_DLPACK_IMPORT_H
#define PLANISH_PYTHON_DLPACK_IMPORT_H

#include "dlpack.h"
#include "dtype.h"

/* A tensor that was taken over. All zero: none. */
typedef struct DlpackLoan {
  DlpackManaged *old; /* one of these two, to be given back to its deleter */
  DlpackVersioned *versioned;
  Py_ssize_t *strides;  /* in bytes, if the tensor has strides */
  const char *readonly; /* why the memory must not be written, for error texts; NULL if it may be */
} DlpackLoan;

/*
 * Takes a tensor over and describes it: the view has no owner and no format. Raises BufferError for what cannot be had
 * (another device, another version), TypeError without DLPack or for a dtype that is none of ours. Also after an error,
 * what was taken is to be given back.
 */
int dlpack_borrow(DlpackLoan *loan, const char *argument, PyObject *object, Accepted accepted, Py_buffer *view,
                  const Dtype **dtype);
void dlpack_give_back(DlpackLoan *loan);

#endif
