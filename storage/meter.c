#include "storage/meter.h"

int meter_add(struct db *db, int64_t hour, const struct meter_sum *more)
{
	struct query q = db_query(db, SQL_METER_ADD);

	query_text(&q, 1, more->function);
	query_int(&q, 2, hour);
	query_int(&q, 3, more->requests);
	query_int(&q, 4, more->billed_ms);
	query_int(&q, 5, more->mb_ms);
	query_int(&q, 6, more->provisioned_mb_s);
	return query_run(&q);
}

int meter_trim(struct db *db, int64_t before_hour, int max)
{
	struct query q = db_query(db, SQL_METER_TRIM);
	int rc;

	query_int(&q, 1, before_hour);
	query_int(&q, 2, max);
	rc = query_run(&q);
	return rc < 0 ? rc : (int)db_changes(db);
}

int meter_sum(struct db *db, int64_t from, int64_t to, meter_sum_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_METER_SUM);
	int rc = 0, end;

	query_int(&q, 1, from);
	query_int(&q, 2, to);
	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct meter_sum s = { .function = col_str(&q, 0), .requests = col_int(&q, 1), .billed_ms = col_int(&q, 2),
				       .mb_ms = col_int(&q, 3), .provisioned_mb_s = col_int(&q, 4) };

		rc = each(owner, &s);
	}
	end = query_end(&q);
	return end < 0 ? end : rc;
}
