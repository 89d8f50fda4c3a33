#include "storage/upload.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/object_row.h"
#include "storage/trash.h"
#include "storage/upload_row.h"

#define ID_LENGTH 32

static void make_id(char to[UPLOAD_ID_MAX])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";	/* 32: five bits of each byte */
	uint8_t b[ID_LENGTH];

	random_bytes(b, sizeof b);
	for (int i = 0; i < ID_LENGTH; i++)
		to[i] = letters[b[i] % (sizeof letters - 1)];
	to[ID_LENGTH] = '\0';
}

static int check_room(struct db *db)
{
	struct query q = db_query(db, SQL_UPLOAD_COUNT);
	int64_t n = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	int rc = query_end(&q);

	return rc < 0 ? rc : n >= UPLOADS_MAX ? E_TOO_LARGE : 0;
}

int upload_begin(struct db *db, struct str bucket, struct upload *u, char id[UPLOAD_ID_MAX])
{
	struct query q;
	int rc;

	if (u->key.n == 0)
		return E_BAD_INPUT;
	if (u->key.n > OBJECT_KEY_MAX)
		return E_TOO_LARGE;
	if ((rc = bucket_find(db, bucket, &u->bucket, NULL)) < 0)
		return rc;
	if ((rc = check_room(db)) < 0)
		return rc;
	make_id(id);
	u->id = str_of(id);
	u->created_ms = clock_wall_ms();
	q = db_query(db, SQL_UPLOAD_ADD);
	query_text(&q, 1, u->id);
	query_int(&q, 2, u->bucket);
	query_bytes(&q, 3, u->key);
	query_int(&q, 4, u->created_ms);
	query_text(&q, 5, u->headers);
	if (u->sum.type != SUM_NONE) {
		query_int(&q, 6, u->sum.kind);
		query_int(&q, 7, u->sum.type);
	}
	query_text(&q, 8, u->tags);
	query_int(&q, 9, u->resumable);
	return query_run(&q);
}

static struct upload row_of(struct query *q)
{
	struct upload u = {
		.id = col_str(q, 0),
		.bucket = col_int(q, 1),
		.key = col_str(q, 2),
		.created_ms = col_int(q, 3),
		.headers = col_str(q, 4),
		.tags = col_str(q, 7),
		.resumable = col_int(q, 8) != 0,
	};

	if (!col_null(q, 5))
		u.sum = (struct checksum){ .kind = (enum digest_kind)col_int(q, 5), .type = (enum sum_type)col_int(q, 6) };
	return u;
}

int upload_find(struct db *db, struct str id, struct arena *a, struct upload *u)
{
	struct query q = db_query(db, SQL_UPLOAD_GET);
	bool found;
	int rc;

	*u = (struct upload){0};
	query_text(&q, 1, id);
	found = query_step(&q) == QUERY_ROW;
	if (found) {
		*u = row_of(&q);
		u->id = arena_str(a, u->id);
		u->key = arena_str(a, u->key);
		u->headers = arena_str(a, u->headers);
		u->tags = arena_str(a, u->tags);
	}
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

int upload_get(struct db *db, struct str bucket, struct str key, struct str id, struct arena *a, struct upload *u)
{
	int64_t in;
	int rc;

	*u = (struct upload){0};
	if ((rc = bucket_find(db, bucket, &in, NULL)) < 0 || (rc = upload_find(db, id, a, u)) < 0)
		return rc;
	return !u->resumable && u->bucket == in && str_eq(u->key, key) ? 0 : E_NOT_FOUND;
}

/* Parts. */

int part_row_read(struct query *q, int first, struct arena *a, struct part *p)
{
	struct str md5 = col_str(q, first + 3);
	struct extent *e;
	int n, rc;

	*p = (struct part){ .number = (int)col_int(q, first), .mtime_ms = col_int(q, first + 1), .size = col_int(q, first + 2) };
	if (!col_null(q, first + 4))
		p->sum = (struct checksum){ SUM_FULL, (enum digest_kind)col_int(q, first + 4),
			arena_str(a, col_str(q, first + 5)) };
	if (md5.n != sizeof p->md5)
		return E_CORRUPT;
	memcpy(p->md5, md5.p, sizeof p->md5);
	if ((rc = extents_unpack(a, col_str(q, first + 6), &e, &n)) < 0)
		return rc;
	if (n > 1)
		return E_CORRUPT;
	if (n == 1)
		p->where = e[0];
	return 0;
}

static int trash_old_part(struct db *db, struct str upload, int number)
{
	struct query q = db_query(db, SQL_PART_OLD);
	struct arena a = {0};
	struct extent *e = NULL;
	int n = 0, rc = 0, end;

	query_text(&q, 1, upload);
	query_int(&q, 2, number);
	if (query_step(&q) == QUERY_ROW)
		rc = extents_unpack(&a, col_str(&q, 0), &e, &n);
	end = query_end(&q);
	rc = end < 0 ? end : rc;
	if (rc == 0)
		rc = trash_add(db, e, n);
	arena_clear(&a);
	return rc;
}

int part_row_write(struct db *db, struct str upload, const struct part *p)
{
	struct query q = db_query(db, SQL_PART_SET);
	struct buf packed = {0};
	int rc;

	extents_pack(&packed, &p->where, p->where.kind != EXTENT_NONE);
	query_text(&q, 1, upload);
	query_int(&q, 2, p->number);
	query_int(&q, 3, p->mtime_ms);
	query_int(&q, 4, p->size);
	query_bytes(&q, 5, str_n(p->md5, sizeof p->md5));
	if (p->sum.type != SUM_NONE) {
		query_int(&q, 6, p->sum.kind);
		query_text(&q, 7, p->sum.text);
	}
	query_bytes(&q, 8, packed.len ? str_n(packed.data, packed.len) : STR(""));
	rc = query_run(&q);
	buf_clear(&packed);
	return rc;
}

static int apply_part(struct change *c, struct db *db)
{
	struct part_put *p = container_of(c, struct part_put, change);
	struct arena a = {0};
	struct upload u;
	int rc;

	if (p->part.where.kind == EXTENT_NONE && c->needle_count == 1)
		p->part.where = c->needles[0].where;
	CHECK((int64_t)p->part.where.len == p->part.size);
	rc = upload_get(db, p->bucket, p->key, p->upload, &a, &u);
	arena_clear(&a);
	if (rc < 0)
		return rc;
	if (p->part.number < 1 || p->part.number > PART_MAX)
		return E_BAD_INPUT;
	if (p->part.size > OBJECT_PUT_MAX)
		return E_TOO_LARGE;
	if ((rc = trash_old_part(db, p->upload, p->part.number)) < 0)
		return rc;
	if ((rc = extents_adopt(db, &p->part.where, p->part.where.kind != EXTENT_NONE)) < 0)
		return rc;
	p->part.mtime_ms = clock_wall_ms();
	return part_row_write(db, p->upload, &p->part);
}

void part_put_init(struct part_put *p)
{
	*p = (struct part_put){ .change = { .apply = apply_part } };
}

int part_list(struct db *db, struct str id, int after, int max, part_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_PART_LIST);
	int rc = 0, end;

	query_text(&q, 1, id);
	query_int(&q, 2, after);
	query_int(&q, 3, max);
	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct arena a = {0};
		struct part p;

		rc = part_row_read(&q, 0, &a, &p);
		if (rc == 0)
			rc = each(owner, &p);
		arena_clear(&a);
	}
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}

/* Ends. */

int upload_rows_delete(struct db *db, struct str id)
{
	static const enum sql both[] = { SQL_PART_DELETE, SQL_UPLOAD_DELETE };
	int rc = 0;

	for (int i = 0; i < 2 && rc == 0; i++) {
		struct query q = db_query(db, both[i]);

		query_text(&q, 1, id);
		rc = query_run(&q);
	}
	return rc;
}

static int trash_part(void *owner, const struct part *p)
{
	return trash_add(owner, &p->where, p->where.kind != EXTENT_NONE);
}

int upload_discard(struct db *db, struct str id)
{
	int rc = part_list(db, id, 0, PART_MAX, trash_part, db);

	return rc < 0 ? rc : upload_rows_delete(db, id);
}

int upload_abort(struct db *db, struct str bucket, struct str key, struct str id)
{
	struct arena a = {0};
	struct upload u;
	int rc;

	rc = upload_get(db, bucket, key, id, &a, &u);
	if (rc == 0)
		rc = upload_discard(db, u.id);
	arena_clear(&a);
	return rc;
}

/* 1: dropped one; 0: there is none left. */
static int abort_one(struct db *db, int64_t bucket)
{
	struct query q = db_query(db, SQL_UPLOAD_OF_BUCKET);
	struct arena a = {0};
	struct str id = {0};
	int rc;

	query_int(&q, 1, bucket);
	if (query_step(&q) == QUERY_ROW)
		id = arena_str(&a, col_str(&q, 0));
	rc = query_end(&q);
	if (rc == 0 && str_is_set(id))
		rc = upload_discard(db, id);
	arena_clear(&a);
	return rc < 0 ? rc : str_is_set(id);
}

int uploads_abort_all(struct db *db, int64_t bucket)
{
	int rc;

	while ((rc = abort_one(db, bucket)) == 1)
		;
	return rc;
}

/* Where it stands among those of its key: of one that is gone nothing tells any more, and the first of them is next. */
static int place_of(struct db *db, int64_t bucket, struct str key, struct str id, int64_t *created)
{
	struct arena a = {0};
	struct upload u;
	int rc = id.n == ID_LENGTH ? upload_find(db, id, &a, &u) : E_BAD_INPUT;

	*created = rc == 0 ? u.created_ms : INT64_MIN;
	if (rc == 0 && (u.bucket != bucket || !str_eq(u.key, key)))
		rc = E_BAD_INPUT;
	arena_clear(&a);
	return rc == E_NOT_FOUND ? 0 : rc;
}

int upload_list(struct db *db, int64_t bucket, struct str prefix, struct str key_after, struct str id_after, int max,
		upload_each_fn *each, void *owner)
{
	bool past = str_is_set(key_after) && str_cmp(key_after, prefix) >= 0;
	int64_t created = past ? INT64_MAX : INT64_MIN;
	int rc = 0, end;
	struct query q;

	if (past && str_is_set(id_after) && (rc = place_of(db, bucket, key_after, id_after, &created)) < 0)
		return rc;
	q = db_query(db, SQL_UPLOAD_LIST);
	query_int(&q, 1, bucket);
	query_bytes(&q, 2, past ? key_after : str_is_set(prefix) ? prefix : STR(""));
	query_int(&q, 3, created);
	query_text(&q, 4, past && str_is_set(id_after) ? id_after : STR(""));
	query_int(&q, 5, max);
	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct upload u = row_of(&q);

		if (!str_starts(u.key, prefix))
			break;
		rc = each(owner, &u);
	}
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}
