/* keeper.h - the thread that gives space back: empties the trash, and at the start and
 * then every hour compacts segments and removes files of obj/ from before the start that no row names. At the start it
 * also looks through the database once, unless that is large.
 * It is in no hurry and never needed for anything to be right.
 */
#ifndef STORAGE_KEEPER_H
#define STORAGE_KEEPER_H

#include "storage/writer.h"

#define ORPHAN_AGE_MS 3600000		/* of files that no row names */
#define SWEEP_EVERY_MS 3600000		/* compaction too: both look at every row or file */

struct keeper;

struct keeper_spec {			/* all borrowed, but `reader`: owned from start to stop */
	int datadir;
	struct db *reader;
	struct writer *writer;
	struct blobs *blobs;
	int64_t grace_ms;		/* trash.h */
};

void keeper_start(struct keeper **out, const struct keeper_spec *spec);
void keeper_stop(struct keeper *k);	/* accepts NULL */

#endif
