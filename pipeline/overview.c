#include "pipeline/overview.h"

#include "base/clock.h"
#include "base/err.h"
#include "functions/custom.h"
#include "pipeline/registry.h"
#include "storage/bucket.h"
#include "storage/logs.h"
#include "storage/queue.h"
#include "storage/record.h"

struct gathering {
	struct db *db;
	struct json *j;
	struct arena arena;
	struct str function;		/* absent: all */
	int64_t id;			/* of it */
	int count;
};

static void when(struct json *j, const char *name, int64_t at_ms)
{
	char text[CLOCK_TEXT_MAX];

	json_cstr(j, name, clock_iso_ms(text, at_ms));
}

static int add_version(void *owner, const struct record *r)
{
	struct gathering *g = owner;
	int64_t n;

	if (str_to_int(r->name, 1, INT64_MAX, &n) == 0)
		json_str(g->j, NULL, str_of(arena_printf(&g->arena, "%lld", (long long)n)));
	return 0;
}

static int add_alias(void *owner, const struct record *r)
{
	struct gathering *g = owner;
	struct json_value *v;

	if (json_parse(&g->arena, r->body, &v) < 0)
		return 0;
	json_open(g->j, NULL, '{');
	json_str(g->j, "name", r->name);
	json_str(g->j, "version", json_text(v, "FunctionVersion"));
	json_close(g->j);
	return 0;
}

static int add_lists(struct gathering *g, int64_t id)
{
	int rc;

	json_open(g->j, "versions", '[');
	rc = record_list(g->db, RECORD_VERSION, id, (struct str){0}, OVERVIEW_VERSIONS_MAX, add_version, g);
	json_close(g->j);
	if (rc < 0)
		return rc;
	json_open(g->j, "aliases", '[');
	rc = record_list(g->db, RECORD_ALIAS, id, (struct str){0}, OVERVIEW_VERSIONS_MAX, add_alias, g);
	json_close(g->j);
	return rc;
}

static int add_reserved(struct gathering *g, int64_t id)
{
	struct json_value *v;
	struct str body;
	int rc = record_get(g->db, RECORD_FUNCTION, id, STR(""), &g->arena, &body);
	int64_t n = -1;

	if (rc == 0 && json_parse(&g->arena, body, &v) == 0)
		n = json_number(v, "Reserved", -1);
	if (n >= 0)
		json_int(g->j, "reserved", n);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int add_function(void *owner, const struct function_row *row)
{
	struct gathering *g = owner;
	struct json_value *v = NULL;
	int rc = json_parse(&g->arena, row->config, &v);

	if (rc == E_BAD_INPUT)
		v = NULL;	/* it is shown all the same */
	json_open(g->j, NULL, '{');
	json_str(g->j, "name", row->name);
	json_str(g->j, "runtime", json_text(v, "Runtime"));
	json_str(g->j, "handler", json_text(v, "Handler"));
	json_int(g->j, "memory_mb", json_number(v, "MemorySize", 128));
	json_int(g->j, "timeout_s", json_number(v, "Timeout", 3));
	when(g->j, "modified_at", row->modified_ms);
	rc = add_reserved(g, row->id);
	if (rc == 0)
		rc = add_lists(g, row->id);
	json_close(g->j);
	return rc;
}

static int add_dead(void *owner, const struct job_row *r)
{
	struct gathering *g = owner;
	char bucket[BUCKET_NAME_MAX + 1] = "";
	struct function_row row;
	int rc = function_get_id(g->db, r->function, &g->arena, &row);

	if (rc < 0 && rc != E_NOT_FOUND)
		return rc;
	if (str_is_set(g->function) && r->function != g->id)
		return 0;
	if (r->bucket != 0 && (rc = bucket_name_of(g->db, r->bucket, bucket)) < 0 && rc != E_NOT_FOUND)
		return rc;
	json_open(g->j, NULL, '{');
	json_int(g->j, "id", r->id);
	json_str(g->j, "function", row.name);
	json_str(g->j, "request", r->request);
	json_str(g->j, "code", r->code);
	json_str(g->j, "message", r->message);
	when(g->j, "since", r->due_ms);
	json_int(g->j, "attempts", r->attempts);
	if (r->bucket != 0) {
		json_cstr(g->j, "bucket", bucket);
		json_str(g->j, "key", r->key);
	}
	json_close(g->j);
	return 0;
}

struct line {
	int64_t at_ms;
	struct str stream, text;
};

struct lines {
	struct arena *a;
	struct line *line;
	int count;
};

static int keep_line(void *owner, const struct log_line *l)
{
	struct lines *k = owner;

	k->line[k->count++] = (struct line){ l->at_ms, arena_str(k->a, l->stream), arena_str(k->a, l->text) };
	return 0;
}

/* Read from the end, told in the order of time. */
static int add_log(struct gathering *g)
{
	struct lines k = { .a = &g->arena, .line = arena_take(&g->arena, OVERVIEW_LINES_MAX * sizeof *k.line) };
	struct log_query q = { .to_ms = INT64_MAX, .newest_first = true, .max = OVERVIEW_LINES_MAX };
	struct log_group group;
	int rc = log_group_get(g->db, str_of(arena_printf(&g->arena, LOG_GROUP_OF_FUNCTION "%.*s", STR_ARG(g->function))), &g->arena, &group);

	if (rc == 0) {
		q.group = group.id;
		rc = log_lines(g->db, &q, keep_line, &k);
	}
	json_open(g->j, "log", '[');
	while (k.count-- > 0) {
		const struct line *l = &k.line[k.count];

		json_open(g->j, NULL, '{');
		when(g->j, "at", l->at_ms);
		json_str(g->j, "stream", l->stream);
		json_str(g->j, "line", l->text);
		json_close(g->j);
	}
	json_close(g->j);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int gather_functions(struct gathering *g)
{
	struct function_row row;
	int rc = 0;

	json_open(g->j, "functions", '[');
	if (str_is_set(g->function)) {
		if ((rc = function_get(g->db, g->function, &g->arena, &row)) == 0) {
			g->id = row.id;
			rc = add_function(g, &row);
		}
	} else {
		rc = function_page(g->db, (struct str){0}, OVERVIEW_FUNCTIONS_MAX, add_function, g);
	}
	json_close(g->j);
	return rc;
}

int overview_gather(struct db *db, struct str function, struct json *j)
{
	struct gathering g = { .db = db, .j = j, .function = function };
	int rc = gather_functions(&g);

	if (rc == 0) {
		json_open(j, "dead_letters", '[');
		rc = queue_dead(db, 0, OVERVIEW_DEAD_MAX, add_dead, &g);
		json_close(j);
	}
	if (rc == 0 && str_is_set(function))
		rc = add_log(&g);
	arena_clear(&g.arena);
	return rc;
}

struct showing {
	struct json *j;
	struct str function;
};

static void add_environment(void *owner, const struct custom_view *v)
{
	struct showing *s = owner;

	if (str_is_set(s->function) && !str_eq(s->function, v->recipe->name))
		return;
	json_open(s->j, NULL, '{');
	json_str(s->j, "function", v->recipe->name);
	json_str(s->j, "version", v->recipe->version);
	json_cstr(s->j, "state", v->state);
	json_int(s->j, "age_ms", v->age_ms);
	json_int(s->j, "idle_ms", v->idle_ms);
	json_int(s->j, "memory_peak_kb", v->memory_peak_kb);
	json_int(s->j, "invocations", v->invocations);
	json_bool(s->j, "provisioned", v->provisioned);
	json_cstr(s->j, "log_stream", v->stream);
	json_close(s->j);
}

void overview_environments(const struct minilab *m, struct str function, struct json *j)
{
	struct showing s = { j, function };

	json_open(j, "environments", '[');
	if (m->custom)
		custom_each(m->custom, add_environment, &s);
	json_close(j);
}
