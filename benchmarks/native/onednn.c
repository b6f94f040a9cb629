/*
 * oneDNN's layer norm. weight, bias, dweight and dbias are floats, whatever the dtype of x, and so are the statistics:
 * the mean and the variance. Where the features are not the innermost axis, oneDNN has its reference loops only; its
 * users are better off if they reorder the arrays before and after, which is the other way here.
 */
#include "problem.h"

#include <dnnl.h>
#include <stdlib.h>
#include <string.h>

enum { most_arguments = 9, most_steps = 4 };

typedef struct step {
  dnnl_primitive_t primitive;
  int count;
  dnnl_exec_arg_t arguments[most_arguments];
} step;

/* All that can be made beforehand. */
typedef struct onednn {
  const problem *problem;
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_memory_desc_t given, packed; /* the arrays as they are, and with the features innermost */
  dnnl_memory_desc_t row_wise, feature_wise;
  bool reorders;
  const char *implementation;
  int step_count;
  step steps[most_steps];
} onednn;

static void check(dnnl_status_t status) {
  if (status != dnnl_success)
    fail("oneDNN", "a call failed");
}

/* With OpenMP a step is done when its call returns: there is nothing to wait for. */
void onednn_call(void *context) {
  const onednn *o = context;
  for (int i = 0; i < o->step_count; i++)
    check(dnnl_primitive_execute(o->steps[i].primitive, o->stream, o->steps[i].count, o->steps[i].arguments));
}

static void add_argument(const onednn *o, step *s, int index, dnnl_memory_desc_t description, void *values) {
  dnnl_exec_arg_t *argument = &s->arguments[s->count++];
  argument->arg = index;
  check(dnnl_memory_create(&argument->memory, description, o->engine, values));
}

/* ---- Descriptions ---- */

/* The features come last in oneDNN's view of an array, wherever they lie; an inner of 1 is no axis of its own. */
static void describe_arrays(onednn *o) {
  static const dnnl_data_type_t types[] = {[F32] = dnnl_f32, [BF16] = dnnl_bf16, [F16] = dnnl_f16, [F64] = dnnl_f64};
  const problem *p = o->problem;
  dnnl_data_type_t type = types[p->dtype];
  const dnnl_dims_t rows = {p->rows, p->features}, images = {p->rows, p->inner, p->features}, features = {p->features};
  const dnnl_dims_t strides = {p->features * p->inner, 1, p->inner};
  bool flat = p->inner == 1;
  check(dnnl_memory_desc_create_with_tag(&o->packed, flat ? 2 : 3, flat ? rows : images, type,
                                         flat ? dnnl_ab : dnnl_abc));
  if (flat)
    o->given = o->packed;
  else
    check(dnnl_memory_desc_create_with_strides(&o->given, 3, images, type, strides));
  check(dnnl_memory_desc_create_with_tag(&o->row_wise, flat ? 1 : 2, images, dnnl_f32, flat ? dnnl_a : dnnl_ab));
  check(dnnl_memory_desc_create_with_tag(&o->feature_wise, 1, features, dnnl_f32, dnnl_a));
}

/* backward_data with a weight is unimplemented in oneDNN 3.2: BACKWARD_DX computes dweight as well. */
static unsigned flags_of(const problem *p) {
  return p->operation == BACKWARD_DX ? dnnl_use_scale : dnnl_use_scale | dnnl_use_shift;
}

static dnnl_status_t describe(const onednn *o, dnnl_memory_desc_t array, dnnl_primitive_desc_t *result) {
  const problem *p = o->problem;
  dnnl_prop_kind_t kind = p->operation == FORWARD ? dnnl_forward_inference : dnnl_forward_training;
  dnnl_primitive_desc_t forward;
  dnnl_status_t status = dnnl_layer_normalization_forward_primitive_desc_create(
      &forward, o->engine, kind, array, array, o->row_wise, (float)p->eps, flags_of(p), NULL);
  if (status != dnnl_success || !is_backward(p)) {
    *result = forward;
    return status;
  }
  status = dnnl_layer_normalization_backward_primitive_desc_create(
      result, o->engine, dnnl_backward, array, array, array, o->row_wise, (float)p->eps, flags_of(p), forward, NULL);
  dnnl_primitive_desc_destroy(forward);
  return status;
}

/* ---- Steps ---- */

static void add_reorder(onednn *o, void *from, dnnl_memory_desc_t from_description, void *to,
                        dnnl_memory_desc_t to_description) {
  step *s = &o->steps[o->step_count++];
  dnnl_primitive_desc_t description;
  check(dnnl_reorder_primitive_desc_create(&description, from_description, o->engine, to_description, o->engine, NULL));
  check(dnnl_primitive_create(&s->primitive, description));
  add_argument(o, s, DNNL_ARG_FROM, from_description, from);
  add_argument(o, s, DNNL_ARG_TO, to_description, to);
}

static void add_layer_norm(onednn *o, dnnl_primitive_desc_t description, dnnl_memory_desc_t array, void *x, void *dy,
                           void *result) {
  const problem *p = o->problem;
  bool backward = is_backward(p), shift = flags_of(p) & dnnl_use_shift;
  step *s = &o->steps[o->step_count++];
  check(dnnl_primitive_create(&s->primitive, description));
  add_argument(o, s, DNNL_ARG_SRC, array, x);
  add_argument(o, s, backward ? DNNL_ARG_DIFF_SRC : DNNL_ARG_DST, array, result);
  add_argument(o, s, DNNL_ARG_SCALE, o->feature_wise, p->weight);
  if (shift)
    add_argument(o, s, DNNL_ARG_SHIFT, o->feature_wise, p->bias); /* backward wants it as well, to no use */
  if (backward) {
    add_argument(o, s, DNNL_ARG_DIFF_DST, array, dy);
    add_argument(o, s, DNNL_ARG_DIFF_SCALE, o->feature_wise, p->dweight);
    if (shift)
      add_argument(o, s, DNNL_ARG_DIFF_SHIFT, o->feature_wise, p->dbias);
  }
  if (p->operation != FORWARD) {
    add_argument(o, s, DNNL_ARG_MEAN, o->row_wise, p->mean);
    add_argument(o, s, DNNL_ARG_VARIANCE, o->row_wise, p->variance);
  }
}

/* Memory for a packed array, touched. It lives until the next problem wants some. */
static void *scratch(const problem *p, int index) {
  static void *kept[2];
  free(kept[index]);
  size_t size = ((size_t)p->bytes + cache_line - 1) / cache_line * cache_line;
  void *memory = aligned_alloc(cache_line, size);
  if (memory == NULL)
    fail("oneDNN", "out of memory");
  return kept[index] = memset(memory, 0, size);
}

static void add_steps(onednn *o, dnnl_primitive_desc_t description) {
  const problem *p = o->problem;
  if (!o->reorders) {
    add_layer_norm(o, description, o->given, p->x, p->dy, p->result);
    return;
  }
  void *x = scratch(p, 0), *dy = is_backward(p) ? scratch(p, 1) : NULL;
  add_reorder(o, p->x, o->given, x, o->packed);
  if (dy != NULL)
    add_reorder(o, p->dy, o->given, dy, o->packed);
  add_layer_norm(o, description, o->packed, x, dy, x); /* in place */
  add_reorder(o, x, o->packed, p->result, o->given);
}

/* NULL where oneDNN has nothing for the problem. */
void *onednn_make(const problem *p, int reorders) {
  onednn *o = calloc(1, sizeof *o);
  if (o == NULL)
    fail("oneDNN", "out of memory");
  o->problem = p;
  o->reorders = reorders;
  check(dnnl_engine_create(&o->engine, dnnl_cpu, 0));
  check(dnnl_stream_create(&o->stream, o->engine, dnnl_stream_default_flags));
  describe_arrays(o);
  dnnl_primitive_desc_t description;
  if (describe(o, reorders ? o->packed : o->given, &description) != dnnl_success)
    return NULL; /* a few descriptions are lost with it */
  check(dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&o->implementation));
  add_steps(o, description);
  return o;
}

/* The name that oneDNN gives to the kernels it chose. */
const char *onednn_implementation(const onednn *o) { return o->implementation; }

int32_t onednn_version(void) {
  const dnnl_version_t *v = dnnl_version();
  return v->major * 10000 + v->minor * 100 + v->patch;
}
