#include "dlpack_export.h"

#include <stdlib.h>

/* A managed tensor, what it holds on to, and its shape and strides. */
typedef struct Export {
  union {
    DlpackManaged old;
    DlpackVersioned versioned;
  };
  Memory *memory;
  int64_t layout[]; /* ndim extents, followed by ndim strides */
} Export;

static void delete(Export *self) {
  memory_release(self->memory);
  free(self);
}

static void delete_old(DlpackManaged *self) { delete(self->context); }
static void delete_versioned(DlpackVersioned *self) { delete(self->context); }

/* Of a capsule that nobody took the tensor from. */
static void destroy(PyObject *capsule) {
  if (PyCapsule_IsValid(capsule, DLPACK_NAME))
    delete_old(PyCapsule_GetPointer(capsule, DLPACK_NAME));
  else if (PyCapsule_IsValid(capsule, DLPACK_VERSIONED_NAME))
    delete_versioned(PyCapsule_GetPointer(capsule, DLPACK_VERSIONED_NAME));
}

static DlpackTensor describe(Export *self, const Dtype *dtype, Shape shape) {
  int64_t stride = 1;
  for (int axis = shape.ndim - 1; axis >= 0; axis--) {
    self->layout[axis] = shape.extents[axis];
    self->layout[shape.ndim + axis] = stride;
    stride *= shape.extents[axis];
  }
  return (DlpackTensor){
      .data = memory_data(self->memory),
      .device = {DLPACK_CPU, 0},
      .ndim = shape.ndim,
      .dtype = dtype_to_dlpack(dtype),
      .shape = self->layout,
      .strides = self->layout + shape.ndim,
  };
}

static Export *export(Memory *memory, const Dtype *dtype, Shape shape, bool versioned, uint64_t flags) {
  Export *self = malloc(sizeof *self + 2 * (size_t)shape.ndim * sizeof *self->layout);
  if (!self) {
    PyErr_NoMemory();
    return NULL;
  }
  memory_retain(memory);
  self->memory = memory;
  const DlpackTensor tensor = describe(self, dtype, shape);
  if (versioned)
    self->versioned = (DlpackVersioned){DLPACK_MAJOR, DLPACK_MINOR, self, delete_versioned, flags, tensor};
  else
    self->old = (DlpackManaged){tensor, self, delete_old};
  return self;
}

DlpackVersioned *dlpack_tensor(Memory *memory, const Dtype *dtype, Shape shape) {
  Export *self = export(memory, dtype, shape, true, 0);
  return self ? &self->versioned : NULL;
}

PyObject *dlpack_capsule(Memory *memory, const Dtype *dtype, Shape shape, bool versioned, uint64_t flags) {
  Export *self = export(memory, dtype, shape, versioned, flags);
  PyObject *capsule = self ? PyCapsule_New(self, versioned ? DLPACK_VERSIONED_NAME : DLPACK_NAME, destroy) : NULL;
  if (self && !capsule)
    delete(self);
  return capsule;
}
