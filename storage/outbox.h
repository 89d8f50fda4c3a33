/* outbox.h - what webhooks have still to be told, and what they could not be told.
 *
 *     WAITING --delivered--> gone
 *        ^  | failed: due later, until it is too old
 *        |  v
 *        +-DEAD --revive--> WAITING        --OUTBOX_DEAD_MAX, age--> gone
 *
 * A line is written in the transaction that ends the photo's job, so none is lost and none told of what did not happen. It is told at least once: a
 * daemon that dies between the answer and outbox_done tells it again, with the same id. Lines of a deleted bucket are never told; the sweep takes them.
 *
 * All calls are inside a change, except those marked (reader).
 */
#ifndef STORAGE_OUTBOX_H
#define STORAGE_OUTBOX_H

#include "base/arena.h"
#include "storage/db.h"

#define OUTBOX_PAYLOAD_MAX (256 << 10)
#define OUTBOX_MESSAGE_MAX 500
#define OUTBOX_DEAD_MAX 100000		/* the oldest make room */

/* Numbers are in stores, words in payloads. */
enum outbox_what { OUTBOX_READY = 1, OUTBOX_FAILED, OUTBOX_PING };
enum outbox_state { OUTBOX_WAITING = 0, OUTBOX_DEAD = 2 };

const char *outbox_word(enum outbox_what w);	/* "ready" */

struct outbox_line {
	int64_t id;			/* the delivery's, never again another's */
	int64_t bucket;
	struct str key;			/* "" of a ping */
	int64_t seq;
	enum outbox_what what;
	enum outbox_state state;
	int64_t due_ms, first_ms;
	int attempts;			/* made */
	struct str payload;		/* JSON, without the id */
	struct str code, message;	/* of the last failure; absent: none */
};

/* In: bucket, key, seq, what, payload. Due now. E_TOO_LARGE. */
int outbox_put(struct db *db, const struct outbox_line *l, int64_t *id);

/* (reader) The next bucket after `after` (0: the first) that has WAITING lines; 0: no more. */
int outbox_next_bucket(struct db *db, int64_t after, int64_t *bucket);

/* (reader) WAITING lines of a bucket that are due, those due first, at most `max`. Strings in `a`. Count. */
int outbox_due(struct db *db, int64_t bucket, int64_t now_ms, int max, struct arena *a, struct outbox_line **lines);

/* (reader) When the first WAITING line that is not due yet will be; INT64_MAX: there is none. */
int outbox_next_due(struct db *db, int64_t now_ms, int64_t *next_ms);

int outbox_done(struct db *db, int64_t id);
int outbox_retry(struct db *db, int64_t id, int64_t due_ms, struct str code, struct str message);	/* one more attempt is counted */
int outbox_bury(struct db *db, int64_t id, int64_t now_ms, struct str code, struct str message);	/* likewise; DEAD */
int outbox_revive(struct db *db, int64_t id, int64_t now_ms);	/* attempts and age begin anew; E_NOT_FOUND no dead line of that id */

typedef int outbox_each_fn(void *owner, const struct outbox_line *l);
/* (reader) DEAD lines by id, after `after`; bucket 0: all. `each` ends it by anything but 0. */
int outbox_dead(struct db *db, int64_t bucket, int64_t after, int max, outbox_each_fn *each, void *owner);

struct outbox_counts {
	int64_t waiting, dead, oldest_first_ms;	/* of WAITING; 0: none */
};
int outbox_count(struct db *db, struct outbox_counts *c);	/* (reader) */

/* DEAD ones since before `before_ms`, those over OUTBOX_DEAD_MAX, and those of buckets that went; at most `max`; count. */
int outbox_sweep(struct db *db, int64_t before_ms, int max);

#endif
