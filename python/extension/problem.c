#include "problem.h"

#include "arguments.h"

int problem_open(Problem *problem, PyObject *x, PyObject *weight, PyObject *axis, PyObject *eps) {
  problem->norm = (planish_layer_norm)PLANISH_LAYER_NORM_INIT;
  if (eps && arguments_double("eps", eps, &problem->norm.eps) < 0)
    return -1;
  if (array_open(&problem->x, "x", x, NULL) < 0 || axes_parse(&problem->axes, axis, array_shape(&problem->x)) < 0 ||
      array_read(&problem->x, problem->axes.outside.ndim) < 0)
    return -1;
  problem->statistics = dtype_of_format(problem->x.dtype->statistics);
  problem->norm.dtype = problem->x.dtype->number;
  problem->norm.rows = problem->axes.rows;
  problem->norm.features = problem->axes.features;
  problem->norm.x_stride = problem->x.stride;
  return problem_read_normalized(problem, &problem->weight, "weight", weight);
}

void problem_close(Problem *problem) {
  array_close(&problem->x);
  array_close(&problem->weight);
}

int problem_read_normalized(const Problem *problem, Array *array, const char *name, PyObject *object) {
  if (!object)
    return 0;
  if (array_open(array, name, object, problem->x.dtype) < 0 ||
      array_check_shape(array, problem->axes.normalized, "x over", &problem->axes) < 0)
    return -1;
  return array_read(array, 0);
}

int problem_read_statistics(const Problem *problem, Array *array, const char *name, PyObject *object) {
  if (array_open(array, name, object, problem->statistics) < 0 ||
      array_check_shape(array, problem->axes.outside, "x outside", &problem->axes) < 0)
    return -1;
  return array_read(array, 0);
}

bool problem_is_large(const Problem *problem) { return problem->x.view.len >= 1 << 15; }
