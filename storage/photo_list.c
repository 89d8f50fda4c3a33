#include "storage/photo_list.h"

#include "base/err.h"
#include "storage/table_key.h"

int photo_list_index(const struct table *t)
{
	for (int i = 0; i < t->index_count; i++) {
		const struct table_index *x = &t->indexes[i];

		if (str_eq(x->key.hash, STR("origin")) && x->key.hash_type == 'S' && str_eq(x->key.sort, STR("uploaded_at")) &&
		    x->key.sort_type == 'S' && x->projection == 'A')
			return i;
	}
	return -1;
}

static int write_text(struct str s, struct buf *to)
{
	struct json_value text = { .kind = JSON_STRING, .name = STR("S"), .text = s };
	struct json_value typed = { .kind = JSON_OBJECT, .first = &text, .count = 1 };

	return key_encode(to, 'S', &typed, ITEM_PK_MAX);
}

static struct query begin(struct db *db, enum sql statement, const struct photo_list *l, const struct buf *pk)
{
	struct query q = db_query(db, statement);

	query_int(&q, 1, l->table->id);
	query_int(&q, 2, l->index);
	query_bytes(&q, 3, str_n(pk->data, pk->len));
	return q;
}

int photo_list(struct db *db, const struct photo_list *l, photo_list_fn *each, void *owner)
{
	struct buf pk = { 0 };
	struct query q;
	int rc = write_text(l->bucket, &pk), end;

	if (rc < 0)
		goto out;
	q = begin(db, SQL_PHOTO_LIST, l, &pk);
	query_int(&q, 4, l->max);
	query_int(&q, 5, l->skip);
	while (rc == 0 && query_step(&q) == QUERY_ROW)
		rc = each(owner, col_str(&q, 0));
	end = query_end(&q);
	rc = end < 0 ? end : rc > 0 ? 0 : rc;
out:
	buf_clear(&pk);
	return rc;
}

int photo_list_count(struct db *db, const struct photo_list *l, int64_t *count)
{
	struct buf pk = { 0 };
	struct query q;
	int rc = write_text(l->bucket, &pk);

	*count = 0;
	if (rc == 0) {
		q = begin(db, SQL_PHOTO_LIST_COUNT, l, &pk);
		if (query_step(&q) == QUERY_ROW)
			*count = col_int(&q, 0);
		rc = query_end(&q);
	}
	buf_clear(&pk);
	return rc;
}

int photo_list_place(struct db *db, const struct photo_list *l, struct str key, int64_t *place)
{
	struct buf pk = { 0 }, of = { 0 };
	struct query q;
	bool found;
	int rc;

	if ((rc = write_text(l->bucket, &pk)) < 0 || (rc = write_text(key, &of)) < 0)
		goto out;
	q = begin(db, SQL_PHOTO_LIST_PLACE, l, &pk);
	query_bytes(&q, 4, str_n(of.data, of.len));
	query_bytes(&q, 5, STR(""));
	found = query_step(&q) == QUERY_ROW;
	if (found)
		*place = col_int(&q, 0);
	rc = query_end(&q);
	if (rc == 0 && !found)
		rc = E_NOT_FOUND;
out:
	buf_clear(&pk);
	buf_clear(&of);
	return rc;
}

int photo_pending(struct db *db, int64_t bucket, int max, photo_pending_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_PHOTO_PENDING);
	int rc = 0, end;

	query_int(&q, 1, bucket);
	query_int(&q, 2, PHOTO_PENDING_LOOKED);
	query_int(&q, 3, max);
	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct photo_pending p = { .key = col_str(&q, 0), .running = col_int(&q, 1) == JOB_LEASED, .attempts = (int)col_int(&q, 2),
					   .since_ms = col_int(&q, 3), .code = col_str(&q, 4), .message = col_str(&q, 5) };

		if (event_is_creation((enum event_kind)col_int(&q, 6)))
			rc = each(owner, &p);
	}
	end = query_end(&q);
	return end < 0 ? end : rc > 0 ? 0 : rc;
}

int object_census(struct db *db, int64_t bucket, int64_t max, struct object_census *c)
{
	struct query q = db_query(db, SQL_OBJECT_CENSUS);

	*c = (struct object_census){ 0 };
	query_int(&q, 1, bucket);
	query_int(&q, 2, max);
	if (query_step(&q) == QUERY_ROW)
		*c = (struct object_census){ .count = col_int(&q, 0), .bytes = col_int(&q, 1) };
	return query_end(&q);
}
