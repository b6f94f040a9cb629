#include "result.h"

#include <string.h>

#include "arguments.h"
#include "dlpack_export.h"
#include "errors.h"

/* An object with an extent and a stride for each of so many axes. */
typedef struct Result {
  PyObject_VAR_HEAD Memory *memory;
  Py_ssize_t size;
  const Dtype *dtype;
  Py_ssize_t extents[]; /* as many strides follow */
} Result;

static int ndim_of(const Result *self) { return (int)self->ob_base.ob_size; }
static Shape shape_of(const Result *self) { return (Shape){ndim_of(self), self->extents}; }

static void result_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  if (((Result *)self)->memory)
    memory_release(((Result *)self)->memory);
  PyObject_Free(self);
  Py_DECREF(type);
}

/* ---- Making one ---- */

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

PyObject *result_new(PyTypeObject *type, const Dtype *dtype, Shape shape, void **data) {
  Result *self = PyObject_NewVar(Result, type, shape.ndim);
  if (!self)
    return NULL;
  self->dtype = dtype;
  self->size = fill_layout(self, shape);
  self->memory = memory_new(self->size);
  if (!self->memory) {
    Py_DECREF(self);
    return PyErr_NoMemory();
  }
  *data = memory_data(self->memory);
  return (PyObject *)self;
}

/* ---- The buffer protocol ---- */

static int result_getbuffer(PyObject *self, Py_buffer *view, int flags) {
  Result *source = (Result *)self;
  if (PyBuffer_FillInfo(view, self, memory_data(source->memory), source->size, 0, flags) < 0)
    return -1;
  view->itemsize = source->dtype->itemsize;
  view->format = flags & PyBUF_FORMAT ? (char *)(uintptr_t)source->dtype->format : NULL;
  view->ndim = ndim_of(source);
  view->shape = (flags & PyBUF_ND) == PyBUF_ND && view->ndim ? source->extents : NULL;
  view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES && view->ndim ? source->extents + view->ndim : NULL;
  if ((flags & PyBUF_F_CONTIGUOUS) != PyBUF_F_CONTIGUOUS || PyBuffer_IsContiguous(view, 'F'))
    return 0;
  PyBuffer_Release(view);
  PyErr_SetString(PyExc_BufferError, "memory is in C order, not Fortran order");
  return -1;
}

/* ---- DLPack ---- */

enum { STREAM, MAX_VERSION, DL_DEVICE, COPY, ARGUMENTS };

static const char *const names[ARGUMENTS] = {"stream", "max_version", "dl_device", "copy"};
static const Signature dlpack_signature = {"__dlpack__", 0, 0, ARGUMENTS, names};

/* Reads a tuple of two ints, unless there is none. */
static int two_ints(const char *argument, PyObject *tuple, int *first, int *second) {
  if (!tuple)
    return 0;
  if (!PyTuple_Check(tuple))
    return raise_type(argument, "a tuple of two ints or None", tuple);
  return PyArg_ParseTuple(tuple, "ii;a tuple of two ints was expected", first, second) ? 0 : -1;
}

static PyObject *copy_of(Result *self) {
  void *data;
  PyObject *copy = result_new(Py_TYPE((PyObject *)self), self->dtype, shape_of(self), &data);
  if (copy)
    memcpy(data, memory_data(self->memory), (size_t)self->size);
  return copy;
}

const Dtype *result_dtype(PyObject *result) { return ((Result *)result)->dtype; }
Shape result_shape(PyObject *result) { return shape_of((Result *)result); }

DlpackVersioned *result_tensor(PyObject *result) {
  const Result *self = (Result *)result;
  return dlpack_tensor(self->memory, self->dtype, shape_of(self));
}

static PyObject *result_dlpack(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
  PyObject *given[ARGUMENTS];
  if (arguments_parse(&dlpack_signature, args, nargs, kwnames, given) < 0)
    return NULL;
  int major = 0, minor = 0, device = DLPACK_CPU, index = 0;
  if (two_ints("max_version", unless_none(given[MAX_VERSION]), &major, &minor) < 0 ||
      two_ints("dl_device", unless_none(given[DL_DEVICE]), &device, &index) < 0)
    return NULL;
  if (unless_none(given[STREAM])) {
    PyErr_SetString(PyExc_BufferError, "stream must be None: the memory is the CPU's");
    return NULL;
  }
  if (device != DLPACK_CPU || index != 0) {
    PyErr_Format(PyExc_BufferError, "dl_device is (%d, %d), but the memory is the CPU's, (1, 0)", device, index);
    return NULL;
  }
  int copied = unless_none(given[COPY]) ? PyObject_IsTrue(given[COPY]) : 0;
  PyObject *source = copied < 0 ? NULL : copied ? copy_of((Result *)object) : Py_NewRef(object);
  if (!source)
    return NULL;
  Result *self = (Result *)source;
  PyObject *capsule =
      dlpack_capsule(self->memory, self->dtype, shape_of(self), major >= 1, copied ? DLPACK_IS_COPIED : 0);
  Py_DECREF(source);
  return capsule;
}

static PyObject *result_dlpack_device(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused)) {
  return Py_BuildValue("(ii)", DLPACK_CPU, 0);
}

/* ---- The type ---- */

static PyObject *get_shape(PyObject *self, void *Py_UNUSED(closure)) { return shape_tuple(shape_of((Result *)self)); }

static PyObject *get_dtype(PyObject *self, void *Py_UNUSED(closure)) {
  return PyUnicode_FromString(((Result *)self)->dtype->name);
}

static PyGetSetDef members[] = {
    {"shape", get_shape, NULL, "The extents, as a tuple.", NULL},
    {"dtype", get_dtype, NULL, "The name of the dtype: 'bfloat16'.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {
    {"__dlpack__", (PyCFunction)(void (*)(void))result_dlpack, METH_FASTCALL | METH_KEYWORDS,
     "__dlpack__($self, /, *, stream=None, max_version=None, dl_device=None, copy=None)\n--\n\n"
     "A DLPack capsule that shares the memory."},
    {"__dlpack_device__", result_dlpack_device, METH_NOARGS, "__dlpack_device__($self, /)\n--\n\nThe CPU: (1, 0)."},
    {NULL, NULL, 0, NULL},
};

PyObject *result_type_new(PyObject *module) {
  PyType_Slot slots[] = {
      {Py_tp_doc, (void *)(uintptr_t)"Memory of a result, lent by DLPack and by the buffer protocol."},
      {Py_tp_dealloc, (void *)(uintptr_t)result_dealloc},
      {Py_tp_methods, methods},
      {Py_tp_getset, members},
      {Py_bf_getbuffer, (void *)(uintptr_t)result_getbuffer},
      {0, NULL},
  };
  PyType_Spec spec = {
      .name = "planish._planish.Result",
      .basicsize = sizeof(Result),
      .itemsize = 2 * sizeof(Py_ssize_t),
      .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
      .slots = slots,
  };
  return PyType_FromModuleAndSpec(module, &spec, NULL);
}
