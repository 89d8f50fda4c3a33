/* Tags belong to a version and change without making another. */
#include "base/clock.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/object_row.h"
#include "storage/writing.h"

static void without_texts(struct version *v, struct str key)
{
	v->o.key = key;
	v->o.etag = v->o.headers = v->o.tags = (struct str){0};
	v->o.sum = (struct checksum){0};
	v->o.extents = NULL;
	v->o.extent_count = 0;
}

/* The current one when `id` is absent; a marker is none to have tags. */
static int find(struct db *db, struct str bucket, struct str key, struct str id, struct arena *a, struct version *v, bool *bucket_missing)
{
	int rc;

	if (str_is_set(id)) {
		rc = version_get(db, bucket, key, id, a, v, bucket_missing);
		return rc == 0 && v->marker ? E_NOT_FOUND : rc;
	}
	*v = (struct version){ .current = true };
	rc = object_get(db, bucket, key, a, &v->o, bucket_missing);
	if (rc == E_NOT_FOUND && !*bucket_missing) {
		int marker = version_marker(db, bucket, key, v);

		return marker < 0 ? marker : E_NOT_FOUND;
	}
	return rc;
}

int tags_get(struct db *db, struct str bucket, struct str key, struct str id, struct arena *a, struct str *tags, struct version *of,
	     bool *bucket_missing)
{
	int rc = find(db, bucket, key, id, a, of, bucket_missing);

	*tags = rc == 0 ? of->o.tags : (struct str){0};
	without_texts(of, key);
	return rc;
}

static int set(struct writing *w, const struct version *v, struct str tags)
{
	struct query q = db_query(w->db, v->current ? SQL_OBJECT_TAG : SQL_VERSION_TAG);
	int rc;

	query_int(&q, 1, w->o->bucket);
	query_bytes(&q, 2, w->o->key);
	query_int(&q, 3, -v->o.born);
	query_text(&q, 4, tags);
	if ((rc = query_run(&q)) < 0)
		return rc;
	rc = rules_get(w->db, w->o->bucket, &w->arena, &w->rules, &w->rule_count);
	return rc < 0 ? rc : writing_tell(w);
}

int tags_set(struct db *db, struct store *s, int64_t bucket, struct str key, struct str id, struct str tags, const struct actor *who,
	     struct version *of)
{
	struct writing w = { .db = db, .store = s, .kind = str_is_set(tags) ? EVENT_TAGGING_PUT : EVENT_TAGGING_DELETE, .who = who,
			     .told = TOLD_CUSTOM, .at_ms = clock_wall_ms() };
	char name[BUCKET_NAME_MAX + 1];
	bool bucket_missing;
	struct object o;
	int rc;

	*of = (struct version){0};
	if ((rc = bucket_name_of(db, bucket, name)) < 0)
		return rc;
	rc = find(db, str_of(name), key, id, &w.arena, of, &bucket_missing);
	o = of->o;
	o.key = key;
	w.o = &o;
	if (rc == 0)
		rc = set(&w, of, tags);
	without_texts(of, key);
	writing_end(&w);
	return rc;
}
