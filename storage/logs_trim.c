/* How lines go: those that are too old, and those of what was deleted. */
#include "base/err.h"
#include "storage/logs.h"
#include "storage/logs_row.h"

int logs_grow(struct db *db, int64_t group, int64_t more, int64_t *bytes)
{
	struct query q = db_query(db, SQL_LOG_GROUP_GROW);

	query_int(&q, 1, group);
	query_int(&q, 2, more);
	*bytes = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	return query_end(&q);
}

int logs_drop(struct db *db, enum sql what, int64_t id, int64_t before_ms, int max)
{
	struct query q = db_query(db, what);
	int64_t bytes = 0, group = 0;
	int n = 0, rc;

	query_int(&q, 1, id);
	query_int(&q, 2, before_ms);
	query_int(&q, 3, max);
	for (; query_step(&q) == QUERY_ROW; n++) {
		bytes += col_int(&q, 0) + LOG_LINE_OVERHEAD;
		group = col_int(&q, 1);		/* all are of the same one */
	}
	if ((rc = query_end(&q)) == 0 && n > 0)
		rc = logs_grow(db, group, -bytes, &bytes);
	return rc < 0 ? rc : n;
}

static int find(struct db *db, enum sql what, int64_t *id)
{
	struct query q = db_query(db, what);

	*id = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	return query_end(&q);
}

static int drop_row(struct db *db, enum sql what, int64_t id)
{
	struct query q = db_query(db, what);

	query_int(&q, 1, id);
	return query_run(&q);
}

/* A deleted stream, if there is one: its lines, then itself. */
static int drop_stream(struct db *db, int max)
{
	int64_t id;
	int rc = find(db, SQL_LOG_STREAM_HIDDEN, &id), n;

	if (rc < 0 || id == 0)
		return rc;
	n = logs_drop(db, SQL_LOG_LINES_DROP_STREAM, id, INT64_MAX, max);
	if (n < 0 || n == max)
		return n;
	rc = drop_row(db, SQL_LOG_STREAM_DROP, id);
	return rc < 0 ? rc : n + 1;
}

static int drop_streams(struct db *db, int64_t group, int max)
{
	struct query q = db_query(db, SQL_LOG_STREAMS_DROP);
	int rc;

	query_int(&q, 1, group);
	query_int(&q, 2, max);
	rc = query_run(&q);
	return rc < 0 ? rc : (int)db_changes(db);
}

/* A deleted group: its lines, then its streams, then itself. */
static int drop_group(struct db *db, int max)
{
	int64_t id;
	int rc = find(db, SQL_LOG_GROUP_HIDDEN, &id), n, streams;

	if (rc < 0 || id == 0)
		return rc;
	n = logs_drop(db, SQL_LOG_LINES_DROP, id, INT64_MAX, max);
	if (n < 0 || n == max)
		return n;
	streams = drop_streams(db, id, max - n);
	if (streams < 0 || n + streams == max)
		return streams < 0 ? streams : max;
	rc = drop_row(db, SQL_LOG_GROUP_DROP, id);
	return rc < 0 ? rc : n + streams + 1;
}

int logs_drop_emptied(struct db *db, int64_t group, int64_t before_ms, int max)
{
	struct query q = db_query(db, SQL_LOG_LINE_OLDEST);
	int64_t oldest = before_ms;
	int rc;

	query_int(&q, 1, group);
	if (query_step(&q) == QUERY_ROW)
		oldest = col_int(&q, 0);
	if ((rc = query_end(&q)) < 0)
		return rc;
	q = db_query(db, SQL_LOG_STREAMS_DROP_OLD);
	query_int(&q, 1, group);
	query_int(&q, 2, oldest);
	query_int(&q, 3, max);
	return query_run(&q);
}

/* The lines that are too old of one group that has such. */
static int drop_aged(struct db *db, int64_t now_ms, int max)
{
	struct query q = db_query(db, SQL_LOG_GROUP_OVER_AGE);
	int64_t group = 0, before = 0;
	int rc, n;

	query_int(&q, 1, now_ms);
	if (query_step(&q) == QUERY_ROW) {
		group = col_int(&q, 0);
		before = col_int(&q, 1);
	}
	if ((rc = query_end(&q)) < 0 || group == 0)
		return rc;
	n = logs_drop(db, SQL_LOG_LINES_DROP, group, before, max);
	if (n < 0)
		return n;
	rc = logs_drop_emptied(db, group, before, max);
	return rc < 0 ? rc : n;
}

int logs_trim(struct db *db, int64_t now_ms, int max)
{
	int n = 0, rc = 0;

	while (n < max && (rc = drop_stream(db, max - n)) > 0)
		n += rc;
	while (rc >= 0 && n < max && (rc = drop_group(db, max - n)) > 0)
		n += rc;
	while (rc >= 0 && n < max && (rc = drop_aged(db, now_ms, max - n)) > 0)
		n += rc;
	return rc < 0 ? rc : n;
}
