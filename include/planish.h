/*
 * planish.h - layer normalization for CPUs, forward and backward.
 *
 *     y  = (x - mean) * rstd * weight + bias        for each row of x on its own
 *     mean = avg(x)     rstd = 1 / sqrt(avg((x - mean)^2) + eps)
 *
 *     dweight = sum(dy * x^)    dbias = sum(dy)     over the rows;  x^ = (x - mean) * rstd,  g = dy * weight
 *     dx = rstd * (g - avg(g) - x^ * avg(g * x^))   averages over the features of a row
 *
 * Source: Ba, Kiros, Hinton, "Layer Normalization", 2016 (arXiv 1607.06450).
 *
 * A first use, rows of contiguous floats:
 *
 *     float x[2][4] = {{1, 2, 3, 4}, {10, 20, 30, 40}}, y[2][4];
 *     planish_status status = planish_layer_norm_f32(2, 4, &x[0][0], NULL, NULL, 1e-5, &y[0][0]);
 *     if (status != PLANISH_OK)
 *         fprintf(stderr, "%s: %s\n", planish_status_string(status), planish_error_message());
 *
 * Anything else is described by a planish_layer_norm:
 *
 *     planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
 *     norm.rows = 2;
 *     norm.features = 4;
 *     norm.eps = 1e-5;
 *     planish_layer_norm_forward(&norm, x, weight, bias, y, mean, rstd);
 *     planish_layer_norm_backward(&norm, dy, x, weight, mean, rstd, dx, dweight, dbias);
 *
 * Conventions of every function here:
 *
 *   Shapes      x, y, dy, dx: `rows` rows of `features` elements. weight, bias, dweight, dbias: `features` elements.
 *               mean, rstd: `rows` elements. Sizes and strides count elements, not bytes. For `inner`, see below.
 *   Alignment   none is needed.
 *   Ownership   the caller's. Nothing is kept after a call, nothing outside the described elements is read or written.
 *   Aliasing    y may be x and dx may be dy, with the same stride. Any other output that shares memory with an input or
 *               with another output is refused.
 *   Errors      a status, and no output is touched. No call ever ends the process.
 *   Threads     every function may be called from any number of threads at once, on outputs of their own. Large calls
 * use several threads themselves: see "Threads" below. Float state rounding mode, flush-to-zero and exception flags are
 * the caller's again when a call returns. Results do not depend on flush-to-zero or on unmasked exceptions.
 *
 * Until version 1.0 anything may change between minor versions; the changelog says what did.
 */
#ifndef PLANISH_H
#define PLANISH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header, as one number that grows: major * 10000 + minor * 100 + patch. */
#define PLANISH_VERSION_MAJOR 0
#define PLANISH_VERSION_MINOR 1
#define PLANISH_VERSION_PATCH 0
#define PLANISH_VERSION (PLANISH_VERSION_MAJOR * 10000 + PLANISH_VERSION_MINOR * 100 + PLANISH_VERSION_PATCH)

/* The version of the library that runs, in the same form. */
int32_t planish_version(void);

/* ---- Status ---- */

/* What a call came to. The numbers are part of the ABI: none is ever given another meaning. */
typedef enum planish_status {
  PLANISH_OK = 0,
  PLANISH_NULL_POINTER = 1,   /* an argument that is needed is NULL */
  PLANISH_BAD_SIZE = 2,       /* rows negative, or features less than 1 */
  PLANISH_SIZE_OVERFLOW = 3,  /* an array would not fit into the address space */
  PLANISH_BAD_STRIDE = 4,     /* a stride is shorter than what it spans */
  PLANISH_BAD_EPS = 5,        /* eps is negative, infinite or not a number */
  PLANISH_OVERLAP = 6,        /* an output shares memory with an argument that it must not share it with */
  PLANISH_BAD_STRUCT = 7,     /* a struct has a size that this library does not know, or uses a field that it lacks */
  PLANISH_BAD_DTYPE = 8,      /* a dtype that this library does not know, or that does not go with x's */
  PLANISH_BAD_CPU = 9,        /* a CPU level that does not exist or that this CPU lacks was asked for */
  PLANISH_OUT_OF_MEMORY = 10, /* working memory could not be had */
  PLANISH_BAD_THREADS = 11    /* a number of threads is negative, or PLANISH_NUM_THREADS is no number from 1 on */
} planish_status;

/* A sentence for a status; never NULL, also for numbers that are no status. */
const char *planish_status_string(planish_status status);

/*
 * What was wrong with the last call on this thread that failed, naming the argument and the number, for example
 * "x_stride is 3, shorter than the 4 elements that it spans". Empty if none has failed. Valid until this thread's next
 * failure.
 */
const char *planish_error_message(void);

/* ---- The problem ---- */

typedef enum planish_dtype {
  PLANISH_SAME = 0, /* weight and bias: the dtype of x */
  PLANISH_F32 = 1,  /* float */
  PLANISH_F64 = 2,  /* double */
  PLANISH_BF16 = 3, /* bfloat16: the upper half of a float */
  PLANISH_F16 = 4   /* IEEE binary16 */
} planish_dtype;

/*
 * What is to be normalized. Set it to PLANISH_LAYER_NORM_INIT, then set what differs. Fields are only ever added, at
 * the end, and zero in a new field means what the library did before: callers compiled against an older header keep
 * working, and a newer caller is refused with PLANISH_BAD_STRUCT only where it uses a field that the library lacks.
 *
 * An array is seen as [rows][features][inner]. With an inner of 1, which is the usual case, each of the `rows` is
 * normalized over its features: batches (N, F), sequences (N, L, H), images (N, C, H, W) over channels, height and
 * width together. With more, each of the rows * inner columns of features is: images over the channels alone, at each
 * pixel, have N rows, C features and an inner of H * W. mean and rstd have rows * inner elements.
 */
typedef struct planish_layer_norm {
  size_t size;                /* sizeof(planish_layer_norm); PLANISH_LAYER_NORM_INIT sets it */
  planish_dtype dtype;        /* of x, y, dy, dx; mean and rstd are double for PLANISH_F64 and float for all others */
  planish_dtype weight_dtype; /* of weight and dweight: PLANISH_SAME, or PLANISH_F32 also for 16-bit x */
  planish_dtype bias_dtype;   /* of bias and dbias: the same choice */
  int32_t reserved;           /* 0; anything else is refused */
  int64_t rows;               /* 0 or more */
  int64_t features;           /* 1 or more */
  int64_t inner;              /* 1 or more; 0 stands for 1 */
  double eps;                 /* added to the variance; finite, 0 or more */
  int64_t x_stride;           /* elements from one row of x to the next; 0: rows lie one behind the other */
  int64_t y_stride;           /* the same for y, dy, dx */
  int64_t dy_stride;
  int64_t dx_stride;
  int64_t x_feature_stride; /* elements from one feature of x to the next, at least `inner`; 0 stands for `inner` */
  int64_t y_feature_stride; /* the same for y, dy, dx; with an inner of 1 it must be 1 */
  int64_t dy_feature_stride;
  int64_t dx_feature_stride;
} planish_layer_norm;

#define PLANISH_LAYER_NORM_INIT                                                                                        \
  {sizeof(planish_layer_norm), PLANISH_F32, PLANISH_SAME, PLANISH_SAME, 0, 0, 0, 0, 1e-5, 0, 0, 0, 0, 0, 0, 0, 0}

/* ---- Layer norm ---- */

/*
 * y, and the statistics of each row where wanted.
 *
 *   weight, bias   may be NULL: then they are 1 and 0
 *   mean, rstd     may be NULL: then they are not wanted
 *   x, y           may be NULL only if rows is 0
 *
 * Cost: x is read once from memory as long as a row fits into the cache, y is written once: past the caches, if x and y
 * are more than 8 MiB together. No memory is allocated.
 */
planish_status planish_layer_norm_forward(const planish_layer_norm *norm, const void *x, const void *weight,
                                          const void *bias, void *y, void *mean, void *rstd);

/*
 * The gradients of a loss whose gradient with respect to y is dy.
 *
 *   weight               as it was in forward; may be NULL: then it is 1
 *   mean, rstd           as forward gave them, both or neither; NULL: they are computed from x, with the same result
 *   dx, dweight, dbias   each may be NULL: then it is not wanted and costs nothing
 *   dy, x                may be NULL only if rows is 0; then dweight and dbias are zeros
 *
 * Cost: x and dy are read once from memory as long as a row of each fits into the cache. For dweight and dbias of more
 * than 32 rows, working memory is allocated for the length of the call: 16 bytes a feature, and 24 for each thread;
 * with PLANISH_F64, 32 and 48. Of fewer rows, 8 bytes (16) where dweight or dbias is missing or has 16 bits.
 */
planish_status planish_layer_norm_backward(const planish_layer_norm *norm, const void *dy, const void *x,
                                           const void *weight, const void *mean, const void *rstd, void *dx,
                                           void *dweight, void *dbias);

/* Forward in one line: contiguous rows of floats, without statistics. */
planish_status planish_layer_norm_f32(int64_t rows, int64_t features, const float *x, const float *weight,
                                      const float *bias, double eps, float *y);

/* ---- CPU levels ---- */

/*
 * The kernels exist once per CPU level; all levels give the same bits. On x86-64: "baseline" (SSE2), "avx2" (AVX2, FMA
 * and F16C: x86-64-v3) and "avx512" (AVX-512 F, BW, CD, DQ, VL: x86-64-v4). On AArch64: "neon". The best one that the
 * CPU has is taken, unless the environment variable PLANISH_CPU names another at the first call. A name in PLANISH_CPU
 * that cannot be had makes every call fail with PLANISH_BAD_CPU.
 */

/* The name of the level in use; NULL, with a planish_error_message, if PLANISH_CPU asks for one that cannot be had. */
const char *planish_cpu(void);

/* The name of the index-th level that this CPU has, from the plainest (index 0) on; NULL past the last one. */
const char *planish_cpu_level(int32_t index);

/* Use this level from now on, in every thread; NULL goes back to the best one. For tests and support. */
planish_status planish_set_cpu(const char *level);

/* ---- Threads ---- */

/*
 * A call that is worth it uses several threads: about ten microseconds of work for each. Results do not depend on it.
 * The threads are started by the first such call, take no signals, keep off the caller's CPU, and sleep when they have
 * had nothing to do for a fifth of a millisecond. While they work for one call, others do with the thread that they are
 * on. In the child of a fork the threads start anew, and where none can be had, the calling thread does it all.
 *
 * Without a number set, it is that in the environment variable PLANISH_NUM_THREADS, or else that of the CPUs that the
 * calling thread may run on, limited by the CPU time that its control group has. A PLANISH_NUM_THREADS that is no
 * number from 1 on makes calls that would use threads fail with PLANISH_BAD_THREADS.
 */

/* Use at most so many threads from now on, in every call; 0 goes back to the default. More than 64 are not used. */
planish_status planish_set_num_threads(int32_t threads);

/* How many threads a call may use; 0, with a planish_error_message, if PLANISH_NUM_THREADS is no number. */
int32_t planish_get_num_threads(void);

/*
 * For a host with threads of its own: instead of the library's, use `run`, which must call piece(argument, i) once for
 * each i from 0 to pieces - 1, at the same time or not, and return when all have returned. It is called with as many
 * pieces as threads are wanted. NULL goes back to the library's own threads. Neither may change while calls run.
 */
typedef void (*planish_parallel_for)(void *context, int32_t pieces, void (*piece)(void *argument, int32_t i),
                                     void *argument);
void planish_set_executor(planish_parallel_for run, void *context);

#ifdef __cplusplus
}
#endif

#endif /* PLANISH_H */
