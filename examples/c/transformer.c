/*
 * A transformer block, forward and backward, and a gradient check: each derivative beside a central difference.
 *
 *     h = x + softmax(q k' / sqrt(D)) v wo      n1 = norm(x; weight1, bias1)      q, k, v = n1 wq, n1 wk, n1 wv
 *     y = h + u w2                              n2 = norm(h; weight2, bias2)      u = tanh(n2 w1)
 *
 * loss = sum((y - target)^2) / 2. A token sees itself and those before it. Derivatives of the loss have a d in front.
 */
#include <math.h>
#include <planish.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { T = 6, D = 8, H = 16 }; /* tokens, features, hidden features */
enum { X, WEIGHT1, BIAS1, WQ, WK, WV, WO, WEIGHT2, BIAS2, W1, W2, TENSORS };
static const struct {
  const char *name;
  int rows, columns;
} shapes[TENSORS] = {{"x", T, D},  {"weight1", 1, D}, {"bias1", 1, D}, {"wq", D, D}, {"wk", D, D}, {"wv", D, D},
                     {"wo", D, D}, {"weight2", 1, D}, {"bias2", 1, D}, {"w1", D, H}, {"w2", H, D}};
static double p[TENSORS][D * H], dp[TENSORS][D * H], target[T * D];
static double n1[T * D], mean1[T], rstd1[T], q[T * D], k[T * D], v[T * D], soft[T * T], mixed[T * D], h[T * D];
static double n2[T * D], mean2[T], rstd2[T], u[T * H], y[T * D];

typedef struct matrix {
  const double *at;
  int rows, columns, row_stride, column_stride;
} matrix;
static matrix full(const double *at, int rows, int columns) { return (matrix){at, rows, columns, columns, 1}; }
static matrix transposed(const double *at, int rows, int columns) { return (matrix){at, columns, rows, 1, columns}; }

static void add_product(double *c, matrix a, matrix b) { /* c += a b */
  for (int i = 0; i < a.rows; i++)
    for (int j = 0; j < b.columns; j++)
      for (int l = 0; l < a.columns; l++)
        c[i * b.columns + j] +=
            a.at[i * a.row_stride + l * a.column_stride] * b.at[l * b.row_stride + j * b.column_stride];
}
static void product(double *c, matrix a, matrix b) { /* c = a b */
  memset(c, 0, sizeof *c * (size_t)(a.rows * b.columns));
  add_product(c, a, b);
}
static void product_backward(const double *dc, const double *a, int w,
                             double *da) { /* of c = a w: dw = a' dc, da += dc w' */
  const int in = shapes[w].rows, out = shapes[w].columns;
  product(dp[w], transposed(a, T, in), full(dc, T, out));
  add_product(da, full(dc, T, out), transposed(p[w], in, out));
}

/* Tokens in double, so that differences are exact to many digits. */
static const planish_layer_norm norm = {
    .size = sizeof norm, .dtype = PLANISH_F64, .rows = T, .features = D, .eps = 1e-5};
static void check(planish_status status) {
  if (status != PLANISH_OK) {
    fprintf(stderr, "transformer: %s\n", planish_error_message());
    exit(1);
  }
}

static double forward(void) {
  check(planish_layer_norm_forward(&norm, p[X], p[WEIGHT1], p[BIAS1], n1, mean1, rstd1));
  product(q, full(n1, T, D), full(p[WQ], D, D));
  product(k, full(n1, T, D), full(p[WK], D, D));
  product(v, full(n1, T, D), full(p[WV], D, D));
  product(soft, full(q, T, D), transposed(k, T, D));
  for (int i = 0; i < T; i++) {
    double sum = 0;
    for (int j = 0; j < T; j++)
      sum += soft[i * T + j] = j <= i ? exp(soft[i * T + j] / sqrt(D)) : 0;
    for (int j = 0; j < T; j++)
      soft[i * T + j] /= sum;
  }
  product(mixed, full(soft, T, T), full(v, T, D));
  memcpy(h, p[X], sizeof h);
  add_product(h, full(mixed, T, D), full(p[WO], D, D));

  check(planish_layer_norm_forward(&norm, h, p[WEIGHT2], p[BIAS2], n2, mean2, rstd2));
  product(u, full(n2, T, D), full(p[W1], D, H));
  for (int i = 0; i < T * H; i++)
    u[i] = tanh(u[i]);
  memcpy(y, h, sizeof y);
  add_product(y, full(u, T, H), full(p[W2], H, D));

  double loss = 0;
  for (int i = 0; i < T * D; i++)
    loss += (y[i] - target[i]) * (y[i] - target[i]) / 2;
  return loss;
}

static void backward(void) { /* after forward */
  double dy[T * D], du[T * H] = {0}, dn2[T * D] = {0}, dh[T * D], dmixed[T * D] = {0}, dsoft[T * T];
  double dq[T * D], dk[T * D], dv[T * D], dn1[T * D] = {0};
  for (int i = 0; i < T * D; i++)
    dy[i] = y[i] - target[i];
  product_backward(dy, u, W2, du);
  for (int i = 0; i < T * H; i++)
    du[i] *= 1 - u[i] * u[i];
  product_backward(du, n2, W1, dn2);
  check(planish_layer_norm_backward(&norm, dn2, h, p[WEIGHT2], mean2, rstd2, dh, dp[WEIGHT2], dp[BIAS2]));
  for (int i = 0; i < T * D; i++)
    dh[i] += dy[i];

  product_backward(dh, mixed, WO, dmixed);
  product(dv, transposed(soft, T, T), full(dmixed, T, D));
  product(dsoft, full(dmixed, T, D), transposed(v, T, D));
  for (int i = 0; i < T; i++) {
    double average = 0;
    for (int j = 0; j < T; j++)
      average += soft[i * T + j] * dsoft[i * T + j];
    for (int j = 0; j < T; j++)
      dsoft[i * T + j] = soft[i * T + j] * (dsoft[i * T + j] - average) / sqrt(D);
  }
  product(dq, full(dsoft, T, T), full(k, T, D));
  product(dk, transposed(dsoft, T, T), full(q, T, D));
  product_backward(dq, n1, WQ, dn1);
  product_backward(dk, n1, WK, dn1);
  product_backward(dv, n1, WV, dn1);
  check(planish_layer_norm_backward(&norm, dn1, p[X], p[WEIGHT1], mean1, rstd1, dp[X], dp[WEIGHT1], dp[BIAS1]));
  for (int i = 0; i < T * D; i++)
    dp[X][i] += dh[i];
}

static double draw(void) { /* between -1 and 1; the same numbers in every run */
  static unsigned state = 1;
  state = (state * 1664525u + 1013904223u) & 0xffffffffu;
  return state / 2147483648.0 - 1;
}

int main(void) {
  for (int t = 0; t < TENSORS; t++)
    for (int i = 0; i < shapes[t].rows * shapes[t].columns; i++)
      p[t][i] = draw() + (t == WEIGHT1 || t == WEIGHT2);
  for (int i = 0; i < T * D; i++)
    target[i] = draw();
  printf("loss %.6f\n", forward());
  backward();

  int wrong = 0;
  for (int t = 0; t < TENSORS; t++) {
    double off = 0, largest = 0;
    const int size = shapes[t].rows * shapes[t].columns;
    for (int i = 0; i < size; i++) {
      const double step = 1e-5, here = p[t][i];
      p[t][i] = here + step;
      const double above = forward();
      p[t][i] = here - step;
      const double below = forward();
      p[t][i] = here;
      off = fmax(off, fabs((above - below) / (2 * step) - dp[t][i]));
      largest = fmax(largest, fabs(dp[t][i]));
    }
    const int good = off <= 1e-7 * largest; /* false for NaN, too */
    printf("%-8s %4d derivatives up to %8.3f, off by at most %.0e%s\n", shapes[t].name, size, largest, off,
           good ? "" : "  WRONG");
    wrong += !good;
  }
  return wrong != 0;
}
