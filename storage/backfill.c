#include "storage/backfill.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"

const char *backfill_state_text(enum backfill_state s)
{
	static const char *const texts[] = { "running", "paused", "done", "cancelled" };

	CHECK(s < sizeof texts / sizeof texts[0]);
	return texts[s];
}

static struct backfill row_of(struct query *q)
{
	return (struct backfill){
		.id = col_int(q, 0),
		.bucket = col_int(q, 1),
		.function = col_int(q, 2),
		.prefix = col_str(q, 3),
		.what = (enum backfill_what)col_int(q, 4),
		.presets = col_str(q, 5),
		.state = (enum backfill_state)col_int(q, 6),
		.after = col_str(q, 7),
		.looked = col_int(q, 8) != 0,
		.rate = col_int(q, 9),
		.started_ms = col_int(q, 10),
		.ended_ms = col_int(q, 11),
		.planned = col_int(q, 12),
		.bytes = col_int(q, 13),
		.queued = col_int(q, 14),
		.done = col_int(q, 15),
		.failed = col_int(q, 16),
		.superseded = col_int(q, 17),
	};
}

static struct str or_empty(struct str s)
{
	return s.n > 0 ? s : STR("");
}

int backfill_add(struct db *db, struct backfill *b)
{
	struct query q = db_query(db, SQL_BACKFILL_ADD);
	int rc;

	b->started_ms = clock_wall_ms();
	query_int(&q, 1, b->bucket);
	query_int(&q, 2, b->function);
	query_bytes(&q, 3, or_empty(b->prefix));
	query_int(&q, 4, b->what);
	query_text(&q, 5, or_empty(b->presets));
	query_int(&q, 6, b->rate);
	query_int(&q, 7, b->started_ms);
	query_int(&q, 8, b->planned);
	query_int(&q, 9, b->bytes);
	if ((rc = query_run(&q)) == 0)
		b->id = db_last_rowid(db);
	return rc;
}

/* The oldest of those that ended go when there are too many. */
static int trim(struct db *db)
{
	struct query q = db_query(db, SQL_BACKFILL_TRIM);

	query_int(&q, 1, BACKFILLS_KEPT);
	return query_run(&q);
}

int backfill_set_state(struct db *db, int64_t id, enum backfill_state to)
{
	bool ends = to >= BACKFILL_DONE;
	struct query q = db_query(db, SQL_BACKFILL_STATE);
	int rc;

	query_int(&q, 1, id);
	query_int(&q, 2, to);
	query_int(&q, 3, ends ? clock_wall_ms() : 0);
	if ((rc = query_run(&q)) < 0)
		return rc;
	if (db_changes(db) == 0)
		return E_NOT_FOUND;
	return ends ? trim(db) : 0;
}

int backfill_set_rate(struct db *db, int64_t id, int64_t rate)
{
	struct query q = db_query(db, SQL_BACKFILL_RATE);

	query_int(&q, 1, id);
	query_int(&q, 2, rate);
	return query_run(&q);
}

int backfill_move(struct db *db, int64_t id, struct str after, bool looked, int queued)
{
	struct query q = db_query(db, SQL_BACKFILL_MOVE);

	query_int(&q, 1, id);
	query_bytes(&q, 2, or_empty(after));
	query_int(&q, 3, looked);
	query_int(&q, 4, queued);
	return query_run(&q);
}

int backfill_count(struct db *db, const struct job_row *j, enum backfill_end end)
{
	struct query q;

	if (j->backfill == 0)
		return 0;
	q = db_query(db, SQL_BACKFILL_COUNT);
	query_int(&q, 1, j->backfill);
	query_int(&q, 2, end == BACKFILL_JOB_DONE);
	query_int(&q, 3, end == BACKFILL_JOB_FAILED);
	query_int(&q, 4, end == BACKFILL_JOB_SUPERSEDED);
	return query_run(&q);
}

static int get(struct query q, int64_t id, struct arena *a, struct backfill *b)
{
	bool found;
	int rc;

	*b = (struct backfill){0};
	query_int(&q, 1, id);
	found = query_step(&q) == QUERY_ROW;
	if (found) {
		*b = row_of(&q);
		b->prefix = arena_str(a, b->prefix);
		b->presets = arena_str(a, b->presets);
		b->after = arena_str(a, b->after);
	}
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

int backfill_get(struct db *db, int64_t id, struct arena *a, struct backfill *b)
{
	return get(db_query(db, SQL_BACKFILL_GET), id, a, b);
}

int backfill_active(struct db *db, int64_t bucket, struct arena *a, struct backfill *b)
{
	return get(db_query(db, SQL_BACKFILL_ACTIVE), bucket, a, b);
}

int backfill_open_jobs(struct db *db, int64_t id, int64_t *count)
{
	struct query q = db_query(db, SQL_BACKFILL_OPEN);

	query_int(&q, 1, id);
	*count = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	return query_end(&q);
}

int backfill_list(struct db *db, backfill_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_BACKFILL_LIST);
	int rc = 0, end;

	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct backfill b = row_of(&q);

		rc = each(owner, &b);
	}
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}
