#include "arguments.h"
#include "errors.h"
#include "module.h"
#include "output.h"
#include "problem.h"
#include "tensors.h"

enum { X, WEIGHT, BIAS, AXIS, EPS, OUT, RETURN_STATS, ARGUMENTS };

static const char *const names[ARGUMENTS] = {"x", "weight", "bias", "axis", "eps", "out", "return_stats"};
static const Signature forward_signature = {"layer_norm", 1, 3, ARGUMENTS, names};

typedef struct Forward {
  Problem problem;
  Array bias;
  Output outputs[3]; /* y, mean, rstd */
} Forward;

static int open_inputs(Forward *call, PyObject *const *given) {
  if (problem_open(&call->problem, given[X], unless_none(given[WEIGHT]), given[AXIS], given[EPS]) < 0)
    return -1;
  if (problem_read_normalized(&call->problem, &call->bias, "bias", unless_none(given[BIAS])) < 0)
    return -1;
  if (call->bias.dtype)
    call->problem.norm.bias_dtype = call->bias.dtype->number;
  return 0;
}

/* `out` is y, or with statistics also (y, mean, rstd). */
static int open_outputs(Forward *call, PyObject *module, PyObject *out, bool statistics) {
  const Problem *problem = &call->problem;
  const Shape outside = problem->axes.outside;
  const bool several = statistics && out && PyTuple_Check(out);
  PyObject *given[3] = {out, NULL, NULL};
  if (several && arguments_three("out", out, "(y, mean, rstd)", given) < 0)
    return -1;

  const Dtype *dtype = problem->x.dtype, *statistic = dtype_of_number(dtype->statistics);
  const Accepted like_x = accept_same("x", dtype), like_mean = accept_statistics("x", dtype);
  const Shape shape = array_shape(&problem->x);
  const OutputSpec y = {several ? "out[0]" : "out", "y", dtype, like_x, shape, &problem->axes};
  Output *outputs = call->outputs;
  if (output_open(&outputs[0], module, unless_none(given[0]), &y) < 0)
    return -1;
  call->problem.norm.y_stride = outputs[0].row_stride;
  call->problem.norm.y_feature_stride = outputs[0].feature_stride;
  if (!statistics)
    return 0;
  const OutputSpec mean = {"out[1]", "mean", statistic, like_mean, outside, NULL};
  const OutputSpec rstd = {"out[2]", "rstd", statistic, like_mean, outside, NULL};
  if (output_open(&outputs[1], module, unless_none(given[1]), &mean) < 0)
    return -1;
  return output_open(&outputs[2], module, unless_none(given[2]), &rstd);
}

static int run(const Forward *call) {
  const Problem *problem = &call->problem;
  const Output *outputs = call->outputs;
  PyThreadState *thread = problem_is_large(problem) ? PyEval_SaveThread() : NULL;
  planish_status status =
      planish_layer_norm_forward(&problem->norm, problem->x.data, problem->weight.data, call->bias.data,
                                 outputs[0].data, outputs[1].data, outputs[2].data);
  if (thread)
    PyEval_RestoreThread(thread);
  return status == PLANISH_OK ? 0 : raise_status(status);
}

static void close_all(Forward *call) {
  problem_close(&call->problem);
  array_close(&call->bias);
  for (int i = 0; i < 3; i++)
    output_close(&call->outputs[i]);
}

PyObject *layer_norm(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
  PyObject *given[ARGUMENTS];
  if (arguments_parse(&forward_signature, args, nargs, kwnames, given) < 0)
    return NULL;
  int statistics = given[RETURN_STATS] ? PyObject_IsTrue(given[RETURN_STATS]) : 0;
  if (statistics < 0)
    return NULL;

  Forward call = {0};
  PyObject *answer = NULL;
  if (open_inputs(&call, given) == 0 && open_outputs(&call, module, unless_none(given[OUT]), statistics) == 0 &&
      run(&call) == 0)
    answer = statistics ? output_tuple(call.outputs, module, given[X]) : output_object(call.outputs, module, given[X]);

  close_all(&call);
  return answer;
}

PyObject *tensor_forward(PyObject *module, PyObject *const *args, Py_ssize_t nargs) {
  enum { TENSOR_X, NORMALIZED_SHAPE, TENSOR_WEIGHT, TENSOR_BIAS, TENSOR_EPS, STATISTICS, COUNT };
  if (tensor_check_count("tensor_forward", nargs, COUNT) < 0)
    return NULL;
  PyObject *const given[ARGUMENTS] = {
      [X] = args[TENSOR_X], [WEIGHT] = args[TENSOR_WEIGHT], [BIAS] = args[TENSOR_BIAS], [EPS] = args[TENSOR_EPS]};
  const bool statistics = args[STATISTICS] == Py_True;

  Forward call = {.problem = {.tensors = module_state(module)->kinds, .normalized_shape = args[NORMALIZED_SHAPE]}};
  PyObject *answer = NULL;
  if (open_inputs(&call, given) == 0 && open_outputs(&call, module, NULL, statistics) == 0 && run(&call) == 0)
    answer = output_object(&call.outputs[0], module, given[X]);
  if (answer && statistics)
    answer = Py_BuildValue("(N(OO))", answer, call.outputs[1].object, call.outputs[2].object);

  close_all(&call);
  return tensor_answer(answer);
}
