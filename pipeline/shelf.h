/* shelf.h - what must be known about a bucket before its request may be answered, in memory: CORS, policy, webhook and the like
 * (RECORD_BUCKET_*, all but the tags), so that no request waits for a lane to learn that there is none.
 *
 * Read whole at start, and again, for one bucket, after each change of it: whoever commits such a change calls shelf_changed on the loop before
 * it answers, so that the next request sees it. Changes are read one after the other, in the order told. A bucket has an entry only if it
 * has a document of a kind kept here: all of them together hold at most SHELF_BYTES_MAX (shelf_has_room tells before a document is put).
 * A document that cannot be read is as none, which is always the stricter: the log tells.
 *
 * Loop thread.
 */
#ifndef PIPELINE_SHELF_H
#define PIPELINE_SHELF_H

#include "base/json.h"
#include "pipeline/minilab.h"
#include "storage/record.h"

#define SHELF_BYTES_MAX (64 << 20)
#define SHELF_PER_BYTE 8		/* memory that a document takes, for each byte of its text */

struct shelf;

int shelf_open(struct shelf **out, struct minilab *m);		/* blocking, before the loop runs */
void shelf_close(struct shelf *s);	/* accepts NULL */

/* The document of that kind, parsed; NULL: there is none. Good until the loop is returned to. Accepts NULL: a house without a shelf has none. */
const struct json_value *shelf_get(struct shelf *s, struct str bucket, enum record_kind kind);
bool shelf_has_room(const struct shelf *s, size_t more);	/* for that many bytes of text */

/* A change of the bucket's documents was committed, or the bucket was deleted: read again on a lane, then `then`, never from in here. */
struct shelf_errand {			/* embed; lent until `then` */
	struct str bucket;		/* lent until `then` */
	void (*then)(struct shelf_errand *e, int rc);
	/* the shelf's */
	struct work work;
	struct shelf *shelf;
	struct shelf_entry *entry;
	struct shelf_errand *next;
};
void shelf_changed(struct shelf *s, struct shelf_errand *e);

#endif
