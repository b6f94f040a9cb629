#include "fault.h"

#include "cpu.h"

#include <stdio.h>
#include <string.h>

static void list_levels(char *text, size_t size) {
  const int32_t present = planish_levels_present();
  text[0] = 0;
  for (int32_t level = 0; level < PLANISH_LEVEL_COUNT; level++) {
    const size_t used = strlen(text);
    if (present & (1 << level))
      snprintf(text + used, size - used, "%s%s", used ? ", " : "", planish_level_name(level));
  }
}

void planish_fault_set_text(planish_fault *fault, const char *text) {
  snprintf(fault->text, sizeof fault->text, "%s", text);
}

void planish_fault_describe(const planish_fault *fault, char text[PLANISH_FAULT_TEXT_SIZE]) {
  const size_t size = PLANISH_FAULT_TEXT_SIZE;
  const long long number = fault->number, limit = fault->limit;
  char levels[64];
  switch (fault->status) {
  case PLANISH_NULL_POINTER:
    snprintf(text, size, "%s is NULL", fault->argument);
    break;
  case PLANISH_BAD_SIZE:
    snprintf(text, size, "%s is %lld; it must be %lld or more", fault->argument, number, limit);
    break;
  case PLANISH_SIZE_OVERFLOW:
    snprintf(text, size, "%s does not fit into the address space: %lld rows, %lld elements apart", fault->argument,
             number, limit);
    break;
  case PLANISH_BAD_STRIDE:
    snprintf(text, size,
             limit ? "%s is %lld, shorter than the %lld elements that it spans"
                   : "%s is %lld; without an inner it must be 1",
             fault->argument, number, limit);
    break;
  case PLANISH_BAD_EPS:
    snprintf(text, size, "%s is %g; it must be finite and 0 or more", fault->argument, fault->value);
    break;
  case PLANISH_OVERLAP:
    snprintf(text, size, "%s overlaps %s, %lld bytes from its start", fault->argument, fault->other, number);
    break;
  case PLANISH_BAD_STRUCT:
    snprintf(text, size,
             limit ? "%s is %lld; this library knows %lld, and more only if the rest is zeros" : "%s is %lld, not 0",
             fault->argument, number, limit);
    break;
  case PLANISH_BAD_DTYPE:
    snprintf(text, size, limit ? "%s is %lld, which does not go with dtype %lld" : "%s is %lld, which is no dtype",
             fault->argument, number, limit);
    break;
  case PLANISH_BAD_CPU:
    list_levels(levels, sizeof levels);
    snprintf(text, size, "%s is \"%s\"; this CPU has %s", fault->argument, fault->text, levels);
    break;
  case PLANISH_BAD_THREADS:
    if (fault->text[0])
      snprintf(text, size, "%s is \"%s\"; it must be a whole number from 1 on", fault->argument, fault->text);
    else
      snprintf(text, size, "%s is %lld; it must be 0 or more", fault->argument, number);
    break;
  case PLANISH_OUT_OF_MEMORY:
    snprintf(text, size, "%lld bytes of working memory for %s could not be had", number, fault->argument);
    break;
  case PLANISH_OK:
    text[0] = 0;
    break;
  }
}

/*
 * In the static part of the thread's memory: the general way would make the library need the dynamic loader by name.
 * The few hundred bytes come out of what glibc keeps for this.
 */
static _Thread_local __attribute__((tls_model("initial-exec"))) char last[PLANISH_FAULT_TEXT_SIZE];

void planish_fault_remember(const planish_fault *fault) { planish_fault_describe(fault, last); }
const char *planish_fault_last(void) { return last; }
