#include "storage/relocate.h"

#include "base/check.h"
#include "base/err.h"
#include "storage/blobs.h"
#include "storage/object_row.h"
#include "storage/trash.h"

struct moving {
	struct change change;
	const struct tenant *tenants;
	struct needle needles[NEEDLES_MAX];
	char keys[NEEDLES_MAX][NEEDLE_KEY_MAX];
	struct arena arena;
};

/* What a row says now. */
struct row {
	bool there, current, has_manifest;
	int64_t seq;
	struct extent *extents;
	int n;
};

static int read_row(struct db *db, const struct tenant *t, struct arena *a, struct row *r)
{
	bool part = str_is_set(t->upload);
	struct query q = db_query(db, part ? SQL_PART_OLD : SQL_VERSION_PLACE);
	struct str packed = { 0 };
	int rc;

	*r = (struct row){ 0 };
	if (part) {
		query_text(&q, 1, t->upload);
		query_int(&q, 2, t->number);
	} else {
		query_int(&q, 1, t->bucket);
		query_bytes(&q, 2, t->key);
		query_int(&q, 3, t->age);
	}
	if (query_step(&q) == QUERY_ROW) {
		r->there = true;
		r->current = !part && col_int(&q, 2) != 0;
		packed = arena_str(a, col_str(&q, part ? 0 : 1));
		r->seq = part ? 0 : col_int(&q, 0);
		r->has_manifest = !part && !str_is_set(packed);
	}
	if ((rc = query_end(&q)) < 0 || !r->there)
		return rc;
	return object_row_extents(db, packed, r->seq, a, &r->extents, &r->n);
}

static int write_row(struct db *db, const struct tenant *t, const struct row *r)
{
	struct buf packed = { 0 };
	struct query q;
	int rc;

	extents_pack(&packed, r->extents, r->n);
	if (str_is_set(t->upload)) {
		q = db_query(db, SQL_PART_MOVE);
		query_text(&q, 1, t->upload);
		query_int(&q, 2, t->number);
	} else if (r->has_manifest) {
		q = db_query(db, SQL_MANIFEST_MOVE);
		query_int(&q, 1, r->seq);
	} else {
		q = db_query(db, r->current ? SQL_OBJECT_MOVE : SQL_VERSION_MOVE);
		query_int(&q, 1, t->bucket);
		query_bytes(&q, 2, t->key);
		if (!r->current)
			query_int(&q, 4, t->age);
	}
	query_bytes(&q, r->has_manifest ? 2 : 3, str_n(packed.data, packed.len));
	rc = query_run(&q);
	buf_clear(&packed);
	return rc;
}

static bool same_place(const struct extent *a, const struct extent *b)
{
	return a->kind == b->kind && a->seg == b->seg && a->off == b->off && a->len == b->len;
}

static int move_in(struct db *db, const struct tenant *t, const struct extent *to, struct arena *a)
{
	struct row r;
	int rc = read_row(db, t, a, &r);

	if (rc < 0)
		return rc;
	for (int i = 0; i < r.n; i++)
		if (same_place(&r.extents[i], &t->where)) {
			r.extents[i] = *to;
			return write_row(db, t, &r);
		}
	return trash_add(db, to, 1);	/* the row went or changed: the copy is nobody's */
}

static int apply_moves(struct change *c, struct db *db)
{
	struct moving *m = container_of(c, struct moving, change);
	int rc = 0;

	for (int i = 0; i < c->needle_count && rc == 0; i++)
		rc = move_in(db, &m->tenants[i], &m->needles[i].where, &m->arena);
	return rc;
}

static int load(struct moving *m, int i, struct blobs *in)
{
	const struct extent *e = &m->tenants[i].where;
	void *room = arena_take(&m->arena, e->len);
	size_t key_len;
	int64_t got = extent_read(in, e, 0, room, e->len);
	int rc;

	if (got < 0)
		return (int)got;
	if ((rc = volume_key(in->volume, e, m->keys[i], &key_len)) < 0)
		return rc;
	m->needles[i] = (struct needle){ .key = str_n(m->keys[i], key_len), .data = str_n(room, e->len) };
	return 0;
}

int relocate(struct writer *w, struct blobs *in, const struct tenant *t, int n)
{
	struct moving m = { .tenants = t, .change = { .apply = apply_moves, .always = true } };
	int rc = 0;

	CHECK(n <= NEEDLES_MAX);
	m.change.needles = m.needles;
	m.change.needle_count = n;
	for (int i = 0; i < n && rc == 0; i++)
		rc = load(&m, i, in);
	if (rc == 0)
		rc = writer_run(w, &m.change);
	arena_clear(&m.arena);
	return rc;
}
