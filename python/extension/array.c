#include "array.h"

#include "errors.h"

int array_open(Array *array, const char *name, PyObject *object, const Dtype *expected) {
  if (!PyObject_CheckBuffer(object))
    return raise_type(name, "an array with the buffer protocol", object);
  if (PyObject_GetBuffer(object, &array->view, PyBUF_FULL_RO) < 0)
    return -1;
  array->open = true;
  array->name = name;
  if (array->view.ndim > PyBUF_MAX_NDIM) {
    PyErr_Format(PyExc_BufferError, "%s has %d dimensions; at most %d are supported", name, array->view.ndim,
                 PyBUF_MAX_NDIM);
    return -1;
  }
  array->dtype = dtype_of_buffer(name, &array->view, expected);
  return array->dtype ? 0 : -1;
}

void array_close(Array *array) {
  PyMem_Free(array->packed);
  if (array->open)
    PyBuffer_Release(&array->view);
  array->packed = NULL;
  array->open = false;
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

/* Whether data can be used where it is; then data and stride are set. */
static bool use_in_place(Array *array, int outer) {
  const Py_buffer *view = &array->view;
  array->data = view->buf;
  array->stride = 0;
  if (PyBuffer_IsContiguous(view, 'C'))
    return true;
  for (int axis = 0; view->suboffsets && axis < view->ndim; axis++)
    if (view->suboffsets[axis] >= 0)
      return false;

  Py_ssize_t row = view->itemsize; /* bytes */
  for (int axis = view->ndim - 1; axis >= outer; axis--) {
    if (view->shape[axis] != 1 && view->strides[axis] != row)
      return false;
    row *= view->shape[axis];
  }
  Py_ssize_t rows = 1, step = 0;
  for (int axis = outer - 1; axis >= 0; axis--) {
    if (view->shape[axis] == 1)
      continue;
    if (rows == 1)
      step = view->strides[axis];
    else if (view->strides[axis] != step * rows)
      return false;
    rows *= view->shape[axis];
  }
  if (rows > 1 && (step < row || step % view->itemsize != 0))
    return false;
  array->stride = step / view->itemsize;
  return true;
}

int array_read(Array *array, int outer) {
  if (use_in_place(array, outer))
    return 0;
  array->packed = PyMem_Malloc((size_t)array->view.len);
  if (!array->packed) {
    PyErr_NoMemory();
    return -1;
  }
  array->data = array->packed;
  array->stride = 0;
  return PyBuffer_ToContiguous(array->packed, &array->view, array->view.len, 'C');
}

static void raise_strides(const Array *array, int outer) {
  PyObject *strides = shape_tuple((Shape){array->view.ndim, array->view.strides});
  if (strides)
    PyErr_Format(PyExc_BufferError, "%s has strides %R; %s", array->name, strides,
                 outer ? "its rows must be contiguous, in order and a constant stride apart" : "it must be contiguous");
  Py_XDECREF(strides);
}

int array_write(Array *array, int outer) {
  if (array->view.readonly) {
    PyErr_Format(PyExc_BufferError, "%s is read-only", array->name);
    return -1;
  }
  if (use_in_place(array, outer))
    return 0;
  raise_strides(array, outer);
  return -1;
}
