#include "release.h"

#include <errno.h>
#include <stdlib.h>

#include "cache.h"
#include "module.h"

#define VARIABLE "PLANISH_CACHE_BYTES"

enum { DEFAULT_LIMIT = 1 << 28 };

/* Digits alone: strtoull would take "-1" for the largest number. */
static bool parse(const char *text, size_t *number) {
  char *end;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 10);
  *number = value > SIZE_MAX ? SIZE_MAX : (size_t)value;
  return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

int release_read_environment(void) {
  const char *text = getenv(VARIABLE);
  size_t limit = DEFAULT_LIMIT;
  const bool bad = text && *text && !parse(text, &limit);
  cache_set_limit(bad ? DEFAULT_LIMIT : limit);
  if (!bad)
    return 0;
  PyObject *shown = PyUnicode_DecodeFSDefault(text);
  int failed = shown ? PyErr_WarnFormat(PyExc_RuntimeWarning, 1,
                                        VARIABLE " is %R; it must be a number of bytes, so the default of %d is used",
                                        shown, DEFAULT_LIMIT)
                     : -1;
  Py_XDECREF(shown);
  return failed;
}

PyObject *release_memory(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) {
  size_t bytes;
  Py_BEGIN_ALLOW_THREADS;
  bytes = cache_release();
  Py_END_ALLOW_THREADS;
  return PyLong_FromSize_t(bytes);
}
