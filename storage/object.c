#include "storage/object.h"

#include "base/check.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/object_row.h"
#include "storage/trash.h"
#include "storage/version.h"

/* Rows. */

void checksum_bind(struct query *q, int at_kind, int at_type, int at_text, const struct checksum *c)
{
	if (c->type == SUM_NONE) {
		query_null(q, at_kind);
		query_null(q, at_type);
		query_null(q, at_text);
		return;
	}
	query_int(q, at_kind, c->kind);
	query_int(q, at_type, c->type);
	query_text(q, at_text, c->text);
}

void object_row_read(struct query *q, struct object *o)
{
	*o = (struct object){
		.seq = col_int(q, 0),
		.mtime_ms = col_int(q, 1),
		.size = col_int(q, 2),
		.etag = col_str(q, 3),
		.headers = col_str(q, 7),
		.watched = col_int(q, 8) != 0,
		.born = col_int(q, 9),
		.named = col_int(q, 10) != 0,
		.tags = col_str(q, 11),
		.key = col_str(q, 12),
	};
	if (!col_null(q, 4))
		o->sum = (struct checksum){ (enum sum_type)col_int(q, 5), (enum digest_kind)col_int(q, 4), col_str(q, 6) };
}

void object_row_keep(struct arena *a, struct object *o)
{
	o->etag = arena_str(a, o->etag);
	o->headers = arena_str(a, o->headers);
	o->key = arena_str(a, o->key);
	o->sum.text = arena_str(a, o->sum.text);
	o->tags = arena_str(a, o->tags);
}

int object_row_extents(struct db *db, struct str packed, int64_t seq, struct arena *a, struct extent **e, int *n)
{
	struct query q;
	int rc, end;

	if (str_is_set(packed))
		return extents_unpack(a, packed, e, n);
	q = db_query(db, SQL_MANIFEST_GET);
	query_int(&q, 1, seq);
	rc = query_step(&q) == QUERY_ROW ? extents_unpack(a, col_str(&q, 0), e, n) : E_CORRUPT;
	end = query_end(&q);
	return end < 0 ? end : rc;
}

int object_get(struct db *db, struct str bucket, struct str key, struct arena *a, struct object *o, bool *bucket_missing)
{
	struct query q;
	bool versioned;
	int64_t id;
	int rc, end;

	*o = (struct object){0};
	rc = bucket_look(db, bucket, &id, &versioned);
	*bucket_missing = rc == E_NOT_FOUND;
	if (rc < 0)
		return rc;
	q = db_query(db, SQL_OBJECT_GET);
	query_int(&q, 1, id);
	query_bytes(&q, 2, key);
	if (query_step(&q) == QUERY_ROW) {
		object_row_read(&q, o);
		object_row_keep(a, o);
		o->bucket = id;
		o->versioned = versioned;
		/* Before the query ends, and the snapshot with it: an overwrite takes the old manifest away. */
		rc = object_row_extents(db, col_str(&q, OBJECT_ROW_EXTENTS), o->seq, a, &o->extents, &o->extent_count);
	} else {
		rc = E_NOT_FOUND;
	}
	end = query_end(&q);
	return end < 0 ? end : rc;
}

int64_t object_seq(struct db *db, int64_t bucket, struct str key)
{
	struct query q = db_query(db, SQL_OBJECT_VERSION);
	int64_t seq;
	int rc;

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	seq = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	rc = query_end(&q);
	return rc < 0 ? rc : seq;
}

int object_key_before(struct db *db, int64_t bucket, struct str key, struct arena *a, struct str *before)
{
	struct query q = db_query(db, SQL_OBJECT_KEY_BEFORE);

	*before = (struct str){ 0 };
	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	if (query_step(&q) == QUERY_ROW)
		*before = arena_str(a, col_str(&q, 0));
	return query_end(&q);
}

int object_allow(struct db *db, int64_t bucket, struct str key, struct str if_match, bool if_absent)
{
	bool exists, same;
	struct query q;
	int rc;

	if (!str_is_set(if_match) && !if_absent)
		return 0;
	q = db_query(db, SQL_OBJECT_VERSION);
	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	exists = query_step(&q) == QUERY_ROW;
	same = exists && (str_eq(if_match, STR("*")) || str_eq(if_match, col_str(&q, 2)));
	if ((rc = query_end(&q)) < 0)
		return rc;
	if (if_absent && exists)
		return E_PRECONDITION;
	if (str_is_set(if_match) && !exists)
		return E_MISMATCH;
	return str_is_set(if_match) && !same ? E_PRECONDITION : 0;
}

/* Changes. */

static int check_limits(const struct object *o)
{
	if (o->key.n == 0)
		return E_BAD_INPUT;
	if (o->key.n > OBJECT_KEY_MAX || o->size > OBJECT_SIZE_MAX || o->extent_count > BLOB_EXTENTS_MAX)
		return E_TOO_LARGE;
	CHECK(o->etag.n > 0 && o->etag.n <= OBJECT_ETAG_MAX);
	return 0;
}

static int apply_put(struct change *c, struct db *db)
{
	struct object_put *p = container_of(c, struct object_put, change);
	struct object *o = &p->o;
	int rc;

	if (o->extent_count == 0 && c->needle_count == 1 && c->needles[0].where.kind != EXTENT_NONE) {
		o->extents = &c->needles[0].where;
		o->extent_count = 1;
	}
	if ((rc = bucket_find(db, p->bucket, &o->bucket, NULL)) < 0)
		return rc;
	if ((rc = check_limits(o)) < 0)
		return rc;
	if ((rc = object_allow(db, o->bucket, o->key, p->if_match, p->if_absent)) < 0)
		return rc;
	if ((rc = extents_adopt(db, o->extents, o->extent_count)) < 0)
		return rc;
	if ((rc = object_write(db, p->store, o, p->kind, &p->actor)) < 0)
		return rc;
	p->replaced = rc == 1;
	return p->also ? p->also(p, db) : 0;
}

void object_put_init(struct object_put *p)
{
	*p = (struct object_put){ .change = { .apply = apply_put } };
}

/* An answer about this key is no failure of the change. */
static int delete_version(struct object_delete *d, struct db *db, int64_t bucket, int i)
{
	const struct object_key *k = &d->keys[i];
	struct object_gone *gone = d->gone ? &d->gone[i] : NULL;
	int rc = version_remove(db, d->store, bucket, k->key, k->version, k->if_match, &d->actor, gone);

	d->results[i] = rc == E_BAD_INPUT || rc == E_PRECONDITION ? rc : 0;
	return rc < 0 && d->results[i] == 0 ? rc : 0;
}

static int delete_one(struct object_delete *d, struct db *db, int64_t bucket, int i)
{
	const struct object_key *k = &d->keys[i];
	int rc;

	if (str_is_set(k->version))
		return delete_version(d, db, bucket, i);
	rc = object_allow(db, bucket, k->key, k->if_match, false);
	d->results[i] = rc == E_MISMATCH ? E_PRECONDITION : rc;
	if (d->results[i] == E_PRECONDITION)
		return 0;	/* an answer about this key, not a failure of the change */
	if (rc == 0)
		rc = object_remove(db, d->store, bucket, k->key, &d->actor, d->gone ? &d->gone[i] : NULL);
	return rc < 0 ? rc : 0;
}

static int apply_delete(struct change *c, struct db *db)
{
	struct object_delete *d = container_of(c, struct object_delete, change);
	int64_t bucket;
	int rc;

	CHECK(d->count <= DELETE_MAX);
	rc = bucket_find(db, d->bucket, &bucket, NULL);
	for (int i = 0; i < d->count && rc == 0; i++)
		rc = delete_one(d, db, bucket, i);
	return rc;
}

void object_delete_init(struct object_delete *d)
{
	/* `always`: on a full disk, deleting is the way out. */
	*d = (struct object_delete){ .change = { .apply = apply_delete, .always = true } };
}
