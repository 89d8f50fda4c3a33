/* run.h - all of a zip into a directory: looked through before the first file is made, then files and folders, then modes of folders, then
 * links. Stops at the first thing that is wrong; what it made until then is the caller's to remove. */
#ifndef FUNCTIONS_UNPACK_RUN_H
#define FUNCTIONS_UNPACK_RUN_H

#include <stddef.h>

#include "functions/unpack/tree.h"
#include "functions/unpack_wire.h"

/* `t` is new, perhaps with lower limits. */
void run(const void *zip, size_t n, struct tree *t, struct unpack_told *told);

#endif
