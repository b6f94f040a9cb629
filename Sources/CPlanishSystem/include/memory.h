/* Working memory from the C library; NULL where Swift's own allocation would end the process. */
#ifndef PLANISH_MEMORY_H
#define PLANISH_MEMORY_H

#include <stdlib.h>

static inline void *planish_allocate(size_t bytes) { return malloc(bytes ? bytes : 1); }
static inline void planish_release(void *memory) { free(memory); }

#endif
