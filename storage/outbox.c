#include "storage/outbox.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/journal.h"

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

static int is_crowded(struct db *db, int64_t bucket, int64_t waiting_max, bool *is)
{
	struct query q = db_query(db, SQL_OUTBOX_WAITING);

	query_int(&q, 1, bucket);
	*is = query_step(&q) == QUERY_ROW && col_int(&q, 0) >= waiting_max;
	return query_end(&q);
}

/* The object's journal; a ping is of none. */
static int tell(struct db *db, const struct outbox_line *l, enum journal_what what, struct str code, struct str detail)
{
	bool attempt = what != JOURNAL_TOLD_AGAIN && !str_eq(code, STR(OUTBOX_CROWDED));
	struct arena a = {0};
	int rc;

	if (l->key.n == 0)
		return 0;
	rc = journal_add(db, &(struct journal_line){ .what = what, .bucket = l->bucket, .key = l->key, .seq = l->seq,
		.attempt = attempt ? l->attempts + 1 : 0, .code = code,
		.detail = str_of(arena_printf(&a, "%s, delivery %lld%s%.*s", outbox_word(l->what), (long long)l->id, detail.n > 0 ? ": " : "",
					      STR_ARG(detail))) });
	arena_clear(&a);
	return rc;
}

int outbox_put(struct db *db, struct outbox_line *l, int64_t waiting_max)
{
	struct query q;
	bool crowded;
	int rc;

	if (l->payload.n > OUTBOX_PAYLOAD_MAX)
		return E_TOO_LARGE;
	if ((rc = is_crowded(db, l->bucket, waiting_max, &crowded)) < 0)
		return rc;
	q = db_query(db, crowded ? SQL_OUTBOX_ADD_DEAD : SQL_OUTBOX_ADD);
	query_int(&q, 1, l->bucket);
	query_bytes(&q, 2, str_is_set(l->key) ? l->key : STR(""));
	query_int(&q, 3, l->seq);
	query_int(&q, 4, l->what);
	query_int(&q, 5, clock_wall_ms());
	query_text(&q, 6, l->payload);
	if (crowded) {
		query_text(&q, 7, STR(OUTBOX_CROWDED));
		query_text(&q, 8, STR("as many lines as may wait for one webhook waited already"));
	}
	if ((rc = query_run(&q)) < 0)
		return rc;
	l->id = db_last_rowid(db);
	l->state = crowded ? OUTBOX_DEAD : OUTBOX_WAITING;
	return crowded ? tell(db, l, JOURNAL_TOLD_DEAD, STR(OUTBOX_CROWDED), (struct str){0}) : 0;
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

int outbox_next_dead(struct db *db, int64_t after, int64_t *bucket)
{
	return next_bucket(db, SQL_OUTBOX_DEAD_NEXT, after, bucket);
}

int outbox_next_due(struct db *db, int64_t now_ms, int64_t *next_ms)
{
	struct query q = db_query(db, SQL_OUTBOX_NEXT);

	query_int(&q, 1, now_ms);
	*next_ms = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : INT64_MAX;
	return query_end(&q);
}

static void keep_texts(struct arena *a, struct outbox_line *l)
{
	l->key = arena_str(a, l->key);
	l->payload = arena_str(a, l->payload);
	l->code = arena_str(a, l->code);
	l->message = arena_str(a, l->message);
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

		keep_texts(a, &l);
		(*lines)[n++] = l;
	}
	rc = query_end(&q);
	return rc < 0 ? rc : n;
}

int outbox_done(struct db *db, const struct outbox_line *l, struct str answer)
{
	struct query q = db_query(db, SQL_OUTBOX_DELETE);
	int rc;

	query_int(&q, 1, l->id);
	rc = query_run(&q);
	return rc < 0 || db_changes(db) == 0 ? rc : tell(db, l, JOURNAL_TOLD, (struct str){0}, answer);
}

static int fail(struct db *db, enum sql how, const struct outbox_line *l, int64_t when_ms, struct str code, struct str message)
{
	struct query q = db_query(db, how);
	int rc;

	message = utf8_cut(message, OUTBOX_MESSAGE_MAX);
	query_int(&q, 1, l->id);
	query_int(&q, 2, when_ms);
	query_text(&q, 3, code);
	query_text(&q, 4, message);
	rc = query_run(&q);
	return rc < 0 || db_changes(db) == 0 ? rc : tell(db, l, how == SQL_OUTBOX_BURY ? JOURNAL_TOLD_DEAD : JOURNAL_NOT_TOLD, code, message);
}

int outbox_retry(struct db *db, const struct outbox_line *l, int64_t due_ms, struct str code, struct str message)
{
	return fail(db, SQL_OUTBOX_RETRY, l, due_ms, code, message);
}

int outbox_bury(struct db *db, const struct outbox_line *l, int64_t now_ms, struct str code, struct str message)
{
	return fail(db, SQL_OUTBOX_BURY, l, now_ms, code, message);
}

static int get(struct db *db, int64_t id, struct arena *a, struct outbox_line *l)
{
	struct query q = db_query(db, SQL_OUTBOX_GET);
	bool found;
	int rc;

	query_int(&q, 1, id);
	if ((found = query_step(&q) == QUERY_ROW)) {
		*l = row_of(&q);
		keep_texts(a, l);
	}
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

int outbox_revive(struct db *db, int64_t id, int64_t now_ms, int64_t waiting_max, struct arena *a, struct outbox_line *l)
{
	struct query q;
	bool crowded;
	int rc;

	if ((rc = get(db, id, a, l)) < 0 || l->state != OUTBOX_DEAD)
		return rc < 0 ? rc : E_NOT_FOUND;
	if ((rc = is_crowded(db, l->bucket, waiting_max, &crowded)) < 0 || crowded)
		return rc < 0 ? rc : E_FULL;
	q = db_query(db, SQL_OUTBOX_REVIVE);
	query_int(&q, 1, id);
	query_int(&q, 2, now_ms);
	rc = query_run(&q);
	return rc < 0 ? rc : tell(db, l, JOURNAL_TOLD_AGAIN, (struct str){0}, (struct str){0});
}

static int each_line(struct query *q, outbox_each_fn *each, void *owner)
{
	int rc = 0, end;

	while (rc == 0 && query_step(q) == QUERY_ROW) {
		struct outbox_line l = row_of(q);

		rc = each(owner, &l);
	}
	end = query_end(q);
	return end < 0 ? end : rc;
}

int outbox_dead(struct db *db, int64_t bucket, int64_t after, int max, outbox_each_fn *each, void *owner)
{
	struct query q = db_query(db, bucket ? SQL_OUTBOX_DEAD_OF : SQL_OUTBOX_DEAD);

	query_int(&q, 1, after);
	if (bucket)
		query_int(&q, 2, bucket);
	query_int(&q, 3, max);
	return each_line(&q, each, owner);
}

int outbox_of_object(struct db *db, int64_t bucket, struct str key, outbox_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_OUTBOX_OF_OBJECT);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	query_int(&q, 3, OUTBOX_OF_OBJECT_MAX);
	return each_line(&q, each, owner);
}

int outbox_count(struct db *db, struct outbox_counts *c)
{
	struct query q = db_query(db, SQL_OUTBOX_COUNT);

	*c = (struct outbox_counts){0};
	if (query_step(&q) == QUERY_ROW)
		*c = (struct outbox_counts){ .waiting = col_int(&q, 0), .dead = col_int(&q, 1), .oldest_first_ms = col_int(&q, 2),
			.most = col_int(&q, 3) };
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

static int forget_empty_counts(struct db *db)
{
	struct query q = db_query(db, SQL_OUTBOX_COUNT_SWEEP);

	return query_run(&q);
}

int outbox_sweep(struct db *db, int64_t before_ms, int max)
{
	int n, rc;

	if ((n = sweep(db, SQL_OUTBOX_SWEEP_OLD, before_ms, max)) < 0 || n == max)
		return n;
	if ((rc = sweep_orphans_of(db, SQL_OUTBOX_BUCKET, SQL_OUTBOX_SWEEP_WAITING, max - n)) < 0 || (n += rc) == max)
		return rc < 0 ? rc : n;
	if ((rc = sweep_orphans_of(db, SQL_OUTBOX_DEAD_NEXT, SQL_OUTBOX_SWEEP_DEAD, max - n)) < 0)
		return rc;
	n += rc;
	rc = forget_empty_counts(db);
	return rc < 0 ? rc : n;
}

int outbox_make_room(struct db *db, int64_t dead_max, int max)
{
	return sweep(db, SQL_OUTBOX_SWEEP_MANY, dead_max, max);
}
