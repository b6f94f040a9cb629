/*
 * Included once per dtype, with ROWS_NAME, ELEMENT, REAL (what is computed in), LOAD and STORE defined. `step` is the
 * distance of the features: a constant 1 for rows, so that the compiler knows that they are contiguous.
 */

static inline void ROWS_NAME(forward_row)(const problem *p, int64_t at, int64_t row, int64_t step) {
  const ELEMENT *x = (const ELEMENT *)p->x + at, *weight = p->weight, *bias = p->bias;
  ELEMENT *y = (ELEMENT *)p->result + at;
  int64_t n = p->features;
  REAL mean = 0, variance = 0;
  for (int64_t i = 0; i < n; i++)
    mean += LOAD(x[i * step]);
  mean /= (REAL)n;
  for (int64_t i = 0; i < n; i++) {
    REAL d = LOAD(x[i * step]) - mean;
    variance += d * d;
  }
  REAL rstd = 1 / (REAL)sqrt(variance / (REAL)n + (REAL)p->eps);
  for (int64_t i = 0; i < n; i++)
    y[i * step] = STORE((LOAD(x[i * step]) - mean) * rstd * LOAD(weight[i]) + LOAD(bias[i]));
  if (p->operation == FORWARD_STATISTICS) {
    ((REAL *)p->mean)[row] = mean;
    ((REAL *)p->rstd)[row] = rstd;
  }
}

static void ROWS_NAME(forward)(const problem *p) {
  for (int64_t row = 0; row < p->rows * p->inner; row++) {
    if (p->inner == 1)
      ROWS_NAME(forward_row)(p, row * p->features, row, 1);
    else
      ROWS_NAME(forward_row)(p, row / p->inner * p->features * p->inner + row % p->inner, row, p->inner);
  }
}

/* dweight and dbias are NULL where they are not wanted. */
static inline void ROWS_NAME(backward_row)(const problem *p, int64_t at, int64_t row, int64_t step,
                                           REAL *restrict dweight, REAL *restrict dbias) {
  const ELEMENT *x = (const ELEMENT *)p->x + at, *dy = (const ELEMENT *)p->dy + at, *weight = p->weight;
  ELEMENT *restrict dx = (ELEMENT *)p->result + at;
  int64_t n = p->features;
  REAL mean = ((const REAL *)p->mean)[row], rstd = ((const REAL *)p->rstd)[row], sum = 0, dot = 0;
  for (int64_t i = 0; i < n; i++) {
    REAL g = LOAD(dy[i * step]) * LOAD(weight[i]);
    sum += g;
    dot += g * (LOAD(x[i * step]) - mean) * rstd;
  }
  sum /= (REAL)n;
  dot /= (REAL)n;
  for (int64_t i = 0; i < n; i++) {
    REAL xhat = (LOAD(x[i * step]) - mean) * rstd, gradient = LOAD(dy[i * step]);
    if (dweight != NULL) {
      dweight[i] += gradient * xhat;
      dbias[i] += gradient;
    }
    dx[i * step] = STORE(rstd * (gradient * LOAD(weight[i]) - sum - xhat * dot));
  }
}

static void ROWS_NAME(backward_rows)(const problem *p, REAL *dweight, REAL *dbias) {
  for (int64_t row = 0; row < p->rows * p->inner; row++) {
    if (p->inner == 1)
      ROWS_NAME(backward_row)(p, row * p->features, row, 1, dweight, dbias);
    else
      ROWS_NAME(backward_row)(p, row / p->inner * p->features * p->inner + row % p->inner, row, p->inner, dweight,
                              dbias);
  }
}

static void ROWS_NAME(backward)(const problem *p) {
  if (p->operation == BACKWARD_DX) {
    ROWS_NAME(backward_rows)(p, NULL, NULL);
    return;
  }
  size_t n = (size_t)p->features;
  REAL *sums = calloc(2 * n, sizeof *sums);
  if (sums == NULL)
    fail("naive", "out of memory");
  ROWS_NAME(backward_rows)(p, sums, sums + n);
  for (size_t i = 0; i < n; i++) {
    ((ELEMENT *)p->dweight)[i] = STORE(sums[i]);
    ((ELEMENT *)p->dbias)[i] = STORE(sums[n + i]);
  }
  free(sums);
}

#undef ROWS_NAME
#undef ELEMENT
#undef REAL
#undef LOAD
#undef STORE
