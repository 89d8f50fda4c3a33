/* recover.h - the data directory before anything in it is used: lock, layout, leftovers. */
#ifndef STORAGE_RECOVER_H
#define STORAGE_RECOVER_H

#include "storage/db.h"

/* A lock held as long as the descriptor is open, or E_BUSY (logged, with who has it). */
int recover_lock(int datadir);

/* Makes the folders and FORMAT of a new store, or checks those of an old one. *segment_size:
 * in: for a new one; out: what it is. */
int recover_layout(int datadir, uint64_t *segment_size);

/* E_NOT_FOUND when there is no store, E_BAD_INPUT when it is of another layout. */
int recover_format(int datadir, uint64_t *segment_size);

int recover_empty_tmp(int datadir);

/* Counts this start, durably: 1 for the first. */
int recover_count_start(struct db *writer, uint64_t *start);

#endif
