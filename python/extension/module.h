/* The module planish._planish: its state and its functions. */
#ifndef PLANISH_PYTHON_MODULE_H
#define PLANISH_PYTHON_MODULE_H

#include "kind.h"

typedef struct ModuleState {
  PyTypeObject *result_type;
  Kinds *kinds;
} ModuleState;

ModuleState *module_state(PyObject *module);

/* Each function of the module, as METH_FASTCALL | METH_KEYWORDS, METH_NOARGS or METH_O calls it. */
PyObject *layer_norm(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
PyObject *layer_norm_backward(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
PyObject *jax_handlers(PyObject *module,
                       PyObject *unused); /* forward's and backward's, in capsules as JAX wants them */
PyObject *cpu(PyObject *module, PyObject *unused);
PyObject *cpus(PyObject *module, PyObject *unused);
PyObject *release_memory(PyObject *module, PyObject *unused);
PyObject *get_num_threads(PyObject *module, PyObject *unused);
PyObject *set_num_threads(PyObject *module, PyObject *threads);
PyObject *set_cpu(PyObject *module, PyObject *level);

#endif
