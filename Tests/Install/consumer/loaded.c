/* Opened at run time: loaded PATH. */
#include <dlfcn.h>
#include <string.h>

#include "consumer.h"

/* A pointer to a function from one to data, which C has no cast for. */
#define LOAD(field, name)                                                                                              \
  do {                                                                                                                 \
    void *symbol = dlsym(library, name);                                                                               \
    if (!symbol)                                                                                                       \
      return fprintf(stderr, "%s\n", dlerror()), 1;                                                                    \
    memcpy(&f.field, &symbol, sizeof symbol);                                                                          \
  } while (0)

int main(int argc, char **argv) {
  void *library = dlopen(argc > 1 ? argv[1] : "libplanish.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return fprintf(stderr, "%s\n", dlerror()), 1;
  functions f;
  LOAD(version, "planish_version");
  LOAD(error_message, "planish_error_message");
  LOAD(forward, "planish_layer_norm_forward");
  LOAD(backward, "planish_layer_norm_backward");
  return consume(f);
}
