#include "errors.h"
#include "module.h"

#include <string.h>

PyObject *cpu(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) {
  const char *level = planish_cpu();
  if (level)
    return PyUnicode_FromString(level);
  raise_status(PLANISH_BAD_CPU);
  return NULL;
}

PyObject *cpus(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) {
  int32_t count = 0;
  while (planish_cpu_level(count))
    count++;
  PyObject *levels = PyTuple_New(count);
  for (int32_t i = 0; levels && i < count; i++) {
    PyObject *level = PyUnicode_FromString(planish_cpu_level(i));
    if (!level || PyTuple_SetItem(levels, i, level) < 0)
      Py_CLEAR(levels);
  }
  return levels;
}

PyObject *set_cpu(PyObject *Py_UNUSED(module), PyObject *level) {
  const char *name = NULL;
  Py_ssize_t length = 0;
  if (level != Py_None) {
    if (!PyUnicode_Check(level)) {
      raise_type("level", "a str or None", level);
      return NULL;
    }
    name = PyUnicode_AsUTF8AndSize(level, &length);
    if (!name)
      return NULL;
    if (strlen(name) != (size_t)length) {
      PyErr_SetString(PyExc_ValueError, "level contains a null character");
      return NULL;
    }
  }
  planish_status status = planish_set_cpu(name);
  if (status == PLANISH_BAD_CPU)
    raise_message(PyExc_ValueError, status); /* here the level is an argument */
  else if (status != PLANISH_OK)
    raise_status(status);
  return status == PLANISH_OK ? Py_NewRef(Py_None) : NULL;
}
