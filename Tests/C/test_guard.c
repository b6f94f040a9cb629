/*
 * Nothing outside the described elements is read or written. Every array lies in memory of its own, first so that its
 * last element ends at a protected page, then so that its first one begins behind one. All other bytes hold a pattern
 * that must still be there after the call.
 */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "planish.h"

enum { X, WEIGHT, BIAS, Y, MEAN, RSTD, DY, DX, DWEIGHT, DBIAS, ARRAYS };

static const char *const names[] = {"x", "weight", "bias", "y", "mean", "rstd", "dy", "dx", "dweight", "dbias"};

/* As floats these bytes are a NaN: an element between the rows that is used shows in the results. */
#define PATTERN 0xff

static char running[256];

static void on_fault(int signal) {
  static const char text[] = "FAILED a protected page was touched: ";
  (void)signal;
  if (write(1, text, sizeof text - 1) < 0 || write(1, running, strlen(running)) < 0 || write(1, "\n", 1) < 0)
    _exit(3);
  _exit(2);
}

/* ---- Memory between two protected pages ---- */

#define ROOM ((size_t)1 << 17)

static char *rooms[ARRAYS];

static void make_rooms(void) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (int a = 0; a < ARRAYS; a++) {
    char *memory = mmap(NULL, ROOM + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + page, ROOM, PROT_READ | PROT_WRITE) != 0)
      abort();
    rooms[a] = memory + page;
    memset(rooms[a], PATTERN, ROOM);
  }
}

/* ---- One array in its room ---- */

typedef struct view {
  int array;
  int64_t rows, features, stride;
  char *start;
  size_t bytes;
} view;

static view place(int array, int64_t rows, int64_t features, int64_t stride, bool at_end) {
  view v = {array, rows, features, stride, rooms[array], 0};
  v.bytes = rows ? (size_t)((rows - 1) * stride + features) * 4 : 0;
  if (v.bytes > ROOM)
    abort();
  if (at_end)
    v.start += ROOM - v.bytes;
  return v;
}

static float value(int array, int64_t row, int64_t column) {
  return (float)((row * 37 + column * 11 + array * 5) % 64 - 32) * 0.0625f;
}

static void fill(view v) {
  for (int64_t r = 0; r < v.rows; r++)
    for (int64_t i = 0; i < v.features; i++) {
      const float f = value(v.array, r, i);
      memcpy(v.start + (r * v.stride + i) * 4, &f, 4);
    }
}

/* Moves the elements out, leaving the pattern behind, and checks that everything else was left alone. */
static void take(view v, float *out) {
  for (int64_t r = 0; r < v.rows; r++) {
    char *row = v.start + r * v.stride * 4;
    memcpy(out + r * v.features, row, (size_t)v.features * 4);
    memset(row, PATTERN, (size_t)v.features * 4);
  }
  const unsigned char *room = (const unsigned char *)rooms[v.array];
  const bool clean = room[0] == PATTERN && memcmp(room, room + 1, ROOM - 1) == 0;
  if (!check(clean, "%s: something was written outside of %s", running, names[v.array]))
    memset(rooms[v.array], PATTERN, ROOM);
}

/* ---- Calls ---- */

#define MOST 40000
static float got[ARRAYS][MOST], expected[ARRAYS][MOST];

typedef struct shape {
  int64_t rows, features, pad;
} shape;

static void run(shape s, bool at_end, bool in_place, float out[ARRAYS][MOST]) {
  view v[ARRAYS];
  for (int a = 0; a < ARRAYS; a++) {
    const bool matrix = a == X || a == Y || a == DY || a == DX, statistic = a == MEAN || a == RSTD;
    const int64_t features = statistic ? 1 : s.features;
    v[a] = place(a, matrix || statistic ? s.rows : 1, features, matrix ? s.features + s.pad : features, at_end);
  }
  if (in_place) {
    v[Y] = v[X];
    v[DX] = v[DY];
  }
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.rows = s.rows;
  norm.features = s.features;
  norm.x_stride = norm.y_stride = norm.dy_stride = norm.dx_stride = s.features + s.pad;

  fill(v[X]);
  fill(v[WEIGHT]);
  fill(v[BIAS]);
  planish_status status = planish_layer_norm_forward(&norm, v[X].start, v[WEIGHT].start, v[BIAS].start, v[Y].start,
                                                     v[MEAN].start, v[RSTD].start);
  check(status == PLANISH_OK, "%s: forward gave status %d", running, status);
  take(v[Y], out[Y]);

  fill(v[X]);
  fill(v[DY]);
  status = planish_layer_norm_backward(&norm, v[DY].start, v[X].start, v[WEIGHT].start, v[MEAN].start, v[RSTD].start,
                                       v[DX].start, v[DWEIGHT].start, v[DBIAS].start);
  check(status == PLANISH_OK, "%s: backward gave status %d", running, status);
  for (int a = 0; a < ARRAYS; a++)
    if (a != Y && !(in_place && a == DY))
      take(v[a], out[a]);
}

/* The elements between the rows are NaNs, so results that equal the contiguous ones did not use them. */
static void check_shape(const char *level, shape s) {
  for (int at_end = 1; at_end >= 0; at_end--)
    for (int in_place = 0; in_place < 2; in_place++) {
      snprintf(running, sizeof running, "%s, %d rows of %d features, %d between, %s%s", level, (int)s.rows,
               (int)s.features, (int)s.pad, at_end ? "ending at a page" : "beginning at a page",
               in_place ? ", in place" : "");
      run((shape){s.rows, s.features, 0}, at_end, false, expected);
      run(s, at_end, in_place, got);
      for (int a = 0; a < ARRAYS; a++) {
        if (in_place && (a == X || a == DY)) /* overwritten by y and dx */
          continue;
        const bool matrix = a == X || a == Y || a == DY || a == DX;
        const int64_t count = matrix ? s.rows * s.features : a == MEAN || a == RSTD ? s.rows : s.features;
        for (int64_t i = 0; i < count; i++)
          if (memcmp(&got[a][i], &expected[a][i], 4) != 0 || got[a][i] != got[a][i]) {
            check(false, "%s: %s[%d] is %a, expected %a", running, names[a], (int)i, (double)got[a][i],
                  (double)expected[a][i]);
            break;
          }
      }
    }
}

/* Features on pages of their own, each ending with its page, and a protected page between them. */
static char *make_pages(int64_t features, size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *memory = mmap(NULL, 2 * (size_t)features * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    abort();
  for (int64_t i = 0; i < features; i++)
    if (mprotect(memory + 2 * (size_t)i * page, page, PROT_READ | PROT_WRITE) != 0)
      abort();
  return memory + page - bytes;
}

static void check_pages(const char *level, planish_dtype dtype, size_t size, int64_t inner) {
  enum { FEATURES = 70 };
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = (size_t)inner * size;
  snprintf(running, sizeof running, "%s, dtype %d, features of %d elements on pages of their own", level, (int)dtype,
           (int)inner);
  char *arrays[4];
  for (int a = 0; a < 4; a++)
    arrays[a] = make_pages(FEATURES, bytes);
  planish_layer_norm norm = PLANISH_LAYER_NORM_INIT;
  norm.rows = 1;
  norm.features = FEATURES;
  norm.inner = inner;
  norm.dtype = dtype;
  norm.x_feature_stride = norm.y_feature_stride = norm.dy_feature_stride = norm.dx_feature_stride =
      (int64_t)(2 * page / size);
  double gradients[2 * FEATURES];
  planish_status status = planish_layer_norm_forward(&norm, arrays[0], NULL, NULL, arrays[1], NULL, NULL);
  check(status == PLANISH_OK, "%s: %s", running, planish_error_message());
  status = planish_layer_norm_backward(&norm, arrays[2], arrays[0], NULL, NULL, NULL, arrays[3], gradients,
                                       gradients + FEATURES);
  check(status == PLANISH_OK, "%s: %s", running, planish_error_message());
  for (int a = 0; a < 4; a++)
    munmap(arrays[a] - (page - bytes), 2 * FEATURES * page);
}

int main(void) {
  static const int64_t rows[] = {0, 1, 2, 3, 5, 33}, large[] = {191, 192, 255, 256, 257, 511, 512, 513, 771, 1100};
  const struct sigaction action = {.sa_handler = on_fault};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  make_rooms();
  const char *level;
  for (int32_t l = 0; (level = planish_cpu_level(l)); l++) {
    check(planish_set_cpu(level) == PLANISH_OK, "planish_set_cpu(\"%s\")", level);
    for (int64_t features = 1; features <= 130; features++)
      for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        check_shape(level, (shape){rows[r], features, features % 5});
    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
      for (int64_t r = 1; r < 4; r++)
        check_shape(level, (shape){r, large[i], 3});
    check_shape(level, (shape){1, 16385, 0});
    check_shape(level, (shape){1, 20000, 0});
    for (int64_t inner = 2; inner <= 40; inner++) {
      check_pages(level, PLANISH_F32, 4, inner);
      check_pages(level, PLANISH_F64, 8, inner);
      check_pages(level, PLANISH_BF16, 2, inner);
      check_pages(level, PLANISH_F16, 2, inner);
    }
  }
  return finish();
}
