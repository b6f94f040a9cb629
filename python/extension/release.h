/* What a user says about the memory that is kept. */
#ifndef PLANISH_PYTHON_RELEASE_H
#define PLANISH_PYTHON_RELEASE_H

#include "planish_python.h"

/* Sets the bound from PLANISH_CACHE_BYTES. -1 if a warning about its text became an exception. */
int release_read_environment(void);

#endif
