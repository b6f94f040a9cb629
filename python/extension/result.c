#include "result.h"

#include <string.h>

enum { ALIGNMENT = 64 }; /* a cache line, and the widest vector */

typedef struct Result {
  PyObject_HEAD void *memory; /* as allocated */
  void *data;                 /* aligned, inside memory */
  Py_ssize_t size;
  const Dtype *dtype;
  int ndim;
  Py_ssize_t *extents; /* ndim extents, followed by ndim strides */
} Result;

static void result_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  PyMem_Free(((Result *)self)->memory);
  PyMem_Free(((Result *)self)->extents);
  PyObject_Free(self);
  Py_DECREF(type);
}

static int result_getbuffer(PyObject *self, Py_buffer *view, int flags) {
  Result *source = (Result *)self;
  if (PyBuffer_FillInfo(view, self, source->data, source->size, 0, flags) < 0)
    return -1;
  view->itemsize = source->dtype->itemsize;
  view->format = flags & PyBUF_FORMAT ? (char *)(uintptr_t)source->dtype->format : NULL;
  view->ndim = source->ndim;
  view->shape = (flags & PyBUF_ND) == PyBUF_ND && source->ndim ? source->extents : NULL;
  view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES && source->ndim ? source->extents + source->ndim : NULL;
  if ((flags & PyBUF_F_CONTIGUOUS) != PyBUF_F_CONTIGUOUS || PyBuffer_IsContiguous(view, 'F'))
    return 0;
  PyBuffer_Release(view);
  PyErr_SetString(PyExc_BufferError, "memory is in C order, not Fortran order");
  return -1;
}

PyObject *result_type_new(PyObject *module) {
  PyType_Slot slots[] = {
      {Py_tp_doc, (void *)(uintptr_t)"Memory of a result, lent by the buffer protocol."},
      {Py_tp_dealloc, (void *)(uintptr_t)result_dealloc},
      {Py_bf_getbuffer, (void *)(uintptr_t)result_getbuffer},
      {0, NULL},
  };
  PyType_Spec spec = {
      .name = "planish._planish.Result",
      .basicsize = sizeof(Result),
      .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
      .slots = slots,
  };
  return PyType_FromModuleAndSpec(module, &spec, NULL);
}

/* Extents and strides; the size in bytes is returned, or -1 if it does not fit. */
static Py_ssize_t fill_layout(Result *self, Shape shape) {
  Py_ssize_t size = self->dtype->itemsize;
  for (int axis = shape.ndim - 1; axis >= 0; axis--) {
    self->extents[axis] = shape.extents[axis];
    self->extents[shape.ndim + axis] = size;
    if (__builtin_mul_overflow(size, shape.extents[axis], &size))
      return -1;
  }
  return size;
}

static bool allocate(Result *self, Shape shape) {
  self->extents = PyMem_Malloc(2 * (size_t)shape.ndim * sizeof *self->extents);
  if (!self->extents)
    return false;
  self->ndim = shape.ndim;
  self->size = fill_layout(self, shape);
  if (self->size < 0 || self->size > PY_SSIZE_T_MAX - ALIGNMENT)
    return false;
  self->memory = PyMem_Malloc((size_t)self->size + ALIGNMENT);
  self->data = (void *)(((uintptr_t)self->memory + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
  return self->memory;
}

PyObject *result_new(PyTypeObject *type, const Dtype *dtype, Shape shape, void **data) {
  Result *self = PyObject_New(Result, type);
  if (!self)
    return NULL;
  self->memory = self->data = NULL;
  self->extents = NULL;
  self->dtype = dtype;
  PyObject *view = allocate(self, shape) ? PyMemoryView_FromObject((PyObject *)self) : PyErr_NoMemory();
  *data = self->data;
  Py_DECREF(self);
  return view;
}
