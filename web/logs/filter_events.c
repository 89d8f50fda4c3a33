/* FilterLogEvents: lines of a group in the order of time, those that a pattern means. A page may be empty and not the last: one request looks
 * at a bounded number of lines, and fewer when the pattern is long: one of many parts looks at each byte so often. The token is the place of the last line looked at. */
#include "web/logs/operations.h"

#include "base/err.h"
#include "web/logs/pattern.h"
#include "web/logs/place.h"

#define SCAN_LINES 20000		/* looked at by one request */
#define SCAN_BYTES (8 << 20)
#define SCAN_WORK (256 << 20)		/* bytes of lines times bytes of the pattern: a thread for reading is taken for a second at most */
#define STREAMS_MAX 100

const struct param_rule logs_filter_events_params[] = {
	{ .name = "logGroupName", .kind = PARAM_GROUP },
	{ .name = "logGroupIdentifier", .kind = PARAM_GROUP_ID },
	{ .name = "logStreamNames", .kind = PARAM_LIST, .min = 1, .max = STREAMS_MAX },
	{ .name = "logStreamNamePrefix", .kind = PARAM_STREAM },
	{ .name = "startTime", .kind = PARAM_INT },
	{ .name = "endTime", .kind = PARAM_INT },
	{ .name = "filterPattern", .kind = PARAM_TEXT, .max = LOGS_PATTERN_MAX },
	{ .name = "nextToken", .kind = PARAM_TEXT, .min = 1 },
	{ .name = "limit", .kind = PARAM_INT, .min = 1, .max = LOGS_EVENTS_MAX },
	{ .name = "interleaved", .kind = PARAM_IGNORED },
	{ .name = "unmask", .kind = PARAM_OFF },
	{ 0 }
};

struct filtering {			/* in l->state */
	struct json j;
	const struct pattern *pattern;
	size_t pattern_bytes;
	const struct json_value *names;	/* of streams; NULL: any */
	struct str prefix;
	struct log_query query;
	int left, looked_at;
	size_t bytes, answered;
	bool more;
};

static int check_names(struct logs *l, const struct filtering *f)
{
	if (f->names && f->prefix.n > 0)
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.");
	for (const struct json_value *n = f->names ? f->names->first : NULL; n; n = n->next)
		if (n->kind != JSON_STRING)
			return logs_refuse(l, LOGS_SERIALIZATION, "the name of a log stream is not a string");
	return 0;
}

int logs_filter_events_check(struct logs *l)
{
	struct filtering *f = arena_take(&l->arena, sizeof *f);
	struct str token = json_text(l->body, "nextToken");
	struct place at = {0};
	const char *why;
	int rc = logs_group_named_check(l);

	l->state = f;
	f->names = param_get(l->body, "logStreamNames");
	f->prefix = json_text(l->body, "logStreamNamePrefix");
	f->left = (int)json_number(l->body, "limit", LOGS_EVENTS_MAX);
	f->query = (struct log_query){ .from_ms = json_number(l->body, "startTime", 0), .to_ms = json_number(l->body, "endTime", INT64_MAX),
				       .max = SCAN_LINES };
	if (rc < 0 || (rc = check_names(l, f)) < 0)
		return rc;
	f->pattern_bytes = json_text(l->body, "filterPattern").n;
	f->pattern = pattern_read(&l->arena, json_text(l->body, "filterPattern"), &why);
	if (!f->pattern)
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "%s", why);
	if (token.n > 0 && !logs_place_read(token, &at))
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "The specified nextToken is invalid.");
	f->query.after_ms = at.at_ms;
	f->query.after_id = at.id;
	return 0;
}

static bool is_wanted(const struct filtering *f, const struct log_line *line)
{
	if (!str_starts(line->stream, f->prefix))
		return false;
	for (const struct json_value *n = f->names ? f->names->first : NULL; n; n = n->next) {
		if (str_eq(n->text, line->stream))
			break;
		if (!n->next)
			return false;
	}
	return pattern_matches(f->pattern, line->text);
}

static void write_event(struct json *j, const struct log_line *line)
{
	char id[PLACE_TEXT + 1];

	logs_place_write(id, (struct place){ line->at_ms, line->id });
	json_open(j, NULL, '{');
	json_str(j, "logStreamName", line->stream);
	json_int(j, "timestamp", line->at_ms);
	json_str(j, "message", line->text);
	json_int(j, "ingestionTime", line->ingested_ms);
	json_cstr(j, "eventId", id);
	json_close(j);
}

static int on_line(void *owner, const struct log_line *line)
{
	struct filtering *f = owner;

	f->query.after_ms = line->at_ms;
	f->query.after_id = line->id;
	f->bytes += line->text.n;
	if (is_wanted(f, line)) {
		write_event(&f->j, line);
		f->left--;
		f->answered += line->text.n + LOG_LINE_OVERHEAD;
	}
	f->more = f->left == 0 || ++f->looked_at == SCAN_LINES || f->bytes >= SCAN_BYTES || f->bytes * f->pattern_bytes >= SCAN_WORK ||
		f->answered >= LOGS_BATCH_BYTES;
	return f->more;
}

/* Every stream that is named must be there; when it is the only one, only its lines are looked at. */
static int find_streams(struct logs *l, struct db *db, const struct log_group *g, struct filtering *f)
{
	struct log_stream s;
	int rc = 0;

	for (const struct json_value *n = f->names ? f->names->first : NULL; n && rc == 0; n = n->next)
		if ((rc = logs_find_stream(l, db, g, n->text, &s)) == 0 && f->names->count == 1)
			f->query.stream = s.id;
	return rc;
}

int logs_filter_events_run(struct logs *l, struct db *db)
{
	struct filtering *f = l->state;
	char token[PLACE_TEXT + 1];
	struct log_group g;
	int rc;

	if ((rc = logs_find_group(l, db, &g)) < 0 || (rc = find_streams(l, db, &g, f)) < 0)
		return rc;
	f->query.group = g.id;
	f->j = json_into(&l->out);
	json_open(&f->j, NULL, '{');
	json_open(&f->j, "events", '[');
	if ((rc = log_lines(db, &f->query, on_line, f)) < 0)
		return rc;
	json_close(&f->j);
	json_open(&f->j, "searchedLogStreams", '[');	/* AWS does not tell them any more */
	json_close(&f->j);
	if (f->more) {
		logs_place_write(token, (struct place){ f->query.after_ms, f->query.after_id });
		json_cstr(&f->j, "nextToken", token);
	}
	json_close(&f->j);
	return 0;
}
