#include "dtype.h"

#include <stdio.h>
#include <string.h>

/* In the order of planish_dtype. As a buffer, bfloat16 lends its bits. */
static const Dtype dtypes[] = {
    {PLANISH_F32, "float32", "f", 4, PLANISH_F32, DLPACK_FLOAT},
    {PLANISH_F64, "float64", "d", 8, PLANISH_F64, DLPACK_FLOAT},
    {PLANISH_BF16, "bfloat16", "H", 2, PLANISH_F32, DLPACK_BFLOAT},
    {PLANISH_F16, "float16", "e", 2, PLANISH_F32, DLPACK_FLOAT},
};
static const size_t dtype_count = sizeof dtypes / sizeof dtypes[0];

const Dtype *dtype_of_number(planish_dtype number) { return &dtypes[number - PLANISH_F32]; }

/* Native order may be spelled in several ways; all of them have native sizes for floating-point formats. */
static const char *without_byte_order(const char *format) {
  const char *native = PY_BIG_ENDIAN ? "@=>!" : "@=<";
  const bool longer = format[0] != '\0' && format[1] != '\0';
  return longer && strchr(native, *format) ? format + 1 : format;
}

/* Ours are all one character long. */
static bool same_format(const char *ours, const char *format) { return *ours == *format && format[1] == '\0'; }

const Dtype *dtype_of_buffer(const Py_buffer *view) {
  const char *format = view->format ? without_byte_order(view->format) : "B";
  for (size_t i = 0; i < dtype_count; i++)
    if (dtypes[i].number != PLANISH_BF16 && same_format(dtypes[i].format, format))
      return dtypes[i].itemsize == view->itemsize ? &dtypes[i] : NULL;
  return NULL;
}

const Dtype *dtype_of_dlpack(DlpackDtype dtype) {
  for (size_t i = 0; i < dtype_count; i++)
    if (dtypes[i].code == dtype.code && 8 * dtypes[i].itemsize == dtype.bits && dtype.lanes == 1)
      return &dtypes[i];
  return NULL;
}

DlpackDtype dtype_to_dlpack(const Dtype *dtype) {
  return (DlpackDtype){dtype->code, (uint8_t)(8 * dtype->itemsize), 1};
}

/* ---- What is accepted ---- */

static unsigned bit(planish_dtype number) { return 1u << number; }

Accepted accept_any(void) { return (Accepted){~0u, NULL, NULL}; }

Accepted accept_same(const char *owner, const Dtype *of) { return (Accepted){bit(of->number), owner, of}; }

Accepted accept_statistics(const char *owner, const Dtype *of) { return (Accepted){bit(of->statistics), owner, of}; }

Accepted accept_parameter(const char *owner, const Dtype *of) {
  return (Accepted){bit(of->number) | (of->itemsize == 2 ? bit(PLANISH_F32) : 0), owner, of};
}

/* "float32, float64 or float16", each after its format where that is what the caller knows. */
static void list(char *text, size_t size, Accepted accepted, bool formats) {
  unsigned left = 0;
  for (size_t i = 0; i < dtype_count; i++)
    left += (accepted.numbers & bit(dtypes[i].number)) != 0;
  size_t used = 0;
  for (size_t i = 0; i < dtype_count && used < size; i++) {
    const Dtype *dtype = &dtypes[i];
    if (!(accepted.numbers & bit(dtype->number)))
      continue;
    left--;
    const char *separator = left > 1 ? ", " : left == 1 ? " or " : "";
    if (formats && dtype->number != PLANISH_BF16)
      used += (size_t)snprintf(text + used, size - used, "'%s' (%s)%s", dtype->format, dtype->name, separator);
    else
      used += (size_t)snprintf(text + used, size - used, "%s%s", dtype->name, separator);
  }
}

int dtype_check(const char *argument, const Dtype *found, Accepted accepted) {
  if (accepted.numbers & bit(found->number))
    return 0;
  char expected[128] = "";
  list(expected, sizeof expected, accepted, false);
  PyErr_Format(PyExc_TypeError, "%s has dtype %s, but %s has dtype %s; expected %s", argument, found->name,
               accepted.owner, accepted.of->name, expected);
  return -1;
}

int raise_format(const char *argument, const char *format, Accepted accepted) {
  char expected[128] = "";
  list(expected, sizeof expected, accepted, true);
  PyErr_Format(PyExc_TypeError, "%s has format '%s'; expected %s", argument, format, expected);
  return -1;
}

int raise_dtype(const char *argument, const char *name, Accepted accepted) {
  char expected[128] = "";
  list(expected, sizeof expected, accepted, false);
  PyErr_Format(PyExc_TypeError, "%s has dtype %s; expected %s", argument, name, expected);
  return -1;
}
