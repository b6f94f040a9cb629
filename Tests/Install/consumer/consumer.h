/* What every consumer does: a call forward and one backward, as C or as C++, and what they give. */
#ifndef CONSUMER_H
#define CONSUMER_H

#include <planish.h>
#include <stdio.h>

typedef struct functions {
  int32_t (*version)(void);
  const char *(*error_message)(void);
  planish_status (*forward)(const planish_layer_norm *, const void *, const void *, const void *, void *, void *,
                            void *);
  planish_status (*backward)(const planish_layer_norm *, const void *, const void *, const void *, const void *,
                             const void *, void *, void *, void *);
} functions;

static int consume(functions f) {
  const float x[] = {3, 5, 20, 10}, dy[] = {1, 0, 0, 1};
  float y[4], mean[2], rstd[2], dx[4], dbias[2];
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.rows = 2;
  norm.features = 2;
  norm.eps = 0;
#ifdef FUTURE
  norm.future = FUTURE;
#endif
  if (f.forward(&norm, x, NULL, NULL, y, mean, rstd) != PLANISH_OK ||
      f.backward(&norm, dy, x, NULL, mean, rstd, dx, NULL, dbias) != PLANISH_OK) {
    printf("refused: %s\n", f.error_message());
    return 3;
  }
  printf("header %d, library %d: y %g %g %g %g, mean %g %g, rstd %g %g, dx %g %g, dbias %g %g\n", PLANISH_VERSION,
         (int)f.version(), (double)y[0], (double)y[1], (double)y[2], (double)y[3], (double)mean[0], (double)mean[1],
         (double)rstd[0], (double)rstd[1], (double)dx[0], (double)dx[1], (double)dbias[0], (double)dbias[1]);
  return 0;
}

#endif
