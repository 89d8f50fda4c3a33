/* backfill_look.h - which photos a backfill has to do: a page of originals at a time, in key order. The same look counts
 * them for a dry run and finds them for the queue, so that both tell the same.
 *
 * An original is looked at when a rule of its bucket sends uploads of its key to the backfill's function. It is left alone
 * when an event of its version waits or runs (that makes everything as it should be now), and:
 *   BACKFILL_MISSING  when its version has a result with row and a thumbnail of every rendition
 *   BACKFILL_PRESETS  when its version has no result: there is nothing to put them into; or its place has none of them
 */
#ifndef PIPELINE_BACKFILL_LOOK_H
#define PIPELINE_BACKFILL_LOOK_H

#include "pipeline/rendition_list.h"
#include "storage/backfill.h"

#define BACKFILL_LOOK_ROWS 500		/* a page has at most so many objects */
#define BACKFILL_FIND_MAX 32		/* and at most so many of them are queued at once */

struct backfill_page {
	int64_t current, waiting, without;	/* left alone: has it all; has an event; has no result */
	int64_t todo, bytes;
	struct backfill_find {
		struct str key;
		int64_t seq, size;
	} finds[BACKFILL_FIND_MAX];	/* the first `todo` of them when they are asked for; strings in the arena */
	struct str after;		/* the last key looked at, for the next page */
	bool end;
};

struct presets;

/* From b->after on. With `find` the page ends when `find` are found; 0: only counts. Blocking; one snapshot. E_BAD_INPUT:
 * a photo has no sensible list of renditions; E_NOT_FOUND: it does not exist. */
int backfill_look(struct db *db, const struct presets *presets, const struct backfill *b, int find, struct arena *a,
		  struct backfill_page *p);

/* The rule that sends uploads of a key to the function: its id; absent if there is none. */
int backfill_rule(struct db *db, int64_t bucket, struct str key, int64_t function, struct arena *a, struct str *id);

#endif
