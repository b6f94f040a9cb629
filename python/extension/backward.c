#include "arguments.h"
#include "errors.h"
#include "module.h"
#include "output.h"
#include "problem.h"

enum { DY, X, WEIGHT, MEAN, RSTD, AXIS, EPS, NEEDS, OUT, ARGUMENTS };

static const char *const names[ARGUMENTS] = {"dy", "x", "weight", "mean", "rstd", "axis", "eps", "needs", "out"};
static const Signature backward_signature = {"layer_norm_backward", 2, 3, ARGUMENTS, names};

typedef struct Backward {
  Problem problem;
  Array dy, mean, rstd;
  Output gradients[3]; /* dx, dweight, dbias */
} Backward;

static int open_dy(Backward *call, PyObject *object) {
  Array *dy = &call->dy;
  const Problem *problem = &call->problem;
  if (array_open(dy, "dy", object, problem->x.dtype) < 0 ||
      array_check_shape(dy, array_shape(&problem->x), "x", NULL) < 0 || array_read(dy, problem->axes.outside.ndim) < 0)
    return -1;
  call->problem.norm.dy_stride = dy->stride;
  return 0;
}

static int open_statistics(Backward *call, PyObject *mean, PyObject *rstd) {
  if (!mean && !rstd)
    return 0;
  if (!mean || !rstd) {
    PyErr_Format(PyExc_ValueError, "%s is given, but %s is not; both or neither are needed", mean ? "mean" : "rstd",
                 mean ? "rstd" : "mean");
    return -1;
  }
  if (problem_read_statistics(&call->problem, &call->mean, "mean", mean) < 0)
    return -1;
  return problem_read_statistics(&call->problem, &call->rstd, "rstd", rstd);
}

static int open_inputs(Backward *call, PyObject *const *given) {
  if (problem_open(&call->problem, given[X], unless_none(given[WEIGHT]), given[AXIS], given[EPS]) < 0 ||
      open_dy(call, given[DY]) < 0)
    return -1;
  return open_statistics(call, unless_none(given[MEAN]), unless_none(given[RSTD]));
}

static int open_outputs(Backward *call, PyObject *module, PyObject *needs, PyObject *out) {
  static const char gradients[] = "(dx, dweight, dbias)";
  PyObject *needed[3] = {Py_True, Py_True, Py_True}, *given[3] = {NULL, NULL, NULL};
  if ((needs && arguments_three("needs", needs, gradients, needed) < 0) ||
      (out && arguments_three("out", out, gradients, given) < 0))
    return -1;

  const Problem *problem = &call->problem;
  const Shape normalized = problem->axes.normalized;
  const OutputSpec specs[3] = {
      {"out[0]", "dx", problem->x.dtype, array_shape(&problem->x), problem->axes.outside.ndim},
      {"out[1]", "dweight", problem->x.dtype, normalized, 0},
      {"out[2]", "dbias", problem->x.dtype, normalized, 0},
  };
  for (int i = 0; i < 3; i++) {
    PyObject *array = unless_none(given[i]);
    int wanted = PyObject_IsTrue(needed[i]);
    if (wanted < 0 || (wanted && output_open(&call->gradients[i], module, array, &specs[i]) < 0))
      return -1;
    if (!wanted && array) {
      PyErr_Format(PyExc_ValueError, "out[%d] is given, but needs[%d] says that %s is not needed", i, i,
                   specs[i].owner);
      return -1;
    }
  }
  call->problem.norm.dx_stride = call->gradients[0].stride;
  return 0;
}

static int run(const Backward *call) {
  const Problem *problem = &call->problem;
  const Output *gradients = call->gradients;
  PyThreadState *thread = problem_is_large(problem) ? PyEval_SaveThread() : NULL;
  planish_status status =
      planish_layer_norm_backward(&problem->norm, call->dy.data, problem->x.data, problem->weight.data, call->mean.data,
                                  call->rstd.data, gradients[0].data, gradients[1].data, gradients[2].data);
  if (thread)
    PyEval_RestoreThread(thread);
  return status == PLANISH_OK ? 0 : raise_status(status);
}

static PyObject *pack(const Output gradients[3]) {
  PyObject *tuple = PyTuple_New(3);
  for (int i = 0; tuple && i < 3; i++)
    if (PyTuple_SetItem(tuple, i, output_object(&gradients[i])) < 0)
      Py_CLEAR(tuple);
  return tuple;
}

PyObject *layer_norm_backward(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
  PyObject *given[ARGUMENTS];
  if (arguments_parse(&backward_signature, args, nargs, kwnames, given) < 0)
    return NULL;

  Backward call = {0};
  PyObject *answer = NULL;
  if (open_inputs(&call, given) == 0 && open_outputs(&call, module, given[NEEDS], unless_none(given[OUT])) == 0 &&
      run(&call) == 0)
    answer = pack(call.gradients);

  problem_close(&call.problem);
  array_close(&call.dy);
  array_close(&call.mean);
  array_close(&call.rstd);
  for (int i = 0; i < 3; i++)
    output_close(&call.gradients[i]);
  return answer;
}
