/*
 * oneDNN's layer norm. weight, bias, dweight and dbias are floats, whatever the dtype of x, and so are the statistics:
 * the mean and the variance.
 */
#include "problem.h"

#include <dnnl.h>
#include <stdlib.h>

enum { most_arguments = 9 };

/* All that can be made beforehand. */
typedef struct onednn {
  const problem *problem;
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_memory_desc_t matrix, row_wise, feature_wise;
  dnnl_primitive_desc_t description;
  dnnl_primitive_t primitive;
  int argument_count;
  dnnl_exec_arg_t arguments[most_arguments];
} onednn;

static void check(dnnl_status_t status) {
  if (status != dnnl_success)
    fail("oneDNN", "a call failed");
}

/* With OpenMP a call returns when its work is done: there is nothing to wait for. */
void onednn_call(void *context) {
  const onednn *o = context;
  check(dnnl_primitive_execute(o->primitive, o->stream, o->argument_count, o->arguments));
}

static void add_argument(onednn *o, int index, dnnl_memory_desc_t description, void *values) {
  dnnl_exec_arg_t *argument = &o->arguments[o->argument_count++];
  argument->arg = index;
  check(dnnl_memory_create(&argument->memory, description, o->engine, values));
}

/* backward_data with a weight is unimplemented in oneDNN 3.2: BACKWARD_DX computes dweight as well. */
static unsigned flags_of(const problem *p) {
  return p->operation == BACKWARD_DX ? dnnl_use_scale : dnnl_use_scale | dnnl_use_shift;
}

static void add_arguments(onednn *o) {
  const problem *p = o->problem;
  bool backward = is_backward(p), shift = flags_of(p) & dnnl_use_shift;
  add_argument(o, DNNL_ARG_SRC, o->matrix, p->x);
  add_argument(o, backward ? DNNL_ARG_DIFF_SRC : DNNL_ARG_DST, o->matrix, p->result);
  add_argument(o, DNNL_ARG_SCALE, o->feature_wise, p->weight);
  if (shift)
    add_argument(o, DNNL_ARG_SHIFT, o->feature_wise, p->bias); /* backward wants it as well, to no use */
  if (backward) {
    add_argument(o, DNNL_ARG_DIFF_DST, o->matrix, p->dy);
    add_argument(o, DNNL_ARG_DIFF_SCALE, o->feature_wise, p->dweight);
    if (shift)
      add_argument(o, DNNL_ARG_DIFF_SHIFT, o->feature_wise, p->dbias);
  }
  if (p->operation != FORWARD) {
    add_argument(o, DNNL_ARG_MEAN, o->row_wise, p->mean);
    add_argument(o, DNNL_ARG_VARIANCE, o->row_wise, p->variance);
  }
}

static dnnl_status_t describe(onednn *o) {
  const problem *p = o->problem;
  bool inference = p->operation == FORWARD;
  dnnl_primitive_desc_t forward;
  dnnl_status_t status = dnnl_layer_normalization_forward_primitive_desc_create(
      &forward, o->engine, inference ? dnnl_forward_inference : dnnl_forward_training, o->matrix, o->matrix,
      o->row_wise, (float)p->eps, flags_of(p), NULL);
  o->description = forward;
  if (status != dnnl_success || !is_backward(p))
    return status;
  status = dnnl_layer_normalization_backward_primitive_desc_create(&o->description, o->engine, dnnl_backward, o->matrix,
                                                                   o->matrix, o->matrix, o->row_wise, (float)p->eps,
                                                                   flags_of(p), forward, NULL);
  dnnl_primitive_desc_destroy(forward);
  return status;
}

/* The features come last in oneDNN's view of an array, wherever they lie; an inner of 1 is no axis of its own. */
static void describe_arrays(onednn *o) {
  static const dnnl_data_type_t types[] = {[F32] = dnnl_f32, [BF16] = dnnl_bf16, [F16] = dnnl_f16, [F64] = dnnl_f64};
  const problem *p = o->problem;
  const dnnl_dims_t rows = {p->rows, p->features}, features = {p->features}, one = {1};
  const dnnl_dims_t images = {p->rows, p->inner, p->features};
  const dnnl_dims_t row_strides = {p->features, 1}, image_strides = {p->features * p->inner, 1, p->inner};
  const dnnl_dims_t statistics_strides = {p->inner, 1};
  bool flat = p->inner == 1;
  check(dnnl_memory_desc_create_with_strides(&o->matrix, flat ? 2 : 3, flat ? rows : images, types[p->dtype],
                                             flat ? row_strides : image_strides));
  check(dnnl_memory_desc_create_with_strides(&o->row_wise, flat ? 1 : 2, images, dnnl_f32,
                                             flat ? one : statistics_strides));
  check(dnnl_memory_desc_create_with_strides(&o->feature_wise, 1, features, dnnl_f32, one));
}

/* NULL where oneDNN has nothing for the problem. */
void *onednn_make(const problem *p) {
  onednn *o = calloc(1, sizeof *o);
  if (o == NULL)
    fail("oneDNN", "out of memory");
  o->problem = p;
  check(dnnl_engine_create(&o->engine, dnnl_cpu, 0));
  check(dnnl_stream_create(&o->stream, o->engine, dnnl_stream_default_flags));
  describe_arrays(o);
  if (describe(o) != dnnl_success)
    return NULL; /* a few descriptions are lost with it */
  check(dnnl_primitive_create(&o->primitive, o->description));
  add_arguments(o);
  return o;
}

/* The name that oneDNN gives to the kernels it chose. */
const char *onednn_implementation(const void *context) {
  const onednn *o = context;
  const char *name = "";
  check(dnnl_primitive_desc_query(o->description, dnnl_query_impl_info_str, 0, (void *)&name));
  return name;
}

int32_t onednn_version(void) {
  const dnnl_version_t *v = dnnl_version();
  return v->major * 10000 + v->minor * 100 + v->patch;
}
