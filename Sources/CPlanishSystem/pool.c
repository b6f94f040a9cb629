#define _GNU_SOURCE
#include "pool.h"
#include "waiting.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * The library would run on systems as old as glibc 2.17, but for these functions, which moved in 2.34: ask for them
 * where they were.
 */
#if defined(PLANISH_SHARED) && defined(__GLIBC__) && defined(__x86_64__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.2.5");
#elif defined(PLANISH_SHARED) && defined(__GLIBC__) && defined(__aarch64__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.17");
#endif
#ifdef PLANISH_SHARED
/* A process without threads may not have them at all there. */
extern __typeof__(pthread_create) pthread_create __attribute__((weak));
static bool have_threads(void) { return pthread_create != NULL; }
#else
/* What is linked statically has what it names: a weak name would bring nothing in. */
static bool have_threads(void) { return true; }
#endif

/*
 * How long a thread looks for the next job before it sleeps. Calls often follow each other, and to wake a thread takes
 * longer than many a job, on a virtual machine above all.
 */
enum { PATIENCE_NANOSECONDS = 200000 };

/* Between calls that follow each other so closely that threads had better stay awake for them. */
enum { CLOSE_NANOSECONDS = 50000 };

#define OPEN 0x80000000u

/* Pieces that belong together, with a cache line of its own. */
typedef struct share {
  _Alignas(64) _Atomic int32_t next; /* piece to be handed out */
  int32_t end;
} share;

typedef struct job {
  planish_pool_body *body;
  void *context;
  int32_t shares;
  share share[PLANISH_POOL_MOST];
} job;

static int32_t at_most(int32_t threads, int32_t pieces) {
  const int32_t most = pieces < PLANISH_POOL_MOST ? pieces : PLANISH_POOL_MOST;
  return threads < most ? threads : most;
}

static __attribute__((noinline)) void set_out(job *j, int32_t shares, int32_t pieces, planish_pool_body *body,
                                              void *context) {
  j->body = body;
  j->context = context;
  j->shares = shares;
  for (int32_t i = 0, next = 0; i < shares; i++) {
    atomic_init(&j->share[i].next, next);
    j->share[i].end = next = (int32_t)((int64_t)pieces * (i + 1) / shares);
  }
}

/*
 * A thread's own share first, then what is left of the others'. So each has the same pieces in calls that follow each
 * other, and finds them in its own caches.
 */
static __attribute__((noinline)) void go_through(void *argument, int32_t thread) {
  job *j = argument;
  for (int32_t i = 0; i < j->shares; i++) {
    share *s = &j->share[((uint32_t)thread + (uint32_t)i) % (uint32_t)j->shares]; /* a host counts as it likes */
    for (int32_t piece; (piece = atomic_fetch_add(&s->next, 1)) < s->end;)
      j->body(j->context, piece);
  }
}

static struct {
  atomic_bool taken;        /* by the caller whose job it is */
  _Atomic uint32_t number;  /* of jobs so far: what the threads wait for */
  _Atomic uint32_t gate;    /* OPEN while pieces are left; and how many threads are inside */
  _Atomic int32_t sleeping; /* threads */
  _Atomic int32_t admitted; /* threads that may still come in */
  job *job;                 /* the caller's */
  _Atomic int64_t asked;    /* whether they are awake: when, in nanoseconds */
  _Atomic int32_t started;  /* threads; the taker's to change */
  struct {
    _Atomic int32_t id; /* the system's; 0 until it runs */
    uint32_t seen;      /* the number of jobs when it was started */
    int avoided;        /* the CPU that it keeps off */
  } threads[PLANISH_POOL_MOST];
} pool;

/* The job may be read by those who found the gate open when they came in: its caller waits for them. */
static void join_job(int32_t thread) {
  if (atomic_fetch_add(&pool.gate, 1) & OPEN) {
    if (atomic_fetch_sub(&pool.admitted, 1) > 0)
      go_through(pool.job, thread);
  }
  if (atomic_fetch_sub(&pool.gate, 1) == 1)
    wake(&pool.gate);
}

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Until there is a job after number `seen`, or patience ends. */
static void look_for_a_while(uint32_t seen) {
  const int64_t end = nanoseconds() + PATIENCE_NANOSECONDS;
  do {
    for (int i = 0; i < 32; i++) {
      if (atomic_load(&pool.number) != seen)
        return;
      pause_briefly();
    }
  } while (nanoseconds() < end);
}

static void *wait_for_jobs(void *index) {
  const uintptr_t self = (uintptr_t)index;
  uint32_t seen = pool.threads[self].seen;
  atomic_store(&pool.threads[self].id, (int32_t)syscall(SYS_gettid));
  for (;;) {
    look_for_a_while(seen);
    if (atomic_load(&pool.number) == seen) {
      atomic_fetch_add(&pool.sleeping, 1);
      while (atomic_load(&pool.number) == seen)
        sleep_while(&pool.number, seen);
      atomic_fetch_sub(&pool.sleeping, 1);
    }
    seen = atomic_load(&pool.number);
    join_job((int32_t)self + 1);
  }
  return NULL;
}

/* Of the child: the other threads are not there, wherever they were. */
static void forget_threads(void) {
  pool.started = 0;
  atomic_store(&pool.gate, 0);
  atomic_store(&pool.sleeping, 0);
  atomic_store(&pool.taken, false);
}

/* Before any call: a fork that comes in the middle of the first one must find it. */
static bool registered;
__attribute__((constructor)) static void register_for_forks(void) {
  registered = pthread_atfork(NULL, NULL, forget_threads) == 0;
}

/* Signals are for the program's own threads. */
static void start_threads(int32_t wanted) {
  if (pool.started >= wanted || !registered || !have_threads())
    return;
  sigset_t all, before;
  pthread_attr_t detached;
  if (pthread_attr_init(&detached) != 0)
    return;
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  while (pool.started < wanted) {
    pthread_t thread;
    atomic_store(&pool.threads[pool.started].id, 0);
    pool.threads[pool.started].seen = atomic_load(&pool.number);
    pool.threads[pool.started].avoided = -1;
    if (pthread_create(&thread, &detached, wait_for_jobs, (void *)(uintptr_t)pool.started) != 0)
      break;
    pool.started++;
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&detached);
}

/*
 * A thread that wakes up is often put on the CPU of the one that woke it, though others are idle, and stays there for
 * milliseconds: they would take turns instead of working at the same time. So threads keep off the caller's CPU.
 */
static void keep_off(int cpu) {
  cpu_set_t others[16]; /* 16384 CPUs */
  bool known = false;
  for (int32_t i = 0; i < pool.started; i++) {
    const int32_t id = atomic_load(&pool.threads[i].id);
    if (id == 0 || pool.threads[i].avoided == cpu)
      continue;
    if (!known) {
      if (sched_getaffinity(0, sizeof others, others) != 0)
        return;
      CPU_CLR_S((size_t)cpu, sizeof others, others);
      if (CPU_COUNT_S(sizeof others, others) == 0)
        return;
      known = true;
    }
    if (sched_setaffinity(id, sizeof others, others) == 0)
      pool.threads[i].avoided = cpu;
  }
}

/* For a caller that wants so many beside itself, and is the taker. */
static void prepare_threads(int32_t wanted) {
  start_threads(wanted);
  const int cpu = sched_getcpu();
  if (cpu >= 0)
    keep_off(cpu);
}

void planish_pool_run(int32_t threads, int32_t pieces, bool in_order, planish_pool_body *body, void *context) {
  threads = at_most(threads, pieces);
  if (threads <= 1 || atomic_exchange(&pool.taken, true)) {
    for (int32_t piece = 0; piece < pieces; piece++)
      body(context, piece);
    return;
  }
  prepare_threads(threads - 1);
  job j;
  set_out(&j, in_order ? 1 : threads, pieces, body, context);
  pool.job = &j;
  atomic_store(&pool.admitted, threads - 1);
  atomic_fetch_or(&pool.gate, OPEN);
  atomic_fetch_add(&pool.number, 1);
  if (atomic_load(&pool.sleeping) > 0)
    wake(&pool.number);
  go_through(&j, 0);
  uint32_t inside = atomic_fetch_and(&pool.gate, ~OPEN) & ~OPEN;
  for (int32_t looks = 0; inside != 0; looks++) {
    if (looks < LOOKS)
      pause_briefly();
    else
      sleep_while(&pool.gate, inside);
    inside = atomic_load(&pool.gate);
  }
  atomic_store(&pool.taken, false);
}

int32_t planish_pool_is_awake(void) {
  if (atomic_load(&pool.started) > 0 && atomic_load(&pool.sleeping) == 0)
    return 1;
  const int64_t now = nanoseconds();
  return now - atomic_exchange(&pool.asked, now) < CLOSE_NANOSECONDS ? -1 : 0;
}

/* A job without pieces. */
void planish_pool_wake_up(int32_t threads) {
  if (threads > PLANISH_POOL_MOST)
    threads = PLANISH_POOL_MOST;
  if (atomic_exchange(&pool.taken, true))
    return;
  prepare_threads(threads - 1);
  atomic_fetch_add(&pool.number, 1);
  wake(&pool.number);
  atomic_store(&pool.taken, false);
}

/* ---- Somebody else's threads ---- */

void planish_pool_run_by(planish_executor executor, int32_t threads, int32_t pieces, bool in_order,
                         planish_pool_body *body, void *context) {
  threads = at_most(threads, pieces);
  job j;
  set_out(&j, in_order ? 1 : threads, pieces, body, context);
  executor.run(executor.context, threads, go_through, &j);
  go_through(&j, 0); /* whatever it left */
}
