#include "memory.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { ALIGNMENT = 64 };

struct Memory {
  atomic_size_t owners;
  void *data;
};

Memory *memory_new(Py_ssize_t size) {
  const size_t extra = sizeof(Memory) + ALIGNMENT;
  if (size < 0 || (size_t)size > PY_SSIZE_T_MAX - extra)
    return NULL;
  Memory *memory = malloc((size_t)size + extra);
  if (!memory)
    return NULL;
  atomic_init(&memory->owners, 1);
  memory->data = (void *)(((uintptr_t)(memory + 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
  return memory;
}

void *memory_data(const Memory *memory) { return memory->data; }

void memory_retain(Memory *memory) { atomic_fetch_add_explicit(&memory->owners, 1, memory_order_relaxed); }

void memory_release(Memory *memory) {
  if (atomic_fetch_sub_explicit(&memory->owners, 1, memory_order_acq_rel) == 1)
    free(memory);
}
