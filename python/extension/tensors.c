#include "tensors.h"

PyObject *tensor_answer(PyObject *answer) {
  if (answer)
    return answer;
  PyErr_Clear();
  return Py_NewRef(Py_NotImplemented);
}

int tensor_check_count(const char *function, Py_ssize_t given, int expected) {
  if (given == expected)
    return 0;
  PyErr_Format(PyExc_TypeError, "%s() takes %d arguments (%zd given)", function, expected, given);
  return -1;
}
