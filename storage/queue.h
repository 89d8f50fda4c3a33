/* queue.h - the durable queue of asynchronous invocations.
 *
 *     READY --claim--> LEASED --ack--> gone
 *       ^                | retry (due later) | bury
 *       +----------------+                   +--> DEAD --revive--> READY
 *
 * A row is put in the transaction of what caused it. A claim counts the attempt, durably, before the
 * function runs, so that an event that kills the daemon cannot do so for ever; only of a job that was
 * known not to have begun (ahead.h) it is taken back. A lease is a number that grows with every claim;
 * ack, retry and bury carry it and fail with E_LEASE_LOST when it is not the row's any more. All leases
 * end with the process: store_open makes them READY again.
 * Calls write no journal line, except revive and those at start: their callers know the attempt's story.
 *
 * All calls are inside a change, except those marked (reader).
 */
#ifndef STORAGE_QUEUE_H
#define STORAGE_QUEUE_H

#include "base/arena.h"
#include "storage/rule.h"

#define JOB_PAYLOAD_MAX (1 << 20)
#define JOB_MESSAGE_MAX 1000
#define JOB_REQUEST_ID 36
#define JOB_QUALIFIER_MAX 128
#define JOB_TRACE_MAX 512
#define JOB_FUNCTION_GONE "FunctionDeleted"	/* the code of a dead letter whose function does not exist any more */

enum job_state { JOB_READY, JOB_LEASED, JOB_DEAD };

struct job_row {
	int64_t id, function;
	enum job_state state;
	int64_t due_ms;			/* READY: not before; LEASED: the lease's end; DEAD: since */
	int64_t first_ms, lease;
	int attempts;			/* started, the running one included */
	int throttles;
	struct str request;		/* UUID, the same for all attempts */
	int64_t bucket;			/* 0: no object is the subject */
	struct str key;
	int64_t seq;
	enum event_kind kind;
	struct str payload;		/* the event's JSON */
	struct str code, message;	/* of the last failure; absent if none */
	int64_t backfill;		/* that asked for it (backfill.h); 0: an event, or a retry by hand */
	struct str qualifier;		/* version or alias as invoked; "": none */
	struct str trace;		/* X-Amzn-Trace-Id of what caused it; "": none */
};

typedef int job_each_fn(void *owner, const struct job_row *j);

void queue_request_make(char to[JOB_REQUEST_ID + 1]);	/* UUID v4 */

/* For who keeps a row: its strings in `a`, without those of the last failure. */
void queue_row_copy(struct arena *a, struct job_row *to, const struct job_row *from);

/* In: function, due, request, bucket, key, seq, kind, payload, backfill, qualifier, trace (absent is ""); out: id, first. An id never
 * comes back. E_TOO_LARGE. */
int queue_put(struct db *db, struct job_row *j);

/* Up to `max` READY rows of the function that are due, oldest due first, made LEASED until
 * now + lease_ms. Strings in `a`. Count. Those of backfills are claimed apart, so that they never stand before an event. */
int queue_claim(struct db *db, int64_t function, int64_t now_ms, int64_t lease_ms, int max, struct arena *a, struct job_row **rows);
int queue_claim_backfill(struct db *db, int64_t function, int64_t now_ms, int64_t lease_ms, int max, struct arena *a,
			 struct job_row **rows);
int queue_ack(struct db *db, int64_t id, int64_t lease);
int queue_retry(struct db *db, int64_t id, int64_t lease, int64_t due_ms, struct str code, struct str message);
int queue_defer(struct db *db, int64_t id, int64_t lease, int64_t due_ms);	/* throttled: the attempt is not counted */
int queue_bury(struct db *db, int64_t id, int64_t lease, struct str code, struct str message);	/* `code` is set */
int queue_revive(struct db *db, int64_t id);		/* DEAD -> READY now, attempts and age 0, with its journal line; E_NOT_FOUND */
int queue_drop_dead(struct db *db, int64_t function, int64_t bucket, struct str key, int64_t below_seq);	/* superseded dead letters; count */
int queue_expire_leases(struct db *db, int64_t now_ms);	/* count */
int queue_release_unbegun(struct db *db, int64_t id, int64_t lease);	/* at start: its attempt is not counted */
int queue_release_all(struct db *db);			/* at start, the others; count */

/* READY rows of a function, those of backfills included, become dead letters without an attempt, with their journal lines; at most `max`;
 * count. */
struct queue_purge {
	int64_t function;
	int max;
	struct str code, message;
	job_each_fn *buried;		/* is shown each dead letter, without payload and request, in the change; negative undoes it. NULL: nobody */
	void *owner;
};
int queue_purge(struct db *db, const struct queue_purge *p);

/* (reader) When the next READY row of the function is due; INT64_MAX if none. */
int queue_next_due(struct db *db, int64_t function, int64_t *due_ms);
int queue_next_backfill(struct db *db, int64_t function, int64_t *due_ms);	/* likewise, of backfills */

/* (reader) Functions after `after` (0: all) that have READY rows of events which are due, in the order of ids, at most `max`; count. *next_ms: when
 * the first of the others that were passed is due; INT64_MAX if there was none. Costs one look at an index for each function that has
 * READY rows, whatever there are of functions and rows. */
int queue_due_functions(struct db *db, int64_t now_ms, int64_t after, int64_t *ids, int max, int64_t *next_ms);

/* (reader) The next function after `after` that has READY rows, due or not, of events or backfills; 0: no more. */
int queue_next_function(struct db *db, int64_t after, int64_t *function);

struct queue_counts {
	int64_t ready, leased, dead;
	int64_t oldest_first_ms;	/* of READY and LEASED; 0 if none */
};
int queue_count(struct db *db, struct queue_counts *out);	/* (reader) */

int queue_of_object(struct db *db, int64_t bucket, struct str key, job_each_fn *each, void *owner);	/* (reader) */
int queue_dead(struct db *db, int64_t after_id, int max, job_each_fn *each, void *owner);		/* (reader) without their payloads */

/* (reader) What dead letters died of, the most frequent first, at most 50 of them and among 10,000 dead letters. */
typedef int queue_reason_fn(void *owner, struct str code, int64_t count);
int queue_reasons(struct db *db, queue_reason_fn *each, void *owner);
int queue_dead_get(struct db *db, int64_t id, struct arena *a, struct job_row *j);	/* (reader) all of one, strings in `a`; E_NOT_FOUND */

#endif
