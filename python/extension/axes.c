#include "axes.h"

#include "errors.h"

/* Marks the axis that `index` names. -1 with an exception if there is none or it is marked already. */
static int mark(bool *marked, int ndim, PyObject *index, PyObject *given) {
  if (!PyIndex_Check(index))
    return raise_type("axis", "an int or a tuple of ints", index);
  Py_ssize_t axis = PyNumber_AsSsize_t(index, NULL); /* clips: out of range stays out of range */
  if (axis == -1 && PyErr_Occurred())
    return -1;
  if (axis < -ndim || axis >= ndim) {
    PyErr_Format(PyExc_ValueError, "axis %R is out of range for x with %d dimension%s", index, ndim,
                 ndim == 1 ? "" : "s");
    return -1;
  }
  axis = axis < 0 ? axis + ndim : axis;
  if (marked[axis]) {
    PyErr_Format(PyExc_ValueError, "axis %R names axis %zd of x twice", given, axis);
    return -1;
  }
  marked[axis] = true;
  return 0;
}

static int mark_all(bool *marked, int ndim, PyObject *given) {
  if (!PyTuple_Check(given))
    return mark(marked, ndim, given, given);
  Py_ssize_t count = PyTuple_Size(given);
  if (count == 0) {
    PyErr_SetString(PyExc_ValueError, "axis is (); it must name at least one axis of x");
    return -1;
  }
  for (Py_ssize_t i = 0; i < count; i++)
    if (mark(marked, ndim, PyTuple_GetItem(given, i), given) < 0)
      return -1;
  return 0;
}

/* The marked axes are first ..< end: adjacent. */
static int find_range(const bool *marked, int ndim, PyObject *given, int *first, int *end) {
  int begin = 0;
  while (!marked[begin])
    begin++;
  int stop = begin;
  while (stop < ndim && marked[stop])
    stop++;
  for (int axis = stop; axis < ndim; axis++)
    if (marked[axis]) {
      PyErr_Format(PyExc_ValueError, "axis %R names axes of x that are not adjacent", given);
      return -1;
    }
  *first = begin;
  *end = stop;
  return 0;
}

/* -1 with an exception if the product does not fit: empty and broadcast arrays may have any extents. */
static int64_t product(Shape part, Shape x) {
  int64_t size = 1;
  for (int i = 0; i < part.ndim; i++)
    if (__builtin_mul_overflow(size, (int64_t)part.extents[i], &size)) {
      PyObject *extents = shape_tuple(x);
      if (extents)
        PyErr_Format(PyExc_ValueError, "x has shape %R, which is too large", extents);
      Py_XDECREF(extents);
      return -1;
    }
  return size;
}

/* Sets `outside`: the axes before and behind the normalized ones. */
static int find_outside(Axes *axes, Shape x) {
  axes->outside = (Shape){axes->first, x.extents};
  if (axes->end == x.ndim)
    return 0;
  axes->others = PyMem_Malloc((size_t)x.ndim * sizeof *axes->others);
  if (!axes->others) {
    PyErr_NoMemory();
    return -1;
  }
  int count = 0;
  for (int axis = 0; axis < x.ndim; axis++)
    if (axis < axes->first || axis >= axes->end)
      axes->others[count++] = x.extents[axis];
  axes->outside = (Shape){count, axes->others};
  return 0;
}

/* The axes first ..< end are normalized. */
static int set_range(Axes *axes, PyObject *given, int first, int end, Shape x) {
  axes->given = given;
  axes->first = first;
  axes->end = end;
  axes->normalized = (Shape){end - first, x.extents + first};
  if (find_outside(axes, x) < 0)
    return -1;

  const Shape behind = {x.ndim - end, x.extents + end};
  if ((axes->rows = product((Shape){first, x.extents}, x)) < 0 || (axes->features = product(axes->normalized, x)) < 0 ||
      (axes->inner = product(behind, x)) < 0)
    return -1;
  if (axes->inner == 0) { /* nothing to normalize: no rows, for the library */
    axes->rows = 0;
    axes->inner = 1;
  }
  return 0;
}

int axes_parse(Axes *axes, PyObject *given, Shape x) {
  if (x.ndim == 0) {
    PyErr_SetString(PyExc_ValueError, "x has no dimensions; it must have at least one");
    return -1;
  }
  int first = x.ndim - 1, end = x.ndim;
  if (given) {
    bool marked[PyBUF_MAX_NDIM] = {false};
    if (mark_all(marked, x.ndim, given) < 0 || find_range(marked, x.ndim, given, &first, &end) < 0)
      return -1;
  }
  return set_range(axes, given, first, end, x);
}

/* -1 with an exception if the item is no number. */
static int has_extent(PyObject *sequence, Py_ssize_t index, Py_ssize_t extent) {
  PyObject *item = PySequence_GetItem(sequence, index);
  const Py_ssize_t given = item ? PyNumber_AsSsize_t(item, NULL) : -1;
  Py_XDECREF(item);
  return PyErr_Occurred() ? -1 : given == extent;
}

int axes_of_shape(Axes *axes, PyObject *normalized_shape, Shape x) {
  const Py_ssize_t count = PySequence_Size(normalized_shape);
  if (count < 0)
    return -1;
  const Py_ssize_t first = x.ndim - count;
  int same = count > 0 && first >= 0;
  for (Py_ssize_t i = 0; i < count && same > 0; i++)
    same = has_extent(normalized_shape, i, x.extents[first + i]);
  if (same > 0)
    return set_range(axes, NULL, (int)first, x.ndim, x);
  if (same == 0)
    PyErr_Format(PyExc_ValueError, "normalized_shape is %R, which is not how the shape of x ends", normalized_shape);
  return -1;
}

void axes_clear(Axes *axes) {
  if (axes->others)
    PyMem_Free(axes->others);
  axes->others = NULL;
}

PyObject *axes_given(const Axes *axes) { return axes->given ? Py_NewRef(axes->given) : PyLong_FromLong(-1); }

bool shape_equal(Shape a, Shape b) {
  int axis = 0;
  while (axis < a.ndim && axis < b.ndim && a.extents[axis] == b.extents[axis])
    axis++;
  return axis == a.ndim && axis == b.ndim;
}

PyObject *shape_tuple(Shape shape) {
  PyObject *tuple = PyTuple_New(shape.ndim);
  for (int i = 0; tuple && i < shape.ndim; i++) {
    PyObject *extent = PyLong_FromSsize_t(shape.extents[i]);
    if (!extent || PyTuple_SetItem(tuple, i, extent) < 0)
      Py_CLEAR(tuple);
  }
  return tuple;
}
