/* GET /_/tail?function=[&after=]: the last lines of a function's log, or those after a place, in the order of time; and the place to ask from
 * next, also when there is nothing new. */
#include "base/clock.h"
#include "base/err.h"
#include "storage/function.h"
#include "storage/logs.h"
#include "web/api/local.h"

#define TAIL_LINES 200
#define TAIL_BYTES (256 << 10)		/* and the line that goes over it */

struct line {
	int64_t at_ms, id;
	struct str stream, text;
};

struct tailing {			/* in l->state */
	struct str function, after;
	struct arena *arena;
	struct log_query query;
	struct line line[TAIL_LINES];
	int count;
	size_t bytes;
};

static int keep(void *owner, const struct log_line *l)
{
	struct tailing *t = owner;

	t->line[t->count++] = (struct line){ l->at_ms, l->id, arena_str(t->arena, l->stream), arena_str(t->arena, l->text) };
	t->bytes += l->text.n;
	return t->count == TAIL_LINES || t->bytes >= TAIL_BYTES;
}

static int read_place(struct str place, struct log_query *q)
{
	struct str at;

	q->to_ms = INT64_MAX;
	q->max = TAIL_LINES;
	q->newest_first = place.n == 0;
	if (place.n == 0)
		return 0;
	if (!str_next(&place, '.', &at) || !str_is_set(place) || str_to_int(at, 0, INT64_MAX, &q->after_ms) < 0 ||
	    str_to_int(place, 0, INT64_MAX, &q->after_id) < 0)
		return E_BAD_INPUT;
	return 0;
}

static int find_group(struct local *l, struct db *db, struct tailing *t)
{
	struct function_row row;
	struct log_group group;
	struct json_value *v;
	struct str name = {0};
	int rc = function_get(db, t->function, &l->arena, &row);

	if (rc < 0)
		return rc;
	if (json_parse(&l->arena, row.config, &v) == 0)
		name = json_text(json_get(v, "LoggingConfig"), "LogGroup");
	if (name.n == 0)
		name = str_of(arena_printf(&l->arena, LOG_GROUP_OF_FUNCTION "%.*s", STR_ARG(t->function)));
	rc = log_group_get(db, name, &l->arena, &group);
	t->query.group = rc == 0 ? group.id : 0;
	return rc == E_NOT_FOUND ? 0 : rc;
}

static void write_lines(struct local *l, const struct tailing *t)
{
	struct json j = json_into(&l->out);
	const struct line *last = t->count == 0 ? NULL : &t->line[t->query.newest_first ? 0 : t->count - 1];
	char when[CLOCK_TEXT_MAX];

	json_open(&j, NULL, '{');
	json_open(&j, "lines", '[');
	for (int i = 0; i < t->count; i++) {
		const struct line *k = &t->line[t->query.newest_first ? t->count - 1 - i : i];

		json_open(&j, NULL, '{');
		json_cstr(&j, "at", clock_iso_ms(when, k->at_ms));
		json_str(&j, "stream", k->stream);
		json_str(&j, "line", k->text);
		json_close(&j);
	}
	json_close(&j);
	json_cstr(&j, "place", arena_printf(&l->arena, "%lld.%lld", (long long)(last ? last->at_ms : t->query.after_ms),
					    (long long)(last ? last->id : t->query.after_id)));
	json_close(&j);
}

static int gather(struct local *l, struct db *db)
{
	struct tailing *t = l->state;
	int rc = read_place(t->after, &t->query);

	if (rc == 0)
		rc = find_group(l, db, t);
	if (rc == 0 && t->query.group != 0)
		rc = log_lines(db, &t->query, keep, t);
	if (rc >= 0)
		write_lines(l, t);
	return rc < 0 ? rc : 0;
}

static void on_gathered(struct local *l, int rc)
{
	if (rc == E_BAD_INPUT)
		local_refuse(l, 400, "InvalidRequest", "?after= is the `place` of the answer before.");
	else
		local_answer_rc(l, rc, "There is no such function.");
}

void tail_serve(struct local *l)
{
	struct tailing *t = arena_take(&l->arena, sizeof *t);

	t->function = params_get(&l->params, "function");
	t->after = params_get(&l->params, "after");
	t->arena = &l->arena;
	l->state = t;
	local_run(l, gather, on_gathered);
}
