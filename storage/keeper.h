/* keeper.h - the thread that gives space back: empties the trash, and once at the start
 * and then every hour removes files of obj/ that no row names (leftovers of crashes).
 * It is in no hurry and never needed for anything to be right.
 */
#ifndef STORAGE_KEEPER_H
#define STORAGE_KEEPER_H

#include "storage/writer.h"

#define ORPHAN_AGE_MS 3600000		/* younger files may still get their row */
#define SWEEP_EVERY_MS 3600000

struct keeper;

struct keeper_spec {			/* all borrowed, but `reader`: owned from start to stop */
	int datadir;
	struct db *reader;
	struct writer *writer;
	struct blobs *blobs;
};

void keeper_start(struct keeper **out, const struct keeper_spec *spec);
void keeper_stop(struct keeper *k);	/* accepts NULL */

#endif
