/* photo_list.h - the photos of a bucket for a person to look through: newest first, from any place on, by the rows of their function's table;
 * and what is on its way to have a row.
 *
 * The order is that of an index of the table by "origin" and "uploaded_at" with all attributes (the default one is called "newest"). To begin
 * in the middle costs a walk over so many small index entries, not over rows: 10 ms for 100,000.
 *
 * Blocking: a reader's.
 */
#ifndef STORAGE_PHOTO_LIST_H
#define STORAGE_PHOTO_LIST_H

#include "storage/queue.h"
#include "storage/table.h"

/* The number of that index in t->indexes; -1: there is none. */
int photo_list_index(const struct table *t);

struct photo_list {
	const struct table *table;
	int index;
	struct str bucket;		/* name: "origin" of the rows */
	int64_t skip;			/* so many newer ones */
	int max;			/* rows; 0: none */
};

/* `item`: typed JSON of a row, lent for the call. A positive answer ends the list. */
typedef int photo_list_fn(void *owner, struct str item);
int photo_list(struct db *db, const struct photo_list *l, photo_list_fn *each, void *owner);
int photo_list_count(struct db *db, const struct photo_list *l, int64_t *count);	/* of all, whatever skip and max are */

/* How many are newer than the photo of that key; E_NOT_FOUND: it has no row. A walk over the index as above. */
int photo_list_place(struct db *db, const struct photo_list *l, struct str key, int64_t *place);

/* Creations in a bucket whose events wait or run, newest first, among the PHOTO_PENDING_LOOKED newest events of all buckets. */
#define PHOTO_PENDING_LOOKED 1000
struct photo_pending {			/* lent for the call */
	struct str key;
	bool running;
	int attempts;
	int64_t since_ms;
	struct str code, message;	/* of the last failure; absent: none */
};
typedef int photo_pending_fn(void *owner, const struct photo_pending *p);
int photo_pending(struct db *db, int64_t bucket, int max, photo_pending_fn *each, void *owner);

/* How many objects a bucket has and what they take, counted up to `max` of them. */
struct object_census {
	int64_t count, bytes;		/* count == max: there may be more */
};
int object_census(struct db *db, int64_t bucket, int64_t max, struct object_census *c);

#endif
