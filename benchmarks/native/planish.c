/* planish through its C functions, as a C program calls them. */
#include "problem.h"

#include <planish.h>

static planish_layer_norm norm_of(const problem *p) {
  static const planish_dtype dtypes[] = {
      [F32] = PLANISH_F32, [BF16] = PLANISH_BF16, [F16] = PLANISH_F16, [F64] = PLANISH_F64};
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.dtype = dtypes[p->dtype];
  norm.rows = p->rows;
  norm.features = p->features;
  norm.inner = p->inner;
  norm.eps = p->eps;
  return norm;
}

static void check(planish_status status) {
  if (status != PLANISH_OK)
    fail(planish_status_string(status), planish_error_message());
}

void planish_forward(void *context) {
  const problem *p = context;
  planish_layer_norm norm = norm_of(p);
  bool statistics = p->operation == FORWARD_STATISTICS;
  check(planish_layer_norm_forward(&norm, p->x, p->weight, p->bias, p->result, statistics ? p->mean : NULL,
                                   statistics ? p->rstd : NULL));
}

void planish_backward(void *context) {
  const problem *p = context;
  planish_layer_norm norm = norm_of(p);
  bool all = p->operation == BACKWARD;
  check(planish_layer_norm_backward(&norm, p->dy, p->x, p->weight, p->mean, p->rstd, p->result, all ? p->dweight : NULL,
                                    all ? p->dbias : NULL));
}
