#include "errors.h"
#include "module.h"

/* What does not fit is clipped: the library says what is wrong with it. */
static int32_t clip(long long number, int overflow) {
  if (overflow > 0 || number > INT32_MAX)
    return INT32_MAX;
  return overflow < 0 || number < INT32_MIN ? INT32_MIN : (int32_t)number;
}

PyObject *set_num_threads(PyObject *Py_UNUSED(module), PyObject *threads) {
  if (!PyIndex_Check(threads)) {
    raise_type("threads", "an int", threads);
    return NULL;
  }
  PyObject *integer = PyNumber_Index(threads);
  if (!integer)
    return NULL;
  int overflow;
  const long long number = PyLong_AsLongLongAndOverflow(integer, &overflow);
  Py_DECREF(integer);
  planish_status status = planish_set_num_threads(clip(number, overflow));
  if (status == PLANISH_OK)
    return Py_NewRef(Py_None);
  raise_message(PyExc_ValueError, status);
  return NULL;
}

PyObject *get_num_threads(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) {
  const int32_t threads = planish_get_num_threads();
  if (threads > 0)
    return PyLong_FromLong(threads);
  raise_status(PLANISH_BAD_THREADS);
  return NULL;
}
