/* GetLogEvents: the lines of one stream, a page at a time, either way. A token is "f/PLACE/s", from after that line on, or "b/PLACE/s", what is
 * before it. At either end the token that comes back is the one that was given. */
#include "web/logs/operations.h"

#include <stdio.h>

#include "web/logs/place.h"

const struct param_rule logs_get_events_params[] = {
	{ .name = "logGroupName", .kind = PARAM_GROUP },
	{ .name = "logGroupIdentifier", .kind = PARAM_GROUP_ID },
	{ .name = "logStreamName", .kind = PARAM_STREAM, .required = true },
	{ .name = "startTime", .kind = PARAM_INT },
	{ .name = "endTime", .kind = PARAM_INT },
	{ .name = "nextToken", .kind = PARAM_TEXT, .min = 1 },
	{ .name = "limit", .kind = PARAM_INT, .min = 1, .max = LOGS_EVENTS_MAX },
	{ .name = "startFromHead", .kind = PARAM_BOOL },
	{ .name = "unmask", .kind = PARAM_OFF },
	{ 0 }
};

struct line {
	struct log_line l;
	struct line *next;
};

struct page {				/* in l->state */
	struct logs *l;
	struct log_query query;
	bool has_token;
	struct place from;		/* of the token */
	struct line *first, *last;	/* in the order of time */
	size_t bytes;
};

static bool read_token(struct str token, struct page *p)
{
	bool forward = str_starts(token, STR("f/"));

	if (token.n != PLACE_TEXT + 4 || !(forward || str_starts(token, STR("b/"))) || !str_ends(token, STR("/s")))
		return false;
	p->has_token = true;
	p->query.newest_first = !forward;
	return logs_place_read(str_n(token.p + 2, PLACE_TEXT), &p->from);
}

int logs_get_events_check(struct logs *l)
{
	struct page *p = arena_take(&l->arena, sizeof *p);
	const struct json_value *head = param_get(l->body, "startFromHead");
	struct str token = json_text(l->body, "nextToken");
	int rc = logs_group_named_check(l);

	if (rc < 0)
		return rc;
	l->state = p;
	p->l = l;
	p->query = (struct log_query){ .from_ms = json_number(l->body, "startTime", 0), .to_ms = json_number(l->body, "endTime", INT64_MAX),
				       .newest_first = !(head && head->yes), .max = (int)json_number(l->body, "limit", LOGS_EVENTS_MAX) };
	if (p->query.to_ms < p->query.from_ms)
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "startTime is after endTime.");
	if (token.n > 0 && !read_token(token, p))
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "The specified nextToken is invalid.");
	return 0;
}

/* Lines come in the order of the query and are kept in that of time. */
static int keep(void *owner, const struct log_line *line)
{
	struct page *p = owner;
	struct line *k = arena_take(&p->l->arena, sizeof *k);

	k->l = *line;
	k->l.text = arena_str(&p->l->arena, line->text);
	if (p->query.newest_first) {
		k->next = p->first;
		p->first = k;
		p->last = p->last ? p->last : k;
	} else {
		if (p->last)
			p->last->next = k;
		p->last = k;
		p->first = p->first ? p->first : k;
	}
	p->bytes += line->text.n + LOG_LINE_OVERHEAD;
	return p->bytes >= LOGS_BATCH_BYTES;
}

static void write_token(struct json *j, const char *name, char way, struct place p)
{
	char text[PLACE_TEXT + 1], token[PLACE_TEXT + 5];

	logs_place_write(text, p);
	snprintf(token, sizeof token, "%c/%s/s", way, text);
	json_cstr(j, name, token);
}

/* Where to go on: after the last and before the first line of the page. Of an empty one: where it was looked for, and the other way from there. */
static void write_tokens(struct json *j, const struct page *p)
{
	struct place forward = { p->query.from_ms, 0 }, backward = forward;

	if (p->first) {
		forward = (struct place){ p->last->l.at_ms, p->last->l.id };
		backward = (struct place){ p->first->l.at_ms, p->first->l.id };
	} else if (p->has_token && p->query.newest_first) {
		backward = p->from;
		forward = (struct place){ p->from.at_ms, p->from.id > 0 ? p->from.id - 1 : 0 };
	} else if (p->has_token) {
		forward = p->from;
		backward = (struct place){ p->from.at_ms, p->from.id + 1 };
	}
	write_token(j, "nextForwardToken", 'f', forward);
	write_token(j, "nextBackwardToken", 'b', backward);
}

static void answer(struct logs *l, const struct page *p)
{
	struct json j = json_into(&l->out);

	json_open(&j, NULL, '{');
	json_open(&j, "events", '[');
	for (const struct line *k = p->first; k; k = k->next) {
		json_open(&j, NULL, '{');
		json_int(&j, "timestamp", k->l.at_ms);
		json_str(&j, "message", k->l.text);
		json_int(&j, "ingestionTime", k->l.ingested_ms);
		json_close(&j);
	}
	json_close(&j);
	write_tokens(&j, p);
	json_close(&j);
}

int logs_get_events_run(struct logs *l, struct db *db)
{
	struct page *p = l->state;
	struct log_stream s;
	struct log_group g;
	int rc;

	if ((rc = logs_find_group(l, db, &g)) < 0 || (rc = logs_find_stream(l, db, &g, json_text(l->body, "logStreamName"), &s)) < 0)
		return rc;
	p->query.group = g.id;
	p->query.stream = s.id;
	p->query.after_ms = p->from.at_ms;
	p->query.after_id = p->from.id;
	/* Before the beginning there is nothing; to the query, no place means from the end. */
	if (!(p->has_token && p->query.newest_first && p->from.at_ms == 0 && p->from.id == 0) && (rc = log_lines(db, &p->query, keep, p)) < 0)
		return rc;
	answer(l, p);
	return 0;
}
