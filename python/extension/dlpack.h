/*
 * Arrays by DLPack: its structs, as far as they are needed, and both directions.
 *
 * A producer hands out a capsule around a managed tensor. Whoever takes the tensor renames the capsule, and calls the
 * tensor's deleter when done. Source: dlpack.h, version 1.1 (https://dmlc.github.io/dlpack).
 */
#ifndef PLANISH_PYTHON_DLPACK_H
#define PLANISH_PYTHON_DLPACK_H

#include "planish_python.h"

enum { DLPACK_CPU = 1 };
enum { DLPACK_INT, DLPACK_UINT, DLPACK_FLOAT, DLPACK_HANDLE, DLPACK_BFLOAT, DLPACK_COMPLEX, DLPACK_BOOL };
enum { DLPACK_READ_ONLY = 1, DLPACK_IS_COPIED = 2 };
enum { DLPACK_MAJOR = 1, DLPACK_MINOR = 1 };

#define DLPACK_NAME "dltensor"
#define DLPACK_VERSIONED_NAME "dltensor_versioned"

typedef struct DlpackDevice {
  int32_t type;
  int32_t index;
} DlpackDevice;

typedef struct DlpackDtype {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} DlpackDtype;

typedef struct DlpackTensor {
  void *data;
  DlpackDevice device;
  int32_t ndim;
  DlpackDtype dtype;
  int64_t *shape;
  int64_t *strides; /* in elements; NULL: contiguous */
  uint64_t byte_offset;
} DlpackTensor;

/* In a capsule named "dltensor". */
typedef struct DlpackManaged {
  DlpackTensor tensor;
  void *context;
  void (*deleter)(struct DlpackManaged *self); /* may be NULL */
} DlpackManaged;

/* In a capsule named "dltensor_versioned". What stands before the flags is the same in every version. */
typedef struct DlpackVersioned {
  uint32_t major, minor;
  void *context;
  void (*deleter)(struct DlpackVersioned *self); /* may be NULL */
  uint64_t flags;
  DlpackTensor tensor;
} DlpackVersioned;

#endif
