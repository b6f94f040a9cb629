/* Stands in for Apple's header: all that Swift's header for the exports takes from it. */
#include <stddef.h>
typedef ptrdiff_t NSInteger;
typedef size_t NSUInteger;
