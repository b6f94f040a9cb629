/* How many threads are worth having. */
#ifndef PLANISH_PROCESSORS_H
#define PLANISH_PROCESSORS_H

#include <stdbool.h>
#include <stdint.h>

/* The CPUs that the calling thread may run on; at least 1. */
int32_t planish_processors_allowed(void);

/* The CPUs' worth of time that the process's control group may use, rounded up; INT32_MAX without a limit. */
int32_t planish_processors_granted(void);

/* The value of PLANISH_NUM_THREADS; NULL if it is not set, or empty. */
const char *planish_threads_from_environment(void);

/* `text` as a whole number from 1 on; 0 if it is none. */
int32_t planish_positive_number(const char *text);

/* What planish_set_num_threads was last given: 0 for the default. And the default, 0 until it is known. */
int32_t planish_threads_get(void);
void planish_threads_set(int32_t threads);
int32_t planish_threads_default_get(void);
void planish_threads_default_set(int32_t threads);

/* The host's own way to run pieces of work, if it gave one. */
typedef void planish_executor_run(void *context, int32_t pieces, void (*piece)(void *, int32_t), void *argument);
typedef struct planish_executor {
  planish_executor_run *run; /* or NULL */
  void *context;
} planish_executor;
planish_executor planish_executor_get(void);
void planish_executor_set(planish_executor executor);

#endif
