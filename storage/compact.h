/* compact.h - segments that are more than half dead give their space back.
 *
 * Rows are the truth about what lives where, so compaction reads all of them once: parts
 * first, then objects, then noncurrent versions, because extents are carried from one to the
 * next by completing an upload and by a newer version. Only a version that becomes current again carries them back:
 * victims have a mark while they are emptied, and that takes the mark off those it has bytes in, so they stay until the next time
 * (version_remove.c). What lives in a victim is moved (relocate.h); then the victim
 * is marked emptied, and after the grace of trash.h, for readers that hold old
 * extents, its file goes. Only full segments are victims, and rows for what was written
 * to them before are waited for, so no new row can name one.
 */
#ifndef STORAGE_COMPACT_H
#define STORAGE_COMPACT_H

#include <stdatomic.h>

#include "storage/writer.h"

#define VICTIMS_MAX 256			/* in one go */

struct compactor {			/* all borrowed */
	struct db *reader;
	struct writer *writer;
	struct blobs *blobs;
	const _Atomic bool *stop;
	int64_t grace_ms;
};

/* Moves everything out of the worst segments. How many were emptied, or negative; E_CLOSED when stopped. */
int compact_segments(const struct compactor *c);

/* Removes those emptied long enough ago. Count, or negative. */
int compact_remove(const struct compactor *c);

#endif
