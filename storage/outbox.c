#include "storage/outbox.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/bucket.h"

const char *outbox_word(enum outbox_what w)
{
	return w == OUTBOX_READY ? "ready" : w == OUTBOX_FAILED ? "failed" : "ping";
}

static struct outbox_line row_of(struct query *q)
{
	return (struct outbox_line){
		.id = col_int(q, 0), .bucket = col_int(q, 1), .key = col_str(q, 2), .seq = col_int(q, 3),
		.what = (enum outbox_what)col_int(q, 4), .state = (enum outbox_state)col_int(q, 5), .due_ms = col_int(q, 6),
		.first_ms = col_int(q, 7), .attempts = (int)col_int(q, 8), .payload = col_str(q, 9), .code = col_str(q, 10),
		.message = col_str(q, 11),
	};
}

int outbox_put(struct db *db, const struct outbox_line *l, int64_t *id)
{
	struct query q;
	int rc;

	if (l->payload.n > OUTBOX_PAYLOAD_MAX)
		return E_TOO_LARGE;
	q = db_query(db, SQL_OUTBOX_ADD);
	query_int(&q, 1, l->bucket);
	query_bytes(&q, 2, str_is_set(l->key) ? l->key : STR(""));
	query_int(&q, 3, l->seq);
	query_int(&q, 4, l->what);
	query_int(&q, 5, clock_wall_ms());
	query_text(&q, 6, l->payload);
	rc = query_run(&q);
	if (rc == 0)
		*id = db_last_rowid(db);
	return rc;
}

static int next_bucket(struct db *db, enum sql which, int64_t after, int64_t *bucket)
{
	struct query q = db_query(db, which);

	query_int(&q, 1, after);
	*bucket = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	return query_end(&q);
}

int outbox_next_bucket(struct db *db, int64_t after, int64_t *bucket)
{
	return next_bucket(db, SQL_OUTBOX_BUCKET, after, bucket);
}

int outbox_next_due(struct db *db, int64_t now_ms, int64_t *next_ms)
{
	struct query q = db_query(db, SQL_OUTBOX_NEXT);

	query_int(&q, 1, now_ms);
	*next_ms = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : INT64_MAX;
	return query_end(&q);
}

int outbox_due(struct db *db, int64_t bucket, int64_t now_ms, int max, struct arena *a, struct outbox_line **lines)
{
	struct query q = db_query(db, SQL_OUTBOX_DUE);
	int n = 0, rc;

	*lines = arena_take(a, (size_t)max * sizeof **lines);
	query_int(&q, 1, bucket);
	query_int(&q, 2, now_ms);
	query_int(&q, 3, max);
	while (query_step(&q) == QUERY_ROW) {
		struct outbox_line l = row_of(&q);

		l.key = arena_str(a, l.key);
		l.payload = arena_str(a, l.payload);
		l.code = arena_str(a, l.code);
		l.message = arena_str(a, l.message);
		(*lines)[n++] = l;
	}
	rc = query_end(&q);
	return rc < 0 ? rc : n;
}

int outbox_done(struct db *db, int64_t id)
{
	struct query q = db_query(db, SQL_OUTBOX_DELETE);

	query_int(&q, 1, id);
	return query_run(&q);
}

static int fail(struct db *db, enum sql how, int64_t id, int64_t when_ms, struct str code, struct str message)
{
	struct query q = db_query(db, how);

	query_int(&q, 1, id);
	query_int(&q, 2, when_ms);
	query_text(&q, 3, code);
	query_text(&q, 4, utf8_cut(message, OUTBOX_MESSAGE_MAX));
	return query_run(&q);
}

int outbox_retry(struct db *db, int64_t id, int64_t due_ms, struct str code, struct str message)
{
	return fail(db, SQL_OUTBOX_RETRY, id, due_ms, code, message);
}

int outbox_bury(struct db *db, int64_t id, int64_t now_ms, struct str code, struct str message)
{
	return fail(db, SQL_OUTBOX_BURY, id, now_ms, code, message);
}

int outbox_revive(struct db *db, int64_t id, int64_t now_ms)
{
	struct query q = db_query(db, SQL_OUTBOX_REVIVE);
	int rc;

	query_int(&q, 1, id);
	query_int(&q, 2, now_ms);
	rc = query_run(&q);
	return rc < 0 ? rc : db_changes(db) == 1 ? 0 : E_NOT_FOUND;
}

int outbox_dead(struct db *db, int64_t bucket, int64_t after, int max, outbox_each_fn *each, void *owner)
{
	struct query q = db_query(db, bucket ? SQL_OUTBOX_DEAD_OF : SQL_OUTBOX_DEAD);
	int rc = 0, end;

	query_int(&q, 1, after);
	if (bucket)
		query_int(&q, 2, bucket);
	query_int(&q, 3, max);
	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct outbox_line l = row_of(&q);

		rc = each(owner, &l);
	}
	end = query_end(&q);
	return end < 0 ? end : rc;
}

int outbox_count(struct db *db, struct outbox_counts *c)
{
	struct query q = db_query(db, SQL_OUTBOX_COUNT);

	*c = (struct outbox_counts){0};
	if (query_step(&q) == QUERY_ROW)
		*c = (struct outbox_counts){ .waiting = col_int(&q, 0), .dead = col_int(&q, 1), .oldest_first_ms = col_int(&q, 2) };
	return query_end(&q);
}

/* Count. */
static int sweep(struct db *db, enum sql what, int64_t by, int max)
{
	struct query q = db_query(db, what);
	int rc;

	query_int(&q, 1, by);
	query_int(&q, 2, max);
	rc = query_run(&q);
	return rc < 0 ? rc : (int)db_changes(db);
}

/* Of buckets that went. One look at an index for each bucket that has lines. */
static int sweep_orphans_of(struct db *db, enum sql next, enum sql what, int max)
{
	char name[BUCKET_NAME_MAX + 1];
	int64_t bucket = 0;
	int rc, n = 0;

	while (n < max) {
		if ((rc = next_bucket(db, next, bucket, &bucket)) < 0)
			return rc;
		if (bucket == 0)
			break;
		rc = bucket_name_of(db, bucket, name);
		if (rc == E_NOT_FOUND)
			rc = sweep(db, what, bucket, max - n);
		if (rc < 0)
			return rc;
		n += rc;
	}
	return n;
}

int outbox_sweep(struct db *db, int64_t before_ms, int max)
{
	int n, rc;

	if ((n = sweep(db, SQL_OUTBOX_SWEEP_OLD, before_ms, max)) < 0 || n == max)
		return n;
	if ((rc = sweep(db, SQL_OUTBOX_SWEEP_MANY, OUTBOX_DEAD_MAX, max - n)) < 0 || (n += rc) == max)
		return rc < 0 ? rc : n;
	if ((rc = sweep_orphans_of(db, SQL_OUTBOX_BUCKET, SQL_OUTBOX_SWEEP_WAITING, max - n)) < 0 || (n += rc) == max)
		return rc < 0 ? rc : n;
	rc = sweep_orphans_of(db, SQL_OUTBOX_DEAD_NEXT, SQL_OUTBOX_SWEEP_DEAD, max - n);
	return rc < 0 ? rc : n + rc;
}
