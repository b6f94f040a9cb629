/*
 * One cell, planish against oneDNN and against the limit, in turns on the same buffers:
 *
 *     onednn OPERATION ROWS FEATURES ROUNDS MICROSECONDS
 *
 * A measurement lasts MICROSECONDS at least. The times of all rounds are printed as JSON, in microseconds a call.
 */
#include "cell.h"
#include "limits.h"

#include <dnnl.h>
#include <planish.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- planish ---- */

static planish_layer_norm norm_of(const cell *c) {
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.rows = c->rows;
  norm.features = c->features;
  norm.eps = c->eps;
  return norm;
}

static void check_planish(planish_status status) {
  if (status != PLANISH_OK)
    fail(planish_status_string(status), planish_error_message());
}

static void planish_forward(const void *context) {
  const cell *c = context;
  planish_layer_norm norm = norm_of(c);
  check_planish(planish_layer_norm_forward(&norm, c->x, c->weight, c->bias, c->result, c->mean, c->rstd));
}

static void planish_backward(const void *context) {
  const cell *c = context;
  planish_layer_norm norm = norm_of(c);
  bool all = c->operation == BACKWARD;
  check_planish(planish_layer_norm_backward(&norm, c->dy, c->x, c->weight, c->mean, c->rstd, c->result,
                                            all ? c->dweight : NULL, all ? c->dbias : NULL));
}

/* ---- oneDNN ---- */

enum { most_arguments = 9 };

/* All that can be made beforehand. */
typedef struct onednn {
  const cell *cell;
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_memory_desc_t matrix, row_wise, feature_wise;
  dnnl_primitive_t primitive;
  const char *implementation;
  int argument_count;
  dnnl_exec_arg_t arguments[most_arguments];
} onednn;

static void check_onednn(dnnl_status_t status) {
  if (status != dnnl_success)
    fail("oneDNN", "a call failed");
}

/* With OpenMP a call returns when its work is done: there is nothing to wait for. */
static void onednn_call(const void *context) {
  const onednn *o = context;
  check_onednn(dnnl_primitive_execute(o->primitive, o->stream, o->argument_count, o->arguments));
}

static void add_argument(onednn *o, int index, dnnl_memory_desc_t description, float *values) {
  dnnl_exec_arg_t *argument = &o->arguments[o->argument_count++];
  argument->arg = index;
  check_onednn(dnnl_memory_create(&argument->memory, description, o->engine, values));
}

/* Which weights the primitive has, and then which of their gradients it gives. */
static unsigned flags_of(operation operation) {
  switch (operation) {
  case BACKWARD_DX:
    return dnnl_use_scale;
  case BACKWARD_DX_PLAIN:
    return dnnl_normalization_flags_none;
  default:
    return dnnl_use_scale | dnnl_use_shift;
  }
}

static void add_arguments(onednn *o) {
  const cell *c = o->cell;
  bool backward = is_backward(c->operation);
  unsigned flags = flags_of(c->operation);
  add_argument(o, DNNL_ARG_SRC, o->matrix, c->x);
  if (backward)
    add_argument(o, DNNL_ARG_DIFF_DST, o->matrix, c->dy);
  add_argument(o, backward ? DNNL_ARG_DIFF_SRC : DNNL_ARG_DST, o->matrix, c->result);
  if (flags & dnnl_use_scale)
    add_argument(o, DNNL_ARG_SCALE, o->feature_wise, c->weight);
  if (flags & dnnl_use_shift)
    add_argument(o, DNNL_ARG_SHIFT, o->feature_wise, c->bias); /* backward wants it as well, to no use */
  if (backward && flags & dnnl_use_scale)
    add_argument(o, DNNL_ARG_DIFF_SCALE, o->feature_wise, c->dweight);
  if (backward && flags & dnnl_use_shift)
    add_argument(o, DNNL_ARG_DIFF_SHIFT, o->feature_wise, c->dbias);
  if (c->operation != FORWARD) {
    add_argument(o, DNNL_ARG_MEAN, o->row_wise, c->mean);
    add_argument(o, DNNL_ARG_VARIANCE, o->row_wise, c->variance);
  }
}

static dnnl_primitive_desc_t describe_forward(const onednn *o, dnnl_prop_kind_t kind) {
  dnnl_primitive_desc_t description;
  check_onednn(dnnl_layer_normalization_forward_primitive_desc_create(&description, o->engine, kind, o->matrix,
                                                                      o->matrix, o->row_wise, (float)o->cell->eps,
                                                                      flags_of(o->cell->operation), NULL));
  return description;
}

static dnnl_primitive_desc_t describe_backward(const onednn *o, dnnl_prop_kind_t kind) {
  dnnl_primitive_desc_t description, forward = describe_forward(o, dnnl_forward_training);
  check_onednn(dnnl_layer_normalization_backward_primitive_desc_create(
      &description, o->engine, kind, o->matrix, o->matrix, o->matrix, o->row_wise, (float)o->cell->eps,
      flags_of(o->cell->operation), forward, NULL));
  return description;
}

static dnnl_primitive_desc_t describe(const onednn *o) {
  switch (o->cell->operation) {
  case FORWARD:
    return describe_forward(o, dnnl_forward_inference);
  case FORWARD_STATISTICS:
    return describe_forward(o, dnnl_forward_training);
  case BACKWARD_DX_PLAIN:
    return describe_backward(o, dnnl_backward_data);
  default: /* backward_data with a weight is unimplemented in oneDNN 3.2: BACKWARD_DX computes dweight as well */
    return describe_backward(o, dnnl_backward);
  }
}

static onednn onednn_make(const cell *c) {
  onednn o = {.cell = c};
  check_onednn(dnnl_engine_create(&o.engine, dnnl_cpu, 0));
  check_onednn(dnnl_stream_create(&o.stream, o.engine, dnnl_stream_default_flags));
  const dnnl_dims_t shape = {c->rows, c->features}, rows = {c->rows}, features = {c->features};
  check_onednn(dnnl_memory_desc_create_with_tag(&o.matrix, 2, shape, dnnl_f32, dnnl_ab));
  check_onednn(dnnl_memory_desc_create_with_tag(&o.row_wise, 1, rows, dnnl_f32, dnnl_a));
  check_onednn(dnnl_memory_desc_create_with_tag(&o.feature_wise, 1, features, dnnl_f32, dnnl_a));
  dnnl_primitive_desc_t description = describe(&o);
  check_onednn(dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&o.implementation));
  check_onednn(dnnl_primitive_create(&o.primitive, description));
  add_arguments(&o);
  return o;
}

/* ---- One cell ---- */

/* oneDNN gives the variance and planish its inverse root: the one is made into the other for the comparison. */
static void onednn_call_for_check(const void *context) {
  const onednn *o = context;
  const cell *c = o->cell;
  onednn_call(o);
  for (int64_t i = 0; c->operation == FORWARD_STATISTICS && i < c->rows; i++)
    c->rstd[i] = (float)(1 / __builtin_sqrt(c->variance[i] + c->eps));
}

/* What forward hands to backward. */
static void give_statistics(const cell *c) {
  planish_forward(c);
  for (int64_t i = 0; i < c->rows; i++)
    c->variance[i] = (float)(1 / ((double)c->rstd[i] * c->rstd[i]) - c->eps);
}

static void print_times(const competitor *competitors, int count, int rounds, const double *times) {
  for (int i = 0; i < count; i++) {
    printf("%s\"%s\": [", i == 0 ? "" : ", ", competitors[i].name);
    for (int round = 0; round < rounds; round++)
      printf("%s%.5g", round == 0 ? "" : ", ", times[i * rounds + round]);
    printf("]");
  }
}

int main(int argc, char **argv) {
  operation operation;
  if (argc != 6 || !operation_parse(argv[1], &operation))
    fail("usage", "onednn OPERATION ROWS FEATURES ROUNDS MICROSECONDS");
  cell c = cell_make(operation, atoll(argv[2]), atoll(argv[3]));
  int rounds = atoi(argv[4]);
  bool backward = is_backward(operation);
  if (backward)
    give_statistics(&c);

  onednn o = onednn_make(&c);
  const competitor competitors[] = {
      {"planish", backward ? planish_backward : planish_forward, &c},
      {"oneDNN", onednn_call, &o},
      {"limit", backward ? limit_add : limit_copy, &c},
      {"limit, streaming", backward ? limit_add_streaming : limit_copy_streaming, &c},
  };
  enum { count = sizeof competitors / sizeof competitors[0] };
  const competitor checked = {"oneDNN", onednn_call_for_check, &o};
  cell_check(&c, &competitors[0], &checked);

  double *times = calloc((size_t)(count * rounds), sizeof *times);
  if (times == NULL)
    fail("times", "out of memory");
  cell_time(competitors, count, rounds, atof(argv[5]), times);

  const dnnl_version_t *version = dnnl_version();
  printf("{\"planish\": \"%d, %s\", ", (int)planish_version(), planish_cpu());
  printf("\"oneDNN\": \"%d.%d.%d, %s\", \"times\": {", version->major, version->minor, version->patch,
         o.implementation);
  print_times(competitors, count, rounds, times);
  printf("}}\n");
}
