/* Results as DLPack tensors. */
#ifndef PLANISH_PYTHON_DLPACK_EXPORT_H
#define PLANISH_PYTHON_DLPACK_EXPORT_H

#include "axes.h"
#include "dtype.h"
#include "memory.h"

/* A new tensor that shares the memory, which is contiguous. NULL with an exception. */
DlpackVersioned *dlpack_tensor(Memory *memory, const Dtype *dtype, Shape shape);

/* A new capsule around such a tensor. The flags are lost if it is unversioned. */
PyObject *dlpack_capsule(Memory *memory, const Dtype *dtype, Shape shape, bool versioned, uint64_t flags);

#endif
