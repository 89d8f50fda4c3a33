/* sweep.h - orphans: files of obj/ that no row names. */
#ifndef STORAGE_SWEEP_H
#define STORAGE_SWEEP_H

#include <stdatomic.h>

#include "storage/db.h"

/* Unlinks those last written before `before_ms`. Count, or negative; ends early when *stop. */
int sweep_orphans(int datadir, struct db *reader, int64_t before_ms, const _Atomic bool *stop);

#endif
