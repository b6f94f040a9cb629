#include "bfloat16.h"

#include "attribute.h"

PyObject *dtype_name(PyObject *object) {
  PyObject *dtype = attribute_find(object, "dtype");
  PyObject *name = dtype ? attribute_find(dtype, "name") : NULL;
  Py_XDECREF(dtype);
  if (name && !PyUnicode_Check(name))
    Py_CLEAR(name);
  return name;
}

int bfloat16_bits(PyObject *object, Py_buffer *view) {
  PyObject *method = attribute_get(object, "view");
  PyObject *bits = method ? PyObject_CallFunction(method, "s", "uint16") : NULL;
  int failed = bits ? PyObject_GetBuffer(bits, view, PyBUF_FULL_RO) : -1;
  Py_XDECREF(bits); /* the buffer holds it */
  Py_XDECREF(method);
  return failed;
}
