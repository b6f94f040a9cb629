#include "memory.h"

#include "block.h"
#include "cache.h"

Memory *memory_new(Py_ssize_t size) {
  if (size < 0)
    return NULL;
  const size_t bytes = (size_t)size;
  Memory *memory = bytes >= CACHE_LEAST ? cache_take(bytes) : NULL;
  if (!memory)
    memory = block_new(bytes);
  if (!memory && cache_release() > 0) /* what is kept may be what is missing */
    memory = block_new(bytes);
  if (memory)
    atomic_init(&memory->owners, 1);
  return memory;
}

void *memory_data(const Memory *memory) { return memory->data; }

void memory_retain(Memory *memory) { atomic_fetch_add_explicit(&memory->owners, 1, memory_order_relaxed); }

void memory_release(Memory *memory) {
  if (atomic_fetch_sub_explicit(&memory->owners, 1, memory_order_acq_rel) > 1)
    return;
  if (memory->size >= CACHE_LEAST)
    cache_keep(memory);
  else
    block_free(memory);
}
