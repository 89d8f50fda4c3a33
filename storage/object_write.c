/* The only code that makes object rows, and removes them when no version is named (version_remove.c), with the events they cause. */
#include "base/check.h"
#include "base/err.h"
#include "storage/object_row.h"
#include "storage/writing.h"

static int set_manifest(struct writing *w, struct str packed)
{
	struct query q = db_query(w->db, SQL_MANIFEST_ADD);

	query_int(&q, 1, w->o->seq);
	query_bytes(&q, 2, packed);
	return query_run(&q);
}

static int set_row(struct writing *w)
{
	const struct object *o = w->o;
	struct buf packed = {0};
	struct query q;
	int rc = 0;

	extents_pack(&packed, o->extents, o->extent_count);
	if (o->extent_count > 1)
		rc = set_manifest(w, str_n(packed.data, packed.len));
	if (rc == 0) {
		q = db_query(w->db, SQL_OBJECT_SET);
		query_int(&q, 1, o->bucket);
		query_bytes(&q, 2, o->key);
		query_int(&q, 3, o->seq);
		query_int(&q, 4, o->mtime_ms);
		query_int(&q, 5, o->size);
		query_text(&q, 6, o->etag);
		checksum_bind(&q, 7, 8, 9, &o->sum);
		query_text(&q, 10, o->headers);
		query_int(&q, 11, o->watched);
		query_int(&q, 12, o->born);
		query_int(&q, 13, o->named);
		query_text(&q, 14, o->tags);
		if (o->extent_count > 1)
			query_null(&q, 15);
		else
			query_bytes(&q, 15, packed.len ? str_n(packed.data, packed.len) : STR(""));
		rc = query_run(&q);
	}
	buf_clear(&packed);
	return rc;
}

/* What was current becomes noncurrent: an object's row, or else the newest marker. */
static int keep_old(struct writing *w)
{
	struct query q = db_query(w->db, w->old.exists ? SQL_VERSION_KEEP : SQL_VERSION_PASS);

	query_int(&q, 1, w->o->bucket);
	query_bytes(&q, 2, w->o->key);
	query_int(&q, 3, w->at_ms);
	return query_run(&q);
}

/* Something new is current: what becomes of what was, by the state of the bucket. */
static int supersede(struct writing *w)
{
	bool null = w->old.exists && !w->old.named;
	int rc = 0;

	if (w->versioning == VERSIONING_NONE || (w->versioning == VERSIONING_SUSPENDED && null))
		return w->old.exists ? writing_trash(w, w->old.extents, w->old.extent_count, w->old.seq) : 0;
	rc = keep_old(w);
	if (rc == 0 && w->versioning == VERSIONING_SUSPENDED)
		rc = version_drop_null(w);
	return rc;
}

static const char *story(struct writing *w)
{
	const struct object *o = w->o;

	return arena_printf(&w->arena, "%lld bytes, %s%s%.*s", (long long)o->size, event_name(w->kind), o->upload.n ? OBJECT_OF_UPLOAD : "",
			    STR_ARG(o->upload));
}

int object_write(struct db *db, struct store *s, struct object *o, enum event_kind kind, const struct actor *who)
{
	struct writing w = { .db = db, .store = s, .o = o, .kind = kind, .who = who };
	uint64_t size = 0;
	int rc;

	for (int i = 0; i < o->extent_count; i++)
		size += o->extents[i].len;
	CHECK((int64_t)size == o->size);
	if ((rc = writing_begin(&w)) < 0)
		goto out;
	o->mtime_ms = w.at_ms;
	o->watched = w.native;
	o->born = o->seq;
	o->named = w.versioning == VERSIONING_ENABLED;
	if ((rc = supersede(&w)) < 0)
		goto out;
	if ((rc = set_row(&w)) < 0)
		goto out;
	if ((rc = writing_journal(&w, JOURNAL_UPLOADED, story(&w))) < 0)
		goto out;
	if ((rc = writing_let_go(&w)) < 0)
		goto out;
	rc = writing_tell(&w);
out:
	writing_end(&w);
	return rc < 0 ? rc : w.old.exists;
}

/* Removal. */

static int delete_row(struct writing *w)
{
	struct query q = db_query(w->db, SQL_OBJECT_DELETE);

	query_int(&q, 1, w->o->bucket);
	query_bytes(&q, 2, w->o->key);
	return query_run(&q);
}

static int set_marker(struct writing *w)
{
	struct query q = db_query(w->db, SQL_VERSION_MARK);

	query_int(&q, 1, w->o->bucket);
	query_bytes(&q, 2, w->o->key);
	query_int(&q, 3, w->o->born);
	query_int(&q, 4, w->o->named);
	query_int(&q, 5, w->at_ms);
	return query_run(&q);
}

static int journal_removal(struct writing *w, bool marker)
{
	const char *of = w->old.exists ? arena_printf(&w->arena, "version %016llX", (unsigned long long)w->old.seq) : "nothing";

	return writing_journal(w, JOURNAL_DELETED, marker ? arena_printf(&w->arena, "delete marker over %s", of) : of);
}

/* `w` is begun. Where the bucket has versions, a marker stands over those. */
static int take_away(struct writing *w, struct object_gone *gone)
{
	bool marker = w->versioning != VERSIONING_NONE;
	int rc;

	if (marker) {
		w->o->born = w->o->seq;
		w->o->named = w->versioning == VERSIONING_ENABLED;
		*gone = (struct object_gone){ .marker = true, .born = w->o->born, .named = w->o->named };
	} else if (!w->old.exists) {
		return 0;
	}
	if (!w->old.exists)
		w->told = TOLD_CUSTOM;	/* the photo went before */
	if ((rc = supersede(w)) < 0)
		return rc;
	if (w->old.exists && (rc = delete_row(w)) < 0)
		return rc;
	if (marker && (rc = set_marker(w)) < 0)
		return rc;
	if ((rc = journal_removal(w, marker)) < 0 || (rc = writing_let_go(w)) < 0)
		return rc;
	rc = writing_tell(w);
	return rc < 0 ? rc : w->old.exists;
}

/* Not if it is to be at version `only` (0: any) and is not. */
static int remove_as(struct writing *w, int64_t only, struct object_gone *gone)
{
	struct object_gone unused;
	int rc;

	gone = gone ? gone : &unused;
	*gone = (struct object_gone){0};
	if ((rc = writing_begin(w)) == 0 && (only == 0 || only == w->old.seq))
		rc = take_away(w, gone);
	writing_end(w);
	return rc;
}

int object_remove(struct db *db, struct store *s, int64_t bucket, struct str key, const struct actor *who, struct object_gone *gone)
{
	struct object o = { .bucket = bucket, .key = key };
	struct writing w = { .db = db, .store = s, .o = &o, .kind = EVENT_REMOVED_DELETE, .versioned_kind = EVENT_REMOVED_MARKER, .who = who };

	return remove_as(&w, 0, gone);
}

int object_expire(struct db *db, struct store *s, int64_t bucket, struct str key, int64_t seq, const struct actor *who)
{
	struct object o = { .bucket = bucket, .key = key };
	struct writing w = { .db = db, .store = s, .o = &o, .kind = EVENT_LIFECYCLE_DELETE, .versioned_kind = EVENT_LIFECYCLE_MARKER,
			     .who = who };

	return remove_as(&w, seq, NULL);
}
