#include "storage/record.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"

/* The first three parameters of most statements. */
static struct query on_record(struct db *db, enum sql id, enum record_kind kind, int64_t owner, struct str name)
{
	struct query q = db_query(db, id);

	query_int(&q, 1, owner);
	query_int(&q, 2, kind);
	query_text(&q, 3, str_is_set(name) ? name : STR(""));
	return q;
}

int record_put(struct db *db, enum record_kind kind, int64_t owner, struct str name, struct str body)
{
	struct query q;

	CHECK((owner == 0) == (kind > RECORD_OF_FUNCTION && kind <= RECORD_OF_NOBODY));
	if (name.n > RECORD_NAME_MAX || body.n > RECORD_BODY_MAX)
		return E_TOO_LARGE;
	q = on_record(db, SQL_RECORD_SET, kind, owner, name);
	query_int(&q, 4, clock_wall_ms());
	query_text(&q, 5, str_is_set(body) ? body : STR(""));
	return query_run(&q);
}

int record_delete(struct db *db, enum record_kind kind, int64_t owner, struct str name)
{
	struct query q = on_record(db, SQL_RECORD_DELETE, kind, owner, name);
	int rc = query_run(&q);

	return rc < 0 ? rc : db_changes(db) == 1 ? 0 : E_NOT_FOUND;
}

static int drop(struct db *db, int64_t owner, enum record_kind first, enum record_kind last)
{
	struct query q;

	CHECK(owner != 0);
	q = db_query(db, SQL_RECORD_DROP);
	query_int(&q, 1, owner);
	query_int(&q, 2, first);
	query_int(&q, 3, last);
	return query_run(&q);
}

int record_drop(struct db *db, int64_t function)
{
	return drop(db, function, RECORD_VERSION, RECORD_OF_FUNCTION);
}

int record_drop_bucket(struct db *db, int64_t bucket)
{
	return drop(db, bucket, RECORD_OF_NOBODY, RECORD_OF_BUCKET);
}

int record_get(struct db *db, enum record_kind kind, int64_t owner, struct str name, struct arena *a, struct str *body)
{
	struct query q = on_record(db, SQL_RECORD_GET, kind, owner, name);
	bool found = query_step(&q) == QUERY_ROW;
	int rc;

	*body = found ? arena_str(a, col_str(&q, 0)) : (struct str){0};
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

int record_list(struct db *db, enum record_kind kind, int64_t owner, struct str after, int max, record_each_fn *each, void *ctx)
{
	struct query q = on_record(db, SQL_RECORD_LIST, kind, owner, after);
	int rc = 0, end;

	query_int(&q, 4, str_is_set(after));
	query_int(&q, 5, max);
	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct record r = { .kind = kind, .owner = owner, .name = col_str(&q, 0), .modified_ms = col_int(&q, 1),
				    .body = col_str(&q, 2) };

		rc = each(ctx, &r);
	}
	end = query_end(&q);
	return end < 0 ? end : rc;
}

int record_count(struct db *db, enum record_kind kind, int64_t owner, int64_t *n)
{
	struct query q = db_query(db, SQL_RECORD_COUNT);

	query_int(&q, 1, owner);
	query_int(&q, 2, kind);
	*n = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	return query_end(&q);
}

int record_each_bucket(struct db *db, record_bucket_fn *each, void *ctx)
{
	struct query q = db_query(db, SQL_RECORD_BUCKETS);
	int rc = 0, end;

	query_int(&q, 1, RECORD_OF_NOBODY);
	query_int(&q, 2, RECORD_OF_BUCKET);
	while (rc == 0 && query_step(&q) == QUERY_ROW)
		rc = each(ctx, col_str(&q, 0), (enum record_kind)col_int(&q, 1), col_str(&q, 2));
	end = query_end(&q);
	return end < 0 ? end : rc;
}
