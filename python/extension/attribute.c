#include "attribute.h"

PyObject *attribute_get(PyObject *object, const char *name) {
  PyObject *interned = PyUnicode_InternFromString(name);
  PyObject *value = interned ? PyObject_GetAttr(object, interned) : NULL;
  Py_XDECREF(interned);
  return value;
}

PyObject *attribute_find(PyObject *object, const char *name) {
  PyObject *value = attribute_get(object, name);
  if (!value && PyErr_ExceptionMatches(PyExc_AttributeError))
    PyErr_Clear();
  return value;
}
