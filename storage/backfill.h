/* backfill.h - photos that are done again because somebody asked for it, a whole bucket or a part of it.
 *
 *     RUNNING <--> PAUSED        --> DONE      every photo was looked at and every job of it has ended
 *                                --> CANCELLED no more are queued; what was queued still runs
 *
 * A backfill walks the originals of its bucket in key order. `after` is where it is, moved in the transaction that queues
 * the jobs of what lies before, so that it goes on after any kill and queues nothing twice. Its jobs are rows of the
 * queue that carry its id; each ends by being counted here, in the transaction that ends it:
 *
 *     queued = done + failed + superseded + jobs of it that wait or run		(the audit checks it)
 *
 * A dead letter of a backfill that is retried by hand belongs to it no more. One backfill of a bucket is active at a time;
 * the newest BACKFILLS_KEPT that ended are remembered.
 *
 * All inside a change, except those marked (reader).
 */
#ifndef STORAGE_BACKFILL_H
#define STORAGE_BACKFILL_H

#include "base/arena.h"
#include "storage/db.h"
#include "storage/queue.h"

#define BACKFILLS_KEPT 100

enum backfill_what {			/* stored */
	BACKFILL_MISSING,		/* what has no result, no row, or not all of the thumbnails that there should be */
	BACKFILL_ALL,
	BACKFILL_PRESETS,		/* only some renditions; the others stay as they are */
};
enum backfill_state { BACKFILL_RUNNING, BACKFILL_PAUSED, BACKFILL_DONE, BACKFILL_CANCELLED };	/* stored */

struct backfill {
	int64_t id, bucket, function;
	struct str prefix;
	enum backfill_what what;
	struct str presets;		/* names with blanks between; "" unless BACKFILL_PRESETS */
	enum backfill_state state;
	struct str after;		/* the last key looked at; "" at the beginning */
	bool looked;			/* at all of them */
	int64_t rate;			/* photos queued in a second, at most */
	int64_t started_ms, ended_ms;	/* ended 0: is active */
	int64_t planned, bytes;		/* photos to do and their size, as counted when it was asked for */
	int64_t queued, done, failed, superseded;
};

/* In: bucket, function, prefix, what, presets, rate, planned, bytes; out: id. E_EXISTS: the bucket has an active one. */
int backfill_add(struct db *db, struct backfill *b);
int backfill_set_state(struct db *db, int64_t id, enum backfill_state to);	/* E_NOT_FOUND: it is not active */
int backfill_set_rate(struct db *db, int64_t id, int64_t rate);

/* Where it is now, and how many jobs were queued on the way. */
int backfill_move(struct db *db, int64_t id, struct str after, bool looked, int queued);

enum backfill_end { BACKFILL_JOB_DONE, BACKFILL_JOB_FAILED, BACKFILL_JOB_SUPERSEDED };
int backfill_count(struct db *db, const struct job_row *j, enum backfill_end end);	/* nothing for a job of an event */

/* (reader) Strings in `a`. E_NOT_FOUND. */
int backfill_get(struct db *db, int64_t id, struct arena *a, struct backfill *b);
int backfill_active(struct db *db, int64_t bucket, struct arena *a, struct backfill *b);
int backfill_open_jobs(struct db *db, int64_t id, int64_t *count);	/* that wait or run */
typedef int backfill_each_fn(void *owner, const struct backfill *b);
int backfill_list(struct db *db, backfill_each_fn *each, void *owner);	/* the newest first */

const char *backfill_state_text(enum backfill_state s);

#endif
