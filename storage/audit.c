#include "storage/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "storage/audit_parts.h"
#include "storage/backfill.h"
#include "storage/bucket.h"
#include "storage/object_row.h"
#include "storage/package_row.h"
#include "storage/upload_row.h"
#include "storage/writing.h"

#define PAGE_ROWS 200
#define PAGE_BYTES (4 << 20)		/* of rows kept for their bytes' sake; a page may end early */

void audit_found(struct auditing *a, const char *code, int64_t bucket, struct str key, const char *fmt, ...)
{
	char name[BUCKET_NAME_MAX + 1] = "", text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (bucket != 0)
		bucket_name_of(a->db, bucket, name);	/* a missing one leaves the name empty */
	a->totals->findings++;
	a->finding(a->owner, code, str_of(name), key, text);
}

/* Where a walk is: after this row. */
struct place {
	int64_t bucket;
	struct str key;
	int64_t age;			/* of a version */
	struct arena arena;		/* of the page: what its rows left for later, and the key */
	struct kept {
		struct object o;
		bool marker;
		struct part p;
		struct package package;
		struct str upload;
		struct kept *next;
	} *first, **end;
};

static struct kept *keep(struct place *at)
{
	struct kept *k = arena_take(&at->arena, sizeof *k);

	*at->end = k;
	at->end = &k->next;
	return k;
}

/* A row whose extents cannot be read has none. */
static int keep_object(struct auditing *a, struct query *q, struct place *at, struct kept *k)
{
	int rc;

	object_row_keep(&at->arena, &k->o);
	k->o.bucket = at->bucket = col_int(q, OBJECT_ROW_EXTENTS + 1);
	at->key = k->o.key;
	rc = object_row_extents(a->db, col_str(q, OBJECT_ROW_EXTENTS), k->o.seq, &at->arena, &k->o.extents,
				&k->o.extent_count);
	if (rc == E_CORRUPT) {
		audit_found(a, "extents", k->o.bucket, k->o.key, "version %016llX: where its bytes are cannot be read",
			    (unsigned long long)k->o.seq);
		k->o.extent_count = -1;
		rc = 0;
	}
	return rc;
}

static int object_row(struct auditing *a, struct query *q, struct place *at)
{
	struct kept *k = keep(at);
	int rc;

	object_row_read(q, &k->o);
	rc = keep_object(a, q, at, k);
	return rc < 0 ? rc : audit_object_row(a, &k->o);
}

static int version_row(struct auditing *a, struct query *q, struct place *at)
{
	struct kept *k = keep(at);
	struct version v;
	int rc;

	version_row_read(q, OBJECT_ROW_EXTENTS + 2, &v);
	k->o = v.o;
	rc = keep_object(a, q, at, k);
	at->age = -k->o.born;
	v.o = k->o;
	k->marker = v.marker;
	return rc < 0 ? rc : audit_version_row(a, &v);
}

static int object_bytes(struct auditing *a, const struct kept *k)
{
	return k->o.extent_count < 0 || k->marker ? 0 : audit_object_bytes(a, &k->o);
}

static int photo_row(struct auditing *a, struct query *q, struct place *at)
{
	at->bucket = col_int(q, 0);
	at->key = arena_str(&at->arena, col_str(q, 1));
	return audit_photo_row(a, at->bucket, at->key, col_int(q, 2));
}

static int rendition_row(struct auditing *a, struct query *q, struct place *at)
{
	at->bucket = col_int(q, 0);
	at->key = arena_str(&at->arena, col_str(q, 1));
	return audit_rendition_row(a, at->bucket, at->key, col_int(q, 2), col_str(q, 3), col_int(q, 4));
}

static int part_row(struct auditing *a, struct query *q, struct place *at)
{
	struct kept *k = keep(at);
	int rc;

	k->upload = at->key = arena_str(&at->arena, col_str(q, 0));
	at->bucket = col_int(q, 1);
	rc = part_row_read(q, 1, &at->arena, &k->p);
	if (rc == E_CORRUPT) {
		audit_found(a, "part", 0, k->upload, "part %lld: its row cannot be read", (long long)at->bucket);
		rc = 0;
	}
	return rc < 0 ? rc : audit_file(a, &k->p.where, 0, k->upload);
}

static int part_bytes(struct auditing *a, const struct kept *k)
{
	return audit_part_bytes(a, k->upload, &k->p);
}

static int package_row(struct auditing *a, struct query *q, struct place *at)
{
	struct kept *k = keep(at);
	int rc;

	at->key = arena_str(&at->arena, col_str(q, 0));
	at->bucket = 0;
	rc = package_row_read(q, &at->arena, &k->package);
	if (rc == E_CORRUPT) {
		audit_found(a, "package", 0, at->key, "its row cannot be read");
		k->package.extent_count = -1;
		rc = 0;
	}
	return rc < 0 ? rc : audit_package_row(a, &k->package);
}

static int package_bytes(struct auditing *a, const struct kept *k)
{
	return k->package.extent_count < 0 ? 0 : audit_package_bytes(a, &k->package);
}

/* How far an upload came is what its pieces are together; a finished one has none any more. */
static int resumable_row(struct auditing *a, struct query *q, struct place *at)
{
	bool open = col_int(q, 4) == 0;
	int64_t bytes = open ? col_int(q, 2) : 0, pieces = open ? col_int(q, 3) : 0;

	at->key = arena_str(&at->arena, col_str(q, 0));
	at->bucket = 0;
	if (col_int(q, 5) != pieces || col_int(q, 6) != bytes || col_int(q, 7) != open)
		audit_found(a, "upload", col_int(q, 1), at->key, "resumable upload: %lld bytes in %lld pieces are there, and %s; it says %lld in %lld",
			    (long long)col_int(q, 6), (long long)col_int(q, 5), col_int(q, 7) ? "its row" : "no row of it", (long long)bytes, (long long)pieces);
	return 0;
}

/* The walks: each table in the order of its key, which is (number, bytes) or, of parts, (text, number); of packages and resumables, (text, 0); of versions,
 * (number, bytes, number). What moves from one table to a later one meanwhile is seen. */
static const struct walk {
	enum sql page;
	bool text_first;
	int (*row)(struct auditing *a, struct query *q, struct place *at);
	int (*bytes)(struct auditing *a, const struct kept *k);
} walks[] = {
	{ SQL_AUDIT_OBJECTS,    false, object_row,    object_bytes },
	{ SQL_AUDIT_VERSIONS,   false, version_row,   object_bytes },
	{ SQL_AUDIT_PHOTOS,     false, photo_row,     NULL },
	{ SQL_AUDIT_RENDITIONS, false, rendition_row, NULL },
	{ SQL_AUDIT_PARTS,      true,  part_row,      part_bytes },
	{ SQL_AUDIT_PACKAGES,   true,  package_row,   package_bytes },
	{ SQL_AUDIT_RESUMABLES, true,  resumable_row, NULL },
};

/* 1: there may be more; 0: that was the last page. */
static int read_page(struct auditing *a, const struct walk *w, struct place *at, const struct place *after)
{
	struct query q = db_query(a->db, w->page);
	int n = 0, rc = 0, end;

	if (w->text_first)
		query_text(&q, 1, after->key);
	else
		query_bytes(&q, 2, after->key);
	query_int(&q, w->text_first ? 2 : 1, after->bucket);
	query_int(&q, 3, PAGE_ROWS);
	if (w->page == SQL_AUDIT_VERSIONS)
		query_int(&q, 4, after->age);
	while (rc == 0 && at->arena.used < PAGE_BYTES && query_step(&q) == QUERY_ROW) {
		rc = w->row(a, &q, at);
		n++;
	}
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : n > 0;
}

static int walk(struct auditing *a, const struct walk *w)
{
	struct place at = { .bucket = -1, .key = STR("") };
	int rc;

	do {
		struct place page = { .bucket = -1, .key = STR("") };

		page.end = &page.first;
		rc = read_page(a, w, &page, &at);
		for (struct kept *k = page.first; k && rc >= 0 && w->bytes; k = k->next) {
			int bad = w->bytes(a, k);

			rc = bad < 0 ? bad : rc;
		}
		if (a->progress)
			a->progress(a->owner, a->totals);
		arena_clear(&at.arena);
		at = page;
	} while (rc == 1);
	arena_clear(&at.arena);
	return rc;
}

static int check_backfill(void *owner, const struct backfill *b)
{
	struct auditing *a = owner;
	int64_t jobs, ended = b->done + b->failed + b->superseded;
	int rc = backfill_open_jobs(a->db, b->id, &jobs);

	if (rc == 0 && b->queued != ended + jobs)
		audit_found(a, "backfill", b->bucket, b->prefix, "backfill %lld queued %lld jobs, of which %lld ended and %lld wait or run",
			    (long long)b->id, (long long)b->queued, (long long)ended, (long long)jobs);
	return rc;
}

static int check_backfills(struct auditing *a)
{
	int rc = db_snapshot_begin(a->db);

	if (rc == 0)
		rc = backfill_list(a->db, check_backfill, a);
	db_snapshot_end(a->db);
	return rc;
}

int audit_run(struct store *s, audit_finding_fn *finding, void (*progress)(void *owner, const struct audit_totals *t),
	      void *owner, struct audit_totals *out)
{
	struct auditing a = { .store = s, .finding = finding, .progress = progress, .owner = owner, .totals = out };
	int rc;

	*out = (struct audit_totals){0};
	if ((rc = store_reader(s, &a.db)) < 0)
		return rc;
	a.room = malloc(AUDIT_ROOM);
	CHECK(a.room != NULL);
	for (size_t i = 0; i < sizeof walks / sizeof walks[0] && rc == 0; i++)
		rc = walk(&a, &walks[i]);
	if (rc == 0)
		rc = audit_documents(&a);
	if (rc == 0)
		rc = check_backfills(&a);
	free(a.room);
	db_close(a.db);
	return rc;
}
