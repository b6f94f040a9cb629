#include "cache.h"

#include <pthread.h>
#include <string.h>

#include "block.h"

enum { MOST = 32 };

/* Longest kept first. */
typedef struct Cache {
  pthread_mutex_t lock;
  size_t limit, bytes;
  int count;
  Memory *kept[MOST];
} Cache;

static Cache cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- With the lock ---- */

static Memory *remove_at(int place) {
  Memory *memory = cache.kept[place];
  cache.count--;
  cache.bytes -= memory->size;
  memmove(cache.kept + place, cache.kept + place + 1, (size_t)(cache.count - place) * sizeof *cache.kept);
  return memory;
}

static int remove_until(size_t bytes, int count, Memory **removed) {
  int number = 0;
  while (cache.bytes > bytes || cache.count > count)
    removed[number++] = remove_at(0);
  return number;
}

/* The place of the smallest one that fits, the latest of those; -1 if none does. */
static int find(size_t size) {
  int best = -1;
  for (int place = 0; place < cache.count; place++) {
    const size_t found = cache.kept[place]->size;
    if (found >= size && found / 2 <= size && (best < 0 || found <= cache.kept[best]->size))
      best = place;
  }
  return best;
}

/* ---- Without it ---- */

/* The system is called when the lock is free again: unmapping takes its time. */
static size_t free_all(Memory **removed, int count) {
  size_t bytes = 0;
  for (int i = 0; i < count; i++) {
    bytes += removed[i]->size;
    block_free(removed[i]);
  }
  return bytes;
}

Memory *cache_take(size_t size) {
  pthread_mutex_lock(&cache.lock);
  const int place = find(size);
  Memory *memory = place < 0 ? NULL : remove_at(place);
  pthread_mutex_unlock(&cache.lock);
  return memory;
}

void cache_keep(Memory *memory) {
  block_idle(memory);
  Memory *removed[MOST + 1];
  int count = 0;
  pthread_mutex_lock(&cache.lock);
  if (memory->size > cache.limit) {
    removed[count++] = memory;
  } else {
    count = remove_until(cache.limit - memory->size, MOST - 1, removed);
    cache.kept[cache.count++] = memory;
    cache.bytes += memory->size;
  }
  pthread_mutex_unlock(&cache.lock);
  free_all(removed, count);
}

size_t cache_release(void) {
  Memory *removed[MOST];
  pthread_mutex_lock(&cache.lock);
  const int count = remove_until(0, 0, removed);
  pthread_mutex_unlock(&cache.lock);
  return free_all(removed, count);
}

/* ---- Setting up ---- */

static void lock(void) { pthread_mutex_lock(&cache.lock); }
static void unlock(void) { pthread_mutex_unlock(&cache.lock); }

/* A child would have to copy each page that it shares with its parent: fresh ones cost less. */
static void start_child(void) {
  unlock();
  cache_release();
}

/* When the extension is loaded: pthread_once is a new symbol in glibc 2.34, and wheels are to run with older ones. */
__attribute__((constructor)) static void register_fork(void) { pthread_atfork(lock, unlock, start_child); }

void cache_set_limit(size_t limit) {
  Memory *removed[MOST];
  lock();
  cache.limit = limit;
  const int count = remove_until(limit, MOST, removed);
  unlock();
  free_all(removed, count);
}
