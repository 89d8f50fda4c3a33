/* Are the bytes there, and are they those that were acknowledged? Every blob is read whole. */
#include <stdio.h>

#include "base/codec.h"
#include "base/err.h"
#include "storage/audit_parts.h"
#include "storage/object_row.h"

#define MD5_SIZE 16

const char *audit_feed(struct auditing *a, const struct extent *e, struct digest *d)
{
	uint64_t at = 0;

	while (at < e->len) {
		size_t want = e->len - at < AUDIT_ROOM ? (size_t)(e->len - at) : AUDIT_ROOM;
		int64_t got = extent_read(store_blobs(a->store), e, at, a->room, want);

		if (got < 0)
			return err_text((int)got);
		if (got == 0)
			return "the file is too short";
		digest_feed(d, a->room, (size_t)got);
		at += (uint64_t)got;
		a->totals->bytes_checked += got;
	}
	return NULL;
}

/* The md5 of one run of bytes. */
static const char *md5_of(struct auditing *a, const struct extent *e, uint8_t md5[DIGEST_SIZE_MAX])
{
	struct digest d;
	const char *wrong;

	digest_begin(&d, DIGEST_MD5);
	wrong = audit_feed(a, e, &d);
	digest_end(&d, md5);
	return wrong;
}

/* The etag that the bytes have: their md5, or of several parts the md5 of their md5s and their number. */
static const char *etag_of(struct auditing *a, const struct object *o, bool multipart, char etag[OBJECT_ETAG_MAX + 1])
{
	static const struct extent nothing = { .kind = EXTENT_NONE };
	int n = o->extent_count;
	uint8_t md5[DIGEST_SIZE_MAX];
	const char *wrong = NULL;
	struct digest d;

	if (!multipart) {
		wrong = md5_of(a, n ? &o->extents[0] : &nothing, md5);
		hex_encode(etag, md5, MD5_SIZE);
		return n > 1 ? "it is in pieces" : wrong;
	}
	digest_begin(&d, DIGEST_MD5);
	for (int i = 0; i < n && !wrong; i++) {
		wrong = md5_of(a, &o->extents[i], md5);
		digest_feed(&d, md5, MD5_SIZE);
	}
	digest_end(&d, md5);
	hex_encode(etag, md5, MD5_SIZE);
	snprintf(etag + 2 * MD5_SIZE, OBJECT_ETAG_MAX + 1 - 2 * MD5_SIZE, "-%d", n);
	return wrong;
}

static int64_t length_of(const struct object *o)
{
	int64_t n = 0;

	for (int i = 0; i < o->extent_count; i++)
		n += (int64_t)o->extents[i].len;
	return n;
}

/* What is wrong with an object's bytes, or NULL. */
static const char *wrong_with(struct auditing *a, const struct object *o)
{
	bool multipart = o->etag.n > 2 * MD5_SIZE && o->etag.p[2 * MD5_SIZE] == '-';
	char etag[OBJECT_ETAG_MAX + 1];
	const char *wrong;

	if ((wrong = etag_of(a, o, multipart, etag)))
		return wrong;
	if (length_of(o) != o->size)
		return "they are not as many as the row says";
	return str_eq(o->etag, str_of(etag)) ? NULL : "they are not those of its etag";
}

/* The extents that the version has now, current or not; none when it is not there any more. */
static int extents_now(struct auditing *a, const struct object *o, struct arena *arena, struct object *now)
{
	struct query q = db_query(a->db, SQL_VERSION_PLACE);
	int rc = E_NOT_FOUND, end;

	*now = *o;
	query_int(&q, 1, o->bucket);
	query_bytes(&q, 2, o->key);
	query_int(&q, 3, -o->born);
	if (query_step(&q) == QUERY_ROW)
		rc = object_row_extents(a->db, col_str(&q, 1), col_int(&q, 0), arena, &now->extents, &now->extent_count);
	end = query_end(&q);
	return end < 0 ? end : rc;
}

/* On a live store the version may have gone while we looked, or its bytes been moved: then look once more. */
int audit_object_bytes(struct auditing *a, const struct object *o)
{
	struct arena arena = {0};
	struct object now;
	const char *wrong;
	int rc = 0;

	if (!wrong_with(a, o))
		return 0;
	rc = extents_now(a, o, &arena, &now);
	if (rc == 0 && (wrong = wrong_with(a, &now)))
		audit_found(a, "bytes", o->bucket, o->key, "version %016llX, bytes: %s", (unsigned long long)o->seq, wrong);
	arena_clear(&arena);
	return rc == E_NOT_FOUND || rc == E_CORRUPT ? 0 : rc;	/* a manifest gone: the version went meanwhile */
}

struct looking {
	const struct part *p;
	bool found;
};

static int is_same(void *owner, const struct part *p)
{
	struct looking *l = owner;

	l->found = p->number == l->p->number && memcmp(&p->where, &l->p->where, sizeof p->where) == 0;
	return 1;
}

int audit_part_bytes(struct auditing *a, struct str upload, const struct part *p)
{
	struct looking l = { .p = p };
	uint8_t md5[DIGEST_SIZE_MAX];
	const char *wrong;
	int rc;

	wrong = md5_of(a, &p->where, md5);
	if (!wrong && (int64_t)p->where.len != p->size)
		wrong = "they are not as many as the row says";
	if (!wrong && memcmp(md5, p->md5, MD5_SIZE) != 0)
		wrong = "they are not those of its md5";
	if (!wrong)
		return 0;
	if ((rc = part_list(a->db, upload, p->number - 1, 1, is_same, &l)) < 0)
		return rc;
	if (l.found)
		audit_found(a, "part", 0, upload, "part %d of upload, bytes: %s", p->number, wrong);
	return 0;
}
