#include "storage/function.h"

#include "base/clock.h"
#include "base/err.h"

/* Trimming looks at LOGLINES_MAX index entries, so it is done once in so many lines. */
#define TRIM_EVERY 256

static struct function_row row_of(struct query *q)
{
	return (struct function_row){
		.id = col_int(q, 0),
		.modified_ms = col_int(q, 1),
		.name = col_str(q, 2),
		.config = col_str(q, 3),
	};
}

int function_put(struct db *db, struct str name, struct str config, int64_t *id)
{
	struct arena a = {0};
	struct function_row f;
	struct query q;
	int rc;

	if (name.n == 0)
		return E_BAD_INPUT;
	if (name.n > FUNCTION_NAME_MAX || config.n > FUNCTION_CONFIG_MAX)
		return E_TOO_LARGE;
	q = db_query(db, SQL_FUNCTION_SET);
	query_text(&q, 1, name);
	query_text(&q, 2, config);
	query_int(&q, 3, clock_wall_ms());
	if ((rc = query_run(&q)) < 0)
		return rc;
	rc = function_get(db, name, &a, &f);
	*id = f.id;
	arena_clear(&a);
	return rc;
}

int function_get(struct db *db, struct str name, struct arena *a, struct function_row *f)
{
	struct query q = db_query(db, SQL_FUNCTION_GET);
	bool found;
	int rc;

	*f = (struct function_row){0};
	query_text(&q, 1, name);
	found = query_step(&q) == QUERY_ROW;
	if (found) {
		*f = row_of(&q);
		f->name = arena_str(a, f->name);
		f->config = arena_str(a, f->config);
	}
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

int function_list(struct db *db, function_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_FUNCTION_LIST);
	int rc = 0, end;

	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct function_row f = row_of(&q);

		rc = each(owner, &f);
	}
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}

int logline_add(struct db *db, int64_t function, int64_t at_ms, struct str stream, struct str line)
{
	struct query q = db_query(db, SQL_LOGLINE_ADD);
	int rc;

	query_int(&q, 1, function);
	query_int(&q, 2, at_ms);
	query_text(&q, 3, str_is_set(stream) ? stream : STR(""));
	query_text(&q, 4, str_is_set(line) ? line : STR(""));
	if ((rc = query_run(&q)) < 0 || db_last_rowid(db) % TRIM_EVERY != 0)
		return rc;
	rc = logline_trim(db, function, LOGLINES_MAX);
	return rc < 0 ? rc : 0;
}

int logline_list(struct db *db, int64_t function, int64_t after_id, int max, logline_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_LOGLINE_LIST);
	int rc = 0, end;

	query_int(&q, 1, function);
	query_int(&q, 2, after_id);
	query_int(&q, 3, max);
	while (rc == 0 && query_step(&q) == QUERY_ROW)
		rc = each(owner, col_int(&q, 0), col_int(&q, 1), col_str(&q, 2), col_str(&q, 3));
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}

int logline_trim(struct db *db, int64_t function, int keep)
{
	struct query q = db_query(db, SQL_LOGLINE_TRIM);
	int rc;

	query_int(&q, 1, function);
	query_int(&q, 2, keep);
	rc = query_run(&q);
	return rc < 0 ? rc : (int)db_changes(db);
}
