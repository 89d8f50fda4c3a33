/* prime.h - the write-ahead log at its full size from the start.
 *
 * A commit that overwrites zeroed space costs a third of one that makes the file grow (notes: an append pays for the
 * journal of the file system). A log that has been full once is overwritten for ever; priming makes it so from the first
 * commit. SQLite takes what follows its last frame for the end: zeros have no valid checksum.
 */
#ifndef STORAGE_PRIME_H
#define STORAGE_PRIME_H

#include <stdint.h>

/* Before the writer's thread starts, and while nobody else writes: grows DIR/meta/meta.db-wal to `bytes` of zeros
 * and syncs it. Nothing when it is larger, is not there, or when space is short. */
int prime_wal(int datadir, int64_t bytes);

#endif
