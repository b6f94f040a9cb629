#include "kind.h"

#include <stdatomic.h>
#include <string.h>

#include "attribute.h"
#include "result.h"

/* ---- What a type is ---- */

static bool is_text(PyObject *type, const char *attribute, const char *text) {
  PyObject *value = attribute_find(type, attribute);
  const char *found = value && PyUnicode_Check(value) ? PyUnicode_AsUTF8AndSize(value, NULL) : NULL;
  const bool same = found && strcmp(found, text) == 0;
  Py_XDECREF(value);
  return same;
}

/* numpy.ndarray, which is the type or one that it is derived from: borrowed, NULL if it is none. */
static PyObject *find_numpy(PyTypeObject *type) {
  PyObject *order = attribute_find((PyObject *)type, "__mro__"), *numpy = NULL;
  const Py_ssize_t count = order && PyTuple_Check(order) ? PyTuple_Size(order) : 0;
  for (Py_ssize_t i = 0; i < count && !numpy; i++) {
    PyObject *candidate = PyTuple_GetItem(order, i);
    if (is_text(candidate, "__name__", "ndarray") && is_text(candidate, "__module__", "numpy"))
      numpy = candidate;
  }
  Py_XDECREF(order);
  return numpy;
}

static bool has(PyTypeObject *type, const char *attribute) {
  PyObject *value = attribute_find((PyObject *)type, attribute);
  Py_XDECREF(value);
  return value;
}

static Kind find_kind(PyTypeObject *type) {
  Kind kind = {.type = (PyObject *)type, .table = exchange_table(type)};
  if (kind.table && !kind.table->adopt)
    kind.table = NULL;
  kind.numpy = find_numpy(type);
  kind.dlpack = has(type, "__dlpack__");
  PyErr_Clear();
  return kind;
}

/* ---- Types that were met before ---- */

enum { MOST = 16 };

/* A place is filled once, and then stays as it is: threads need no lock. */
struct Kinds {
  Kind *_Atomic kept[MOST];
};

Kinds *kinds_new(void) {
  Kinds *kinds = PyMem_Calloc(1, sizeof *kinds);
  return kinds ? kinds : (Kinds *)PyErr_NoMemory();
}

int kinds_traverse(Kinds *kinds, visitproc visit, void *arg) {
  for (int i = 0; i < MOST; i++) {
    Kind *kind = atomic_load_explicit(&kinds->kept[i], memory_order_acquire);
    if (kind) {
      Py_VISIT(kind->is_negative);
      Py_VISIT(kind->type);
    }
  }
  return 0;
}

void kinds_free(Kinds *kinds) {
  for (int i = 0; kinds && i < MOST; i++) {
    Kind *kind = atomic_load_explicit(&kinds->kept[i], memory_order_acquire);
    if (kind) {
      Py_XDECREF(kind->is_negative);
      Py_DECREF(kind->type);
    }
    PyMem_Free(kind);
  }
  PyMem_Free(kinds);
}

/* Where all places are taken, or there is no memory, it is found anew each time. */
static Kind keep(Kinds *kinds, Kind kind) {
  Kind *kept = PyMem_Malloc(sizeof *kept);
  if (!kept)
    return kind;
  *kept = kind;
  Py_INCREF(kept->type);
  if (kind.table)
    kept->is_negative = attribute_find(kind.type, "is_neg");
  PyErr_Clear();
  for (int i = 0; i < MOST; i++) {
    Kind *none = NULL;
    if (atomic_compare_exchange_strong(&kinds->kept[i], &none, kept))
      return *kept;
  }
  Py_XDECREF(kept->is_negative);
  Py_DECREF(kept->type);
  PyMem_Free(kept);
  return kind;
}

Kind kind_of(Kinds *kinds, PyObject *x) {
  if (PyMemoryView_Check(x))
    return (Kind){0};
  for (int i = 0; i < MOST; i++) {
    const Kind *kind = atomic_load_explicit(&kinds->kept[i], memory_order_acquire);
    if (!kind)
      break;
    if (kind->type == (PyObject *)Py_TYPE(x))
      return *kind;
  }
  return keep(kinds, find_kind(Py_TYPE(x)));
}

/* ---- Arrays ---- */

DlpackVersioned *kind_lend(Kinds *kinds, PyObject *object) {
  const Kind kind = kind_of(kinds, object);
  return kind.table ? exchange_lend(kind.table, object, kind.is_negative) : NULL;
}

/* The tensor is the library's in any case: a failure says nothing of who has it. */
static PyObject *adopt(const ExchangeTable *table, PyObject *result) {
  DlpackVersioned *tensor = result_tensor(result);
  void *object = NULL;
  return tensor && table->adopt(tensor, &object) == 0 ? object : NULL;
}

static PyObject *numpy_array(PyObject *type, PyObject *result, PyObject *x) {
  const Dtype *dtype = result_dtype(result);
  PyObject *shape = shape_tuple(result_shape(result));
  PyObject *kind = dtype->number == PLANISH_BF16 ? attribute_get(x, "dtype") : PyUnicode_FromString(dtype->format);
  PyObject *array = shape && kind ? PyObject_CallFunctionObjArgs(type, shape, kind, result, NULL) : NULL;
  Py_XDECREF(shape);
  Py_XDECREF(kind);
  return array;
}

/* What the array API standard says is in its namespace; without one, what the package of the type has. NULL if none. */
static PyObject *find_from_dlpack(PyObject *x) {
  PyObject *method = attribute_find(x, "__array_namespace__"), *space = NULL;
  if (method) {
    space = PyObject_CallNoArgs(method);
    Py_DECREF(method);
  } else if (!PyErr_Occurred()) {
    PyObject *name = attribute_find((PyObject *)Py_TYPE(x), "__module__");
    PyObject *parts = name ? PyObject_CallMethod(name, "partition", "s", ".") : NULL;
    space = parts ? PyImport_GetModule(PyTuple_GetItem(parts, 0)) : NULL;
    Py_XDECREF(parts);
    Py_XDECREF(name);
  }
  PyObject *function = space ? attribute_find(space, "from_dlpack") : NULL;
  Py_XDECREF(space);
  return function;
}

static PyObject *plain(PyObject *result) {
  if (result_dtype(result)->number == PLANISH_BF16) /* the buffer protocol has no bfloat16 */
    return Py_NewRef(result);
  return PyMemoryView_FromObject(result);
}

PyObject *kind_array(const Kind *kind, PyObject *result, PyObject *x) {
  if (kind->numpy)
    return numpy_array(kind->numpy, result, x);
  if (kind->table)
    return adopt(kind->table, result);
  PyObject *function = kind->dlpack ? find_from_dlpack(x) : NULL;
  if (!function)
    return PyErr_Occurred() ? NULL : plain(result);
  PyObject *array = PyObject_CallFunctionObjArgs(function, result, NULL);
  Py_DECREF(function);
  return array;
}
