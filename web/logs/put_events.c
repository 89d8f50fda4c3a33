/* PutLogEvents. */
#include "web/logs/operations.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "web/logs/place.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define OLD_MS (14 * DAY_MS)		/* what is older, or */
#define NEW_MS (2 * HOUR_MS)		/* later than so far ahead, is rejected */
#define PATH_MAX_BYTES 64

const struct param_rule logs_put_events_params[] = {
	{ .name = "logGroupName", .kind = PARAM_GROUP, .required = true },
	{ .name = "logStreamName", .kind = PARAM_STREAM, .required = true },
	{ .name = "logEvents", .kind = PARAM_LIST, .required = true, .min = 1, .max = LOGS_EVENTS_MAX },
	{ .name = "sequenceToken", .kind = PARAM_IGNORED },
	{ .name = "entity", .kind = PARAM_ABSENT },
	{ 0 }
};

static const struct param_rule event_params[] = {
	{ .name = "timestamp", .kind = PARAM_INT, .required = true },
	{ .name = "message", .kind = PARAM_TEXT, .required = true, .min = 1 },
	{ 0 }
};

struct batch {				/* in l->state */
	struct log_line *lines;
	int count;
};

static int read_event(struct logs *l, const struct json_value *event, struct batch *b)
{
	struct log_line *line = &b->lines[b->count];
	char path[PATH_MAX_BYTES];
	int rc;

	snprintf(path, sizeof path, "logEvents.%d.member", b->count + 1);
	if (event->kind != JSON_OBJECT)
		return logs_refuse(l, LOGS_SERIALIZATION, "%s is not an object", path);
	if ((rc = logs_param_check_in(l, event, path, event_params)) < 0)
		return rc;
	line->at_ms = json_number(event, "timestamp", 0);
	line->text = json_text(event, "message");
	if (line->text.n + LOG_LINE_OVERHEAD > LOG_LINE_MAX)
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "Log event too large: %zu bytes exceeds limit of %d", line->text.n + LOG_LINE_OVERHEAD,
				   LOG_LINE_MAX);
	if (b->count > 0 && line->at_ms < line[-1].at_ms)
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "Log events in a single PutLogEvents request must be in chronological order.");
	b->count++;
	return 0;
}

int logs_put_events_check(struct logs *l)
{
	const struct json_value *events = param_get(l->body, "logEvents");
	struct batch *b = arena_take(&l->arena, sizeof *b);
	size_t bytes = 0;
	int rc = 0;

	l->state = b;
	b->lines = arena_take(&l->arena, (size_t)events->count * sizeof *b->lines);
	for (const struct json_value *e = events->first; e && rc == 0; e = e->next) {
		rc = read_event(l, e, b);
		bytes += json_text(e, "message").n + LOG_LINE_OVERHEAD;
	}
	if (rc < 0)
		return rc;
	if (bytes > LOGS_BATCH_BYTES)
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "Upload too large: %zu bytes exceeds limit of %d", bytes, LOGS_BATCH_BYTES);
	if (b->lines[b->count - 1].at_ms - b->lines[0].at_ms > DAY_MS)
		return logs_refuse(l, LOGS_INVALID_PARAMETER,
				   "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
	return 0;
}

/* Of lines in the order of time, those before `first` are too old, by age or retention, those from `end` on too new. */
struct accepted {
	int expired, old, end;
};

static struct accepted sort_out(const struct batch *b, const struct log_group *g, int64_t now)
{
	int64_t retained = g->retention_days > 0 ? now - g->retention_days * DAY_MS : 0;
	struct accepted a = { .end = b->count };

	while (a.expired < b->count && b->lines[a.expired].at_ms < retained)
		a.expired++;
	while (a.old < b->count && b->lines[a.old].at_ms < now - OLD_MS)
		a.old++;
	while (a.end > 0 && b->lines[a.end - 1].at_ms > now + NEW_MS)
		a.end--;
	return a;
}

static void answer(struct logs *l, const struct batch *b, struct accepted a, const struct log_stream *s)
{
	struct json j = json_into(&l->out);
	char sequence[PLACE_TEXT + 1];

	logs_place_write(sequence, (struct place){ clock_wall_ms(), s->id });
	json_open(&j, NULL, '{');
	json_cstr(&j, "nextSequenceToken", sequence);
	if (a.expired > 0 || a.old > 0 || a.end < b->count) {
		json_open(&j, "rejectedLogEventsInfo", '{');
		if (a.end < b->count)
			json_int(&j, "tooNewLogEventStartIndex", a.end);
		if (a.old > 0)
			json_int(&j, "tooOldLogEventEndIndex", a.old);
		if (a.expired > 0)
			json_int(&j, "expiredLogEventEndIndex", a.expired);
		json_close(&j);
	}
	json_close(&j);
}

int logs_put_events_run(struct logs *l, struct db *db)
{
	const struct batch *b = l->state;
	struct str name = json_text(l->body, "logStreamName");
	struct log_stream s;
	struct log_group g;
	struct accepted a;
	int rc, first;

	if ((rc = logs_find_group(l, db, &g)) < 0 || (rc = logs_find_stream(l, db, &g, name, &s)) < 0)
		return rc;
	a = sort_out(b, &g, clock_wall_ms());
	first = a.expired > a.old ? a.expired : a.old;
	if (first < a.end && (rc = log_write(db, l->group, name, b->lines + first, a.end - first)) < 0)
		return rc;
	answer(l, b, a, &s);
	return 0;
}
