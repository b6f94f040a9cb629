#include "output.h"

#include "kind.h"
#include "module.h"
#include "result.h"

static int make_fresh(Output *output, PyObject *module, const OutputSpec *spec) {
  PyTypeObject *type = module_state(module)->result_type;
  output->dtype = spec->fresh;
  output->object = result_new(type, spec->fresh, spec->shape, &output->data);
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

PyObject *output_object(const Output *output, PyObject *module, PyObject *x) {
  if (!output->object)
    return Py_NewRef(Py_None);
  const bool given = output->array.name;
  if (given)
    return Py_NewRef(output->object);
  const Kind kind = kind_of(module_state(module)->kinds, x);
  return kind_array(&kind, output->object, x);
}

PyObject *output_tuple(const Output outputs[3], PyObject *module, PyObject *x) {
  PyObject *tuple = PyTuple_New(3);
  for (int i = 0; tuple && i < 3; i++) {
    PyObject *object = output_object(&outputs[i], module, x);
    if (!object || PyTuple_SetItem(tuple, i, object) < 0)
      Py_CLEAR(tuple);
  }
  return tuple;
}
