/* volume.h - small blobs as records in append-only segment files (Haystack's idea:
 * OSDI 2010), because overwriting zeroed space costs one cheap fdatasync where
 * a new file costs a journal commit and a directory sync.
 *
 *     vol/00/000000.seg   64 MB, pre-zeroed: needle, needle, ..., zeros
 *     needle: magic u32 | header crc32c u32 | id u128 | size u32 | data crc32c u32 |
 *             flags u16 | key length u16 | seq u64 | key | data | pad to 8
 *     (little-endian; `seq` grows by one per needle over the life of the store, so a
 *     header of an older generation in recycled space is seen as the end)
 *
 * A segment is ACTIVE (one), FULL, or RETIRED after a failed write or sync. The
 * next one is zeroed and synced by a helper thread when the active one is a quarter
 * full. Dead bytes are counted in the segment row; space is given back by
 * punching holes for trashed needles and by compacting segments more than half dead.
 *
 * volume_append is called by the writer's volume thread only.
 */
#ifndef STORAGE_VOLUME_H
#define STORAGE_VOLUME_H

#include "storage/blob.h"
#include "storage/db.h"

#define SEGMENT_SIZE (64 << 20)
#define NEEDLE_HEADER 56
#define NEEDLE_KEY_MAX 1100		/* bucket, slash, key */

struct volume;

/* `db` gives where the active segment ends (rows), the scan forward does the rest. */
int volume_open(struct volume **out, int datadir, struct db *writer);
void volume_close(struct volume *v);

/* Writes all and syncs once; on success every `where` is set. On failure none is,
 * the segment is retired and the next group goes to a fresh one. */
int volume_append(struct volume *v, struct needle **needles, int n);

/* For blobs: a cached read-only descriptor, borrowed. */
int volume_segment_fd(struct volume *v, uint32_t seg);

/* Space of needles whose rows are gone. Best effort. */
void volume_punch(struct volume *v, const struct extent *e);

#endif
