/* Tensors to and from libraries that exchange them by a table of C functions: torch does. */
#ifndef PLANISH_PYTHON_DLPACK_EXCHANGE_H
#define PLANISH_PYTHON_DLPACK_EXCHANGE_H

#include "dlpack.h"

/* As far as it is needed; source: dlpack.h, version 1.3. The header is the same in every version. */
typedef struct ExchangeTable {
  uint32_t major, minor;
  const struct ExchangeTable *previous; /* for another version, or NULL */
  void (*allocate)(void);
  int (*lend)(void *object, DlpackVersioned **tensor);  /* 0, or -1 with an exception */
  int (*adopt)(DlpackVersioned *tensor, void **object); /* 0 and a new object that owns the tensor, or -1 likewise */
} ExchangeTable;

/* The table of a type, its own or inherited, which stays as long as the process; NULL without an exception. */
const ExchangeTable *exchange_table(PyTypeObject *type);

/*
 * The object's tensor, to be given back to its deleter, at a ninth of what calling __dlpack__ costs. NULL without an
 * exception if it is of no use: on another device, of another dtype, or the negative of what its memory says.
 */
DlpackVersioned *exchange_lend(const ExchangeTable *table, PyObject *object, PyObject *method);

/*
 * Whether the numbers are the negatives of what the memory holds, or may be: in torch, the imaginary part of a
 * conjugate is such a tensor. Neither the table nor __dlpack__ says so. The method of the object's type is looked up if
 * it is NULL.
 */
bool exchange_is_negative(PyObject *object, PyObject *method);

/* exchange_lend by the table of the object's own type, for an object that __dlpack__ would lend as well. */
DlpackVersioned *dlpack_exchange(PyObject *object);

#endif
