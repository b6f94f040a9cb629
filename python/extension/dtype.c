#include "dtype.h"

#include <stdio.h>
#include <string.h>

static const Dtype dtypes[] = {
    {"f", "float32", 4, PLANISH_F32, "f"},
};
static const size_t dtype_count = sizeof dtypes / sizeof dtypes[0];

const Dtype *dtype_of_format(const char *format) {
  for (size_t i = 0; i < dtype_count; i++)
    if (strcmp(dtypes[i].format, format) == 0)
      return &dtypes[i];
  return NULL;
}

/* Native order may be spelled in several ways; all of them have native sizes for floating-point formats. */
static const char *without_byte_order(const char *format) {
  const char *native = PY_BIG_ENDIAN ? "@=>!" : "@=<";
  return *format != '\0' && strchr(native, *format) ? format + 1 : format;
}

static void raise_unexpected(const char *argument, const char *format, const Dtype *expected) {
  char accepted[128] = "";
  size_t used = 0;
  for (size_t i = 0; i < dtype_count && used < sizeof accepted; i++)
    if (!expected || expected == &dtypes[i])
      used += (size_t)snprintf(accepted + used, sizeof accepted - used, "%s'%s' (%s)", used ? " or " : "",
                               dtypes[i].format, dtypes[i].name);
  PyErr_Format(PyExc_TypeError, "%s has format '%s'; expected %s", argument, format, accepted);
}

const Dtype *dtype_of_buffer(const char *argument, const Py_buffer *view, const Dtype *expected) {
  const char *format = view->format ? view->format : "B"; /* the buffer protocol's meaning of no format */
  const Dtype *found = dtype_of_format(without_byte_order(format));
  if (found && found->itemsize == view->itemsize && (!expected || found == expected))
    return found;
  raise_unexpected(argument, format, expected);
  return NULL;
}
