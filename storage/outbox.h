/* outbox.h - what webhooks have still to be told, and what they could not be told.
 *
 *     put --> WAITING --delivered--> gone
 *      |       ^  | failed: due later, until it is too old
 *      |       |  v
 *      +----> DEAD --revive--> WAITING        --too many, age--> gone
 *
 * A line is written in the transaction that ends the photo's job, so none is lost and none told of what did not happen. It is told at least once: a
 * daemon that dies between the answer and outbox_done tells it again, with the same id. Lines of a deleted bucket are never told; the sweep takes them.
 *
 * Bounded by number: of a bucket that has `waiting_max` WAITING lines the next one is DEAD when it is put (OUTBOX_CROWDED), so it can be told on
 * request when there is room again. A receiver that is down for a weekend while a million photos come loses nothing by default; those lines
 * are about 3 KB each on the disk. Of DEAD lines, those of all buckets together, the oldest make room.
 *
 * Every attempt and every death of a line that is of an object is told in the object's journal, by the calls in here.
 *
 * All calls are inside a change, except those marked (reader).
 */
#ifndef STORAGE_OUTBOX_H
#define STORAGE_OUTBOX_H

#include "base/arena.h"
#include "storage/db.h"

#define OUTBOX_PAYLOAD_MAX (256 << 10)
#define OUTBOX_MESSAGE_MAX 500
#define OUTBOX_OF_OBJECT_MAX 100	/* shown of one object */
#define OUTBOX_CROWDED "TooManyWaiting"	/* the code of a line that was put DEAD */

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

/* In: bucket, key, seq, what, payload; out: id, state. Due now. E_TOO_LARGE. */
int outbox_put(struct db *db, struct outbox_line *l, int64_t waiting_max);

/* (reader) The next bucket after `after` (0: the first) that has WAITING lines; 0: no more. */
int outbox_next_bucket(struct db *db, int64_t after, int64_t *bucket);

/* (reader) WAITING lines of a bucket that are due, those due first, at most `max`. Strings in `a`. Count. */
int outbox_due(struct db *db, int64_t bucket, int64_t now_ms, int max, struct arena *a, struct outbox_line **lines);

/* (reader) When the first WAITING line that is not due yet will be; INT64_MAX: there is none. */
int outbox_next_due(struct db *db, int64_t now_ms, int64_t *next_ms);

/* How an attempt ended, or that there is to be none. `l` as it was read. A line that is not WAITING any more stays as it is. */
int outbox_done(struct db *db, const struct outbox_line *l, struct str answer);
int outbox_retry(struct db *db, const struct outbox_line *l, int64_t due_ms, struct str code, struct str message);	/* one more attempt is counted */
int outbox_bury(struct db *db, const struct outbox_line *l, int64_t now_ms, struct str code, struct str message);	/* likewise; DEAD */

/* Attempts and age begin anew; *l: what it is of. Texts in `a`. E_NOT_FOUND no dead line of that id, E_FULL the bucket has waiting_max lines. */
int outbox_revive(struct db *db, int64_t id, int64_t now_ms, int64_t waiting_max, struct arena *a, struct outbox_line *l);

/* (reader) The next bucket after `after` (0: the first) that has DEAD lines; 0: no more. */
int outbox_next_dead(struct db *db, int64_t after, int64_t *bucket);

typedef int outbox_each_fn(void *owner, const struct outbox_line *l);
/* (reader) DEAD lines by id, after `after`; bucket 0: all. `each` ends it by anything but 0. */
int outbox_dead(struct db *db, int64_t bucket, int64_t after, int max, outbox_each_fn *each, void *owner);

/* (reader) Lines of an object, WAITING and DEAD, by id; at most OUTBOX_OF_OBJECT_MAX. */
int outbox_of_object(struct db *db, int64_t bucket, struct str key, outbox_each_fn *each, void *owner);

struct outbox_counts {
	int64_t waiting, dead;
	int64_t oldest_first_ms;	/* of WAITING; 0: none */
	int64_t most;			/* WAITING lines of the bucket that has the most */
};
int outbox_count(struct db *db, struct outbox_counts *c);	/* (reader) */

/* DEAD ones since before `before_ms`, and those of buckets that went; at most `max`; count. */
int outbox_sweep(struct db *db, int64_t before_ms, int max);
int outbox_make_room(struct db *db, int64_t dead_max, int max);	/* the oldest DEAD ones over dead_max; at most `max`; count */

#endif
