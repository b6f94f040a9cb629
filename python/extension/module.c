#include "module.h"

#include "docs.h"
#include "release.h"
#include "result.h"
#include "tensors.h"

/* Casts that C has for functions and for what a slot holds. */
#define FASTCALL(function) ((PyCFunction)(void (*)(void))(function))
#define SLOT(function) ((void *)(uintptr_t)(function))

#define TEXT(number) #number
#define VERSION_TEXT(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

static PyMethodDef methods[] = {
    {"layer_norm", FASTCALL(layer_norm), METH_FASTCALL | METH_KEYWORDS, LAYER_NORM_DOC},
    {"layer_norm_backward", FASTCALL(layer_norm_backward), METH_FASTCALL | METH_KEYWORDS, LAYER_NORM_BACKWARD_DOC},
    {"tensor_forward", FASTCALL(tensor_forward), METH_FASTCALL, NULL},
    {"tensor_backward", FASTCALL(tensor_backward), METH_FASTCALL, NULL},
    {"jax_handlers", jax_handlers, METH_NOARGS, NULL},
    {"cpu", cpu, METH_NOARGS, CPU_DOC},
    {"cpus", cpus, METH_NOARGS, CPUS_DOC},
    {"release_memory", release_memory, METH_NOARGS, RELEASE_MEMORY_DOC},
    {"set_cpu", set_cpu, METH_O, SET_CPU_DOC},
    {"get_num_threads", get_num_threads, METH_NOARGS, GET_NUM_THREADS_DOC},
    {"set_num_threads", set_num_threads, METH_O, SET_NUM_THREADS_DOC},
    {NULL, NULL, 0, NULL},
};

ModuleState *module_state(PyObject *module) { return PyModule_GetState(module); }

static int add(PyObject *module, const char *name, PyObject *value) {
  int failed = value ? PyModule_AddObjectRef(module, name, value) : -1;
  Py_XDECREF(value);
  return failed;
}

static int execute(PyObject *module) {
  if (release_read_environment() < 0)
    return -1;
  PyObject *result_type = result_type_new(module);
  if (!result_type)
    return -1;
  ModuleState *state = module_state(module);
  state->result_type = (PyTypeObject *)result_type;
  state->kinds = kinds_new();
  if (!state->kinds)
    return -1;

  if (PyModule_AddObjectRef(module, "Result", result_type) < 0)
    return -1;

  const int32_t version = planish_version();
  const char *header = VERSION_TEXT(PLANISH_VERSION_MAJOR, PLANISH_VERSION_MINOR, PLANISH_VERSION_PATCH);
  if (add(module, "version", PyUnicode_FromString(header)) < 0)
    return -1;
  return add(module, "library_version",
             PyUnicode_FromFormat("%d.%d.%d", version / 10000, version / 100 % 100, version % 100));
}

static int traverse(PyObject *module, visitproc visit, void *arg) {
  const ModuleState *state = module_state(module);
  Py_VISIT(state->result_type);
  return state->kinds ? kinds_traverse(state->kinds, visit, arg) : 0;
}

static int clear(PyObject *module) {
  ModuleState *state = module_state(module);
  Py_CLEAR(state->result_type);
  kinds_free(state->kinds);
  state->kinds = NULL;
  return 0;
}

static void release(void *module) { clear(module); }

/*
 * What the module is ready for. The limited API of 3.11 has no names for the first two, and a Python refuses a slot
 * that it does not know: each takes the array from the first one on that it has.
 */
enum { MULTIPLE_INTERPRETERS = 3, PER_INTERPRETER_GIL_SUPPORTED = 2 }; /* since 3.12 */
enum { GIL = 4, GIL_NOT_USED = 1 };                                    /* since 3.13 */

static PyModuleDef_Slot slots[] = {
    {GIL, SLOT(GIL_NOT_USED)},
    {MULTIPLE_INTERPRETERS, SLOT(PER_INTERPRETER_GIL_SUPPORTED)},
    {Py_mod_exec, SLOT(execute)},
    {0, NULL},
};

static PyModuleDef_Slot *slots_of(unsigned long version) {
  return version >= 0x030D0000 ? slots : version >= 0x030C0000 ? slots + 1 : slots + 2;
}

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "planish._planish",
    .m_doc = "Planish's extension: see the package planish.",
    .m_size = sizeof(ModuleState),
    .m_methods = methods,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = release,
};

PyMODINIT_FUNC PyInit__planish(void);

PyMODINIT_FUNC PyInit__planish(void) {
  definition.m_slots = slots_of(Py_Version);
  return PyModuleDef_Init(&definition);
}
