/* photo.h - the effect of the built-in function, as one transaction (promise 2):
 * thumbnail objects, table row, acknowledgement and journal line, all or none.
 *
 * Order per key is by sequencer: a result whose original is not at `seq` any more is discarded
 * (E_SUPERSEDED is not an error here: the job is acknowledged, the journal says so). Thumbnails of
 * an older version that the new result does not overwrite are removed, so there are no orphans.
 */
#ifndef STORAGE_PHOTO_H
#define STORAGE_PHOTO_H

#include "storage/object.h"
#include "storage/queue.h"

#define RENDITIONS_MAX NEEDLES_MAX

struct photo_keep {
	struct change change;		/* photo_keep_init; needles: one per rendition, same order; set done */
	struct store *store;
	const struct job_row *job;	/* lent until done */
	struct str to_bucket, to_table;	/* names */
	struct object renditions[RENDITIONS_MAX];	/* in: key, size, etag, sum, headers */
	struct extent large[RENDITIONS_MAX];	/* for a rendition over BLOB_NEEDLE_MAX: its committed file; then its needle is empty */
	int count;			/* 0: the original was removed, or can never be decoded (then `code` is set) */
	struct str item;		/* typed JSON of the row; absent: the row is removed */
	struct str code, message;	/* set: the photo cannot be done. The job is buried with it, the row says why */
	struct str detail;		/* for the journal line, e.g. "3 thumbnails, 84 ms" */
	const struct logline { struct str line; } *log;	/* START..REPORT lines of the attempt; lent */
	int log_count;
	struct str stream;		/* their stream */
	bool superseded;		/* out */
};
void photo_keep_init(struct photo_keep *k);

struct photo_row {
	int64_t seq, done_ms;
	int renditions;
	struct str table;
};
int photo_get(struct db *db, int64_t bucket, struct str key, struct arena *a, struct photo_row *p);	/* E_NOT_FOUND */
typedef int rendition_each_fn(void *owner, int64_t bucket, struct str key, int64_t of_seq);
int rendition_list(struct db *db, int64_t bucket, struct str key, rendition_each_fn *each, void *owner);

#endif
