/*
 * Threads that wait for work: one job at a time, its pieces handed out one by one.
 *
 * They are started by the first job that wants them. A thread that has nothing to do looks around for a fifth
 * of a millisecond and then sleeps until the next job. In the child of a fork there are none, and they start anew.
 */
#ifndef PLANISH_POOL_H
#define PLANISH_POOL_H

#include "processors.h"
#include <stdbool.h>
#include <stdint.h>

enum { PLANISH_POOL_MOST = 64 }; /* threads at work on a job, the caller among them */

typedef void planish_pool_body(void *context, int32_t piece);

/*
 * Calls body(context, piece) for each piece from 0 to `pieces` - 1, on at most `threads` threads, and returns when all
 * are done. Pieces begin in their order if that is asked for; else each thread has its share of neighbours, the same in
 * every call, and helps others when it is done. The caller does all of it where other threads cannot be had, and while
 * they work for somebody else.
 */
void planish_pool_run(int32_t threads, int32_t pieces, bool in_order, planish_pool_body *body, void *context);

/*
 * Whether threads look for work right now, so that it costs next to nothing to hand them some: 1. Else 0, or -1 where
 * the last question was so recent that it would be worth while to wake them up for the next one.
 */
int32_t planish_pool_is_awake(void);
void planish_pool_wake_up(int32_t threads);

/* planish_pool_run by the host's executor: `threads` of its pieces, each of which goes through those of the job. */
void planish_pool_run_by(planish_executor executor, int32_t threads, int32_t pieces, bool in_order,
                         planish_pool_body *body, void *context);

#endif
