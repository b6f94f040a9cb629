#include "output.h"

#include "module.h"
#include "result.h"

/* A fresh result as the caller gets it. The buffer protocol has no bfloat16: such a result stays what it is. */
static PyObject *present(PyObject *result, const Dtype *dtype) {
  if (!result || dtype->number == PLANISH_BF16)
    return result;
  PyObject *view = PyMemoryView_FromObject(result);
  Py_DECREF(result);
  return view;
}

static int make_fresh(Output *output, PyObject *module, const OutputSpec *spec) {
  PyTypeObject *type = module_state(module)->result_type;
  output->dtype = spec->fresh;
  output->object = present(result_new(type, spec->fresh, spec->shape, &output->data), spec->fresh);
  return output->object ? 0 : -1;
}

int output_open(Output *output, PyObject *module, PyObject *given, const OutputSpec *spec) {
  if (!given)
    return make_fresh(output, module, spec);
  Array *array = &output->array;
  if (array_open(array, spec->name, given, spec->accepted) < 0 ||
      array_check_shape(array, spec->shape, spec->owner, NULL) < 0 || array_write(array, spec->axes) < 0)
    return -1;
  output->dtype = array->dtype;
  output->data = array->data;
  output->row_stride = array->row_stride;
  output->feature_stride = array->feature_stride;
  output->object = Py_NewRef(given);
  return 0;
}

void output_close(Output *output) {
  array_close(&output->array);
  Py_CLEAR(output->object);
}

PyObject *output_object(const Output *output) { return Py_NewRef(output->object ? output->object : Py_None); }
