/* volume.h - small blobs as records in append-only segment files (Haystack's idea:
 * OSDI 2010), because overwriting zeroed space costs one cheap fdatasync where
 * a new file costs a journal commit and a directory sync.
 *
 *     vol/00/000000.seg   64 MB, pre-zeroed: needle, needle, ..., zeros
 *     needle: magic u32 | header crc32c u32 | seq u64 | size u32 | data crc32c u32 |
 *             key length u32 | key crc32c u32 | data | key | pad to 8
 *     (little-endian; the header is right before the data, so that an extent finds it;
 *     `seq` grows with every needle over the life of the store: its upper bits are
 *     the number of the start, so that what an earlier start left behind is told apart)
 *
 * A segment is ACTIVE (one), FULL, or RETIRED after a failed write or sync: then the
 * next group goes to a fresh one. Fresh ones are zeroed and synced by a helper thread
 * when the active one is a quarter full. Numbers are never used again. At the start the
 * end of the newest segment is found by its headers; if anything but zeros follows
 * (a torn group), it counts as full.
 *
 * Space is given back by punching holes for trashed needles (trash.h).
 *
 * volume_append is called by the writer's volume thread only, the rest by any.
 */
#ifndef STORAGE_VOLUME_H
#define STORAGE_VOLUME_H

#include "storage/blob.h"

#define SEGMENT_SIZE (64 << 20)
#define SEGMENT_SIZE_MIN (1 << 20)	/* for tests: the largest needle fits */
#define NEEDLE_HEADER 32
#define NEEDLE_KEY_MAX 1100		/* bucket, slash, key */

struct volume;

struct volume_spec {
	int datadir;			/* borrowed; has vol/ and tmp/ */
	bool read_only;
	uint64_t start;			/* which start of the store this is; upper bits of seq */
	uint64_t segment_size;		/* of new ones; 0: SEGMENT_SIZE */
};

int volume_open(struct volume **out, const struct volume_spec *spec);
void volume_close(struct volume *v);	/* accepts NULL */

/* Writes all and syncs once (twice when they fill the segment); on success every
 * `where` is set. On failure none is and the segment is retired. */
int volume_append(struct volume *v, struct needle **needles, int n);

/* A descriptor for reading, lent until given back. */
int volume_borrow(struct volume *v, uint32_t seg);
void volume_give_back(struct volume *v, uint32_t seg, int fd);

/* Space of needles whose rows are gone. Best effort. */
void volume_punch(struct volume *v, const struct extent *e);

/* Nothing is appended to it any more. */
bool volume_is_full(struct volume *v, uint32_t seg);

/* The key inside a needle, up to NEEDLE_KEY_MAX bytes. E_CORRUPT when it is not one. */
int volume_key(struct volume *v, const struct extent *e, char to[NEEDLE_KEY_MAX], size_t *n);

/* A full segment that no row names. 0 also when it is gone already. */
int volume_remove(struct volume *v, uint32_t seg);
uint64_t volume_segment_size(struct volume *v);

#endif
