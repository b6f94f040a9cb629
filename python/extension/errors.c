#include "errors.h"

int raise_type(const char *argument, const char *wanted, PyObject *found) {
  PyObject *type = PyType_GetName(Py_TYPE(found));
  if (type)
    PyErr_Format(PyExc_TypeError, "%s must be %s, not %U", argument, wanted, type);
  Py_XDECREF(type);
  return -1;
}

static PyObject *exception_for(planish_status status) {
  switch (status) {
  case PLANISH_BAD_SIZE:
  case PLANISH_SIZE_OVERFLOW:
  case PLANISH_BAD_STRIDE:
  case PLANISH_BAD_EPS:
  case PLANISH_OVERLAP:
    return PyExc_ValueError;
  case PLANISH_BAD_CPU: /* of the environment, and so is this */
  case PLANISH_BAD_THREADS:
    return PyExc_RuntimeError;
  case PLANISH_OUT_OF_MEMORY:
    return PyExc_MemoryError;
  case PLANISH_OK:
  case PLANISH_NULL_POINTER: /* these are the extension's mistakes, or an older library's */
  case PLANISH_BAD_STRUCT:
  case PLANISH_BAD_DTYPE:
    break;
  }
  return PyExc_SystemError;
}

int raise_status(planish_status status) { return raise_message(exception_for(status), status); }

int raise_message(PyObject *exception, planish_status status) {
  const char *message = planish_error_message();
  PyErr_Format(exception, "%s", *message ? message : planish_status_string(status));
  return -1;
}
