#include "storage/logs.h"

#include "base/codec.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/logs_row.h"

/* Of deleted ones: see sql.h. */
static int check_name(struct str name)
{
	if (name.n == 0 || name.p[0] == ' ')
		return E_BAD_INPUT;
	return name.n > LOG_GROUP_NAME_MAX ? E_TOO_LARGE : 0;
}

static int check_stream_name(struct str name)
{
	return name.n == 0 ? E_BAD_INPUT : name.n > LOG_STREAM_NAME_MAX ? E_TOO_LARGE : 0;
}

static int run(struct query *q)
{
	int64_t changed;
	int rc = query_run(q);

	changed = db_changes(q->db);
	return rc < 0 ? rc : changed > 0 ? 0 : E_NOT_FOUND;
}

/* What the only row's first column says; 0 for none. */
static int number_of(struct query *q, int64_t *n)
{
	*n = query_step(q) == QUERY_ROW ? col_int(q, 0) : 0;
	return query_end(q);
}

static int add_group(struct db *db, struct str name, int64_t *id)
{
	struct query q = db_query(db, SQL_LOG_GROUP_ADD);
	int rc;

	query_text(&q, 1, name);
	query_int(&q, 2, clock_wall_ms());
	rc = query_run(&q);
	*id = db_last_rowid(db);
	return rc;
}

int log_group_create(struct db *db, struct str name, int64_t *id)
{
	struct query q;
	int64_t count;
	int rc;

	if ((rc = check_name(name)) < 0)
		return rc;
	q = db_query(db, SQL_LOG_GROUP_COUNT);
	if ((rc = number_of(&q, &count)) < 0)
		return rc;
	return count >= LOG_GROUPS_MAX ? E_TOO_LARGE : add_group(db, name, id);
}

int log_group_delete(struct db *db, struct str name)
{
	struct query q;
	int rc;

	if ((rc = check_name(name)) < 0)
		return E_NOT_FOUND;
	q = db_query(db, SQL_LOG_GROUP_HIDE);
	query_text(&q, 1, name);
	return run(&q);
}

int log_group_retain(struct db *db, struct str name, int days)
{
	struct query q = db_query(db, SQL_LOG_GROUP_RETAIN);

	query_text(&q, 1, name);
	query_int(&q, 2, days);
	return run(&q);
}

static int add_stream(struct db *db, int64_t group, struct str name, int64_t *id)
{
	struct query q = db_query(db, SQL_LOG_STREAM_ADD);
	int rc;

	query_int(&q, 1, group);
	query_text(&q, 2, name);
	query_int(&q, 3, clock_wall_ms());
	rc = query_run(&q);
	*id = db_last_rowid(db);
	return rc;
}

int log_stream_create(struct db *db, int64_t group, struct str name)
{
	int64_t count, id;
	struct query q;
	int rc;

	if ((rc = check_stream_name(name)) < 0)
		return rc;
	q = db_query(db, SQL_LOG_STREAM_COUNT);
	query_int(&q, 1, group);
	query_int(&q, 2, LOG_STREAMS_MAX);
	if ((rc = number_of(&q, &count)) < 0)
		return rc;
	return count >= LOG_STREAMS_MAX ? E_TOO_LARGE : add_stream(db, group, name, &id);
}

int log_stream_delete(struct db *db, int64_t group, struct str name)
{
	struct query q = db_query(db, SQL_LOG_STREAM_HIDE);

	query_int(&q, 1, group);
	query_text(&q, 2, name);
	return run(&q);
}

/* Lines. */

/* Whatever people made by request, a function can log. */
static int find_group(struct db *db, struct str name, int64_t *id)
{
	struct query q;
	int rc;

	if ((rc = check_name(name)) < 0)
		return rc;
	q = db_query(db, SQL_LOG_GROUP_GET);
	query_text(&q, 1, name);
	rc = number_of(&q, id);
	return rc < 0 || *id != 0 ? rc : add_group(db, name, id);
}

static int find_stream(struct db *db, int64_t group, struct str name, int64_t *id)
{
	struct query q;
	int rc;

	if ((rc = check_stream_name(name)) < 0)
		return rc;
	q = db_query(db, SQL_LOG_STREAM_GET);
	query_int(&q, 1, group);
	query_text(&q, 2, name);
	rc = number_of(&q, id);
	return rc < 0 || *id != 0 ? rc : add_stream(db, group, name, id);
}

static int add_line(struct db *db, int64_t group, int64_t stream, int64_t now, const struct log_line *l)
{
	struct query q = db_query(db, SQL_LOG_LINE_ADD);

	CHECK(l->at_ms >= 0);
	query_int(&q, 1, group);
	query_int(&q, 2, l->at_ms);
	query_int(&q, 3, stream);
	query_int(&q, 4, now);
	query_bytes(&q, 5, str_is_set(l->text) ? utf8_cut(l->text, LOG_LINE_MAX) : STR(""));
	return query_run(&q);
}

static int note_written(struct db *db, int64_t stream, int64_t first_ms, int64_t last_ms, int64_t now)
{
	struct query q = db_query(db, SQL_LOG_STREAM_WROTE);

	query_int(&q, 1, stream);
	query_int(&q, 2, first_ms);
	query_int(&q, 3, last_ms);
	query_int(&q, 4, now);
	return query_run(&q);
}

/* Of a group that is full so many of the oldest lines go that it is full no more: twice as many as come, and again. */
static int make_room(struct db *db, int64_t group, int64_t more, int n)
{
	int64_t bytes;
	int rc;

	while ((rc = logs_grow(db, group, more, &bytes)) == 0 && bytes > LOG_GROUP_BYTES_MAX) {
		more = 0;
		rc = logs_drop(db, SQL_LOG_LINES_DROP, group, INT64_MAX, 2 * n);
		if (rc <= 0 || (rc = logs_drop_emptied(db, group, 0, 2)) < 0)
			return rc;
	}
	return rc;
}

int log_write(struct db *db, struct str group, struct str stream, const struct log_line *lines, int n)
{
	int64_t g, s, now = clock_wall_ms(), first = INT64_MAX, last = 0, bytes = 0;
	int rc;

	if (n == 0)
		return 0;
	if ((rc = find_group(db, group, &g)) < 0 || (rc = find_stream(db, g, stream, &s)) < 0)
		return rc;
	for (int i = 0; i < n && rc == 0; i++) {
		rc = add_line(db, g, s, now, &lines[i]);
		first = lines[i].at_ms < first ? lines[i].at_ms : first;
		last = lines[i].at_ms > last ? lines[i].at_ms : last;
		bytes += (int64_t)utf8_cut(lines[i].text, LOG_LINE_MAX).n + LOG_LINE_OVERHEAD;
	}
	if (rc == 0)
		rc = note_written(db, s, first, last, now);
	return rc < 0 ? rc : make_room(db, g, bytes, n);
}
