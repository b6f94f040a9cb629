/*
 * Python's limited API of 3.11 and the library: all that the extension is written against. CMake says with
 * Py_LIMITED_API that no more is there; for a Python without a limited API the same source is compiled against that
 * version's own.
 */
#ifndef PLANISH_PYTHON_H
#define PLANISH_PYTHON_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include "planish.h"

#endif
