#include "storage/compact.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "storage/blobs.h"
#include "storage/object_row.h"
#include "storage/relocate.h"
#include "storage/trash.h"

#define ROWS_AT_A_TIME 500

struct pass {
	const struct compactor *c;
	uint32_t victims[VICTIMS_MAX];	/* ascending */
	int victim_count;
	struct arena arena;		/* of the rows read last */
	struct tenant *tenants;		/* owned; those among them */
	int count, room;
	struct str after;		/* where the next rows begin: upload or key */
	int64_t after_number;		/* part or bucket */
	int64_t after_age;		/* of versions */
};

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool is_victim(const struct pass *p, const struct extent *e)
{
	return e->kind == EXTENT_NEEDLE &&
	       bsearch(&e->seg, p->victims, (size_t)p->victim_count, sizeof e->seg, ascending) != NULL;
}

static int choose(struct pass *p, enum sql which, int64_t bound)
{
	struct query q = db_query(p->c->reader, which);

	query_int(&q, 1, bound);
	query_int(&q, 2, VICTIMS_MAX);
	while (query_step(&q) == QUERY_ROW)
		if (volume_is_full(p->c->blobs->volume, (uint32_t)col_int(&q, 0)))
			p->victims[p->victim_count++] = (uint32_t)col_int(&q, 0);
	qsort(p->victims, (size_t)p->victim_count, sizeof p->victims[0], ascending);
	return query_end(&q);
}

static void add_tenant(struct pass *p, const struct tenant *t)
{
	if (p->count == p->room) {
		p->room = p->room ? 2 * p->room : 64;
		p->tenants = realloc(p->tenants, (size_t)p->room * sizeof *p->tenants);
		CHECK(p->tenants != NULL);
	}
	p->tenants[p->count++] = *t;
}

/* `t` says which row; its needles in victims are put down. */
static int note_row(struct pass *p, struct tenant *t, struct str packed, int64_t seq)
{
	struct arena a = { 0 };
	struct extent *e;
	int n = 0, rc = object_row_extents(p->c->reader, packed, seq, &a, &e, &n);

	for (int i = 0; rc == 0 && i < n; i++)
		if (is_victim(p, &e[i])) {
			t->where = e[i];
			add_tenant(p, t);
		}
	arena_clear(&a);
	return rc;
}

/* All three: how many rows were read. */

static int read_parts(struct pass *p)
{
	struct query q = db_query(p->c->reader, SQL_COMPACT_PARTS);
	int n = 0, rc = 0, end;

	query_text(&q, 1, str_is_set(p->after) ? p->after : STR(""));
	query_int(&q, 2, p->after_number);
	query_int(&q, 3, ROWS_AT_A_TIME);
	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct tenant t = { .upload = arena_str(&p->arena, col_str(&q, 0)), .number = col_int(&q, 1) };

		p->after = t.upload;
		p->after_number = t.number;
		rc = note_row(p, &t, col_str(&q, 2), 0);
		n++;
	}
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : n;
}

static int read_rows(struct pass *p, struct query *q)
{
	int n = 0, rc = 0, end;

	query_int(q, 1, p->after_number);
	query_bytes(q, 2, str_is_set(p->after) ? p->after : STR(""));
	query_int(q, 3, ROWS_AT_A_TIME);
	while (rc == 0 && query_step(q) == QUERY_ROW) {
		struct tenant t = { .bucket = col_int(q, 0), .key = arena_str(&p->arena, col_str(q, 1)), .age = col_int(q, 4) };

		p->after = t.key;
		p->after_number = t.bucket;
		p->after_age = t.age;
		rc = note_row(p, &t, col_str(q, 3), col_int(q, 2));
		n++;
	}
	end = query_end(q);
	return end < 0 ? end : rc < 0 ? rc : n;
}

static int read_objects(struct pass *p)
{
	struct query q = db_query(p->c->reader, SQL_COMPACT_OBJECTS);

	return read_rows(p, &q);
}

static int read_versions(struct pass *p)
{
	struct query q = db_query(p->c->reader, SQL_COMPACT_VERSIONS);

	query_int(&q, 4, p->after_age);
	return read_rows(p, &q);
}

static void spare(struct pass *p, uint32_t seg)
{
	int kept = 0;

	for (int i = 0; i < p->victim_count; i++)
		if (p->victims[i] != seg)
			p->victims[kept++] = p->victims[i];
	p->victim_count = kept;
}

/* One that cannot be read keeps its segment from going: damage is for audit to find, not to hide. */
static int move_one(struct pass *p, const struct tenant *t)
{
	int rc = relocate(p->c->writer, p->c->blobs, t, 1);

	if (rc != E_CORRUPT && rc != E_NOT_FOUND)
		return rc;
	log_warn(rc, "segment=%u is not compacted: bytes of key=%s cannot be read", t->where.seg, log_quote(t->key));
	spare(p, t->where.seg);
	return 0;
}

static int move_some(struct pass *p, const struct tenant *t, int n)
{
	int rc = relocate(p->c->writer, p->c->blobs, t, n);

	if (rc != E_CORRUPT && rc != E_NOT_FOUND)
		return rc;
	rc = 0;
	for (int i = 0; i < n && rc == 0; i++)
		rc = move_one(p, &t[i]);
	return rc;
}

static int move_tenants(struct pass *p)
{
	int done = 0, n, rc;
	uint64_t bytes;

	while (done < p->count) {
		bytes = 0;
		for (n = 0; done + n < p->count && n < NEEDLES_MAX; n++) {
			bytes += p->tenants[done + n].where.len;
			if (n > 0 && bytes > WRITER_BYTES_MAX)
				break;
		}
		if ((rc = move_some(p, &p->tenants[done], n)) < 0)
			return rc;
		done += n;
	}
	p->count = 0;
	return 0;
}

static int go_through(struct pass *p, int (*read)(struct pass *p))
{
	struct arena old;
	int n, rc;

	p->after = (struct str){ 0 };
	p->after_number = p->after_age = 0;
	do {
		if (atomic_load(p->c->stop))
			return E_CLOSED;
		old = p->arena;		/* `after` is in there until the next rows are read */
		p->arena = (struct arena){ 0 };
		n = read(p);
		arena_clear(&old);
		if (n < 0)
			return n;
		if ((rc = move_tenants(p)) < 0)
			return rc;
	} while (n == ROWS_AT_A_TIME);
	return 0;
}

struct marking {
	struct change change;
	const struct pass *p;
};

static int run_for_each(struct db *db, const struct pass *p, enum sql what)
{
	int rc = 0;

	for (int i = 0; i < p->victim_count && rc == 0; i++) {
		struct query q = db_query(db, what);

		query_int(&q, 1, p->victims[i]);
		if (what == SQL_SEGMENT_EMPTIED)
			query_int(&q, 2, clock_wall_ms());
		rc = query_run(&q);
	}
	return rc;
}

static int apply_leaving(struct change *c, struct db *db)
{
	return run_for_each(db, container_of(c, struct marking, change)->p, SQL_SEGMENT_LEAVE);
}

static int apply_emptied(struct change *c, struct db *db)
{
	return run_for_each(db, container_of(c, struct marking, change)->p, SQL_SEGMENT_EMPTIED);
}

static int apply_removed(struct change *c, struct db *db)
{
	return run_for_each(db, container_of(c, struct marking, change)->p, SQL_SEGMENT_DROP);
}

static int apply_nothing(struct change *c, struct db *db)
{
	(void)c;
	(void)db;
	return 0;
}

/* Bytes that went into a victim while it was the active segment may still be on the way to their row. A change
 * takes the same way, by both threads, behind all that was handed in before it. */
static int let_rows_arrive(struct writer *w)
{
	struct needle empty = { .data = STR("") };
	struct change c = { .apply = apply_nothing, .needles = &empty, .needle_count = 1, .always = true };

	return writer_run(w, &c);
}

int compact_segments(const struct compactor *c)
{
	struct pass p = { .c = c };
	struct marking leave = { .p = &p, .change = { .apply = apply_leaving, .always = true } };
	struct marking m = { .p = &p, .change = { .apply = apply_emptied, .always = true } };
	int rc = choose(&p, SQL_SEGMENT_WORST, (int64_t)(volume_segment_size(c->blobs->volume) / 2));

	if (rc < 0 || p.victim_count == 0 || (rc = let_rows_arrive(c->writer)) < 0 || (rc = writer_run(c->writer, &leave.change)) < 0)
		return rc;
	if ((rc = go_through(&p, read_parts)) == 0 && (rc = go_through(&p, read_objects)) == 0 && (rc = go_through(&p, read_versions)) == 0)
		rc = writer_run(c->writer, &m.change);
	if (rc == 0)
		log_info("compacted segments=%d", p.victim_count);
	arena_clear(&p.arena);
	free(p.tenants);
	return rc < 0 ? rc : p.victim_count;
}

int compact_remove(const struct compactor *c)
{
	struct pass p = { .c = c };
	struct marking m = { .p = &p, .change = { .apply = apply_removed, .always = true } };
	int rc = choose(&p, SQL_SEGMENT_OVER, clock_wall_ms() - c->grace_ms);

	if (rc < 0 || p.victim_count == 0)
		return rc;
	for (int i = 0; i < p.victim_count; i++)
		if ((rc = volume_remove(c->blobs->volume, p.victims[i])) < 0)
			return rc;
	rc = writer_run(c->writer, &m.change);
	return rc < 0 ? rc : p.victim_count;
}
