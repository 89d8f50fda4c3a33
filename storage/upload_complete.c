/* Completion: an object made of the parts' extents, without touching their bytes. */
#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/journal.h"
#include "storage/object_row.h"
#include "storage/trash.h"
#include "storage/upload_row.h"

struct completing {
	struct upload_complete *u;
	struct db *db;
	struct upload upload;
	struct part *parts;		/* those named, in order */
	struct buf unnamed;		/* extents of those not named */
	bool overtaken;			/* the key was put or deleted since the upload began */
};

/* The stored parts are matched with the named ones in one walk: both are ascending. */
static int collect(struct completing *w)
{
	struct upload_complete *u = w->u;
	struct query q = db_query(w->db, SQL_PART_LIST);
	int i = 0, rc = 0, end;

	w->parts = arena_take(&u->arena, (size_t)u->count * sizeof *w->parts);
	query_text(&q, 1, u->upload);
	query_int(&q, 2, 0);
	query_int(&q, 3, PART_MAX);
	while (query_step(&q) == QUERY_ROW) {
		struct part p;

		if ((rc = part_row_read(&q, 0, &u->arena, &p)) < 0)
			break;
		if (i < u->count && u->parts[i].number == p.number)
			w->parts[i++] = p;
		else if (p.where.kind != EXTENT_NONE)
			buf_add(&w->unnamed, &p.where, sizeof p.where);
	}
	if ((end = query_end(&q)) < 0 || rc < 0)
		return end < 0 ? end : rc;
	if (i == u->count)
		return 0;
	u->bad_part = u->parts[i].number;
	return E_BAD_INPUT;
}

static int check_part(struct completing *w, int i)
{
	const struct part_named *named = &w->u->parts[i];
	const struct part *p = &w->parts[i];
	const struct checksum *asked = &w->upload.sum;
	char md5[2 * sizeof p->md5 + 1];

	hex_encode(md5, p->md5, sizeof p->md5);
	if (!str_ieq(named->etag, str_of(md5)))
		return E_BAD_INPUT;
	if (asked->type != SUM_NONE && (p->sum.type == SUM_NONE || p->sum.kind != asked->kind))
		return E_BAD_INPUT;
	if (str_is_set(named->sum) && (p->sum.type == SUM_NONE || !str_eq(named->sum, p->sum.text)))
		return E_BAD_INPUT;
	return p->size < PART_SIZE_MIN && i + 1 < w->u->count ? E_TOO_LARGE : 0;
}

static int check_parts(struct completing *w)
{
	int rc;

	for (int i = 0; i < w->u->count; i++) {
		if ((rc = check_part(w, i)) < 0) {
			w->u->bad_part = w->parts[i].number;
			w->u->bad_size = w->parts[i].size;
			return rc;
		}
		if ((w->u->o.size += w->parts[i].size) > OBJECT_SIZE_MAX)
			return E_TOO_LARGE;
	}
	return 0;
}

static int make_sum(struct completing *w)
{
	struct upload_complete *u = w->u;

	return upload_join_sum(&u->arena, w->parts, u->count, &w->upload.sum, &u->o.sum);
}

static bool is_wanted(const struct checksum *want, const struct checksum *have)
{
	if (want->type == SUM_NONE)
		return true;
	if (want->type != have->type || want->kind != have->kind)
		return false;
	if (str_eq(want->text, have->text))
		return true;
	return have->type == SUM_COMPOSITE && want->text.n > 0 && str_starts(have->text, want->text) &&
	       have->text.p[want->text.n] == '-';
}

/* Rows. */

/* From the newest line back to the first that is not later: this is the writer, and a key may have a long life. */
static int is_later(void *owner, const struct journal_line *l)
{
	struct completing *w = owner;
	bool later = l->at_ms > w->upload.created_ms;

	w->overtaken = later && (l->what == JOURNAL_UPLOADED || l->what == JOURNAL_DELETED);
	return w->overtaken || !later;
}

/* A condition is about what the client knew when it began: what happened to the key since then it may not know. */
static int allow(struct completing *w)
{
	struct upload_complete *u = w->u;
	int rc = object_allow(w->db, w->upload.bucket, u->key, u->if_match, u->if_absent);

	if (rc < 0 || (!str_is_set(u->if_match) && !u->if_absent))
		return rc;
	rc = journal_back(w->db, w->upload.bucket, u->key, is_later, w);
	return rc < 0 ? rc : w->overtaken ? E_SUPERSEDED : 0;
}

static int check(struct completing *w)
{
	struct upload_complete *u = w->u;
	int rc;

	if (u->count < 1 || u->count > PART_MAX)
		return E_BAD_INPUT;
	if ((rc = upload_get(w->db, u->bucket, u->key, u->upload, &u->arena, &w->upload)) < 0)
		return rc;
	if ((rc = allow(w)) < 0)
		return rc;
	if ((rc = collect(w)) < 0)
		return rc;
	if ((rc = check_parts(w)) < 0)
		return rc;
	if ((rc = make_sum(w)) < 0)
		return rc;
	u->wrong_sum = !is_wanted(&u->want, &u->o.sum);
	return u->wrong_sum ? E_MISMATCH : 0;
}

static int turn_into_object(struct completing *w)
{
	struct upload_complete *u = w->u;
	struct object *o = &u->o;
	int rc;

	if ((rc = trash_add(w->db, (const struct extent *)(const void *)w->unnamed.data,
			    (int)(w->unnamed.len / sizeof(struct extent)))) < 0)
		return rc;
	if ((rc = upload_rows_delete(w->db, w->upload.id)) < 0)
		return rc;
	o->etag = upload_join_etag(&u->arena, w->parts, u->count);
	o->bucket = w->upload.bucket;
	o->key = w->upload.key;
	o->headers = w->upload.headers;
	o->tags = w->upload.tags;
	o->upload = w->upload.id;
	o->extents = arena_take(&u->arena, (size_t)u->count * sizeof *o->extents);
	for (int i = 0; i < u->count; i++)
		o->extents[i] = w->parts[i].where;
	o->extent_count = u->count;
	rc = object_write(w->db, u->store, o, EVENT_CREATED_MULTIPART, &u->actor);
	return rc < 0 ? rc : 0;
}

static int apply_complete(struct change *c, struct db *db)
{
	struct upload_complete *u = container_of(c, struct upload_complete, change);
	struct completing w = { .u = u, .db = db };
	int rc;

	u->o = (struct object){0};
	u->wrong_sum = false;
	u->bad_part = 0;
	if ((rc = check(&w)) == 0)
		rc = turn_into_object(&w);
	buf_clear(&w.unnamed);
	return rc;
}

struct becoming {
	int64_t seq;
	struct str end;
	bool found;
};

static int is_its_end(void *owner, const struct journal_line *l)
{
	struct becoming *b = owner;

	b->found = l->what == JOURNAL_UPLOADED && l->seq == b->seq && str_ends(l->detail, b->end);
	return b->found;
}

int upload_became(struct db *db, const struct object *o, struct str id)
{
	struct arena a = {0};
	struct becoming b = { .seq = o->seq, .end = str_of(arena_printf(&a, OBJECT_OF_UPLOAD "%.*s", STR_ARG(id))) };
	int rc = id.n > 0 ? journal_back(db, o->bucket, o->key, is_its_end, &b) : 0;

	arena_clear(&a);
	return rc < 0 ? rc : b.found;
}

void upload_complete_init(struct upload_complete *u)
{
	*u = (struct upload_complete){ .change = { .apply = apply_complete } };
}
