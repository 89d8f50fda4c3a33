/* Two tables read side by side: current objects, and all older versions and markers. In one key the object is the newest. */
#include "base/check.h"
#include "base/err.h"
#include "storage/object_row.h"
#include "storage/writing.h"

struct listing {
	struct db *db;
	int64_t bucket;
	struct str prefix;
	version_each_fn *each;
	void *owner;
	struct query objects, versions;
	bool has_object, has_version;	/* a row that was not told yet */
	struct version object, version;
	struct str skip_to;
};

static bool step(struct listing *l, struct query *q, struct version *v)
{
	if (query_step(q) != QUERY_ROW)
		return false;
	if (q == &l->versions) {
		version_row_read(q, OBJECT_ROW_EXTENTS + 1, v);
	} else {
		*v = (struct version){ .current = true };
		object_row_read(q, &v->o);
	}
	v->o.bucket = l->bucket;
	return str_starts(v->o.key, l->prefix);
}

/* The key at hand has an object: then that comes first. */
static bool object_is_next(const struct listing *l)
{
	if (!l->has_object || !l->has_version)
		return l->has_object;
	return str_cmp(l->object.o.key, l->version.o.key) <= 0;
}

/* 0: went on to the end, or has a place to skip to; positive: stopped. */
static int tell(struct listing *l)
{
	int rc = 0;

	while (rc == 0 && !str_is_set(l->skip_to) && (l->has_object || l->has_version)) {
		bool object = object_is_next(l);

		rc = l->each(l->owner, object ? &l->object : &l->version, &l->skip_to);
		if (object)
			l->has_object = step(l, &l->objects, &l->object);
		else
			l->has_version = step(l, &l->versions, &l->version);
	}
	return rc;
}

/* From after (key, born) on. */
static int run(struct listing *l, struct str key, int64_t born)
{
	int rc, end;

	l->skip_to = (struct str){0};
	l->versions = db_query(l->db, SQL_VERSION_FROM);
	query_int(&l->versions, 1, l->bucket);
	query_bytes(&l->versions, 2, key);
	query_int(&l->versions, 3, born ? -born : INT64_MIN);
	l->objects = db_query(l->db, SQL_OBJECT_LIST);
	query_int(&l->objects, 1, l->bucket);
	query_bytes(&l->objects, 2, key);
	l->has_version = step(l, &l->versions, &l->version);
	l->has_object = step(l, &l->objects, &l->object);
	if (born && l->has_object && str_eq(l->object.o.key, key) && l->object.o.born >= born)
		l->has_object = step(l, &l->objects, &l->object);
	rc = tell(l);
	end = query_end(&l->objects);
	rc = end < 0 ? end : rc;
	end = query_end(&l->versions);
	return end < 0 ? end : rc;
}

int version_list(struct db *db, int64_t bucket, struct str prefix, struct str key, int64_t born, version_each_fn *each, void *owner)
{
	struct listing l = { .db = db, .bucket = bucket, .prefix = prefix, .each = each, .owner = owner };
	bool snapshot = !db_in_transaction(db);
	int rc = snapshot ? db_snapshot_begin(db) : 0;

	if (!str_is_set(key) || str_cmp(key, prefix) < 0) {
		key = str_is_set(prefix) ? prefix : STR("");
		born = 0;
	}
	while (rc == 0) {
		rc = run(&l, key, born);
		if (!str_is_set(l.skip_to))
			break;
		CHECK(str_cmp(l.skip_to, key) > 0);
		key = l.skip_to;
		born = 0;
	}
	if (snapshot)
		db_snapshot_end(db);
	return rc < 0 ? rc : 0;
}
