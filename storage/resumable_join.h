/* resumable_join.h - fewer pieces of an upload (resumable.h): some that lie side by side are written again as one.
 *
 * Every request of a client is a piece at least, and an object has RESUMABLE_PIECES_MAX of them: a client that sends many small ones would come to an
 * end before its file does. So whoever feeds an upload joins, from a number of pieces on, before it takes more: as many as possible whose bytes are
 * few, or the two that have the fewest.
 *
 *     resumable_join_init --> resumable_join_copy, on a lane --> submit change --> (resumable_join_undo when that failed)
 *
 * Nobody else feeds the upload meanwhile. It may end, and then the change fails with E_NOT_FOUND. What is joined stays what it was: the same bytes at the
 * same offsets; only the object's etag counts fewer parts.
 */
#ifndef STORAGE_RESUMABLE_JOIN_H
#define STORAGE_RESUMABLE_JOIN_H

#include "storage/object.h"

#define RESUMABLE_JOIN_SIZE (64LL << 20)	/* bytes written again at a time, when more than two pieces can be joined so */
#define RESUMABLE_JOIN_MAX 1000			/* pieces at a time */

struct resumable_join {
	struct change change;		/* set done; submit after resumable_join_copy was 0 */
	struct store *store;
	struct str id;			/* lent */
	int count;			/* pieces that become one */
	/* its own */
	struct part *pieces, *whole;	/* storage/upload.h */
	struct arena arena;		/* cleared by resumable_join_clear */
};

void resumable_join_init(struct resumable_join *j, struct store *s, struct str id);
int resumable_join_copy(struct resumable_join *j, struct db *db);	/* (reader) chooses and writes; E_NOT_FOUND: there are no two; E_CORRUPT: one is
										 * not the bytes that came */
void resumable_join_undo(struct resumable_join *j);	/* blocking: what was written will not be named */
void resumable_join_clear(struct resumable_join *j);

#endif
