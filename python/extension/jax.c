/*
 * Forward and backward as foreign functions of XLA, for planish.jax. XLA calls them on its own threads, without Python.
 * Arrays are dense, and planish/jax.py has checked them; only what would touch other memory is checked again.
 */
#include "module.h"
#include "xla.h"

#include <string.h>

/* ---- The call ---- */

static XlaError *fail(const XlaCall *call, const char *message) {
  XlaErrorArguments arguments = {sizeof arguments, NULL, message, XLA_INVALID_ARGUMENT};
  return call->api->create_error(&arguments);
}

/* Whether XLA only asks for the version: ours is any minor one of the same major one. */
static bool answer_metadata(const XlaCall *call) {
  const XlaExtension *extension = call->extensions;
  if (!extension || extension->type != XLA_METADATA)
    return false;
  XlaMetadata *metadata = ((const XlaMetadataExtension *)extension)->metadata;
  metadata->version.major = XLA_MAJOR;
  metadata->version.minor = call->api->version.minor;
  metadata->traits = 0;
  return true;
}

/* The value of an attribute, which is a scalar of this dtype; NULL without one. */
static const void *attribute(const XlaCall *call, const char *name, int dtype) {
  const XlaAttributes *all = &call->attributes;
  for (int64_t i = 0; i < all->count; i++)
    if (all->names[i]->length == strlen(name) && memcmp(all->names[i]->text, name, strlen(name)) == 0)
      return all->values[i]->dtype == dtype ? all->values[i]->value : NULL;
  return NULL;
}

/* 0 is none of ours. */
static planish_dtype dtype_of(const XlaBuffer *buffer) {
  switch (buffer->dtype) {
  case XLA_F32:
    return PLANISH_F32;
  case XLA_F64:
    return PLANISH_F64;
  case XLA_BF16:
    return PLANISH_BF16;
  case XLA_F16:
    return PLANISH_F16;
  }
  return 0;
}

static int64_t product(const XlaBuffer *buffer, int64_t first, int64_t end) {
  int64_t size = 1;
  for (int64_t axis = first; axis < end; axis++)
    size *= buffer->extents[axis];
  return size;
}

/* The next buffer, if it has this many elements; NULL with an error otherwise. */
typedef struct Buffers {
  const XlaBuffers *all;
  int64_t next;
  bool failed;
} Buffers;

static const XlaBuffer *take(Buffers *buffers, int64_t size) {
  if (buffers->next >= buffers->all->count)
    buffers->failed = true;
  if (buffers->failed)
    return NULL;
  const XlaBuffer *buffer = buffers->all->buffers[buffers->next++];
  buffers->failed = product(buffer, 0, buffer->rank) != size || dtype_of(buffer) == 0;
  return buffers->failed ? NULL : buffer;
}

static void *data(const XlaBuffer *buffer) { return buffer ? buffer->data : NULL; }

/* ---- The problem ---- */

enum { WEIGHT = 1, BIAS = 2, STATISTICS = 4 }; /* of the attribute `given`; also in planish/jax.py */

typedef struct Problem {
  planish_layer_norm norm;
  int64_t given, size, outside;
} Problem;

/* Normalizes axes first ..< end of x, counted from x's last one: both are attributes. */
static bool read_problem(Problem *problem, const XlaCall *call, const XlaBuffer *x) {
  const int64_t *first = attribute(call, "first", XLA_S64), *end = attribute(call, "end", XLA_S64);
  const int64_t *given = attribute(call, "given", XLA_S64);
  const double *eps = attribute(call, "eps", XLA_F64);
  if (!first || !end || !given || !eps || *first < -x->rank || *first >= *end || *end > 0)
    return false;
  const int64_t from = x->rank + *first, to = x->rank + *end;
  planish_layer_norm *norm = &problem->norm;
  *norm = (planish_layer_norm)PLANISH_LAYER_NORM_INIT;
  norm->dtype = dtype_of(x);
  norm->eps = *eps;
  norm->rows = product(x, 0, from);
  norm->features = product(x, from, to);
  norm->inner = product(x, to, x->rank);
  problem->given = *given;
  problem->size = product(x, 0, x->rank);
  problem->outside = norm->rows * norm->inner;
  return true;
}

static void set_dtypes(planish_layer_norm *norm, const XlaBuffer *weight, const XlaBuffer *bias) {
  if (weight)
    norm->weight_dtype = dtype_of(weight);
  if (bias)
    norm->bias_dtype = dtype_of(bias);
}

static XlaError *finish(const XlaCall *call, planish_status status) {
  if (status == PLANISH_OK)
    return NULL;
  const char *message = planish_error_message();
  return fail(call, *message ? message : planish_status_string(status));
}

/* ---- The two functions ---- */

/* x, weight, bias to y, mean, rstd. */
static XlaError *forward(XlaCall *call) {
  if (answer_metadata(call) || call->stage != XLA_EXECUTE)
    return NULL;
  Buffers in = {.all = &call->arguments}, out = {.all = &call->results};
  Problem problem;
  const XlaBuffer *x = in.all->count > 0 ? in.all->buffers[in.next++] : NULL;
  if (!x || dtype_of(x) == 0 || !read_problem(&problem, call, x))
    return fail(call, "planish: no such layer norm");
  const int64_t features = problem.norm.features;
  const XlaBuffer *weight = problem.given & WEIGHT ? take(&in, features) : NULL;
  const XlaBuffer *bias = problem.given & BIAS ? take(&in, features) : NULL;
  const XlaBuffer *y = take(&out, problem.size);
  const XlaBuffer *mean = problem.given & STATISTICS ? take(&out, problem.outside) : NULL;
  const XlaBuffer *rstd = problem.given & STATISTICS ? take(&out, problem.outside) : NULL;
  if (in.failed || out.failed)
    return fail(call, "planish: arrays of layer norm do not fit together");
  set_dtypes(&problem.norm, weight, bias);
  return finish(call, planish_layer_norm_forward(&problem.norm, x->data, data(weight), data(bias), y->data, data(mean),
                                                 data(rstd)));
}

/* dy, x, mean, rstd, weight to dx, dweight, dbias, the last two where there is weight, and bias. */
static XlaError *backward(XlaCall *call) {
  if (answer_metadata(call) || call->stage != XLA_EXECUTE)
    return NULL;
  Buffers in = {.all = &call->arguments}, out = {.all = &call->results};
  Problem problem;
  const XlaBuffer *x = in.all->count > 1 ? in.all->buffers[1] : NULL;
  if (!x || dtype_of(x) == 0 || !read_problem(&problem, call, x))
    return fail(call, "planish: no such gradient of layer norm");
  const int64_t features = problem.norm.features;
  const XlaBuffer *dy = take(&in, problem.size);
  take(&in, problem.size);
  const XlaBuffer *mean = take(&in, problem.outside), *rstd = take(&in, problem.outside);
  const XlaBuffer *weight = problem.given & WEIGHT ? take(&in, features) : NULL;
  const XlaBuffer *dx = take(&out, problem.size);
  const XlaBuffer *dweight = problem.given & WEIGHT ? take(&out, features) : NULL;
  const XlaBuffer *dbias = problem.given & BIAS ? take(&out, features) : NULL;
  if (in.failed || out.failed)
    return fail(call, "planish: arrays of a gradient of layer norm do not fit together");
  set_dtypes(&problem.norm, dweight, dbias);
  return finish(call, planish_layer_norm_backward(&problem.norm, dy->data, x->data, data(weight), mean->data,
                                                  rstd->data, dx->data, data(dweight), data(dbias)));
}

/* ---- For Python ---- */

static PyObject *capsule(XlaHandler *handler) {
  return PyCapsule_New((void *)(uintptr_t)handler, "xla._CUSTOM_CALL_TARGET", NULL);
}

PyObject *jax_handlers(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) {
  return Py_BuildValue("(NN)", capsule(forward), capsule(backward));
}
