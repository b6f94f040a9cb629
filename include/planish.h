/**
 * @mainpage planish.h: layer normalization for CPUs, forward and backward
 *
 *     y  = (x - mean) * rstd * weight + bias        for each row of x on its own
 *     mean = avg(x)     rstd = 1 / sqrt(avg((x - mean)^2) + eps)
 *
 *     dweight = sum(dy * x^)    dbias = sum(dy)     over the rows;  x^ = (x - mean) * rstd,  g = dy * weight
 *     dx = rstd * (g - avg(g) - x^ * avg(g * x^))   averages over the features of a row
 *
 * Source: Ba, Kiros, Hinton, "Layer Normalization", 2016 (arXiv 1607.06450).
 *
 * A first use, a whole program:
 *
 * @code{.c}
 * #include <planish.h>
 * #include <stdio.h>
 *
 * static int failed(planish_status status) {
 *   if (status != PLANISH_OK)
 *     fprintf(stderr, "%s: %s\n", planish_status_string(status), planish_error_message());
 *   return status != PLANISH_OK;
 * }
 *
 * int main(void) {
 *   const float x[2][4] = {{1, 2, 3, 4}, {10, 20, 30, 40}};
 *   float y[2][4];
 *
 *   // In one line, for rows of floats that lie one behind the other: no weight, no bias, eps = 1e-5.
 *   if (failed(planish_layer_norm_f32(2, 4, &x[0][0], NULL, NULL, 1e-5, &y[0][0])))
 *     return 1;
 *   printf("%.4f %.4f %.4f %.4f\n", y[0][0], y[0][1], y[0][2], y[0][3]); // -1.3416 -0.4472 0.4472 1.3416
 *
 *   // Anything else is described by a planish_layer_norm. Here: weight and bias, statistics, then the gradients.
 *   const float weight[4] = {1, 2, 1, 2}, bias[4] = {0, 0, 1, 1}, dy[2][4] = {{1, 0, 0, 0}, {0, 0, 0, 1}};
 *   float mean[2], rstd[2], dx[2][4], dweight[4], dbias[4];
 *   planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
 *   norm.rows = 2;
 *   norm.features = 4;
 *   norm.eps = 1e-6;
 *   if (failed(planish_layer_norm_forward(&norm, x, weight, bias, y, mean, rstd)))
 *     return 1;
 *   if (failed(planish_layer_norm_backward(&norm, dy, x, weight, mean, rstd, dx, dweight, dbias)))
 *     return 1;
 *   printf("%.4f %.4f\n", mean[0], mean[1]);                                 // 2.5000 25.0000
 *   printf("%.4f %.4f %.4f %.4f\n", dx[0][0], dx[0][1], dx[0][2], dx[0][3]); // 0.2683 -0.3578 -0.0894 0.1789
 *   printf("%.4f %.4f %.4f %.4f\n", dbias[0], dbias[1], dbias[2], dbias[3]); // 1.0000 0.0000 0.0000 1.0000
 *   return 0;
 * }
 * @endcode
 *
 * Compile it with one of
 *
 *     cc main.c $(pkg-config --cflags --libs planish)
 *     cc main.c -I PREFIX/include -L PREFIX/lib -lplanish -Wl,-rpath,PREFIX/lib
 *     cc main.c -I PREFIX/include PREFIX/lib/libplanish.a -lm                      and -pthread before glibc 2.34
 *
 * (the first one where the loader looks into PREFIX/lib: after ldconfig, or with the -rpath of the second) or, in
 * CMake, find_package(planish 0.1 CONFIG REQUIRED) and link planish::planish or planish::static.
 *
 * @section conventions What holds for every function
 *
 * - **Shapes**: x, y, dy, dx are `rows` rows of `features` elements; weight, bias, dweight, dbias are `features`
 *   elements; mean, rstd are `rows` elements. For columns of features, such as the channels of images, see
 *   planish_layer_norm. Sizes and strides count elements, not bytes, and may be anything up to what fits into the
 *   address space.
 * - **Alignment**: none is needed.
 * - **Ownership**: memory is the caller's. No pointer is kept after a call but the executor's, nothing outside the
 *   described elements is read or written, nothing that is returned is to be freed.
 * - **Aliasing**: y may be x, and dx may be dy, with the same strides. Inputs may share memory with each other.
 *   Any other output that shares a byte with an input or with another output is refused (PLANISH_OVERLAP). Rows
 *   may lie between the rows of another array, and a vector in the gap between two rows, where strides leave room.
 * - **Errors**: a status. All arguments are checked before any work is done; after a failure no output has been
 *   touched. No call ends the process, and none prints.
 * - **Threads**: every function but planish_set_executor may be called from any number of threads at once, on outputs
 *   of their own. Large calls use several threads themselves: see @ref threads. None is for signal handlers.
 * - **Floating-point state**: rounding mode, flush-to-zero and exception flags are the caller's again when a call
 *   returns. Results do not depend on flush-to-zero or on unmasked exceptions. They follow the rounding mode.
 * - **Bits**: y, mean, rstd and dx of a row have the same bits on every CPU, with any number of threads, among any
 *   other rows, at any alignment and stride; dweight and dbias on every CPU, with any number of threads.
 *
 * @section stability What is stable, and what may change
 *
 * Within one major number, which the name libplanish.so.0 carries, a program that was compiled against an older
 * header runs with every newer library. These stay as they are:
 *
 * - every function: its name, its symbol version (PLANISH_0.1), its arguments, what it promises here;
 * - the number and the meaning of every status and dtype, and the macros;
 * - the fields of a struct, their order and places. Structs grow at their end, and zero in a new field means what
 *   was done before. A newer program on an older library is refused with PLANISH_BAD_STRUCT where it uses a field
 *   that the library lacks, and works where it does not;
 * - the environment variables PLANISH_CPU and PLANISH_NUM_THREADS.
 *
 * These may change in any version; the changelog says so where it matters:
 *
 * - sizeof(planish_layer_norm): keep the struct out of interfaces of your own, where two versions could meet;
 * - further functions, statuses, dtypes and CPU levels: take a status that you do not know for a failure;
 * - the texts of messages, how many threads a call uses, working memory and speed;
 * - while the major number is 0, the last bits of results, in a new minor version.
 *
 * @file planish.h
 * The functions, types and macros.
 */
#ifndef PLANISH_H
#define PLANISH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup version Version
 * @{
 */

#define PLANISH_VERSION_MAJOR 0 /**< Another number: programs have to be compiled anew. */
#define PLANISH_VERSION_MINOR 1 /**< Grows with what is added. */
#define PLANISH_VERSION_PATCH 0 /**< Grows with what is mended. */

/** The version of this header, as one number that grows: major * 10000 + minor * 100 + patch. */
#define PLANISH_VERSION (PLANISH_VERSION_MAJOR * 10000 + PLANISH_VERSION_MINOR * 100 + PLANISH_VERSION_PATCH)

/**
 * The version of the library that runs.
 *
 * @return the number in the form of PLANISH_VERSION; it is larger where the library is newer than the header
 *
 * Cannot fail. Costs nothing.
 */
int32_t planish_version(void);

/** @} */

/**
 * @defgroup status Status
 * @{
 */

/** What a call came to. */
typedef enum planish_status {
  PLANISH_OK = 0,             /**< done */
  PLANISH_NULL_POINTER = 1,   /**< an argument that is needed is NULL */
  PLANISH_BAD_SIZE = 2,       /**< rows or inner negative, or features less than 1 */
  PLANISH_SIZE_OVERFLOW = 3,  /**< an array would not fit into the address space */
  PLANISH_BAD_STRIDE = 4,     /**< a stride is shorter than what it spans */
  PLANISH_BAD_EPS = 5,        /**< eps is negative, infinite or not a number */
  PLANISH_OVERLAP = 6,        /**< an output shares memory with an argument that it must not share it with */
  PLANISH_BAD_STRUCT = 7,     /**< a struct has a size that this library does not know, or uses a field that it lacks */
  PLANISH_BAD_DTYPE = 8,      /**< a dtype that this library does not know, or that does not go with x's */
  PLANISH_BAD_CPU = 9,        /**< a CPU level that does not exist or that this CPU lacks was asked for */
  PLANISH_OUT_OF_MEMORY = 10, /**< working memory could not be had */
  PLANISH_BAD_THREADS = 11    /**< a number of threads is negative, or PLANISH_NUM_THREADS is no number from 1 on */
} planish_status;

/**
 * A sentence for a status.
 *
 * @param status  any number, also one that is no status
 * @return the sentence; never NULL, of the library's own and there for good
 *
 * Cannot fail. Costs nothing.
 */
const char *planish_status_string(planish_status status);

/**
 * What was wrong with the last call on this thread that failed.
 *
 * @return a sentence that names the argument and the number, for example "x_stride is 3, shorter than the 4
 *         elements that it spans". Empty if no call has failed; a call that succeeds leaves it as it is. It is the
 *         library's own, and valid until the next failure on this thread or the thread's end: copy what is to be kept.
 *
 * Every thread has a message of its own. Cannot fail. Costs nothing: sentences are written when a call fails.
 */
const char *planish_error_message(void);

/** @} */

/**
 * @defgroup problem What is to be normalized
 * @{
 */

/** The type of elements. */
typedef enum planish_dtype {
  PLANISH_SAME = 0, /**< of weight and bias: the dtype of x */
  PLANISH_F32 = 1,  /**< float */
  PLANISH_F64 = 2,  /**< double */
  PLANISH_BF16 = 3, /**< bfloat16: the upper half of a float. Computed in float, rounded to nearest even. */
  PLANISH_F16 = 4   /**< IEEE binary16. Computed in float, rounded to nearest even. */
} planish_dtype;

/**
 * What is to be normalized. Set it to PLANISH_LAYER_NORM_INIT, then set what differs. The library reads it during the
 * call alone; any number of calls may use one at the same time.
 *
 * An array is seen as [rows][features][inner]. With an inner of 1, which is the usual case, each of the `rows` is
 * normalized over its features: batches (N, F), sequences (N, L, H), images (N, C, H, W) over channels, height and
 * width together. With more, each of the rows * inner columns of features is: images over the channels alone, at each
 * pixel, have N rows, C features and an inner of H * W. mean and rstd have rows * inner elements, as [rows][inner].
 *
 * weight, bias, mean, rstd, dweight and dbias are contiguous. The others have a stride from row to row, and with an
 * inner above 1 also one from feature to feature; the inner elements always lie side by side.
 */
typedef struct planish_layer_norm {
  size_t size;                /**< sizeof(planish_layer_norm); PLANISH_LAYER_NORM_INIT sets it */
  planish_dtype dtype;        /**< of x, y, dy, dx; mean and rstd are double for PLANISH_F64, float for all others */
  planish_dtype weight_dtype; /**< of weight and dweight: PLANISH_SAME, or PLANISH_F32 also for 16-bit x */
  planish_dtype bias_dtype;   /**< of bias and dbias: the same choice */
  int32_t reserved;           /**< 0; anything else is refused */
  int64_t rows;               /**< 0 or more */
  int64_t features;           /**< 1 or more */
  int64_t inner;              /**< 1 or more; 0 stands for 1 */
  double eps;                 /**< added to the variance; finite, 0 or more */
  int64_t x_stride;           /**< elements from one row of x to the next; 0: rows lie one behind the other */
  int64_t y_stride;           /**< the same for y */
  int64_t dy_stride;          /**< the same for dy */
  int64_t dx_stride;          /**< the same for dx */
  int64_t x_feature_stride;   /**< from one feature of x to the next, `inner` or more; 1 if that is 1; 0: `inner` */
  int64_t y_feature_stride;   /**< the same for y */
  int64_t dy_feature_stride;  /**< the same for dy */
  int64_t dx_feature_stride;  /**< the same for dx */
} planish_layer_norm;

/** Contiguous floats, no rows and no features yet, eps = 1e-5. */
#define PLANISH_LAYER_NORM_INIT                                                                                        \
  {sizeof(planish_layer_norm), PLANISH_F32, PLANISH_SAME, PLANISH_SAME, 0, 0, 0, 0, 1e-5, 0, 0, 0, 0, 0, 0, 0, 0}

/** @} */

/**
 * @defgroup layer_norm Layer norm
 * @{
 */

/**
 * Forward: y, and the statistics of each row where wanted.
 *
 * @param norm    shape, dtypes, eps and the strides of x and y
 * @param x       [rows][features][inner] of norm->dtype; NULL only if rows is 0
 * @param weight  [features] of norm->weight_dtype; NULL: 1
 * @param bias    [features] of norm->bias_dtype; NULL: 0
 * @param y       output, shaped as x; may be x, with the same strides; NULL only if rows is 0
 * @param mean    output, [rows][inner] of float, or double for PLANISH_F64; NULL: not wanted
 * @param rstd    output, as mean; NULL: not wanted. mean and rstd may be wanted one without the other.
 *
 * @return PLANISH_OK, or PLANISH_NULL_POINTER, PLANISH_BAD_STRUCT, PLANISH_BAD_DTYPE, PLANISH_BAD_SIZE,
 * PLANISH_BAD_EPS, PLANISH_BAD_STRIDE, PLANISH_SIZE_OVERFLOW, PLANISH_OVERLAP, for these arguments; PLANISH_BAD_CPU,
 *         PLANISH_BAD_THREADS, for the environment
 *
 * Cost: x is read once from memory as long as a row fits into the cache, y is written once: past the caches, if x and y
 * are more than 8 MiB together, or 20 MiB if several threads write it. No memory is allocated, but 3 bytes for every
 * 1024 of a row of 262144 elements or more.
 */
planish_status planish_layer_norm_forward(const planish_layer_norm *norm, const void *x, const void *weight,
                                          const void *bias, void *y, void *mean, void *rstd);

/**
 * Backward: the gradients of a loss whose gradient with respect to y is dy.
 *
 * @param norm     as in forward, with the strides of dy, x and dx; that of y is not looked at
 * @param dy       [rows][features][inner] of norm->dtype; NULL only if rows is 0
 * @param x        as it was in forward; NULL only if rows is 0
 * @param weight   as it was in forward; NULL: 1
 * @param mean     as forward gave it; NULL, together with rstd: both are computed from x, with the same result
 * @param rstd     as forward gave it, or NULL, together with mean
 * @param dx       output, shaped as x; may be dy, with the same strides; NULL: not wanted
 * @param dweight  output, [features] of norm->weight_dtype; NULL: not wanted
 * @param dbias    output, [features] of norm->bias_dtype; NULL: not wanted
 *
 * @return as forward; and PLANISH_OUT_OF_MEMORY
 *
 * What is not wanted costs nothing. Results are written, not added to what was there. Without rows, dweight and dbias
 * are zeros.
 *
 * Cost: x and dy are read once from memory as long as a row of each fits into the cache. For dweight and dbias of more
 * than 32 rows, working memory is allocated for the length of the call: 16 bytes a feature, and 24 for each thread;
 * with PLANISH_F64, 32 and 48; more, but no more than 6 MiB, where threads are better off without waiting for each
 * other. Of fewer rows, 8 bytes (16) where dweight or dbias is missing or has 16 bits.
 */
planish_status planish_layer_norm_backward(const planish_layer_norm *norm, const void *dy, const void *x,
                                           const void *weight, const void *mean, const void *rstd, void *dx,
                                           void *dweight, void *dbias);

/**
 * Forward in one line: contiguous rows of floats, without statistics.
 *
 * @param rows      0 or more
 * @param features  1 or more
 * @param x         [rows][features]; NULL only if rows is 0
 * @param weight    [features]; NULL: 1
 * @param bias      [features]; NULL: 0
 * @param eps       added to the variance; finite, 0 or more; 1e-5 is usual
 * @param y         output, [rows][features]; may be x; NULL only if rows is 0
 *
 * @return as planish_layer_norm_forward, which gives the same bits at the same cost
 */
planish_status planish_layer_norm_f32(int64_t rows, int64_t features, const float *x, const float *weight,
                                      const float *bias, double eps, float *y);

/** @} */

/**
 * @defgroup cpu CPU levels
 *
 * The kernels exist once per CPU level; all levels give the same bits. On x86-64: "baseline" (SSE2), "avx2" (AVX2, FMA
 * and F16C: x86-64-v3) and "avx512" (AVX-512 F, BW, CD, DQ, VL: x86-64-v4). On AArch64: "neon". The best one that the
 * CPU has is taken, unless the environment variable PLANISH_CPU names another at the first call. A name in PLANISH_CPU
 * that cannot be had makes every call fail with PLANISH_BAD_CPU.
 *
 * Names are the library's own and there for good.
 * @{
 */

/**
 * The level in use.
 *
 * @return its name; NULL, with a planish_error_message, if PLANISH_CPU asks for one that cannot be had
 */
const char *planish_cpu(void);

/**
 * The levels that this CPU has, one by one.
 *
 * @param index  from 0, the plainest, on
 * @return the name of that level; NULL past the last one and for negative numbers, which is no failure
 */
const char *planish_cpu_level(int32_t index);

/**
 * Uses a level from now on, in every thread; calls under way end as they began. For tests and support.
 *
 * @param level  its name; NULL goes back to the best one
 * @return PLANISH_OK; PLANISH_BAD_CPU if there is no such level or this CPU lacks it, and then nothing changes
 */
planish_status planish_set_cpu(const char *level);

/** @} */

/**
 * @defgroup threads Threads
 *
 * A call that is worth it uses several threads: about ten microseconds of work for each. Results do not depend on it.
 * The threads are started by the first such call, take no signals, keep off the caller's CPU, and sleep when they have
 * had nothing to do for a fifth of a millisecond. While they work for one call, others do with the thread that they are
 * on. In the child of a fork the threads start anew, and where none can be had, the calling thread does it all.
 *
 * Without a number set, it is that in the environment variable PLANISH_NUM_THREADS, or else that of the CPUs that the
 * calling thread may run on, limited by the CPU time that its control group has. A PLANISH_NUM_THREADS that is no
 * number from 1 on makes calls that would use threads fail with PLANISH_BAD_THREADS.
 * @{
 */

/**
 * Uses at most so many threads from now on, in every call.
 *
 * @param threads  1 or more, the calling thread among them; more than 64 are not used; 0 goes back to the default
 * @return PLANISH_OK; PLANISH_BAD_THREADS if `threads` is negative, and then nothing changes
 */
planish_status planish_set_num_threads(int32_t threads);

/**
 * How many threads a call may use.
 *
 * @return the number; 0, with a planish_error_message, if PLANISH_NUM_THREADS is no number
 */
int32_t planish_get_num_threads(void);

/**
 * A host's own way to do pieces of work: calls piece(argument, i) once for each i from 0 to pieces - 1, at the same
 * time or not, on any threads, and returns when all have returned.
 *
 * @param context   what planish_set_executor was given
 * @param pieces    as many as threads are wanted
 * @param piece     does a piece; it does not fail, and leaves the floating-point state of its thread as it was
 * @param argument  for `piece`; valid until this function returns
 */
typedef void (*planish_parallel_for)(void *context, int32_t pieces, void (*piece)(void *argument, int32_t i),
                                     void *argument);

/**
 * For a host with threads of its own: these do the work from now on, and the library starts none. How many pieces are
 * asked for is still what planish_get_num_threads says at most.
 *
 * @param run      called by the thread that calls the library, for calls that are worth several threads; NULL goes
 *                 back to the library's own threads
 * @param context  handed to `run`; it must stay valid as long as `run` is in use
 *
 * Cannot fail. The one function that must not run at the same time as any other call of the library.
 */
void planish_set_executor(planish_parallel_for run, void *context);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* PLANISH_H */
