#include "arguments.h"
#include "errors.h"
#include "module.h"
#include "output.h"
#include "problem.h"
#include "tensors.h"

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
  dy->tensors = problem->tensors;
  if (array_open(dy, "dy", object, accept_same("x", problem->x.dtype)) < 0 ||
      array_check_shape(dy, array_shape(&problem->x), "x", NULL) < 0 || array_read(dy, &problem->axes) < 0)
    return -1;
  call->problem.norm.dy_stride = dy->row_stride;
  call->problem.norm.dy_feature_stride = dy->feature_stride;
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

static void set_outputs(planish_layer_norm *norm, const Output gradients[3]) {
  norm->dx_stride = gradients[0].row_stride;
  norm->dx_feature_stride = gradients[0].feature_stride;
  if (gradients[1].dtype)
    norm->weight_dtype = gradients[1].dtype->number;
  if (gradients[2].dtype)
    norm->bias_dtype = gradients[2].dtype->number;
}

static int open_outputs(Backward *call, PyObject *module, PyObject *needs, PyObject *out) {
  static const char gradients[] = "(dx, dweight, dbias)";
  PyObject *needed[3] = {Py_True, Py_True, Py_True}, *given[3] = {NULL, NULL, NULL};
  if ((needs && arguments_three("needs", needs, gradients, needed) < 0) ||
      (out && arguments_three("out", out, gradients, given) < 0))
    return -1;

  const Problem *problem = &call->problem;
  const Dtype *dtype = problem->x.dtype, *weight = problem->weight.dtype, *parameter = weight ? weight : dtype;
  const Shape shape = array_shape(&problem->x), normalized = problem->axes.normalized;
  const Accepted like_x = accept_same("x", dtype), like_bias = accept_parameter("x", dtype);
  const Accepted like_weight = weight ? accept_same("weight", weight) : like_bias;
  const OutputSpec specs[3] = {
      {"out[0]", "dx", dtype, like_x, shape, &problem->axes},
      {"out[1]", "dweight", parameter, like_weight, normalized, NULL},
      {"out[2]", "dbias", parameter, like_bias, normalized, NULL},
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
  set_outputs(&call->problem.norm, call->gradients);
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

static void close_all(Backward *call) {
  problem_close(&call->problem);
  array_close(&call->dy);
  array_close(&call->mean);
  array_close(&call->rstd);
  for (int i = 0; i < 3; i++)
    output_close(&call->gradients[i]);
}

PyObject *layer_norm_backward(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
  PyObject *given[ARGUMENTS];
  if (arguments_parse(&backward_signature, args, nargs, kwnames, given) < 0)
    return NULL;

  Backward call = {0};
  PyObject *answer = NULL;
  if (open_inputs(&call, given) == 0 && open_outputs(&call, module, given[NEEDS], unless_none(given[OUT])) == 0 &&
      run(&call) == 0)
    answer = output_tuple(call.gradients, module, given[X]);

  close_all(&call);
  return answer;
}

PyObject *tensor_backward(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
  enum { TENSOR_DY, TENSOR_X, NORMALIZED_SHAPE, TENSOR_WEIGHT, TENSOR_MEAN, TENSOR_RSTD, TENSOR_NEEDS, COUNT };
  if (tensor_check_count("tensor_backward", nargs, COUNT) < 0)
    return NULL;
  PyObject *const given[ARGUMENTS] = {[DY] = args[TENSOR_DY],
                                      [X] = args[TENSOR_X],
                                      [WEIGHT] = args[TENSOR_WEIGHT],
                                      [MEAN] = args[TENSOR_MEAN],
                                      [RSTD] = args[TENSOR_RSTD]};

  Backward call = {.problem = {.tensors = module_state(module)->kinds, .normalized_shape = args[NORMALIZED_SHAPE]}};
  PyObject *answer = NULL;
  if (open_inputs(&call, given) == 0 && open_outputs(&call, module, args[TENSOR_NEEDS], NULL) == 0 && run(&call) == 0)
    answer = output_tuple(call.gradients, module, given[X]);

  close_all(&call);
  return tensor_answer(answer);
}
