#include "pipeline/logs.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "storage/function.h"
#include "storage/logs.h"

struct gathering {
	struct json j;
	struct log_query query;
	int count;
};

static int add_line(void *owner, const struct log_line *l)
{
	struct gathering *g = owner;
	char when[CLOCK_TEXT_MAX];

	json_open(&g->j, NULL, '{');
	json_cstr(&g->j, "at", clock_iso_ms(when, l->at_ms));
	json_str(&g->j, "stream", l->stream);
	json_str(&g->j, "line", l->text);
	json_close(&g->j);
	g->query.after_ms = l->at_ms;
	g->query.after_id = l->id;
	g->count++;
	return g->count == LOGS_PAGE || g->j.out->len >= LOGS_PAGE_BYTES;
}

static int read_place(struct str place, struct log_query *q)
{
	struct str at;

	if (place.n == 0)
		return 0;
	if (!str_next(&place, '.', &at) || !str_is_set(place))
		return E_BAD_INPUT;
	if (str_to_int(at, 0, INT64_MAX, &q->after_ms) < 0 || str_to_int(place, 0, INT64_MAX, &q->after_id) < 0)
		return E_BAD_INPUT;
	return 0;
}

/* The one that its configuration names, or else the one of its name. */
static struct str group_name(struct arena *a, struct str function, struct str config)
{
	struct json_value *v;
	struct str name = {0};

	if (json_parse(a, config, &v) == 0)
		name = json_text(json_get(v, "LoggingConfig"), "LogGroup");
	return name.n ? name : str_of(arena_printf(a, LOG_GROUP_OF_FUNCTION "%.*s", STR_ARG(function)));
}

/* E_NOT_FOUND only when there is neither: a deleted function's log stays, and a new one has none. */
static int find_group(struct db *db, struct arena *a, struct str function, int64_t *id)
{
	struct function_row row;
	struct log_group g;
	int known = function_get(db, function, a, &row), rc;

	if (known < 0 && known != E_NOT_FOUND)
		return known;
	rc = log_group_get(db, group_name(a, function, row.config), a, &g);
	*id = g.id;
	return rc == E_NOT_FOUND ? known : rc;
}

int logs_gather(struct db *db, struct str function, struct str place, struct buf *json)
{
	struct gathering g = { .j = json_into(json), .query = { .to_ms = INT64_MAX, .max = LOGS_PAGE } };
	char next[LOGS_PLACE_MAX] = "";
	struct arena a = {0};
	int rc = read_place(place, &g.query);

	if (rc < 0 || (rc = find_group(db, &a, function, &g.query.group)) < 0)
		goto out;
	json_open(&g.j, NULL, '{');
	json_open(&g.j, "lines", '[');
	if (g.query.group != 0 && (rc = log_lines(db, &g.query, add_line, &g)) < 0)
		goto out;
	json_close(&g.j);
	if (rc == 1)
		snprintf(next, sizeof next, "%" PRId64 ".%" PRId64, g.query.after_ms, g.query.after_id);
	json_cstr(&g.j, "next", next);
	json_close(&g.j);
out:
	arena_clear(&a);
	return rc < 0 ? rc : 0;
}

/* Many end as they were printed, with a new line. */
static struct str without_end(struct str line)
{
	while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	return line;
}

int logs_print(struct str json, FILE *to, char next[LOGS_PLACE_MAX])
{
	const struct json_value *list;
	struct arena a = {0};
	struct json_value *v;
	int rc = json_parse(&a, json, &v);

	next[0] = '\0';
	if (rc == 0) {
		list = json_get(v, "lines");
		for (const struct json_value *l = list ? list->first : NULL; l; l = l->next)
			fprintf(to, "%.*s %.*s %.*s\n", STR_ARG(json_text(l, "at")), STR_ARG(json_text(l, "stream")),
				STR_ARG(without_end(json_text(l, "line"))));
		snprintf(next, LOGS_PLACE_MAX, "%.*s", STR_ARG(json_text(v, "next")));
	}
	arena_clear(&a);
	return rc;
}
