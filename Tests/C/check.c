#include "check.h"

#include <stdarg.h>

static int passed, failed;

bool check(bool ok, const char *format, ...) {
  if (ok) {
    passed++;
    return true;
  }
  if (++failed <= 100) { /* more would only hide the first ones */
    va_list arguments;
    va_start(arguments, format);
    fputs("FAILED ", stdout);
    vprintf(format, arguments);
    fputc('\n', stdout);
    va_end(arguments);
  }
  return false;
}

void start_over(void) { passed = failed = 0; }

int finish(void) {
  printf("%d passed, %d failed\n", passed, failed);
  return failed > 0 || passed == 0;
}
