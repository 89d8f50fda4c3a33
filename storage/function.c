#include "storage/function.h"

#include <limits.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "storage/queue.h"
#include "storage/record.h"

static struct function_row row_of(struct query *q)
{
	return (struct function_row){
		.id = col_int(q, 0),
		.modified_ms = col_int(q, 1),
		.name = col_str(q, 2),
		.config = col_str(q, 3),
	};
}

/* Rules that named a function of that name before are its own now. */
static int adopt_rules(struct db *db, int64_t id, struct str name)
{
	struct query q = db_query(db, SQL_RULE_ADOPT);

	query_int(&q, 1, id);
	query_text(&q, 2, name);
	return query_run(&q);
}

static int set(struct db *db, struct str name, struct str config)
{
	struct query q = db_query(db, SQL_FUNCTION_SET);

	query_text(&q, 1, name);
	query_text(&q, 2, config);
	query_int(&q, 3, clock_wall_ms());
	return query_run(&q);
}

int function_put(struct db *db, struct str name, struct str config, int64_t *id)
{
	struct arena a = {0};
	struct function_row f;
	bool fresh;
	int rc;

	if (name.n == 0)
		return E_BAD_INPUT;
	if (name.n > FUNCTION_NAME_MAX || config.n > FUNCTION_CONFIG_MAX)
		return E_TOO_LARGE;
	rc = function_get(db, name, &a, &f);
	fresh = rc == E_NOT_FOUND;
	if ((rc < 0 && !fresh) || (rc = set(db, name, config)) < 0 || (rc = function_get(db, name, &a, &f)) < 0)
		goto out;
	*id = f.id;
	if (fresh)
		rc = adopt_rules(db, f.id, name);
out:
	arena_clear(&a);
	return rc;
}

static int run_on(struct db *db, enum sql what, int64_t id)
{
	struct query q = db_query(db, what);

	query_int(&q, 1, id);
	return query_run(&q);
}

struct urls {
	struct arena arena;
	struct url {
		struct str id;
		struct url *next;
	} *first;
};

static int note_url(void *owner, const struct record *r)
{
	struct urls *u = owner;
	struct url *url = arena_take(&u->arena, sizeof *url);
	struct json_value *v;

	if (json_parse(&u->arena, r->body, &v) == 0) {
		url->id = json_text(v, "Id");
		url->next = u->first;
		u->first = url;
	}
	return 0;
}

/* The records by which its URLs are found belong to nobody, so they would stay. */
static int drop_urls(struct db *db, int64_t id)
{
	struct urls u = {0};
	int rc = record_list(db, RECORD_URL, id, (struct str){0}, INT_MAX, note_url, &u);

	for (struct url *url = u.first; url && rc == 0; url = url->next) {
		rc = record_delete(db, RECORD_URL_ID, 0, url->id);
		if (rc == E_NOT_FOUND)
			rc = 0;
	}
	arena_clear(&u.arena);
	return rc;
}

static int purge(struct db *db, int64_t id, int max, job_each_fn *buried, void *owner)
{
	return queue_purge(db, &(struct queue_purge){ .function = id, .max = max, .code = STR(JOB_FUNCTION_GONE),
		.message = STR("the function was deleted before it was done"), .buried = buried, .owner = owner });
}

int function_delete(struct db *db, int64_t id, job_each_fn *buried, void *owner)
{
	int rc;

	if ((rc = run_on(db, SQL_FUNCTION_DELETE, id)) < 0)
		return rc;
	if (db_changes(db) == 0)
		return E_NOT_FOUND;
	if ((rc = drop_urls(db, id)) < 0 || (rc = record_drop(db, id)) < 0 || (rc = run_on(db, SQL_RULE_ORPHAN, id)) < 0)
		return rc;
	rc = purge(db, id, FUNCTION_PURGE_MAX, buried, owner);
	return rc < 0 ? rc : 0;
}

int functions_sweep(struct db *db, job_each_fn *buried, void *owner)
{
	struct function_row f;
	struct arena a = {0};
	int64_t id = 0;
	int n = 0, rc;

	while (n < FUNCTION_PURGE_MAX && (rc = queue_next_function(db, id, &id)) == 0 && id != 0) {
		rc = function_get_id(db, id, &a, &f);
		arena_clear(&a);
		if (rc == E_NOT_FOUND && (rc = purge(db, id, FUNCTION_PURGE_MAX - n, buried, owner)) > 0)
			n += rc;
		if (rc < 0)
			break;
	}
	return rc < 0 ? rc : n;
}

static int get(struct query q, struct arena *a, struct function_row *f)
{
	bool found = query_step(&q) == QUERY_ROW;
	int rc;

	*f = (struct function_row){0};
	if (found) {
		*f = row_of(&q);
		f->name = arena_str(a, f->name);
		f->config = arena_str(a, f->config);
	}
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

int function_count(struct db *db, int64_t *n)
{
	struct query q = db_query(db, SQL_FUNCTION_COUNT);

	*n = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	return query_end(&q);
}

int function_get(struct db *db, struct str name, struct arena *a, struct function_row *f)
{
	struct query q = db_query(db, SQL_FUNCTION_GET);

	query_text(&q, 1, name);
	return get(q, a, f);
}

int function_get_id(struct db *db, int64_t id, struct arena *a, struct function_row *f)
{
	struct query q = db_query(db, SQL_FUNCTION_BY_ID);

	query_int(&q, 1, id);
	return get(q, a, f);
}

int function_page(struct db *db, struct str after, int max, function_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_FUNCTION_LIST);
	int rc = 0, end;

	query_text(&q, 1, str_is_set(after) ? after : STR(""));
	query_int(&q, 2, max);
	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct function_row f = row_of(&q);

		rc = each(owner, &f);
	}
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}

int function_list(struct db *db, function_each_fn *each, void *owner)
{
	return function_page(db, (struct str){0}, INT_MAX, each, owner);
}
