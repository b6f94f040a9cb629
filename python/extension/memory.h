/*
 * Memory of results. It may have several owners: an object of Python, and whoever took it over by DLPack. They are
 * counted without Python, so that the last one may let go on any thread, in any interpreter.
 */
#ifndef PLANISH_PYTHON_MEMORY_H
#define PLANISH_PYTHON_MEMORY_H

#include "planish_python.h"

typedef struct Memory Memory;

/* Uninitialized memory with one owner; NULL if there is none. It may be that of an earlier result. */
Memory *memory_new(Py_ssize_t size);
void *memory_data(const Memory *memory); /* aligned to a cache line, which is the widest vector too */
void memory_retain(Memory *memory);
void memory_release(Memory *memory); /* the last one's may be kept for a later result */

#endif
