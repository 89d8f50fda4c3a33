/* The queue seen by function: which ones have work, and the end of the work of one that is gone. */
#include <limits.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/backfill.h"
#include "storage/journal.h"

/* 0 for no more. */
static int next(struct query q, int64_t after, int64_t *function, int64_t *due_ms)
{
	*function = 0;
	query_int(&q, 1, after);
	if (query_step(&q) == QUERY_ROW) {
		*function = col_int(&q, 0);
		*due_ms = col_int(&q, 1);
	}
	return query_end(&q);
}

int queue_due_functions(struct db *db, int64_t now_ms, int64_t after, int64_t *ids, int max, int64_t *next_ms)
{
	int64_t function = after, due;
	int n = 0, rc;

	*next_ms = INT64_MAX;
	while (n < max) {
		if ((rc = next(db_query(db, SQL_JOB_NEXT_FUNCTION), function, &function, &due)) < 0)
			return rc;
		if (function == 0)
			break;
		if (due <= now_ms)
			ids[n++] = function;
		else if (due < *next_ms)
			*next_ms = due;
	}
	return n;
}

int queue_next_function(struct db *db, int64_t after, int64_t *function)
{
	int64_t due, other;
	int rc;

	if ((rc = next(db_query(db, SQL_JOB_NEXT_FUNCTION), after, function, &due)) < 0 ||
	    (rc = next(db_query(db, SQL_JOB_NEXT_FUNCTION_BACKFILL), after, &other, &due)) < 0)
		return rc;
	if (*function == 0 || (other != 0 && other < *function))
		*function = other;
	return 0;
}

struct purge {
	struct db *db;
	const struct queue_purge *how;
	struct arena arena;
	struct job_row *rows;
};

static int find_ready(struct purge *p, enum sql id, int max)
{
	struct query q = db_query(p->db, id);
	int n = 0, rc;

	query_int(&q, 1, p->how->function);
	query_int(&q, 2, max);
	while (n < max && query_step(&q) == QUERY_ROW)
		p->rows[n++] = (struct job_row){ .id = col_int(&q, 0), .function = p->how->function, .state = JOB_DEAD, .bucket = col_int(&q, 1),
			.key = arena_str(&p->arena, col_str(&q, 2)), .seq = col_int(&q, 3), .attempts = (int)col_int(&q, 4),
			.backfill = col_int(&q, 5), .kind = (enum event_kind)col_int(&q, 6), .code = p->how->code, .message = p->how->message };
	rc = query_end(&q);
	return rc < 0 ? rc : n;
}

static int bury(struct purge *p, const struct job_row *j)
{
	struct query q = db_query(p->db, SQL_JOB_BURY_READY);
	int rc;

	query_int(&q, 1, j->id);
	query_int(&q, 2, clock_wall_ms());
	query_text(&q, 3, j->code);
	query_text(&q, 4, j->message);
	if ((rc = query_run(&q)) < 0 || (rc = backfill_count(p->db, j, BACKFILL_JOB_FAILED)) < 0)
		return rc;
	if (j->bucket != 0)
		rc = journal_add(p->db, &(struct journal_line){ .what = JOURNAL_BURIED, .bucket = j->bucket, .key = j->key, .seq = j->seq,
			.job = j->id, .attempt = j->attempts, .code = j->code, .detail = j->message });
	return rc == 0 && p->how->buried ? p->how->buried(p->how->owner, j) : rc;
}

static int bury_some(struct purge *p, enum sql id, int max)
{
	int n = find_ready(p, id, max), rc = 0;

	for (int i = 0; i < n && rc == 0; i++)
		rc = bury(p, &p->rows[i]);
	return rc < 0 ? rc : n;
}

int queue_purge(struct db *db, const struct queue_purge *how)
{
	struct purge p = { .db = db, .how = how };
	int n, more;

	CHECK(how->code.n > 0 && how->message.n <= JOB_MESSAGE_MAX);
	p.rows = arena_take(&p.arena, (size_t)how->max * sizeof *p.rows);
	n = bury_some(&p, SQL_JOB_READY, how->max);
	if (n >= 0 && n < how->max) {
		more = bury_some(&p, SQL_JOB_READY_BACKFILL, how->max - n);
		n = more < 0 ? more : n + more;
	}
	arena_clear(&p.arena);
	return n;
}
