/*
 * Memory of results that nobody needs any more, kept for the next result: fresh memory costs page faults, which on
 * large arrays take longer than the arithmetic. Known to every thread and interpreter of the process.
 */
#ifndef PLANISH_PYTHON_CACHE_H
#define PLANISH_PYTHON_CACHE_H

#include "memory.h"

/* Smaller memory is malloc's business: it faults no page as a rule. */
enum { CACHE_LEAST = 1 << 16 };

/* Memory that was kept, of at least this size and not much more; NULL if there is none. */
Memory *cache_take(size_t size);

/* Keeps the memory in place of what was kept longest, or frees it if it is larger than all that may be kept. */
void cache_keep(Memory *memory);

/* Frees all that is kept; its bytes are returned. */
size_t cache_release(void);

/* How many bytes may be kept from now on. */
void cache_set_limit(size_t limit);

#endif
