#include "storage/made.h"

int made_more(struct db *db, int64_t bucket, struct str list, int64_t *id)
{
	struct query q = db_query(db, SQL_MADE_ADD);

	query_int(&q, 1, bucket);
	query_text(&q, 2, str_is_set(list) ? list : STR(""));
	*id = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	return query_end(&q);
}

int made_less(struct db *db, int64_t id)
{
	struct query q = db_query(db, SQL_MADE_LESS);

	query_int(&q, 1, id);
	return query_run(&q);
}

int made_list(struct db *db, int64_t id, struct arena *a, struct str *list)
{
	struct query q = db_query(db, SQL_MADE_LIST);

	query_int(&q, 1, id);
	*list = query_step(&q) == QUERY_ROW ? arena_str(a, col_str(&q, 0)) : STR("");
	return query_end(&q);
}

int made_of_bucket(struct db *db, int64_t bucket, made_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_MADE_OF_BUCKET);
	int rc = 0, end;

	query_int(&q, 1, bucket);
	while (rc == 0 && query_step(&q) == QUERY_ROW)
		rc = each(owner, col_str(&q, 0), col_int(&q, 1));
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}

int made_buckets(struct db *db, int max, made_bucket_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_MADE_BUCKETS);
	int rc = 0, end;

	query_int(&q, 1, max);
	while (rc == 0 && query_step(&q) == QUERY_ROW)
		rc = each(owner, col_int(&q, 0));
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}

int made_trim(struct db *db)
{
	struct query q = db_query(db, SQL_MADE_EMPTY);

	return query_run(&q);
}
