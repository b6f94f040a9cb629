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

/* Prints the counts and gives the exit status of the program. A program that checked nothing has failed, too. */
int finish(void);

#endif
