/* Attributes of objects that the extension knows by their names alone. */
#ifndef PLANISH_PYTHON_ATTRIBUTE_H
#define PLANISH_PYTHON_ATTRIBUTE_H

#include "planish_python.h"

/* A new reference; NULL with an exception. The name is interned: Python's method cache keeps each name it meets. */
PyObject *attribute_get(PyObject *object, const char *name);

/* The same without an exception where there is no such attribute. */
PyObject *attribute_find(PyObject *object, const char *name);

#endif
