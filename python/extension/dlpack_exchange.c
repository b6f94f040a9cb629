#include "dlpack_exchange.h"

#include "attribute.h"
#include "dtype.h"

#define CAPSULE_NAME "dlpack_exchange_api"

/* As far as it is needed; source: dlpack.h, version 1.3. The header is the same in every version. */
typedef struct ExchangeTable {
  uint32_t major, minor;
  const struct ExchangeTable *previous; /* for another version, or NULL */
  void (*allocate)(void);
  int (*lend)(void *object, DlpackVersioned **tensor); /* 0, or -1 with an exception */
} ExchangeTable;

static const ExchangeTable *find_version(const ExchangeTable *table) {
  while (table && table->major != DLPACK_MAJOR)
    table = table->previous;
  return table;
}

/* The table of the object's own type: one that is inherited does not know what a subclass does in __dlpack__. */
static const ExchangeTable *find_table(PyObject *object) {
  PyObject *type = (PyObject *)Py_TYPE(object), *capsule = attribute_find(type, "__dlpack_c_exchange_api__");
  if (!capsule)
    return NULL;
  PyObject *dict = attribute_find(type, "__dict__");
  const ExchangeTable *table = NULL;
  if (dict && PyMapping_HasKeyString(dict, "__dlpack_c_exchange_api__") && PyMapping_HasKeyString(dict, "__dlpack__") &&
      PyCapsule_IsValid(capsule, CAPSULE_NAME))
    table = find_version(PyCapsule_GetPointer(capsule, CAPSULE_NAME));
  Py_XDECREF(dict);
  Py_DECREF(capsule); /* the table stays as long as the process */
  return table;
}

/* torch lends such a tensor in C, and refuses it in __dlpack__: its gradient would be lost. */
static bool requires_grad(PyObject *object) {
  PyObject *value = attribute_find(object, "requires_grad");
  const bool required = value && value != Py_False;
  Py_XDECREF(value);
  return required;
}

static bool is_usable(const DlpackVersioned *tensor) {
  return tensor->major == DLPACK_MAJOR && tensor->tensor.device.type == DLPACK_CPU &&
         dtype_of_dlpack(tensor->tensor.dtype);
}

DlpackVersioned *dlpack_exchange(PyObject *object) {
  DlpackVersioned *tensor = NULL;
  const ExchangeTable *table = find_table(object);
  if (table && !requires_grad(object) && table->lend(object, &tensor) != 0)
    tensor = NULL;
  if (tensor && !is_usable(tensor)) {
    if (tensor->deleter)
      tensor->deleter(tensor);
    tensor = NULL;
  }
  PyErr_Clear();
  return tensor;
}
