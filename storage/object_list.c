#include "base/check.h"
#include "base/err.h"
#include "storage/object_row.h"

/* From `from` on, until the end, a stop, or a jump. 0 with *skip_to set: go on there; positive: finished. */
static int list_run(struct db *db, int64_t bucket, struct str prefix, struct str from, object_each_fn *each, void *owner,
		    struct str *skip_to)
{
	struct query q = db_query(db, SQL_OBJECT_LIST);
	int rc = 0, end;

	*skip_to = (struct str){0};
	query_int(&q, 1, bucket);
	query_bytes(&q, 2, from);
	while (rc == 0 && !str_is_set(*skip_to)) {
		struct object o;

		if (query_step(&q) != QUERY_ROW) {
			rc = 1;
			break;
		}
		object_row_read(&q, &o);
		o.bucket = bucket;
		if (!str_starts(o.key, prefix)) {
			rc = 1;
			break;
		}
		rc = each(owner, &o, skip_to);
		CHECK(!str_is_set(*skip_to) || str_cmp(*skip_to, o.key) > 0);
	}
	end = query_end(&q);
	return end < 0 ? end : rc;
}

int object_list(struct db *db, int64_t bucket, struct str prefix, struct str from, object_each_fn *each, void *owner)
{
	struct str at = str_cmp(from, prefix) >= 0 ? from : prefix;
	int rc;

	if (!str_is_set(at))
		at = STR("");
	do {
		struct str skip_to;

		rc = list_run(db, bucket, prefix, at, each, owner, &skip_to);
		at = skip_to;
	} while (rc == 0);
	return rc < 0 ? rc : 0;
}
