/* Whether the library has threads here: a large call, and how many threads the process has after it. */
#include <dirent.h>
#include <planish.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  enum { ROWS = 4096, FEATURES = 256 };
  float *x = calloc((size_t)ROWS * FEATURES, sizeof *x);
  if (!x || planish_set_num_threads(2) || planish_layer_norm_f32(ROWS, FEATURES, x, NULL, NULL, 1e-5, x))
    return 1;
  free(x);
  int threads = 0;
  DIR *tasks = opendir("/proc/self/task");
  while (tasks && readdir(tasks))
    threads++;
  printf("%d threads\n", threads - 2); /* without . and .. */
  return 0;
}
