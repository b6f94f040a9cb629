/* In whose arrays a caller gets the answer: in those of the library that x is an array of. */
#ifndef PLANISH_PYTHON_KIND_H
#define PLANISH_PYTHON_KIND_H

#include "axes.h"
#include "dlpack_exchange.h"
#include "dtype.h"

/* How a result becomes such an array, which shares its memory. It lives as long as x does. All zero: a memoryview. */
typedef struct Kind {
  PyObject *type;             /* of x */
  PyObject *numpy;            /* as a numpy.ndarray: this is the type */
  const ExchangeTable *table; /* otherwise by this one, if there is one */
  bool dlpack;                /* otherwise by the library's from_dlpack */
  PyObject *is_negative;      /* the type's is_neg, if there is a table; NULL: look it up */
} Kind;

/* The kinds of types that were met before. */
typedef struct Kinds Kinds;

Kinds *kinds_new(void); /* NULL with an exception */
int kinds_traverse(Kinds *kinds, visitproc visit, void *arg);
void kinds_free(Kinds *kinds);

/* The kind of x. Nothing is imported: whoever has an array of a library has imported it. */
Kind kind_of(Kinds *kinds, PyObject *x);

/* exchange_lend by what is known of the object's type; also NULL without an exception if that has no table. */
DlpackVersioned *kind_lend(Kinds *kinds, PyObject *object);

/* A new array of this kind around a result, NULL with an exception. If the dtype is bfloat16, x has it as well. */
PyObject *kind_array(const Kind *kind, PyObject *result, PyObject *x);

#endif
