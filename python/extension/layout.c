#include "layout.h"

/* Axes as one: so many elements, so many bytes apart. */
typedef struct Run {
  Py_ssize_t count;
  Py_ssize_t stride; /* nothing if count is 1 */
} Run;

/* Axes first ..< end of a view; false if no constant stride goes through all of them. */
static bool collapse(Run *run, const Py_buffer *view, int first, int end) {
  *run = (Run){1, 0};
  for (int axis = end - 1; axis >= first; axis--) {
    const Py_ssize_t extent = view->shape[axis];
    if (extent == 1)
      continue;
    Py_ssize_t expected = view->strides[axis];
    if (run->count == 1)
      run->stride = expected;
    else if (__builtin_mul_overflow(run->stride, run->count, &expected))
      return false;
    if (view->strides[axis] != expected || __builtin_mul_overflow(run->count, extent, &run->count))
      return false;
  }
  return true;
}

/* Whether parts of `size` bytes lie in order, whole elements apart; then `size` becomes that of all together. */
static bool lies_apart(Run run, Py_ssize_t itemsize, Py_ssize_t *size) {
  if (run.count == 1)
    return true;
  Py_ssize_t last;
  return run.stride >= *size && run.stride % itemsize == 0 &&
         !__builtin_mul_overflow(run.count - 1, run.stride, &last) && !__builtin_add_overflow(last, *size, size);
}

static bool is_indirect(const Py_buffer *view) {
  for (int axis = 0; view->suboffsets && axis < view->ndim; axis++)
    if (view->suboffsets[axis] >= 0)
      return true;
  return false;
}

/* Whether the array can be used where it is; then data and strides are set. */
static bool use_in_place(Array *array, const Axes *axes) {
  const Py_buffer *view = &array->view;
  array->data = view->buf;
  array->row_stride = array->feature_stride = 0;
  if (PyBuffer_IsContiguous(view, 'C'))
    return true;
  Run rows, features, inner;
  if (!axes || is_indirect(view) || !collapse(&rows, view, 0, axes->first) ||
      !collapse(&features, view, axes->first, axes->end) || !collapse(&inner, view, axes->end, view->ndim))
    return false;

  Py_ssize_t size = view->itemsize;
  const Run innermost = inner.count > 1 ? inner : features;
  if (innermost.count > 1 && innermost.stride != size)
    return false;
  if (!lies_apart(inner, view->itemsize, &size) || !lies_apart(features, view->itemsize, &size) ||
      !lies_apart(rows, view->itemsize, &size))
    return false;
  if (rows.count > 1)
    array->row_stride = rows.stride / view->itemsize;
  if (features.count > 1 && inner.count > 1)
    array->feature_stride = features.stride / view->itemsize;
  return true;
}

int array_read(Array *array, const Axes *axes) {
  if (use_in_place(array, axes))
    return 0;
  array->packed = PyMem_Malloc((size_t)array->view.len);
  if (!array->packed) {
    PyErr_NoMemory();
    return -1;
  }
  array->data = array->packed;
  return PyBuffer_ToContiguous(array->packed, &array->view, array->view.len, 'C');
}

static void raise_strides(const Array *array, const Axes *axes) {
  PyObject *strides = shape_tuple((Shape){array->view.ndim, array->view.strides});
  PyObject *axis = axes ? axes_given(axes) : NULL;
  const bool trailing = axes && axes->end == array->view.ndim;
  if (strides && (!axes || (trailing && axes->first == 0)))
    PyErr_Format(PyExc_BufferError, "%s has strides %R; it must be contiguous", array->name, strides);
  else if (strides && axis && trailing)
    PyErr_Format(PyExc_BufferError,
                 "%s has strides %R; its rows must be contiguous, in order and a constant stride apart", array->name,
                 strides);
  else if (strides && axis)
    PyErr_Format(PyExc_BufferError,
                 "%s has strides %R; it must be contiguous behind axis %R, with this axis and what comes before it in "
                 "order and a constant stride apart",
                 array->name, strides, axis);
  Py_XDECREF(strides);
  Py_XDECREF(axis);
}

int array_write(Array *array, const Axes *axes) {
  if (array->view.readonly) {
    PyErr_Format(PyExc_BufferError, "%s %s", array->name, array->loan.readonly ? array->loan.readonly : "is read-only");
    return -1;
  }
  if (use_in_place(array, axes))
    return 0;
  raise_strides(array, axes);
  return -1;
}
