#include "dlpack_import.h"

#include <stdio.h>
#include <string.h>

#include "attribute.h"
#include "dlpack_exchange.h"
#include "errors.h"

/* ---- Device ---- */

static const char *device_name(int32_t type) {
  static const char *const names[] = {"device 0", "CPU",         "CUDA",     "pinned CUDA",  "OpenCL",
                                      "device 5", "device 6",    "Vulkan",   "Metal",        "VPI",
                                      "ROCm",     "pinned ROCm", "external", "managed CUDA", "oneAPI",
                                      "WebGPU",   "Hexagon",     "MAIA",     "Trainium"};
  return type >= 0 && (size_t)type < sizeof names / sizeof names[0] ? names[type] : "unknown";
}

static int require_cpu(const char *argument, int32_t type) {
  if (type == DLPACK_CPU)
    return 0;
  PyErr_Format(PyExc_BufferError, "%s is on a device of type %d (%s); it must be on the CPU", argument, (int)type,
               device_name(type));
  return -1;
}

/* Asked before the tensor, so that none is made on another device. */
static int check_device(const char *argument, PyObject *object) {
  PyObject *method = attribute_get(object, "__dlpack_device__");
  PyObject *device = method ? PyObject_CallNoArgs(method) : NULL;
  Py_XDECREF(method);
  if (!device)
    return -1;
  long type = -1;
  if (!PyTuple_Check(device) || PyTuple_Size(device) != 2)
    raise_type("__dlpack_device__()", "a tuple of two", device);
  else
    type = PyLong_AsLong(PyTuple_GetItem(device, 0));
  Py_DECREF(device);
  if (type == -1 && PyErr_Occurred())
    return -1;
  return require_cpu(argument, type < INT32_MIN || type > INT32_MAX ? -1 : (int32_t)type);
}

/* ---- Capsule ---- */

static int check_sign(const char *argument, PyObject *object) {
  if (exchange_is_negative(object, NULL))
    PyErr_Format(PyExc_BufferError, "%s holds the negatives of its numbers; resolve_neg() gives a copy", argument);
  return PyErr_Occurred() ? -1 : 0;
}

/* A new capsule from an object's __dlpack__, versioned where that knows how. */
static PyObject *call_dlpack(PyObject *method) {
  PyObject *none = PyTuple_New(0);
  PyObject *keywords = Py_BuildValue("{s(ii)}", "max_version", DLPACK_MAJOR, DLPACK_MINOR);
  PyObject *capsule = none && keywords ? PyObject_Call(method, none, keywords) : NULL;
  if (!capsule && PyErr_ExceptionMatches(PyExc_TypeError)) {
    PyErr_Clear();
    capsule = PyObject_CallNoArgs(method);
  }
  Py_XDECREF(none);
  Py_XDECREF(keywords);
  return capsule;
}

/* Takes the tensor out of its capsule; from here on it is ours to give back. */
static int take(DlpackLoan *loan, const char *argument, PyObject *capsule) {
  if (PyCapsule_IsValid(capsule, DLPACK_VERSIONED_NAME)) {
    DlpackVersioned *tensor = PyCapsule_GetPointer(capsule, DLPACK_VERSIONED_NAME);
    if (PyCapsule_SetName(capsule, "used_" DLPACK_VERSIONED_NAME) < 0)
      return -1;
    loan->versioned = tensor;
    if (tensor->major == DLPACK_MAJOR)
      return 0;
    PyErr_Format(PyExc_BufferError, "%s comes with DLPack version %u.%u; expected %d", argument, tensor->major,
                 tensor->minor, DLPACK_MAJOR);
    return -1;
  }
  if (PyCapsule_IsValid(capsule, DLPACK_NAME)) {
    DlpackManaged *tensor = PyCapsule_GetPointer(capsule, DLPACK_NAME);
    if (PyCapsule_SetName(capsule, "used_" DLPACK_NAME) < 0)
      return -1;
    loan->old = tensor;
    return 0;
  }
  const char *name = PyCapsule_CheckExact(capsule) ? PyCapsule_GetName(capsule) : NULL;
  if (name)
    PyErr_Format(PyExc_BufferError, "%s.__dlpack__() gave a capsule named '%s'", argument, name);
  else if (!PyErr_Occurred())
    PyErr_Format(PyExc_BufferError, "%s.__dlpack__() gave no capsule of DLPack", argument);
  return -1;
}

void dlpack_give_back(DlpackLoan *loan) {
  if (!loan->old && !loan->versioned)
    return;
  PyObject *type, *value, *trace; /* deleters may run Python, and are not to see our exception */
  PyErr_Fetch(&type, &value, &trace);
  if (loan->old && loan->old->deleter)
    loan->old->deleter(loan->old);
  if (loan->versioned && loan->versioned->deleter)
    loan->versioned->deleter(loan->versioned);
  PyErr_Restore(type, value, trace);
  PyMem_Free(loan->strides);
  *loan = (DlpackLoan){0};
}

/* ---- Tensor ---- */

static int raise_bad_dtype(const char *argument, DlpackDtype found, Accepted accepted) {
  static const char *const names[] = {"int", "uint", "float", "handle", "bfloat", "complex", "bool"};
  char name[64];
  if (found.code < sizeof names / sizeof names[0])
    snprintf(name, sizeof name, "%s%d", names[found.code], found.bits);
  else
    snprintf(name, sizeof name, "%d of %d bits", found.code, found.bits);
  if (found.lanes != 1)
    snprintf(name + strlen(name), sizeof name - strlen(name), " x %d", found.lanes);
  return raise_dtype(argument, name, accepted);
}

static int raise_malformed(const char *argument) {
  PyErr_Format(PyExc_BufferError, "%s comes with a DLPack tensor whose sizes cannot be", argument);
  return -1;
}

/* The size in bytes; strides, if there are any, come to count bytes. */
static int describe_layout(DlpackLoan *loan, const DlpackTensor *tensor, Py_buffer *view) {
  if (tensor->ndim > 0 && !tensor->shape)
    return -1;
  view->len = view->itemsize;
  for (int axis = 0; axis < tensor->ndim; axis++)
    if (tensor->shape[axis] < 0 || __builtin_mul_overflow(view->len, tensor->shape[axis], &view->len))
      return -1;
  _Static_assert(sizeof *tensor->shape == sizeof *view->shape, "both are 64 bits wide");
  view->shape = (Py_ssize_t *)tensor->shape;
  if (!tensor->strides || tensor->ndim == 0)
    return 0;
  loan->strides = view->strides = PyMem_Malloc((size_t)tensor->ndim * sizeof *loan->strides);
  if (!loan->strides) {
    PyErr_NoMemory();
    return -1;
  }
  for (int axis = 0; axis < tensor->ndim; axis++)
    if (__builtin_mul_overflow(view->itemsize, tensor->strides[axis], &loan->strides[axis]))
      return -1;
  return 0;
}

/* An unversioned tensor cannot say that it is read-only; JAX lends its immutable arrays so. */
static const char *why_readonly(const DlpackLoan *loan) {
  if (loan->old)
    return "comes in an unversioned DLPack capsule, which does not say whether it may be written";
  if (loan->versioned->flags & DLPACK_READ_ONLY)
    return "is read-only";
  return loan->versioned->flags & DLPACK_IS_COPIED ? "comes by DLPack as a copy" : NULL;
}

static int describe(DlpackLoan *loan, const char *argument, const DlpackTensor *tensor, Py_buffer *view) {
  if (tensor->ndim < 0 || tensor->ndim > PyBUF_MAX_NDIM) {
    PyErr_Format(PyExc_BufferError, "%s has %d dimensions; at most %d are supported", argument, (int)tensor->ndim,
                 PyBUF_MAX_NDIM);
    return -1;
  }
  view->ndim = tensor->ndim;
  if (describe_layout(loan, tensor, view) < 0)
    return PyErr_Occurred() ? -1 : raise_malformed(argument);
  if (!tensor->data && view->len > 0)
    return raise_malformed(argument);
  view->buf = tensor->data ? (char *)tensor->data + tensor->byte_offset : NULL;
  loan->readonly = why_readonly(loan);
  view->readonly = loan->readonly != NULL;
  return 0;
}

/* By the methods of DLPack. */
static int call_methods(DlpackLoan *loan, const char *argument, PyObject *object) {
  PyObject *method = attribute_find(object, "__dlpack__");
  if (!method)
    return PyErr_Occurred() ? -1 : raise_type(argument, "an array with the buffer protocol or DLPack", object);
  PyObject *capsule =
      check_device(argument, object) == 0 && check_sign(argument, object) == 0 ? call_dlpack(method) : NULL;
  Py_DECREF(method);
  int taken = capsule ? take(loan, argument, capsule) : -1;
  Py_XDECREF(capsule);
  return taken;
}

int dlpack_describe(DlpackLoan *loan, const char *argument, Accepted accepted, Py_buffer *view, const Dtype **dtype) {
  const DlpackTensor *tensor = loan->versioned ? &loan->versioned->tensor : &loan->old->tensor;
  if (require_cpu(argument, tensor->device.type) < 0)
    return -1;
  *dtype = dtype_of_dlpack(tensor->dtype);
  if (!*dtype)
    return raise_bad_dtype(argument, tensor->dtype, accepted);
  *view = (Py_buffer){.itemsize = (*dtype)->itemsize};
  return describe(loan, argument, tensor, view);
}

int dlpack_borrow(DlpackLoan *loan, const char *argument, PyObject *object) {
  loan->versioned = dlpack_exchange(object);
  return loan->versioned ? 0 : call_methods(loan, argument, object);
}

int dlpack_borrow_tensor(DlpackLoan *loan, const char *argument, Kinds *kinds, PyObject *object) {
  loan->versioned = kind_lend(kinds, object);
  return loan->versioned ? 0 : raise_type(argument, "a tensor on the CPU of one of our dtypes", object);
}
