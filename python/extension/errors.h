/* How failures become exceptions. Each function raises and returns -1. */
#ifndef PLANISH_PYTHON_ERRORS_H
#define PLANISH_PYTHON_ERRORS_H

#include "planish_python.h"

/* TypeError: "<argument> must be <wanted>, not <type of found>". */
int raise_type(const char *argument, const char *wanted, PyObject *found);

/* What the library says about a call that failed on this thread. */
int raise_status(planish_status status);

/* The same under another exception than the usual one. */
int raise_message(PyObject *exception, planish_status status);

#endif
