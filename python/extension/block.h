/* Memory of results as the system gives it: with malloc, or if it is large, in pages of its own. */
#ifndef PLANISH_PYTHON_BLOCK_H
#define PLANISH_PYTHON_BLOCK_H

#include "memory.h"

#include <stdatomic.h>

struct Memory {
  atomic_size_t owners;
  void *data;
  size_t size;  /* bytes from `data` on, as they were asked for: two results of half the bound fit into it */
  void *pages;  /* mapped, apart from this header; NULL if data lies behind the header */
  size_t bytes; /* that are mapped */
};

/* Uninitialized, and aligned to a cache line; NULL if there is no memory. The owners are the caller's to set. */
Memory *block_new(size_t size);
void block_free(Memory *block);

/* Nobody needs the contents any more: of large blocks, the system may take the pages where it is short of memory. */
void block_idle(Memory *block);

#endif
