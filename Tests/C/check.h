/* Checks that are counted, and the last line of a test program. */
#ifndef PLANISH_CHECK_H
#define PLANISH_CHECK_H

#include <stdbool.h>
#include <stdio.h>

/* The text is printed if the check fails; it names the case, the array, the index, what was got and what expected. */
#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
bool check(bool ok, const char *format, ...);

/* Counts from zero again: in a child, which answers for its own checks alone. */
void start_over(void);

/* Prints the counts and gives the exit status of the program. A program that checked nothing has failed, too. */
int finish(void);

#endif
