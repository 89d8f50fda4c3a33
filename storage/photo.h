/* photo.h - the effect of the built-in function, as one transaction (promise 2):
 * thumbnail objects, table row, acknowledgement and journal line, all or none.
 *
 * Order per key is by sequencer: a result whose original is not at `seq` any more is discarded
 * (not an error here: the job is acknowledged, the journal says so). Thumbnails of
 * an older version that the new result does not overwrite are removed, so there are no orphans. Likewise a
 * removal whose key has come back under the eyes of a native function: the newer event replaces the photo.
 *
 * A result may come again for a version that has one (a backfill): what was is served until the transaction that replaces
 * it, and a failure then takes nothing away. With `merge` only some renditions were made: they take the place of theirs,
 * and the rest of the result stays. Where there is no result of that version to merge with, it is the whole result.
 *
 * change.rc: E_LEASE_LOST the job is not ours any more; E_NO_DESTINATION the bucket or the table is missing, the
 * bucket is the original's own, or the table's key is not one text named "key"; then nothing changed, nor was
 * the job settled. Only a result needs them: a failure or a removal does what is still possible.
 */
#ifndef STORAGE_PHOTO_H
#define STORAGE_PHOTO_H

#include "storage/logs.h"
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
	struct str item;		/* typed JSON of the row, "sequencer" is added; absent: the row is removed */
	struct str code, message;	/* set: the photo cannot be done. The job is buried with it, the row says why. Not
					 * looked at for a removal */
	bool merge;
	const struct str *replaces;	/* merge: keys that go with what is made anew, besides those of the same key; lent */
	int replaces_count;
	struct str made;		/* the list of renditions that the result has then (made.h); absent: not known */
	struct str detail;		/* for the journal line, e.g. "3 thumbnails, 84 ms" */
	const struct log_line *log;	/* START..REPORT lines of the attempt; lent */
	int log_count;
	struct str log_group, stream;	/* where they go */
	bool superseded;		/* out: nothing was kept; the caller forgets the files in `large` */
};

/* Only `change`, for the rest may be filled in already. Set change.always when nothing is stored (a failure, a removal). */
void photo_keep_init(struct photo_keep *k);

struct object_ref {
	int64_t bucket;
	struct str key;
};

struct photo_row {
	int64_t seq, done_ms;
	int renditions;			/* still vouched for: those that a client removed or replaced are taken off */
	struct str table;		/* "": a client removed or replaced the row (photo_item.h) */
	int64_t made;			/* made.h; 0: not known */
};
int photo_get(struct db *db, int64_t bucket, struct str key, struct arena *a, struct photo_row *p);	/* E_NOT_FOUND */
typedef int rendition_each_fn(void *owner, int64_t bucket, struct str key, int64_t of_seq);
int rendition_list(struct db *db, int64_t bucket, struct str key, rendition_each_fn *each, void *owner);

/* The object at this key is no rendition any more, and its photo vouches for one less. Detach: a result did that, which
 * is told otherwise. Release, for object_write.c: a client removed or replaced it; the journal of the original tells. */
int rendition_detach(struct db *db, int64_t bucket, struct str key);
int rendition_release(struct db *db, int64_t bucket, struct str key, bool replaced);

/* For object_write.c. Thumbnails and table row go. */
int photo_forget(struct db *db, struct store *s, int64_t bucket, struct str key, const struct actor *who);

/* Thumbnails of an original that are not among `keep` (keys in bucket `to`); with `only`, of those with these keys in `to`. */
struct rendition_cut {
	int64_t to;
	const struct object *keep;
	int keep_count;
	const struct str *only;		/* NULL: all */
	int only_count;
};
int renditions_remove(struct db *db, struct store *s, const struct object_ref *original, const struct rendition_cut *cut,
		      const struct actor *who);

#endif
