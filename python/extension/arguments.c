#include "arguments.h"

#include <string.h>

#include "errors.h"

/* The text is taken out of the name once: comparing objects with each of the names costs a call each. */
static int find(const Signature *signature, PyObject *name) {
  Py_ssize_t length;
  const char *text = PyUnicode_AsUTF8AndSize(name, &length);
  for (int i = 0; text && i < signature->count; i++) {
    const char *candidate = signature->names[i];
    if (*text == *candidate && strcmp(text, candidate) == 0 && strlen(candidate) == (size_t)length)
      return i;
  }
  PyErr_Clear(); /* a name with surrogates, which has no text, is none of ours either */
  PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", signature->function, name);
  return -1;
}

int arguments_parse(const Signature *signature, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                    PyObject **values) {
  if (nargs > signature->positional) {
    PyErr_Format(PyExc_TypeError, "%s() takes at most %d positional arguments (%zd given)", signature->function,
                 signature->positional, nargs);
    return -1;
  }
  for (int i = 0; i < signature->count; i++)
    values[i] = i < nargs ? args[i] : NULL;

  Py_ssize_t keywords = kwnames ? PyTuple_Size(kwnames) : 0;
  for (Py_ssize_t k = 0; k < keywords; k++) {
    int i = find(signature, PyTuple_GetItem(kwnames, k));
    if (i < 0)
      return -1;
    if (values[i]) {
      PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%s'", signature->function,
                   signature->names[i]);
      return -1;
    }
    values[i] = args[nargs + k];
  }
  for (int i = 0; i < signature->required; i++)
    if (!values[i]) {
      PyErr_Format(PyExc_TypeError, "%s() missing required argument '%s' (pos %d)", signature->function,
                   signature->names[i], i + 1);
      return -1;
    }
  return 0;
}

PyObject *unless_none(PyObject *value) { return value == Py_None ? NULL : value; }

int arguments_three(const char *argument, PyObject *tuple, const char *names, PyObject *entries[3]) {
  if (!PyTuple_Check(tuple))
    return raise_type(argument, "a tuple of three", tuple);
  if (PyTuple_Size(tuple) != 3) {
    PyErr_Format(PyExc_ValueError, "%s has %zd entries; it must have 3: %s", argument, PyTuple_Size(tuple), names);
    return -1;
  }
  for (int i = 0; i < 3; i++)
    entries[i] = PyTuple_GetItem(tuple, i);
  return 0;
}

int arguments_double(const char *argument, PyObject *value, double *result) {
  *result = PyFloat_AsDouble(value);
  if (*result != -1 || !PyErr_Occurred())
    return 0;
  if (PyErr_ExceptionMatches(PyExc_TypeError)) {
    PyErr_Clear();
    return raise_type(argument, "a number", value);
  }
  if (PyErr_ExceptionMatches(PyExc_OverflowError)) {
    PyErr_Clear();
    PyErr_Format(PyExc_ValueError, "%s is too large; it must be finite and 0 or more", argument);
  }
  return -1;
}
