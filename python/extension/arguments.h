/* Arguments of a fast call, put in the order of a signature. */
#ifndef PLANISH_PYTHON_ARGUMENTS_H
#define PLANISH_PYTHON_ARGUMENTS_H

#include "planish_python.h"

typedef struct Signature {
  const char *function;
  int required;   /* the first so many must be given */
  int positional; /* the first so many may be given by position */
  int count;
  const char *const *names;
} Signature;

/* Sets values[0 ..< count] to borrowed references, NULL where nothing was given. */
int arguments_parse(const Signature *signature, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                    PyObject **values);

/* NULL in place of None: both say that an argument is left out. */
PyObject *unless_none(PyObject *value);

/* Reads a tuple of three entries that has these `names`; entries are borrowed. */
int arguments_three(const char *argument, PyObject *tuple, const char *names, PyObject *entries[3]);

/* Reads a real number; one too large for a double is a ValueError. */
int arguments_double(const char *argument, PyObject *value, double *result);

#endif
