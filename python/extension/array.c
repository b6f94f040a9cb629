#include "array.h"

#include <string.h>

#include "bfloat16.h"
#include "errors.h"

/* By the buffer protocol. */
static int open_buffer(Array *array, PyObject *object, Accepted accepted) {
  if (PyObject_GetBuffer(object, &array->view, PyBUF_FULL_RO) < 0)
    return -1;
  array->dtype = dtype_of_buffer(&array->view);
  return array->dtype ? 0 : raise_format(array->name, array->view.format ? array->view.format : "B", accepted);
}

static int open_dlpack(Array *array, PyObject *object, Accepted accepted) {
  int failed = array->tensors ? dlpack_borrow_tensor(&array->loan, array->name, array->tensors, object)
                              : dlpack_borrow(&array->loan, array->name, object);
  if (failed)
    return -1;
  return dlpack_describe(&array->loan, array->name, accepted, &array->view, &array->dtype);
}

/* An array of bfloat16 of NumPy's. TypeError for a dtype of any other name. */
static int open_numpy(Array *array, PyObject *object, Accepted accepted) {
  PyObject *name = dtype_name(object);
  const char *text = name ? PyUnicode_AsUTF8AndSize(name, NULL) : NULL;
  int failed = -1;
  if (text && strcmp(text, "bfloat16") == 0) {
    array->dtype = dtype_of_number(PLANISH_BF16);
    failed = bfloat16_bits(object, &array->view);
  } else if (text) {
    raise_dtype(array->name, text, accepted);
  }
  Py_XDECREF(name);
  return failed;
}

/* An object that has a buffer, but not one of our dtypes; the exception that is set says why not. */
static int open_otherwise(Array *array, PyObject *object, Accepted accepted) {
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  array_close(array);
  int failed = open_dlpack(array, object, accepted);
  if (failed) {
    dlpack_give_back(&array->loan);
    PyErr_Clear();
    failed = open_numpy(array, object, accepted);
  }
  /* If nothing helped, the first error tells most; but a dtype that cannot be a buffer is told best by its name. */
  const bool named = failed && PyErr_ExceptionMatches(PyExc_TypeError);
  if (failed && !(named && PyErr_GivenExceptionMatches(type, PyExc_ValueError))) {
    PyErr_Restore(type, value, trace);
    return -1;
  }
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(trace);
  return failed;
}

static int open_any(Array *array, PyObject *object, Accepted accepted) {
  if (array->tensors || !PyObject_CheckBuffer(object))
    return open_dlpack(array, object, accepted);
  return open_buffer(array, object, accepted) == 0 ? 0 : open_otherwise(array, object, accepted);
}

int array_open(Array *array, const char *name, PyObject *object, Accepted accepted) {
  array->name = name;
  if (open_any(array, object, accepted) < 0)
    return -1;
  if (array->view.ndim > PyBUF_MAX_NDIM) {
    PyErr_Format(PyExc_BufferError, "%s has %d dimensions; at most %d are supported", name, array->view.ndim,
                 PyBUF_MAX_NDIM);
    return -1;
  }
  return dtype_check(name, array->dtype, accepted);
}

void array_close(Array *array) {
  if (!array->name) /* most arguments of a call are left out */
    return;
  PyMem_Free(array->packed);
  array->packed = NULL;
  PyBuffer_Release(&array->view);
  dlpack_give_back(&array->loan);
}

Shape array_shape(const Array *array) { return (Shape){array->view.ndim, array->view.shape}; }

int array_check_shape(const Array *array, Shape expected, const char *owner, const Axes *axes) {
  if (shape_equal(array_shape(array), expected))
    return 0;
  PyObject *found = shape_tuple(array_shape(array)), *wanted = shape_tuple(expected);
  PyObject *axis = axes ? axes_given(axes) : NULL;
  if (found && wanted && axis)
    PyErr_Format(PyExc_ValueError, "%s has shape %R, but %s axis %R has shape %R", array->name, found, owner, axis,
                 wanted);
  else if (found && wanted && !axes)
    PyErr_Format(PyExc_ValueError, "%s has shape %R, but %s has shape %R", array->name, found, owner, wanted);
  Py_XDECREF(found);
  Py_XDECREF(wanted);
  Py_XDECREF(axis);
  return -1;
}
