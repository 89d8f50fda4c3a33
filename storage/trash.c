#include "storage/trash.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

static int file_row(struct db *db, enum sql what, const struct extent *e)
{
	struct query q = db_query(db, what);

	query_bytes(&q, 1, str_n(e->file, BLOB_FILE_ID));
	return query_run(&q);
}

int extents_adopt(struct db *db, const struct extent *e, int n)
{
	int rc = 0;

	for (int i = 0; i < n && rc == 0; i++)
		if (e[i].kind == EXTENT_FILE)
			rc = file_row(db, SQL_FILE_ADD, &e[i]);
	return rc;
}

int trash_add(struct db *db, const struct extent *e, int n)
{
	struct buf packed = { 0 };
	struct query q;
	int rc;

	if (n == 0 || (n == 1 && e->kind == EXTENT_NONE))
		return 0;
	extents_pack(&packed, e, n);
	q = db_query(db, SQL_TRASH_ADD);
	query_int(&q, 1, clock_wall_ms());
	query_bytes(&q, 2, str_n(packed.data, packed.len));
	rc = query_run(&q);
	buf_clear(&packed);
	return rc;
}

struct row {				/* of trash */
	int64_t id;
	struct extent *extents;
	int n;
};

struct batch {
	struct change change;
	struct arena arena;
	struct row rows[TRASH_BATCH];
	int count;
};

/* Thrown away later than now means that the clock was set back since. */
static bool is_due(int64_t since, int64_t now, int64_t grace_ms)
{
	return since + grace_ms <= now || since > now;
}

static int read_batch(struct batch *b, struct db *reader, int64_t grace_ms)
{
	struct query q = db_query(reader, SQL_TRASH_HEAD);
	int64_t now = clock_wall_ms();
	int rc = 0;

	query_int(&q, 1, TRASH_BATCH);
	while (rc == 0 && query_step(&q) == QUERY_ROW && is_due(col_int(&q, 1), now, grace_ms)) {
		struct row *r = &b->rows[b->count++];

		r->id = col_int(&q, 0);
		rc = extents_unpack(&b->arena, col_str(&q, 2), &r->extents, &r->n);
		if (rc < 0)	/* its bytes stay, the ones behind it must not wait for ever */
			log_error(rc, "trash row %lld", (long long)r->id);
		rc = 0;
	}
	return query_end(&q);
}

static int count_dead(struct db *db, const struct extent *e)
{
	struct query q = db_query(db, SQL_SEGMENT_DEAD);

	query_int(&q, 1, e->seg);
	query_int(&q, 2, (int64_t)e->len);
	return query_run(&q);
}

static int drop_row(struct db *db, const struct row *r)
{
	struct query q = db_query(db, SQL_TRASH_DROP);
	int rc;

	query_int(&q, 1, r->id);
	rc = query_run(&q);
	if (rc < 0 || db_changes(db) == 0)	/* emptied already: its bytes are counted */
		return rc;
	for (int i = 0; i < r->n && rc == 0; i++) {
		if (r->extents[i].kind == EXTENT_FILE)
			rc = file_row(db, SQL_FILE_DROP, &r->extents[i]);
		else if (r->extents[i].kind == EXTENT_NEEDLE)
			rc = count_dead(db, &r->extents[i]);
	}
	return rc;
}

static int apply_batch(struct change *c, struct db *db)
{
	struct batch *b = container_of(c, struct batch, change);
	int rc = 0;

	for (int i = 0; i < b->count && rc == 0; i++)
		rc = drop_row(db, &b->rows[i]);
	return rc;
}

int trash_empty(struct db *reader, struct writer *w, struct blobs *in, int64_t grace_ms)
{
	struct batch b = { .change = { .apply = apply_batch, .always = true } };
	int rc = read_batch(&b, reader, grace_ms);

	if (rc < 0 || b.count == 0)
		goto out;
	for (int i = 0; i < b.count; i++)
		for (int k = 0; k < b.rows[i].n; k++)
			blob_forget(in, &b.rows[i].extents[k]);
	rc = writer_run(w, &b.change);
out:
	arena_clear(&b.arena);
	return rc < 0 ? rc : b.count;
}
