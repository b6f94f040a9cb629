/* What the machine needs for moving the same bytes, without any arithmetic worth mentioning: no layer norm is faster.
 */
#ifndef LIMITS_H
#define LIMITS_H

#include "cell.h"

/* Forward reads one array and writes one. The context is a cell, here and below. */
void limit_copy(const void *context);           /* memcpy */
void limit_copy_streaming(const void *context); /* stores that pass the caches by */

/* Backward reads two and writes one. */
void limit_add(const void *context);
void limit_add_streaming(const void *context);

#endif
