/* What there is in the logs. */
#include <limits.h>

#include "base/err.h"
#include "storage/logs.h"

static struct log_group group_of(struct query *q)
{
	return (struct log_group){
		.id = col_int(q, 0),
		.created_ms = col_int(q, 1),
		.bytes = col_int(q, 2),
		.retention_days = (int)col_int(q, 3),
		.name = col_str(q, 4),
	};
}

static struct log_stream stream_of(struct query *q)
{
	return (struct log_stream){
		.id = col_int(q, 0),
		.created_ms = col_int(q, 1),
		.first_ms = col_int(q, 2),
		.last_ms = col_int(q, 3),
		.ingested_ms = col_int(q, 4),
		.name = col_str(q, 5),
	};
}

static struct str or_empty(struct str s)
{
	return str_is_set(s) ? s : STR("");
}

int log_group_get(struct db *db, struct str name, struct arena *a, struct log_group *g)
{
	struct query q = db_query(db, SQL_LOG_GROUP_GET);
	int rc = E_NOT_FOUND, end;

	*g = (struct log_group){0};
	query_text(&q, 1, or_empty(name));
	if (query_step(&q) == QUERY_ROW && name.p[0] != ' ') {
		*g = group_of(&q);
		g->name = arena_str(a, g->name);
		rc = 0;
	}
	end = query_end(&q);
	return end < 0 ? end : rc;
}

int log_group_list(struct db *db, struct str prefix, struct str after, int max, log_group_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_LOG_GROUP_LIST);
	int rc = 0, n = 0, end;

	query_text(&q, 1, prefix.n ? prefix : STR("!"));	/* those of deleted ones come before it */
	query_text(&q, 2, or_empty(after));
	while (rc == 0 && n++ < max && query_step(&q) == QUERY_ROW) {
		struct log_group g = group_of(&q);

		if (!str_starts(g.name, prefix))
			break;
		rc = each(owner, &g);
	}
	end = query_end(&q);
	return end < 0 ? end : rc;
}

int log_stream_get(struct db *db, int64_t group, struct str name, struct arena *a, struct log_stream *s)
{
	struct query q = db_query(db, SQL_LOG_STREAM_GET);
	int rc = E_NOT_FOUND, end;

	*s = (struct log_stream){0};
	query_int(&q, 1, group);
	query_text(&q, 2, or_empty(name));
	if (query_step(&q) == QUERY_ROW) {
		*s = stream_of(&q);
		s->name = arena_str(a, s->name);
		rc = 0;
	}
	end = query_end(&q);
	return end < 0 ? end : rc;
}

/* No name is as long: the end of those with that prefix. */
static struct str end_of(struct arena *a, struct str prefix)
{
	return str_of(arena_printf(a, "%.*s\xff\xff\xff\xff", STR_ARG(prefix)));
}

static struct query streams(struct db *db, const struct log_stream_query *what, struct arena *a)
{
	static const enum sql queries[2][2] = {
		{ SQL_LOG_STREAM_LIST, SQL_LOG_STREAM_LIST_BACK },
		{ SQL_LOG_STREAM_BY_TIME, SQL_LOG_STREAM_BY_TIME_BACK },
	};
	struct query q = db_query(db, queries[what->by_time][what->descending]);
	bool seen = str_is_set(what->after);

	query_int(&q, 1, what->group);
	query_int(&q, 2, what->max);
	if (what->by_time) {
		query_int(&q, 3, seen ? what->after_ms : what->descending ? INT64_MAX : -1);
		query_text(&q, 4, or_empty(what->after));
	} else {
		query_text(&q, 3, or_empty(what->prefix));
		query_text(&q, 4, seen ? what->after : what->descending ? end_of(a, what->prefix) : STR(""));
	}
	return q;
}

int log_stream_list(struct db *db, const struct log_stream_query *what, log_stream_each_fn *each, void *owner)
{
	struct arena a = {0};
	struct query q = streams(db, what, &a);
	int rc = 0, end;

	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct log_stream s = stream_of(&q);

		if (!str_starts(s.name, what->prefix))
			break;
		rc = each(owner, &s);
	}
	end = query_end(&q);
	arena_clear(&a);
	return end < 0 ? end : rc;
}

/* Lines strictly between two places. Ids begin with 1. */
static struct query between(struct db *db, const struct log_query *what)
{
	static const enum sql queries[2][2] = {
		{ SQL_LOG_LINES_OF_GROUP, SQL_LOG_LINES_OF_GROUP_BACK },
		{ SQL_LOG_LINES_OF_STREAM, SQL_LOG_LINES_OF_STREAM_BACK },
	};
	bool seen = what->after_ms != 0 || what->after_id != 0;
	bool up = seen && !what->newest_first && what->after_ms >= what->from_ms;
	bool down = seen && what->newest_first && what->after_ms < what->to_ms;
	struct query q = db_query(db, queries[what->stream != 0][what->newest_first]);

	query_int(&q, 1, what->stream ? what->stream : what->group);
	query_int(&q, 2, up ? what->after_ms : what->from_ms);
	query_int(&q, 3, up ? what->after_id : 0);
	query_int(&q, 4, down ? what->after_ms : what->to_ms);
	query_int(&q, 5, down ? what->after_id : 0);
	query_int(&q, 6, what->max);
	return q;
}

int log_lines(struct db *db, const struct log_query *what, log_line_each_fn *each, void *owner)
{
	struct query q = between(db, what);
	int rc = 0, end;

	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct log_line l = { .id = col_int(&q, 0), .at_ms = col_int(&q, 1), .ingested_ms = col_int(&q, 2),
				      .stream = col_str(&q, 3), .text = col_str(&q, 4) };

		rc = each(owner, &l);
	}
	end = query_end(&q);
	return end < 0 ? end : rc;
}
