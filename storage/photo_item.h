/* photo_item.h - the row that a photo has in its function's table: written and removed with the result (photo.c), looked at
 * by audit and explain, let go of when a client takes it away.
 *
 * A row is the result's while its attributes "origin" and "sequencer" are the original's bucket and version. A
 * client of the table may remove it or write another in its place: then the photo vouches for a row no more (its `table`
 * is "") and the journal tells, both in the client's own transaction, so that what is asked for is never taken for a
 * loss. Likewise with thumbnails: rendition_release in photo.h.
 */
#ifndef STORAGE_PHOTO_ITEM_H
#define STORAGE_PHOTO_ITEM_H

#include "storage/photo.h"
#include "storage/table.h"

bool photo_item_fits(const struct table *t);	/* can it have such rows: is its key one text named "key"? */

/* Origin and sequencer are added where `text`, the row's typed JSON, has none. */
int photo_item_put(struct db *db, const struct table *t, const struct object_ref *original, int64_t seq, struct str text,
		   struct arena *a);

/* The row of a result that some renditions were made anew of: what `text` has is put over it, but of "thumbnails" only
 * those of its keys; old ones among `replaces` go. 0 also when there is no row of that version: then none is made. */
struct item_merge {
	struct str table;		/* name; "": there is no row */
	const struct object_ref *original;
	int64_t seq;
	struct str text;
	const struct str *replaces;
	int replaces_count;
};
int photo_item_merge(struct db *db, const struct item_merge *m, struct arena *a);

int photo_item_remove(struct db *db, struct str table, struct str key, struct arena *a);	/* 0 also when there is none */

/* The row of a key, if it is that of this version: E_NOT_FOUND else. */
int photo_item_get(struct db *db, const struct table *t, struct str key, int64_t seq, struct arena *a, struct str *text);

enum photo_item {
	PHOTO_ITEM_THERE,
	PHOTO_ITEM_MISSING,		/* a loss */
	PHOTO_ITEM_OTHER,		/* of another version: a loss too */
	PHOTO_ITEM_RELEASED,
	PHOTO_ITEM_NO_TABLE		/* deleted since, or deleted and made anew: its owner's wish */
};
int photo_item_look(struct db *db, struct str key, const struct photo_row *p);	/* one of them, or negative */

/* A client wrote `now` (NULL: nothing) where `old` was in `t`; after item_put or item_delete, in the same change. */
int photo_item_touched(struct db *db, const struct table *t, struct str old, const struct json_value *now, struct arena *a);

#endif
