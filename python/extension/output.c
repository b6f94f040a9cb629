#include "output.h"

#include "module.h"
#include "result.h"

int output_open(Output *output, PyObject *module, PyObject *given, const OutputSpec *spec) {
  if (!given) {
    output->object = result_new(module_state(module)->result_type, spec->dtype, spec->shape, &output->data);
    return output->object ? 0 : -1;
  }
  Array *array = &output->array;
  if (array_open(array, spec->name, given, spec->dtype) < 0 ||
      array_check_shape(array, spec->shape, spec->owner, NULL) < 0 || array_write(array, spec->outer) < 0)
    return -1;
  output->data = array->data;
  output->stride = array->stride;
  output->object = Py_NewRef(given);
  return 0;
}

void output_close(Output *output) {
  array_close(&output->array);
  Py_CLEAR(output->object);
}

PyObject *output_object(const Output *output) { return Py_NewRef(output->object ? output->object : Py_None); }
