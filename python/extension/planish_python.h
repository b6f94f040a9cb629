/* Python's limited API and the library: all that the extension is written against. */
#ifndef PLANISH_PYTHON_H
#define PLANISH_PYTHON_H

#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include "planish.h"

#endif
