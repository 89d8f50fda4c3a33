/* Do the rows agree with each other: is every watched object done, waiting or dead, and is nothing orphaned? */
#include <stdio.h>

#include "base/err.h"
#include "storage/audit_parts.h"
#include "storage/bucket.h"
#include "storage/photo_item.h"
#include "storage/queue.h"
#include "storage/writing.h"

/* The jobs of one object, as far as they matter. */
struct jobs {
	int64_t seq;			/* looked for */
	bool waiting, dead, unreasoned;	/* for the event of version seq */
	bool removal;			/* for any removal, in any state */
};

static int note_job(void *owner, const struct job_row *j)
{
	struct jobs *n = owner;

	if (event_is_removal(j->kind)) {
		n->removal = true;
	} else if (event_is_creation(j->kind) && j->seq == n->seq) {
		n->waiting = n->waiting || j->state != JOB_DEAD;
		n->dead = n->dead || j->state == JOB_DEAD;
		n->unreasoned = n->unreasoned || (j->state == JOB_DEAD && j->code.n == 0);
	}
	return 0;
}

struct renditions {
	int64_t seq;
	int count;
};

static int note_rendition(void *owner, int64_t bucket, struct str key, int64_t of_seq)
{
	struct renditions *n = owner;

	(void)bucket;
	(void)key;
	n->count += of_seq == n->seq;
	return 0;
}

static int check_item(struct auditing *a, const struct object *o, const struct photo_row *p)
{
	int state = photo_item_look(a->db, o->key, p);

	if (state == PHOTO_ITEM_MISSING || state == PHOTO_ITEM_OTHER)
		audit_found(a, "row", o->bucket, o->key, "version %016llX has %s in table %.*s", (unsigned long long)o->seq,
			    state == PHOTO_ITEM_MISSING ? "no row" : "the row of another version", STR_ARG(p->table));
	return state < 0 ? state : 0;
}

static int check_done(struct auditing *a, const struct object *o, const struct photo_row *p)
{
	struct renditions n = { .seq = o->seq };
	int rc = rendition_list(a->db, o->bucket, o->key, note_rendition, &n);

	a->totals->done++;
	if (rc == 0 && n.count != p->renditions)
		audit_found(a, "renditions", o->bucket, o->key, "version %016llX has %d thumbnails, not %d", (unsigned long long)o->seq,
			    n.count, p->renditions);
	return rc < 0 ? rc : check_item(a, o, p);
}

static int check_not_done(struct auditing *a, const struct object *o)
{
	struct jobs n = { .seq = o->seq };
	int rc = queue_of_object(a->db, o->bucket, o->key, note_job, &n);

	if (rc < 0)
		return rc;
	if (n.waiting)
		a->totals->waiting++;
	else if (n.dead)
		a->totals->dead++;
	else
		audit_found(a, "lost-event", o->bucket, o->key, "version %016llX is neither done, nor waiting, nor a dead letter",
			    (unsigned long long)o->seq);
	if (n.unreasoned)
		audit_found(a, "no-reason", o->bucket, o->key, "version %016llX is a dead letter without a reason",
			    (unsigned long long)o->seq);
	return 0;
}

static int check_watched(struct auditing *a, const struct object *o)
{
	struct arena arena = {0};
	struct photo_row p;
	int rc = photo_get(a->db, o->bucket, o->key, &arena, &p);

	a->totals->watched++;
	if (rc == 0 && p.seq == o->seq)
		rc = check_done(a, o, &p);
	else if (rc == 0 || rc == E_NOT_FOUND)
		rc = check_not_done(a, o);
	arena_clear(&arena);
	return rc;
}

/* A file that no row adopted looks like a leftover of a crash, and would be swept one day. */
int audit_file(struct auditing *a, const struct extent *e, int64_t bucket, struct str key)
{
	struct query q;
	bool known;
	int rc;

	if (e->kind != EXTENT_FILE)
		return 0;
	q = db_query(a->db, SQL_FILE_HAS);
	query_bytes(&q, 1, str_n(e->file, sizeof e->file));
	known = query_step(&q) == QUERY_ROW;
	if ((rc = query_end(&q)) == 0 && !known)
		audit_found(a, "file", bucket, key, "a file of its bytes is not known as one in use");
	return rc;
}

/* Files known, bucket there. */
static int check_place(struct auditing *a, const struct object *o)
{
	char name[BUCKET_NAME_MAX + 1];
	int rc;

	for (int i = 0; i < o->extent_count; i++)
		if ((rc = audit_file(a, &o->extents[i], o->bucket, o->key)) < 0)
			return rc;
	rc = bucket_name_of(a->db, o->bucket, name);
	if (rc == E_NOT_FOUND)
		audit_found(a, "no-bucket", o->bucket, o->key, "its bucket, %lld, does not exist", (long long)o->bucket);
	return rc == E_NOT_FOUND ? 0 : rc;
}

int audit_object_row(struct auditing *a, const struct object *o)
{
	int rc;

	a->totals->objects++;
	if ((rc = check_place(a, o)) < 0)
		return rc;
	return o->watched ? check_watched(a, o) : 0;
}

/* What is the newest of a key: an object, or else a marker that says so. */
int audit_version_row(struct auditing *a, const struct version *v)
{
	struct arena arena = {0};
	struct version newest;
	int64_t seq;
	int rc;

	a->totals->versions++;
	if ((rc = check_place(a, &v->o)) < 0)
		return rc;
	if ((seq = object_seq(a->db, v->o.bucket, v->o.key)) < 0)
		return (int)seq;
	rc = version_find_newest(a->db, v->o.bucket, v->o.key, &arena, &newest);
	arena_clear(&arena);
	if (rc < 0)
		return rc == E_CORRUPT ? 0 : rc;	/* that row has its own finding */
	if (v->current != (v->marker && seq == 0 && newest.o.born == v->o.born))
		audit_found(a, "version", v->o.bucket, v->o.key, "%s %016llX is %s", v->marker ? "delete marker" : "version",
			    (unsigned long long)v->o.seq, v->current ? "not what the key has now" : "what the key has now, and does not say so");
	else if (seq == 0 && !newest.marker)
		audit_found(a, "version", v->o.bucket, v->o.key, "version %016llX is noncurrent, and there is neither object nor delete marker",
			    (unsigned long long)v->o.seq);
	return 0;
}

static int version_of(struct db *db, int64_t bucket, struct str key, int64_t *seq, bool *watched)
{
	struct query q = db_query(db, SQL_OBJECT_VERSION);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	*watched = false;
	*seq = 0;
	if (query_step(&q) == QUERY_ROW) {
		*seq = col_int(&q, 0);
		*watched = col_int(&q, 1) != 0;
	}
	return query_end(&q);
}

/* A photo may outlive its original only until the job that removes it has run. */
int audit_photo_row(struct auditing *a, int64_t bucket, struct str key, int64_t seq)
{
	struct jobs n = {0};
	int64_t now;
	bool watched;
	int rc;

	if ((rc = version_of(a->db, bucket, key, &now, &watched)) < 0)
		return rc;
	if (now != 0 && seq > now)
		audit_found(a, "photo", bucket, key, "its result is of version %lld, newer than %lld", (long long)seq,
			    (long long)now);
	if (watched)
		return 0;
	if ((rc = queue_of_object(a->db, bucket, key, note_job, &n)) < 0)
		return rc;
	if (!n.removal)
		audit_found(a, "orphan", bucket, key, "the result of version %lld has no %s, and no job removes it",
			    (long long)seq, now ? "watched original" : "original");
	return 0;
}

int audit_rendition_row(struct auditing *a, int64_t bucket, struct str key, int64_t of_bucket, struct str of_key, int64_t of_seq)
{
	struct arena arena = {0};
	struct photo_row p;
	int64_t seq = object_seq(a->db, bucket, key);
	int rc = seq < 0 ? (int)seq : photo_get(a->db, of_bucket, of_key, &arena, &p);

	a->totals->renditions++;
	if (seq == 0)
		audit_found(a, "thumbnail", bucket, key, "the thumbnail of version %lld does not exist", (long long)of_seq);
	if (rc == E_NOT_FOUND || (rc == 0 && p.seq != of_seq)) {
		audit_found(a, "orphan", bucket, key, "the thumbnail is of version %lld of %.*s, which is not the result kept",
			    (long long)of_seq, STR_ARG(of_key));
		rc = 0;
	}
	arena_clear(&arena);
	return rc;
}
