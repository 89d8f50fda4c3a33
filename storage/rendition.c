#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/journal.h"
#include "storage/photo.h"

int rendition_list(struct db *db, int64_t bucket, struct str key, rendition_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_RENDITION_OF);
	int rc = 0, end;

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	while (rc == 0 && query_step(&q) == QUERY_ROW)
		rc = each(owner, col_int(&q, 0), col_str(&q, 1), col_int(&q, 2));
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}

static int delete_row(struct db *db, int64_t bucket, struct str key)
{
	struct query q = db_query(db, SQL_RENDITION_DELETE);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	return query_run(&q);
}

/* E_NOT_FOUND: it is no rendition. */
static int find(struct db *db, int64_t bucket, struct str key, struct arena *a, struct object_ref *of, int64_t *of_seq)
{
	struct query q = db_query(db, SQL_RENDITION_GET);
	bool found;
	int rc;

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	found = query_step(&q) == QUERY_ROW;
	if (found) {
		*of = (struct object_ref){ col_int(&q, 0), arena_str(a, col_str(&q, 1)) };
		*of_seq = col_int(&q, 2);
	}
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

static int detach(struct db *db, int64_t bucket, struct str key, struct arena *a, struct object_ref *of, int64_t *of_seq)
{
	struct query q;
	int rc;

	if ((rc = find(db, bucket, key, a, of, of_seq)) < 0 || (rc = delete_row(db, bucket, key)) < 0)
		return rc;
	q = db_query(db, SQL_PHOTO_LESS);
	query_int(&q, 1, of->bucket);
	query_bytes(&q, 2, of->key);
	query_int(&q, 3, *of_seq);
	return query_run(&q);
}

int rendition_detach(struct db *db, int64_t bucket, struct str key)
{
	struct object_ref of;
	struct arena a = {0};
	int64_t of_seq;
	int rc = detach(db, bucket, key, &a, &of, &of_seq);

	arena_clear(&a);
	return rc == E_NOT_FOUND ? 0 : rc;
}

int rendition_release(struct db *db, int64_t bucket, struct str key, bool replaced)
{
	struct journal_line l = { .what = replaced ? JOURNAL_THUMBNAIL_REPLACED : JOURNAL_THUMBNAIL_REMOVED };
	char name[BUCKET_NAME_MAX + 1];
	struct object_ref of;
	struct arena a = {0};
	int rc = detach(db, bucket, key, &a, &of, &l.seq);

	if (rc < 0 || (rc = bucket_name_of(db, bucket, name)) < 0)
		goto out;
	l.bucket = of.bucket;
	l.key = of.key;
	l.detail = str_of(arena_printf(&a, "%s/%.*s", name, STR_ARG(key)));
	rc = journal_add(db, &l);
out:
	arena_clear(&a);
	return rc == E_NOT_FOUND ? 0 : rc;
}

/* Keys to remove are collected first: removing while the list is being read would pull the rug. */
struct doomed {
	struct arena arena;
	struct doomed_key {
		struct object_ref at;
		struct doomed_key *next;
	} *first;
	const struct rendition_cut *cut;
};

static bool is_cut(const struct rendition_cut *c, int64_t bucket, struct str key)
{
	bool cut = !c->only;

	for (int i = 0; i < c->keep_count; i++)
		if (bucket == c->to && str_eq(c->keep[i].key, key))
			return false;
	for (int i = 0; i < c->only_count && !cut; i++)
		cut = bucket == c->to && str_eq(c->only[i], key);
	return cut;
}

static int collect(void *owner, int64_t bucket, struct str key, int64_t of_seq)
{
	struct doomed *d = owner;
	struct doomed_key *k;

	(void)of_seq;
	if (!is_cut(d->cut, bucket, key))
		return 0;
	k = arena_take(&d->arena, sizeof *k);
	k->at = (struct object_ref){ bucket, arena_str(&d->arena, key) };
	k->next = d->first;
	d->first = k;
	return 0;
}

int renditions_remove(struct db *db, struct store *s, const struct object_ref *original, const struct rendition_cut *cut,
		      const struct actor *who)
{
	struct doomed d = { .cut = cut };
	int rc;

	rc = rendition_list(db, original->bucket, original->key, collect, &d);
	for (struct doomed_key *k = d.first; k && rc >= 0; k = k->next) {
		rc = rendition_detach(db, k->at.bucket, k->at.key);
		if (rc == 0)
			rc = object_remove(db, s, k->at.bucket, k->at.key, who, NULL);
	}
	arena_clear(&d.arena);
	return rc < 0 ? rc : 0;
}
