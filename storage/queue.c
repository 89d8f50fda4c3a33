#include "storage/queue.h"

#include <limits.h>
#include <stdio.h>

#include "base/codec.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "storage/journal.h"

#define CLAIM_MAX 1000

void queue_request_make(char to[JOB_REQUEST_ID + 1])
{
	uint8_t b[16];

	random_bytes(b, sizeof b);
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);		/* RFC 9562: version 4, */
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);		/* variant 10 */
	snprintf(to, JOB_REQUEST_ID + 1, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

void queue_row_copy(struct arena *a, struct job_row *to, const struct job_row *from)
{
	*to = *from;
	to->request = arena_str(a, from->request);
	to->key = arena_str(a, from->key);
	to->payload = arena_str(a, from->payload);
	to->qualifier = arena_str(a, from->qualifier);
	to->trace = arena_str(a, from->trace);
	to->code = to->message = (struct str){0};
}

int queue_put(struct db *db, struct job_row *j)
{
	struct query q;

	CHECK(j->request.n == JOB_REQUEST_ID);
	if (j->payload.n > JOB_PAYLOAD_MAX || j->qualifier.n > JOB_QUALIFIER_MAX || j->trace.n > JOB_TRACE_MAX)
		return E_TOO_LARGE;
	if ((j->id = db_next_seq(db)) < 0)
		return (int)j->id;
	j->first_ms = clock_wall_ms();
	q = db_query(db, SQL_JOB_ADD);
	query_int(&q, 1, j->id);
	query_int(&q, 2, j->function);
	query_int(&q, 3, j->due_ms);
	query_int(&q, 4, j->first_ms);
	query_text(&q, 5, j->request);
	query_int(&q, 6, j->bucket);
	query_bytes(&q, 7, j->key);
	query_int(&q, 8, j->seq);
	query_int(&q, 9, j->kind);
	query_bytes(&q, 10, str_is_set(j->payload) ? j->payload : STR(""));
	query_int(&q, 11, j->backfill);
	query_text(&q, 12, str_is_set(j->qualifier) ? j->qualifier : STR(""));
	query_text(&q, 13, str_is_set(j->trace) ? j->trace : STR(""));
	return query_run(&q);
}

static struct job_row row_of(struct query *q)
{
	return (struct job_row){
		.id = col_int(q, 0),
		.function = col_int(q, 1),
		.state = (enum job_state)col_int(q, 2),
		.due_ms = col_int(q, 3),
		.first_ms = col_int(q, 4),
		.lease = col_int(q, 5),
		.attempts = (int)col_int(q, 6),
		.throttles = (int)col_int(q, 7),
		.request = col_str(q, 8),
		.bucket = col_int(q, 9),
		.key = col_str(q, 10),
		.seq = col_int(q, 11),
		.kind = (enum event_kind)col_int(q, 12),
		.payload = col_str(q, 13),
		.code = col_str(q, 14),
		.message = col_str(q, 15),
		.backfill = col_int(q, 16),
		.qualifier = col_str(q, 17),
		.trace = col_str(q, 18),
	};
}

static void keep_texts(struct arena *a, struct job_row *j)
{
	j->request = arena_str(a, j->request);
	j->key = arena_str(a, j->key);
	j->payload = arena_str(a, j->payload);
	j->code = arena_str(a, j->code);
	j->message = arena_str(a, j->message);
	j->qualifier = arena_str(a, j->qualifier);
	j->trace = arena_str(a, j->trace);
}

static int find_due(struct query q, int64_t function, int64_t now_ms, int max, struct arena *a, struct job_row *rows)
{
	int n = 0, rc;

	query_int(&q, 1, function);
	query_int(&q, 2, now_ms);
	query_int(&q, 3, max);
	while (n < max && query_step(&q) == QUERY_ROW) {
		rows[n] = row_of(&q);
		keep_texts(a, &rows[n++]);
	}
	rc = query_end(&q);
	return rc < 0 ? rc : n;
}

static int lease_rows(struct db *db, int64_t now_ms, int64_t lease_ms, int n, struct job_row *rows)
{
	int64_t lease;
	int rc = 0;

	if ((lease = db_next_seq(db)) < 0)
		return (int)lease;
	for (int i = 0; i < n && rc == 0; i++) {
		struct query q = db_query(db, SQL_JOB_LEASE);
		struct job_row *j = &rows[i];

		j->state = JOB_LEASED;
		j->lease = lease;
		j->due_ms = now_ms + lease_ms;
		j->attempts++;
		query_int(&q, 1, j->id);
		query_int(&q, 2, lease);
		query_int(&q, 3, j->due_ms);
		rc = query_run(&q);
	}
	return rc < 0 ? rc : n;
}

static int claim(struct db *db, enum sql due, int64_t function, int64_t now_ms, int64_t lease_ms, int max, struct arena *a,
		 struct job_row **rows)
{
	int n;

	if (max > CLAIM_MAX)
		max = CLAIM_MAX;
	*rows = arena_take(a, (size_t)max * sizeof **rows);
	n = find_due(db_query(db, due), function, now_ms, max, a, *rows);
	return n <= 0 ? n : lease_rows(db, now_ms, lease_ms, n, *rows);
}

int queue_claim(struct db *db, int64_t function, int64_t now_ms, int64_t lease_ms, int max, struct arena *a,
		struct job_row **rows)
{
	return claim(db, SQL_JOB_DUE, function, now_ms, lease_ms, max, a, rows);
}

int queue_claim_backfill(struct db *db, int64_t function, int64_t now_ms, int64_t lease_ms, int max, struct arena *a,
			 struct job_row **rows)
{
	return claim(db, SQL_JOB_DUE_BACKFILL, function, now_ms, lease_ms, max, a, rows);
}

/* Ends a query on one leased row. */
static int run_leased(struct db *db, struct query *q)
{
	int rc = query_run(q);

	return rc < 0 ? rc : db_changes(db) == 1 ? 0 : E_LEASE_LOST;
}

static struct query on_lease(struct db *db, enum sql id, int64_t job, int64_t lease)
{
	struct query q = db_query(db, id);

	query_int(&q, 1, job);
	query_int(&q, 2, lease);
	return q;
}

int queue_ack(struct db *db, int64_t id, int64_t lease)
{
	struct query q = on_lease(db, SQL_JOB_ACK, id, lease);

	return run_leased(db, &q);
}

int queue_retry(struct db *db, int64_t id, int64_t lease, int64_t due_ms, struct str code, struct str message)
{
	struct query q = on_lease(db, SQL_JOB_RETRY, id, lease);

	query_int(&q, 3, due_ms);
	query_text(&q, 4, code);
	query_text(&q, 5, utf8_cut(message, JOB_MESSAGE_MAX));
	return run_leased(db, &q);
}

int queue_defer(struct db *db, int64_t id, int64_t lease, int64_t due_ms)
{
	struct query q = on_lease(db, SQL_JOB_DEFER, id, lease);

	query_int(&q, 3, due_ms);
	return run_leased(db, &q);
}

int queue_bury(struct db *db, int64_t id, int64_t lease, struct str code, struct str message)
{
	struct query q = on_lease(db, SQL_JOB_BURY, id, lease);

	CHECK(code.n > 0);	/* a dead letter says why: audit.h */
	query_int(&q, 3, clock_wall_ms());
	query_text(&q, 4, code);
	query_text(&q, 5, utf8_cut(message, JOB_MESSAGE_MAX));
	return run_leased(db, &q);
}

static int get(struct db *db, int64_t id, struct arena *a, struct job_row *j)
{
	struct query q = db_query(db, SQL_JOB_GET);
	bool found;
	int rc;

	query_int(&q, 1, id);
	if ((found = query_step(&q) == QUERY_ROW)) {
		*j = row_of(&q);
		keep_texts(a, j);
	}
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

static int journal_revived(struct db *db, int64_t id)
{
	struct arena a = {0};
	struct job_row j;
	int rc = get(db, id, &a, &j);

	if (rc == 0 && j.bucket != 0)
		rc = journal_add(db, &(struct journal_line){ .what = JOURNAL_REVIVED, .bucket = j.bucket, .key = j.key,
			.seq = j.seq, .job = id });
	arena_clear(&a);
	return rc;
}

int queue_revive(struct db *db, int64_t id)
{
	struct query q = db_query(db, SQL_JOB_REVIVE);
	int rc;

	query_int(&q, 1, id);
	query_int(&q, 2, clock_wall_ms());
	if ((rc = query_run(&q)) < 0)
		return rc;
	return db_changes(db) == 1 ? journal_revived(db, id) : E_NOT_FOUND;
}

int queue_drop_dead(struct db *db, int64_t function, int64_t bucket, struct str key, int64_t below_seq)
{
	struct query q = db_query(db, SQL_JOB_DROP_DEAD);
	int rc;

	query_int(&q, 1, function);
	query_int(&q, 2, bucket);
	query_bytes(&q, 3, key);
	query_int(&q, 4, below_seq);
	rc = query_run(&q);
	return rc < 0 ? rc : (int)db_changes(db);
}

static int make_ready(struct db *db, enum sql id, int64_t now_ms)
{
	struct query q = db_query(db, id);
	int64_t n;
	int rc;

	query_int(&q, 1, now_ms);
	if ((rc = query_run(&q)) < 0)
		return rc;
	n = db_changes(db);
	return n > INT_MAX ? INT_MAX : (int)n;
}

int queue_expire_leases(struct db *db, int64_t now_ms)
{
	return make_ready(db, SQL_JOB_EXPIRE, now_ms);
}

int queue_release_unbegun(struct db *db, int64_t id, int64_t lease)
{
	struct query q = on_lease(db, SQL_JOB_RELEASE_UNBEGUN, id, lease);
	struct arena a = {0};
	struct job_row j;
	int rc;

	query_int(&q, 3, clock_wall_ms());
	if ((rc = run_leased(db, &q)) < 0)
		return rc;
	if ((rc = get(db, id, &a, &j)) == 0 && j.bucket != 0)
		rc = journal_add(db, &(struct journal_line){ .what = JOURNAL_PUT_BACK, .bucket = j.bucket, .key = j.key, .seq = j.seq, .job = id,
			.attempt = j.attempts + 1, .detail = STR("minilab ended before its turn came") });
	arena_clear(&a);
	return rc;
}

int queue_release_all(struct db *db)
{
	struct query q = db_query(db, SQL_JOB_TELL_BROKEN_OFF);
	int rc;

	query_int(&q, 1, clock_wall_ms());
	query_int(&q, 2, JOURNAL_FAILED);
	query_text(&q, 3, STR("minilab ended while it ran"));
	if ((rc = query_run(&q)) < 0)
		return rc;
	return make_ready(db, SQL_JOB_RELEASE_ALL, clock_wall_ms());
}

/* Readers. */

static int next_due(struct query q, int64_t function, int64_t *due_ms)
{
	query_int(&q, 1, function);
	*due_ms = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : INT64_MAX;
	return query_end(&q);
}

int queue_next_due(struct db *db, int64_t function, int64_t *due_ms)
{
	return next_due(db_query(db, SQL_JOB_NEXT_DUE), function, due_ms);
}

int queue_next_backfill(struct db *db, int64_t function, int64_t *due_ms)
{
	return next_due(db_query(db, SQL_JOB_NEXT_BACKFILL), function, due_ms);
}

int queue_count(struct db *db, struct queue_counts *out)
{
	struct query q = db_query(db, SQL_JOB_COUNTS);

	*out = (struct queue_counts){0};
	if (query_step(&q) == QUERY_ROW)
		*out = (struct queue_counts){
			.ready = col_int(&q, 0),
			.leased = col_int(&q, 1),
			.dead = col_int(&q, 2),
			.oldest_first_ms = col_int(&q, 3),
		};
	return query_end(&q);
}

static int each_row(struct query *q, job_each_fn *each, void *owner)
{
	int rc = 0, end;

	while (rc == 0 && query_step(q) == QUERY_ROW) {
		struct job_row j = row_of(q);

		rc = each(owner, &j);
	}
	end = query_end(q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}

int queue_of_object(struct db *db, int64_t bucket, struct str key, job_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_JOB_OF_OBJECT);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	return each_row(&q, each, owner);
}

int queue_dead(struct db *db, int64_t after_id, int max, job_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_JOB_DEAD);

	query_int(&q, 1, after_id);
	query_int(&q, 2, max);
	return each_row(&q, each, owner);
}

int queue_reasons(struct db *db, queue_reason_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_JOB_REASONS);
	int rc = 0, end;

	while (rc == 0 && query_step(&q) == QUERY_ROW)
		rc = each(owner, col_str(&q, 0), col_int(&q, 1));
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}

int queue_dead_get(struct db *db, int64_t id, struct arena *a, struct job_row *j)
{
	int rc = get(db, id, a, j);

	return rc == 0 && j->state != JOB_DEAD ? E_NOT_FOUND : rc;
}
