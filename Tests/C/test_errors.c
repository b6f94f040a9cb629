/* Every argument that can be wrong: the status, a message that names it and the number, and outputs left alone. */
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "call.h"

static void refused_by_both(const call *c, planish_status expected, const char *argument, const char *number) {
  refused(forward, c, expected, argument, number);
  refused(backward, c, expected, argument, number);
}

/* ---- One kind of error each ---- */

static void test_null(void) {
  call c = good_call();
  planish_set_cpu("no such level");
  check_error("forward without norm", planish_layer_norm_forward(NULL, c.x, NULL, NULL, c.y, NULL, NULL),
              PLANISH_NULL_POINTER, "norm", "NULL");
  planish_set_cpu("no such level");
  check_error("backward without norm", planish_layer_norm_backward(NULL, c.dy, c.x, NULL, NULL, NULL, c.dx, NULL, NULL),
              PLANISH_NULL_POINTER, "norm", "NULL");
  const struct {
    function *f;
    size_t place;
    const char *name;
  } needed[] = {{forward, offsetof(call, x), "x"},        {forward, offsetof(call, y), "y"},
                {backward, offsetof(call, dy), "dy"},     {backward, offsetof(call, x), "x"},
                {backward, offsetof(call, mean), "mean"}, {backward, offsetof(call, rstd), "rstd"}};
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
    c = good_call();
    float *null = NULL;
    memcpy((char *)&c + needed[i].place, &null, sizeof null);
    refused(needed[i].f, &c, PLANISH_NULL_POINTER, needed[i].name, "NULL");
  }
  check(planish_layer_norm_f32(1, 4, NULL, NULL, NULL, 0, c.y) == PLANISH_NULL_POINTER, "f32 without x");
  check(planish_layer_norm_f32(1, 4, c.x, NULL, NULL, 0, NULL) == PLANISH_NULL_POINTER, "f32 without y");
}

static void test_null_without_rows(void) {
  call c = good_call();
  c.norm.rows = 0;
  c.x = c.y = c.dy = c.dx = c.mean = c.rstd = NULL;
  accepted(forward, &c, "no rows and NULL");
  accepted(backward, &c, "no rows and NULL");
  for (int i = 0; i < FEATURES; i++)
    check(c.dweight[i] == 0 && c.dbias[i] == 0, "no rows: dweight[%d] is %g, dbias %g", i, (double)c.dweight[i],
          (double)c.dbias[i]);
}

static void test_sizes(void) {
  const struct {
    int64_t rows, features;
    planish_status status;
    const char *name, *number;
  } sizes[] = {
      {-1, 4, PLANISH_BAD_SIZE, "rows", "-1"},
      {INT64_MIN, 4, PLANISH_BAD_SIZE, "rows", "-9223372036854775808"},
      {3, 0, PLANISH_BAD_SIZE, "features", "0"},
      {0, 0, PLANISH_BAD_SIZE, "features", "0"},
      {3, -4, PLANISH_BAD_SIZE, "features", "-4"},
      {3, INT64_MIN, PLANISH_BAD_SIZE, "features", "-9223372036854775808"},
      {INT64_MAX, 4, PLANISH_SIZE_OVERFLOW, "rows", "9223372036854775807"},
      {INT64_MAX, 1, PLANISH_SIZE_OVERFLOW, "rows", "9223372036854775807"},
      {3, INT64_MAX, PLANISH_SIZE_OVERFLOW, "rows", "9223372036854775807"},
      {1, INT64_MAX, PLANISH_SIZE_OVERFLOW, "rows", "9223372036854775807"},
      {INT64_MAX, INT64_MAX, PLANISH_SIZE_OVERFLOW, "rows", "9223372036854775807"},
      {1, (int64_t)1 << 61, PLANISH_SIZE_OVERFLOW, "rows", "2305843009213693952"},
      {(int64_t)1 << 32, (int64_t)1 << 32, PLANISH_SIZE_OVERFLOW, "rows", "4294967296"}, /* the product wraps to 0 */
      {((int64_t)1 << 32) + 1, (int64_t)1 << 30, PLANISH_SIZE_OVERFLOW, "rows", "1073741824"},
  };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    call c = good_call();
    c.norm.rows = sizes[i].rows;
    c.norm.features = sizes[i].features;
    refused_by_both(&c, sizes[i].status, sizes[i].name, sizes[i].number);
    const planish_status status =
        planish_layer_norm_f32(c.norm.rows, c.norm.features, c.x, c.weight, c.bias, 1e-5, c.y);
    check_error("planish_layer_norm_f32", status, sizes[i].status, sizes[i].name, sizes[i].number);
  }
}

static void test_strides(void) {
  const struct {
    function *f;
    size_t place;
    const char *name, *array;
  } strides[] = {{forward, offsetof(planish_layer_norm, x_stride), "x_stride", "x"},
                 {forward, offsetof(planish_layer_norm, y_stride), "y_stride", "y"},
                 {backward, offsetof(planish_layer_norm, x_stride), "x_stride", "x"},
                 {backward, offsetof(planish_layer_norm, dy_stride), "dy_stride", "dy"},
                 {backward, offsetof(planish_layer_norm, dx_stride), "dx_stride", "dx"}};
  const struct {
    int64_t stride;
    planish_status status;
    const char *number;
  } wrong[] = {{1, PLANISH_BAD_STRIDE, "1"},
               {FEATURES - 1, PLANISH_BAD_STRIDE, "3"},
               {-1, PLANISH_BAD_STRIDE, "-1"},
               {-FEATURES, PLANISH_BAD_STRIDE, "-4"},
               {INT64_MIN, PLANISH_BAD_STRIDE, "-9223372036854775808"},
               {INT64_MAX, PLANISH_SIZE_OVERFLOW, "9223372036854775807"},
               {(int64_t)1 << 62, PLANISH_SIZE_OVERFLOW, "4611686018427387904"}};
  for (size_t i = 0; i < sizeof strides / sizeof *strides; i++)
    for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
      call c = good_call();
      memcpy((char *)&c.norm + strides[i].place, &wrong[j].stride, sizeof wrong[j].stride);
      const bool too_large = wrong[j].status == PLANISH_SIZE_OVERFLOW; /* then it is the array that does not fit */
      refused(strides[i].f, &c, wrong[j].status, too_large ? strides[i].array : strides[i].name, wrong[j].number);
    }
}

static void test_eps(void) {
  const struct {
    double eps;
    const char *number;
  } wrong[] = {{-1, "-1"}, {-1e-300, ""}, {NAN, "nan"}, {INFINITY, "inf"}, {-INFINITY, "-inf"}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    call c = good_call();
    c.norm.eps = wrong[i].eps;
    refused_by_both(&c, PLANISH_BAD_EPS, "eps", wrong[i].number);
    check(planish_layer_norm_f32(3, 4, c.x, NULL, NULL, wrong[i].eps, c.y) == PLANISH_BAD_EPS, "f32 with eps %g",
          wrong[i].eps);
  }
  call c = good_call();
  c.norm.eps = -0.0;
  accepted(forward, &c, "eps -0");
}

static void test_struct(void) {
  const size_t size = sizeof(planish_layer_norm);
  const size_t wrong[] = {0, 1, 8, size - 8, size - 1, (size_t)1 << 40, SIZE_MAX / 2, SIZE_MAX};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    call c = good_call();
    c.norm.size = wrong[i];
    char number[32];
    snprintf(number, sizeof number, "%zu", wrong[i]);
    refused_by_both(&c, PLANISH_BAD_STRUCT, "size", wrong[i] <= INT64_MAX ? number : "");
  }

  /* A newer caller: fields that are zero are none of this library's business, others are. */
  for (size_t extra = 8; extra <= 64; extra *= 2)
    for (size_t nonzero = 0; nonzero <= extra; nonzero++) {
      const call c = good_call();
      struct {
        planish_layer_norm norm;
        unsigned char tail[65];
      } newer = {c.norm, {0}};
      newer.norm.size = size + extra;
      newer.tail[nonzero] = 1; /* at the end: just behind the struct, so it does not count */
      const planish_status status = planish_layer_norm_forward(&newer.norm, c.x, c.weight, c.bias, c.y, c.mean, c.rstd);
      check(status == (nonzero < extra ? PLANISH_BAD_STRUCT : PLANISH_OK),
            "a struct that is %zu bytes longer, byte %zu not zero: status %d", extra, nonzero, status);
    }

  call c = good_call();
  c.norm.reserved = 7;
  refused_by_both(&c, PLANISH_BAD_STRUCT, "reserved", "7");
}

/* Zeros up to a protected page: a size that cannot be right is refused without looking for its end. */
static void test_absurd_struct(void) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), sizes[] = {(size_t)1 << 40, SIZE_MAX};
  char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (!check(memory != MAP_FAILED && mprotect(memory + page, page, PROT_NONE) == 0, "no protected page"))
    return;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    call c = good_call();
    c.norm.size = sizes[i];
    memcpy(memory, &c.norm, sizeof c.norm);
    const planish_status status =
        planish_layer_norm_forward((planish_layer_norm *)memory, c.x, c.weight, c.bias, c.y, c.mean, c.rstd);
    check(status == PLANISH_BAD_STRUCT, "a struct of %zu bytes: status %d", sizes[i], status);
  }
  munmap(memory, 2 * page);
}

static void test_dtype(void) {
  const int wrong[] = {-1, 77, INT32_MAX};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    call c = good_call();
    memcpy(&c.norm.dtype, &wrong[i], sizeof wrong[i]);
    char number[16];
    snprintf(number, sizeof number, "%d", wrong[i]);
    refused_by_both(&c, PLANISH_BAD_DTYPE, "dtype", number);
  }
}

static void test_cpu(void) {
  const char *wrong[] = {"", "avx3", "AVX2", "baseline ", "avx2,avx512"};
  const char *before = planish_cpu();
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    check_error("planish_set_cpu", planish_set_cpu(wrong[i]), PLANISH_BAD_CPU, wrong[i], "");
    check(planish_cpu() && strcmp(planish_cpu(), before) == 0, "planish_set_cpu(\"%s\") changed the level", wrong[i]);
  }
  int32_t count = 0;
  for (const char *level; (level = planish_cpu_level(count)); count++) {
    check(planish_set_cpu(level) == PLANISH_OK, "planish_set_cpu(\"%s\")", level);
    check(planish_cpu() && strcmp(planish_cpu(), level) == 0, "planish_cpu() is not \"%s\"", level);
  }
  check(count > 0, "this CPU has no level");
  check(!planish_cpu_level(-1) && !planish_cpu_level(INT32_MAX) && !planish_cpu_level(INT32_MIN),
        "levels off the list");
  check(planish_set_cpu(NULL) == PLANISH_OK, "planish_set_cpu(NULL)");
}

/* ---- Messages ---- */

static void *fail_elsewhere(void *unused) {
  check(planish_error_message()[0] == 0, "a new thread has the message \"%s\"", planish_error_message());
  planish_set_cpu("elsewhere");
  check(strstr(planish_error_message(), "elsewhere"), "the thread's message is \"%s\"", planish_error_message());
  return unused;
}

static void test_messages(void) {
  planish_set_cpu("here");
  const call c = good_call();
  accepted(forward, &c, "after an error");
  check(strstr(planish_error_message(), "here"), "after success the message is \"%s\"", planish_error_message());
  pthread_t thread;
  if (check(pthread_create(&thread, NULL, fail_elsewhere, NULL) == 0, "pthread_create"))
    pthread_join(thread, NULL);
  check(strstr(planish_error_message(), "here") && !strstr(planish_error_message(), "elsewhere"),
        "another thread's error changed the message to \"%s\"", planish_error_message());

  char longest[5000]; /* longer than any room for messages */
  memset(longest, 'a', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  check(planish_set_cpu(longest) == PLANISH_BAD_CPU && strlen(planish_error_message()) > 0, "a very long level");
}

static void test_status_strings(void) {
  for (int a = -1; a <= 12; a++) {
    const char *text = planish_status_string((planish_status)a);
    if (!check(text && *text, "planish_status_string(%d) is empty", a))
      continue;
    for (int b = PLANISH_OK; b < a && a <= PLANISH_OUT_OF_MEMORY; b++)
      check(strcmp(text, planish_status_string((planish_status)b)) != 0, "status %d and %d are both \"%s\"", a, b,
            text);
  }
}

int main(void) {
  check(planish_error_message() && planish_error_message()[0] == 0, "a message before any error");
  test_null();
  test_null_without_rows();
  test_sizes();
  test_strides();
  test_eps();
  test_struct();
  test_absurd_struct();
  test_dtype();
  test_cpu();
  test_messages();
  test_status_strings();
  return finish();
}
