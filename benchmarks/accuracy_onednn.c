/*
 * Layer norm of oneDNN as two plain calls, for accuracy_peers.py. Each returns 0, or oneDNN's status.
 *
 * weight and bias, dweight and dbias: floats, both there or both NULL. The other arrays have the dtype given, a
 * dnnl_data_type_t. mean and variance are oneDNN's own: forward computes them, and backward's come from forward.
 */
#include <dnnl.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct problem {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_memory_desc_t matrix, row_wise, feature_wise;
  dnnl_primitive_desc_t forward;
  float *mean, *variance;
  float eps;
  unsigned flags;
} problem;

#define TRY(call)                                                                                                      \
  do {                                                                                                                 \
    dnnl_status_t status = (call);                                                                                     \
    if (status != dnnl_success)                                                                                        \
      return (int)status;                                                                                              \
  } while (0)

static int describe(problem *p, int64_t rows, int64_t features, int dtype, double eps, int affine) {
  const dnnl_dims_t shape = {rows, features}, row_shape = {rows}, feature_shape = {features};
  p->eps = (float)eps;
  p->flags = affine ? dnnl_use_scale | dnnl_use_shift : dnnl_normalization_flags_none;
  TRY(dnnl_engine_create(&p->engine, dnnl_cpu, 0));
  TRY(dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags));
  TRY(dnnl_memory_desc_create_with_tag(&p->matrix, 2, shape, (dnnl_data_type_t)dtype, dnnl_ab));
  TRY(dnnl_memory_desc_create_with_tag(&p->row_wise, 1, row_shape, dnnl_f32, dnnl_a));
  TRY(dnnl_memory_desc_create_with_tag(&p->feature_wise, 1, feature_shape, dnnl_f32, dnnl_a));
  TRY(dnnl_layer_normalization_forward_primitive_desc_create(&p->forward, p->engine, dnnl_forward_training, p->matrix,
                                                             p->matrix, p->row_wise, p->eps, p->flags, NULL));
  p->mean = malloc(sizeof(float) * (size_t)rows);
  p->variance = malloc(sizeof(float) * (size_t)rows);
  return p->mean && p->variance ? 0 : (int)dnnl_out_of_memory;
}

typedef struct argument {
  int index;
  dnnl_memory_desc_t description;
  void *values;
} argument;

/* What is NULL is left out. */
static int execute(const problem *p, dnnl_primitive_desc_t description, const argument *arguments, int count) {
  dnnl_exec_arg_t given[9];
  int given_count = 0;
  dnnl_primitive_t primitive;
  TRY(dnnl_primitive_create(&primitive, description));
  for (int i = 0; i < count; i++) {
    if (arguments[i].values == NULL)
      continue;
    dnnl_exec_arg_t *argument = &given[given_count++];
    argument->arg = arguments[i].index;
    TRY(dnnl_memory_create(&argument->memory, arguments[i].description, p->engine, arguments[i].values));
  }
  TRY(dnnl_primitive_execute(primitive, p->stream, given_count, given));
  TRY(dnnl_stream_wait(p->stream));
  for (int i = 0; i < given_count; i++)
    dnnl_memory_destroy(given[i].memory);
  dnnl_primitive_destroy(primitive);
  return 0;
}

static int run_forward(const problem *p, void *x, float *weight, float *bias, void *y) {
  const argument arguments[] = {
      {DNNL_ARG_SRC, p->matrix, x},
      {DNNL_ARG_DST, p->matrix, y},
      {DNNL_ARG_SCALE, p->feature_wise, weight},
      {DNNL_ARG_SHIFT, p->feature_wise, bias},
      {DNNL_ARG_MEAN, p->row_wise, p->mean},
      {DNNL_ARG_VARIANCE, p->row_wise, p->variance},
  };
  return execute(p, p->forward, arguments, sizeof arguments / sizeof arguments[0]);
}

static int run_backward(const problem *p, void *dy, void *x, float *weight, float *bias, void *dx, float *dweight,
                        float *dbias) {
  dnnl_primitive_desc_t description;
  TRY(dnnl_layer_normalization_backward_primitive_desc_create(
      &description, p->engine, weight ? dnnl_backward : dnnl_backward_data, p->matrix, p->matrix, p->matrix,
      p->row_wise, p->eps, p->flags, p->forward, NULL));
  const argument arguments[] = {
      {DNNL_ARG_SRC, p->matrix, x},
      {DNNL_ARG_DIFF_DST, p->matrix, dy},
      {DNNL_ARG_DIFF_SRC, p->matrix, dx},
      {DNNL_ARG_SCALE, p->feature_wise, weight},
      {DNNL_ARG_SHIFT, p->feature_wise, bias},
      {DNNL_ARG_DIFF_SCALE, p->feature_wise, dweight},
      {DNNL_ARG_DIFF_SHIFT, p->feature_wise, dbias},
      {DNNL_ARG_MEAN, p->row_wise, p->mean},
      {DNNL_ARG_VARIANCE, p->row_wise, p->variance},
  };
  int failed = execute(p, description, arguments, sizeof arguments / sizeof arguments[0]);
  dnnl_primitive_desc_destroy(description);
  return failed;
}

static int finish(problem *p, int failed) {
  free(p->mean);
  free(p->variance);
  dnnl_primitive_desc_destroy(p->forward);
  dnnl_memory_desc_destroy(p->matrix);
  dnnl_memory_desc_destroy(p->row_wise);
  dnnl_memory_desc_destroy(p->feature_wise);
  dnnl_stream_destroy(p->stream);
  dnnl_engine_destroy(p->engine);
  return failed;
}

int forward(int64_t rows, int64_t features, int dtype, double eps, void *x, float *weight, float *bias, void *y) {
  problem p = {0};
  int failed = describe(&p, rows, features, dtype, eps, weight != NULL);
  return finish(&p, failed ? failed : run_forward(&p, x, weight, bias, y));
}

/* y is working memory here: the statistics come with it. */
int backward(int64_t rows, int64_t features, int dtype, double eps, void *dy, void *x, float *weight, float *bias,
             void *y, void *dx, float *dweight, float *dbias) {
  problem p = {0};
  int failed = describe(&p, rows, features, dtype, eps, weight != NULL);
  if (!failed)
    failed = run_forward(&p, x, weight, bias, y);
  return finish(&p, failed ? failed : run_backward(&p, dy, x, weight, bias, dx, dweight, dbias));
}

int version(void) {
  const dnnl_version_t *v = dnnl_version();
  return v->major * 10000 + v->minor * 100 + v->patch;
}
