/* What was wrong with a call, and the sentence that says so. */
#ifndef PLANISH_FAULT_H
#define PLANISH_FAULT_H

#include "../../../include/planish.h"
#include <stdint.h>

#if defined(__clang__)
#define PLANISH_SENDABLE __attribute__((swift_attr("@Sendable")))
#else
#define PLANISH_SENDABLE
#endif

/* Which of the fields mean something depends on the status: see planish_fault_describe. */
typedef struct PLANISH_SENDABLE planish_fault {
  planish_status status;
  const char *argument; /* the argument at fault */
  const char *other;    /* the argument that it conflicts with */
  char text[32];        /* what it was, where that is no number; the start of it */
  int64_t number;       /* what it was */
  int64_t limit;        /* what it would have to be, or at least be */
  double value;         /* what it was, where that is no integer */
} planish_fault;

enum { PLANISH_FAULT_TEXT_SIZE = 256 };

void planish_fault_set_text(planish_fault *fault, const char *text);

/* Writes the sentence into `text`, zero-terminated. */
void planish_fault_describe(const planish_fault *fault, char text[PLANISH_FAULT_TEXT_SIZE]);

/* The sentence of this thread's last failed call; empty at first. */
void planish_fault_remember(const planish_fault *fault);
const char *planish_fault_last(void);

#endif
