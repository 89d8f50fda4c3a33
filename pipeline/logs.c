#include "pipeline/logs.h"

#include "base/clock.h"
#include "base/json.h"
#include "storage/function.h"

struct gathering {
	struct json j;
	int64_t last;
	int count;
};

static int add_line(void *owner, int64_t id, int64_t at_ms, struct str stream, struct str line)
{
	struct gathering *g = owner;
	char when[CLOCK_TEXT_MAX];

	json_open(&g->j, NULL, '{');
	json_cstr(&g->j, "at", clock_iso_ms(when, at_ms));
	json_str(&g->j, "stream", stream);
	json_str(&g->j, "line", line);
	json_close(&g->j);
	g->last = id;
	g->count++;
	return 0;
}

int logs_gather(struct db *db, struct str function, int64_t after, struct buf *json)
{
	struct gathering g = { .j = json_into(json) };
	struct function_row row;
	struct arena a = {0};
	int rc = function_get(db, function, &a, &row);

	if (rc < 0)
		goto out;
	json_open(&g.j, NULL, '{');
	json_open(&g.j, "lines", '[');
	if ((rc = logline_list(db, row.id, after, LOGS_PAGE, add_line, &g)) < 0)
		goto out;
	json_close(&g.j);
	json_int(&g.j, "next", g.count == LOGS_PAGE ? g.last : 0);
	json_close(&g.j);
out:
	arena_clear(&a);
	return rc;
}

int logs_print(struct str json, FILE *to, int64_t *next)
{
	const struct json_value *list;
	struct arena a = {0};
	struct json_value *v;
	int rc = json_parse(&a, json, &v);

	*next = 0;
	if (rc == 0) {
		list = json_get(v, "lines");
		for (const struct json_value *l = list ? list->first : NULL; l; l = l->next)
			fprintf(to, "%.*s %.*s %.*s\n", STR_ARG(json_text(l, "at")), STR_ARG(json_text(l, "stream")),
				STR_ARG(json_text(l, "line")));
		*next = json_number(v, "next", 0);
	}
	arena_clear(&a);
	return rc;
}
