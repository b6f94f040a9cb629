#include "dlpack_exchange.h"

#include "attribute.h"
#include "dtype.h"

#define CAPSULE_NAME "dlpack_exchange_api"
#define ATTRIBUTE "__dlpack_c_exchange_api__"

static const ExchangeTable *find_version(const ExchangeTable *table) {
  while (table && table->major != DLPACK_MAJOR)
    table = table->previous;
  return table;
}

const ExchangeTable *exchange_table(PyTypeObject *type) {
  PyObject *capsule = attribute_find((PyObject *)type, ATTRIBUTE);
  const ExchangeTable *table = NULL;
  if (capsule && PyCapsule_IsValid(capsule, CAPSULE_NAME))
    table = find_version(PyCapsule_GetPointer(capsule, CAPSULE_NAME));
  Py_XDECREF(capsule);
  PyErr_Clear();
  return table;
}

/* One that is inherited does not know what a subclass does in __dlpack__. */
static bool is_own(PyTypeObject *type) {
  PyObject *dict = attribute_find((PyObject *)type, "__dict__");
  const bool own = dict && PyMapping_HasKeyString(dict, ATTRIBUTE) && PyMapping_HasKeyString(dict, "__dlpack__");
  Py_XDECREF(dict);
  return own;
}

/* torch lends such a tensor in C, and refuses it in __dlpack__: its gradient would be lost. */
static bool requires_grad(PyObject *object) {
  PyObject *value = attribute_find(object, "requires_grad");
  const bool required = value && value != Py_False;
  Py_XDECREF(value);
  return required;
}

bool exchange_is_negative(PyObject *object, PyObject *method) {
  PyObject *found = method ? Py_NewRef(method) : attribute_find((PyObject *)Py_TYPE(object), "is_neg");
  PyObject *answer = found ? PyObject_CallFunctionObjArgs(found, object, NULL) : NULL;
  const bool negative = found && answer != Py_False;
  Py_XDECREF(answer);
  Py_XDECREF(found);
  return negative;
}

static bool is_usable(const DlpackVersioned *tensor) {
  return tensor->major == DLPACK_MAJOR && tensor->tensor.device.type == DLPACK_CPU &&
         dtype_of_dlpack(tensor->tensor.dtype);
}

DlpackVersioned *exchange_lend(const ExchangeTable *table, PyObject *object, PyObject *method) {
  DlpackVersioned *tensor = NULL;
  if (exchange_is_negative(object, method) || table->lend(object, &tensor) != 0)
    tensor = NULL;
  if (tensor && !is_usable(tensor)) {
    if (tensor->deleter)
      tensor->deleter(tensor);
    tensor = NULL;
  }
  PyErr_Clear();
  return tensor;
}

DlpackVersioned *dlpack_exchange(PyObject *object) {
  const ExchangeTable *table = exchange_table(Py_TYPE(object));
  if (!table || !is_own(Py_TYPE(object)) || requires_grad(object)) {
    PyErr_Clear();
    return NULL;
  }
  return exchange_lend(table, object, NULL);
}
