/* lock.h - what this program gives up before it looks at the zip: every path but one directory, every descriptor but its three, rights, and
 * all system calls but those that unpacking takes. */
#ifndef FUNCTIONS_UNPACK_LOCK_H
#define FUNCTIONS_UNPACK_LOCK_H

#include <stdint.h>

/* For good. `memory`: bytes of addresses from here. A negated errno, and *step says where. */
int lock(int dir, int64_t memory, const char **step);

#endif
