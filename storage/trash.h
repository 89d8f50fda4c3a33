/* trash.h - bytes that gain or lose the row that names them.
 *
 * A row that names new extents adopts them, a row that goes trashes them, both in
 * the change that writes the row. So every file in obj/ is known to the table
 * `file` (what is not is an orphan of a crash), and no byte is given back before
 * the row is gone: first that commit, then, after a grace for readers that still
 * hold the extents, the bytes, then the trash row. Dying between any two of these
 * repeats a step that does no harm twice.
 *
 * Extents are never shared: a copy of an object copies its bytes. Extents that move
 * from a part to the completed object need neither call.
 */
#ifndef STORAGE_TRASH_H
#define STORAGE_TRASH_H

#include "storage/writer.h"

#define TRASH_GRACE_MS 60000		/* unless the store is opened with another one */
#define TRASH_BATCH 64			/* rows emptied by one change */

/* Both inside a change. adopt: E_EXISTS when a row names one of these already. */
int extents_adopt(struct db *db, const struct extent *e, int n);
int trash_add(struct db *db, const struct extent *e, int n);

/* Gives back the bytes of rows whose grace is over, at most TRASH_BATCH. How many rows; 0: none is due. */
int trash_empty(struct db *reader, struct writer *w, struct blobs *in, int64_t grace_ms);

#endif
