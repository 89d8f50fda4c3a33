/* upload_rig.h - a multipart upload and its parts. */
#ifndef TESTS_UPLOAD_RIG_H
#define TESTS_UPLOAD_RIG_H

#include "storage/queue.h"
#include "tests/unit/storage/house.h"

/* Beginning, and ending without an object. */
struct opening {
	struct upload u;
	char id[UPLOAD_ID_MAX];
	const char *bucket;
};

static inline int begin(struct db *db, void *arg)
{
	struct opening *o = arg;

	return upload_begin(db, str_of(o->bucket), &o->u, o->id);
}

static inline struct opening opened(struct house *h, const char *key, struct checksum sum)
{
	struct opening o = { .bucket = "photos",
		.u = { .key = str_of(key), .headers = STR("{\"content-type\":\"image/png\"}"), .sum = sum } };

	assert_int_equal(house_do(h, begin, &o), 0);
	return o;
}

/* A part, with a checksum of `kind` if that is one. 0 or negative. */
static inline int put_part(struct house *h, const struct opening *o, int number, struct str bytes, int kind)
{
	struct buf sum = {0};
	struct needle needle = { .key = STR("part"), .data = bytes };
	uint8_t raw[DIGEST_SIZE_MAX];
	struct part_put p;
	struct blob b;
	int rc = 0;

	part_put_init(&p);
	p.bucket = str_of(o->bucket);
	p.key = o->u.key;
	p.upload = str_of(o->id);
	p.part.number = number;
	p.part.size = (int64_t)bytes.n;
	digest_of(DIGEST_MD5, bytes, raw);
	memcpy(p.part.md5, raw, sizeof p.part.md5);
	if (kind >= 0) {
		digest_of((enum digest_kind)kind, bytes, raw);
		base64_encode(&sum, raw, digest_size((enum digest_kind)kind));
		p.part.sum = (struct checksum){ SUM_FULL, (enum digest_kind)kind, str_n(sum.data, sum.len) };
	}
	if (bytes.n <= BLOB_NEEDLE_MAX) {
		p.change.needles = &needle;
		p.change.needle_count = 1;
	} else if ((rc = blob_stage(&b, store_blobs(h->s), bytes.n)) == 0) {
		rc = blob_write(&b, bytes.p, bytes.n);
		if (rc < 0)
			blob_abort(&b);
		else
			rc = blob_commit(&b, &p.part.where);
	}
	if (rc == 0)
		rc = store_run(h->s, &p.change);
	buf_clear(&sum);
	return rc;
}

/* Completion with the parts given as bytes. */
struct finishing {
	struct upload_complete c;
	struct part_named named[4];
	struct arena arena;
};

static inline void finish_init(struct finishing *f, struct house *h, const struct opening *o)
{
	*f = (struct finishing){0};
	upload_complete_init(&f->c);
	f->c.store = h->s;
	f->c.bucket = str_of(o->bucket);
	f->c.key = o->u.key;
	f->c.upload = str_of(o->id);
	f->c.parts = f->named;
}

static inline void name_part(struct finishing *f, int number, struct str bytes)
{
	f->named[f->c.count++] = (struct part_named){ .number = number, .etag = md5_hex(&f->arena, bytes) };
}

static inline int finish(struct finishing *f, struct house *h)
{
	return store_run(h->s, &f->c.change);
}

static inline void finish_clear(struct finishing *f)
{
	arena_clear(&f->c.arena);
	arena_clear(&f->arena);
}

/* Two parts that may be put together: the first of the least size. */
struct two {
	struct str first, second, whole;
};

static inline struct two two_parts(void)
{
	struct str whole = t_bytes(PART_SIZE_MIN + 1000, 3);

	return (struct two){ str_n(whole.p, PART_SIZE_MIN), str_n(whole.p + PART_SIZE_MIN, 1000), whole };
}

static inline void two_free(struct two *t)
{
	free((char *)(uintptr_t)t->whole.p);
}

static inline int add_part(void *owner, const struct part *p)
{
	buf_printf(owner, "%d:%lld ", p->number, (long long)p->size);
	return 0;
}

static inline bool parts_are(struct house *h, const struct opening *o, int after, int max, const char *want)
{
	struct buf b = {0};
	bool same;

	assert_int_equal(part_list(h->r, str_of(o->id), after, max, add_part, &b), 0);
	same = str_is(str_n(b.data ? b.data : "", b.len), want);
	buf_clear(&b);
	return same;
}

#endif
