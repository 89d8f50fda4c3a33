#include "web/logs/operations.h"

#include <inttypes.h>

#include "base/err.h"
#include "web/logs/place.h"

const struct param_rule logs_stream_params[] = {
	{ .name = "logGroupName", .kind = PARAM_GROUP, .required = true },
	{ .name = "logStreamName", .kind = PARAM_STREAM, .required = true },
	{ 0 }
};

const struct param_rule logs_describe_streams_params[] = {
	{ .name = "logGroupName", .kind = PARAM_GROUP },
	{ .name = "logGroupIdentifier", .kind = PARAM_GROUP_ID },
	{ .name = "logStreamNamePrefix", .kind = PARAM_STREAM },
	{ .name = "orderBy", .kind = PARAM_ENUM, .values = "LogStreamName, LastEventTime" },
	{ .name = "descending", .kind = PARAM_BOOL },
	{ .name = "nextToken", .kind = PARAM_TEXT, .min = 1 },
	{ .name = "limit", .kind = PARAM_INT, .min = 1, .max = LOGS_LIST_MAX },
	{ 0 }
};

int logs_create_stream_run(struct logs *l, struct db *db)
{
	struct log_group g;
	int rc = logs_find_group(l, db, &g);

	if (rc == 0)
		rc = log_stream_create(db, g.id, json_text(l->body, "logStreamName"));
	return rc == E_EXISTS ? logs_refuse(l, LOGS_STREAM_EXISTS, NULL) : rc;
}

int logs_delete_stream_run(struct logs *l, struct db *db)
{
	struct log_group g;
	int rc = logs_find_group(l, db, &g);

	if (rc == 0)
		rc = log_stream_delete(db, g.id, json_text(l->body, "logStreamName"));
	return rc == E_NOT_FOUND ? logs_refuse(l, LOGS_NO_STREAM, NULL) : rc;
}

/* DescribeLogStreams. A token is "TIME:NAME" of the last one seen. */

struct listing {			/* in l->state */
	struct logs *l;
	struct json j;
	struct log_stream_query query;
	int left;
	bool more;
	int64_t last_ms;
	struct str last;
};

static bool read_token(struct logs *l, struct str token, struct log_stream_query *q)
{
	struct str text, at;

	if (!logs_token_read(l, token, &text) || !str_next(&text, ':', &at) || !str_is_set(text))
		return false;
	q->after = text;
	return str_to_int(at, 0, INT64_MAX, &q->after_ms) == 0;
}

int logs_describe_streams_check(struct logs *l)
{
	struct listing *g = arena_take(&l->arena, sizeof *g);
	const struct json_value *descending = param_get(l->body, "descending");
	struct str token = json_text(l->body, "nextToken");
	int rc = logs_group_named_check(l);

	if (rc < 0)
		return rc;
	l->state = g;
	g->l = l;
	g->query.prefix = json_text(l->body, "logStreamNamePrefix");
	g->query.by_time = str_eq(json_text(l->body, "orderBy"), STR("LastEventTime"));
	g->query.descending = descending && descending->yes;
	if (g->query.by_time && g->query.prefix.n > 0)
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "Cannot order by LastEventTime with a logStreamNamePrefix.");
	if (token.n > 0 && !read_token(l, token, &g->query))
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "The specified nextToken is invalid.");
	return 0;
}

static void write_stream(struct listing *g, const struct log_stream *s)
{
	char sequence[PLACE_TEXT + 1];
	struct json *j = &g->j;

	json_open(j, NULL, '{');
	json_str(j, "logStreamName", s->name);
	json_int(j, "creationTime", s->created_ms);
	if (s->ingested_ms > 0) {
		json_int(j, "firstEventTimestamp", s->first_ms);
		json_int(j, "lastEventTimestamp", s->last_ms);
		json_int(j, "lastIngestionTime", s->ingested_ms);
		logs_place_write(sequence, (struct place){ s->ingested_ms, s->id });
		json_cstr(j, "uploadSequenceToken", sequence);
	}
	json_cstr(j, "arn", arena_printf(&g->l->arena, "%s:log-stream:%.*s", logs_group_arn(g->l, g->l->group), STR_ARG(s->name)));
	json_int(j, "storedBytes", 0);		/* AWS does not count per stream any more */
	json_close(j);
}

static int on_stream(void *owner, const struct log_stream *s)
{
	struct listing *g = owner;

	if (g->left == 0) {
		g->more = true;
		return 1;
	}
	g->left--;
	write_stream(g, s);
	g->last_ms = s->last_ms;
	g->last = arena_str(&g->l->arena, s->name);
	return 0;
}

int logs_describe_streams_run(struct logs *l, struct db *db)
{
	struct listing *g = l->state;
	struct log_group group;
	int rc = logs_find_group(l, db, &group);

	if (rc < 0)
		return rc;
	g->j = json_into(&l->out);
	g->left = (int)json_number(l->body, "limit", LOGS_LIST_MAX);
	g->query.group = group.id;
	g->query.max = g->left + 1;
	json_open(&g->j, NULL, '{');
	json_open(&g->j, "logStreams", '[');
	rc = log_stream_list(db, &g->query, on_stream, g);
	json_close(&g->j);
	if (g->more)
		json_cstr(&g->j, "nextToken", logs_token_write(l, str_of(arena_printf(&l->arena, "%" PRId64 ":%.*s", g->last_ms, STR_ARG(g->last)))));
	json_close(&g->j);
	return rc < 0 ? rc : 0;
}
