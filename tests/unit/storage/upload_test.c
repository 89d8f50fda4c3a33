#include "storage/queue.h"
#include "tests/unit/storage/house.h"

/* Beginning, and ending without an object. */
struct opening {
	struct upload u;
	char id[UPLOAD_ID_MAX];
	const char *bucket;
};

static int begin(struct db *db, void *arg)
{
	struct opening *o = arg;

	return upload_begin(db, str_of(o->bucket), &o->u, o->id);
}

static int abort_it(struct db *db, void *arg)
{
	struct opening *o = arg;

	return upload_abort(db, str_of(o->bucket), o->u.key, str_of(o->id));
}

static struct opening opened(struct house *h, const char *key, struct checksum sum)
{
	struct opening o = { .bucket = "photos",
		.u = { .key = str_of(key), .headers = STR("{\"content-type\":\"image/png\"}"), .sum = sum } };

	assert_int_equal(house_do(h, begin, &o), 0);
	return o;
}

/* A part, with a checksum of `kind` if that is one. 0 or negative. */
static int put_part(struct house *h, const struct opening *o, int number, struct str bytes, int kind)
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

static void finish_init(struct finishing *f, struct house *h, const struct opening *o)
{
	*f = (struct finishing){0};
	upload_complete_init(&f->c);
	f->c.store = h->s;
	f->c.bucket = str_of(o->bucket);
	f->c.key = o->u.key;
	f->c.upload = str_of(o->id);
	f->c.parts = f->named;
}

static void name_part(struct finishing *f, int number, struct str bytes)
{
	f->named[f->c.count++] = (struct part_named){ .number = number, .etag = md5_hex(&f->arena, bytes) };
}

static int finish(struct finishing *f, struct house *h)
{
	return store_run(h->s, &f->c.change);
}

static void finish_clear(struct finishing *f)
{
	arena_clear(&f->c.arena);
	arena_clear(&f->arena);
}

/* Two parts that may be put together: the first of the least size. */
struct two {
	struct str first, second, whole;
};

static struct two two_parts(void)
{
	struct str whole = t_bytes(PART_SIZE_MIN + 1000, 3);

	return (struct two){ str_n(whole.p, PART_SIZE_MIN), str_n(whole.p + PART_SIZE_MIN, 1000), whole };
}

static void two_free(struct two *t)
{
	free((char *)(uintptr_t)t->whole.p);
}

static struct str etag_of_two(struct arena *a, const struct two *t)
{
	uint8_t md5[2 * DIGEST_SIZE_MAX], second[DIGEST_SIZE_MAX];

	digest_of(DIGEST_MD5, t->first, md5);
	digest_of(DIGEST_MD5, t->second, second);
	memcpy(md5 + 16, second, 16);
	return str_of(arena_printf(a, "%s-2", md5_hex(a, str_n(md5, 32)).p));
}

static int note_kind(void *owner, const struct job_row *j)
{
	*(enum event_kind *)owner = j->kind;
	return 0;
}

static int manifests(struct house *h, int64_t seq)
{
	struct query q = db_query(h->r, SQL_MANIFEST_GET);
	int n;

	query_int(&q, 1, seq);
	n = query_step(&q) == QUERY_ROW;
	query_end(&q);
	return n;
}

static void a_completed_upload_is_one_object_made_of_its_parts(void **state)
{
	enum event_kind kind = EVENT_CREATED_PUT;
	struct two t = two_parts();
	struct arena a = {0};
	struct finishing f;
	struct opening o;
	struct object got;
	struct house h;
	bool missing;

	house_new(&h, test_path(state));
	o = opened(&h, "big.png", (struct checksum){0});
	assert_int_equal(put_part(&h, &o, 7, t.second, -1), 0);
	assert_int_equal(put_part(&h, &o, 2, t.first, -1), 0);
	assert_int_equal(house_version(&h, h.photos, "big.png"), 0);
	finish_init(&f, &h, &o);
	name_part(&f, 2, t.first);
	name_part(&f, 7, t.second);
	assert_int_equal(finish(&f, &h), 0);
	assert_int_equal(object_get(h.r, STR("photos"), STR("big.png"), &a, &got, &missing), 0);
	assert_true(str_eq(got.etag, etag_of_two(&a, &t)) && str_eq(f.c.o.etag, got.etag));
	assert_true(got.size == (int64_t)t.whole.n && got.extent_count == 2 && got.seq == f.c.o.seq && got.watched);
	assert_true(got.extents[0].kind == EXTENT_FILE && got.extents[1].kind == EXTENT_NEEDLE);
	assert_true(got.sum.type == SUM_NONE && str_is(got.headers, "{\"content-type\":\"image/png\"}"));
	assert_int_equal(queue_of_object(h.r, h.photos, STR("big.png"), note_kind, &kind), 0);
	assert_int_equal(kind, EVENT_CREATED_MULTIPART);
	assert_int_equal(manifests(&h, got.seq), 1);
	assert_int_equal(finish(&f, &h), E_NOT_FOUND);	/* an upload completes once */
	assert_int_equal(house_audit(&h, NULL), 0);

	assert_int_equal(house_trash(&h), 0);
	assert_int_equal(house_delete(&h, "photos", "big.png"), 0);
	assert_int_equal(house_trash(&h), 2);
	assert_int_equal(manifests(&h, got.seq), 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	finish_clear(&f);
	arena_clear(&a);
	two_free(&t);
	house_close(&h);
}

static int complete_two(struct house *h, struct opening *o, struct two *t, struct checksum want, struct checksum *got)
{
	struct finishing f;
	int rc;

	finish_init(&f, h, o);
	name_part(&f, 1, t->first);
	name_part(&f, 2, t->second);
	f.c.want = want;
	rc = finish(&f, h);
	*got = f.c.o.sum;
	got->text = str_n(strndup(got->text.p ? got->text.p : "", got->text.n), got->text.n);
	finish_clear(&f);
	return rc;
}

static bool sum_is(struct checksum *got, enum sum_type type, enum digest_kind kind, struct str bytes, const char *suffix)
{
	uint8_t raw[DIGEST_SIZE_MAX];
	struct buf text = {0};
	bool same;

	digest_of(kind, bytes, raw);
	base64_encode(&text, raw, digest_size(kind));
	buf_puts(&text, suffix);
	same = got->type == type && got->kind == kind && str_is(got->text, text.data);
	buf_clear(&text);
	free((char *)(uintptr_t)got->text.p);
	return same;
}

static void a_full_checksum_is_that_of_the_joined_bytes(void **state)
{
	static const enum digest_kind crcs[] = { DIGEST_CRC32, DIGEST_CRC32C, DIGEST_CRC64NVME };
	struct two t = two_parts();
	struct checksum got;
	struct opening o;
	struct house h;

	house_new(&h, test_path(state));
	for (int asked = 0; asked < 2; asked++)
		for (size_t i = 0; i < 3; i++) {
			o = opened(&h, "k", asked ? (struct checksum){ SUM_FULL, crcs[i], {0} } : (struct checksum){0});
			assert_int_equal(put_part(&h, &o, 1, t.first, (int)crcs[i]), 0);
			assert_int_equal(put_part(&h, &o, 2, t.second, (int)crcs[i]), 0);
			assert_int_equal(complete_two(&h, &o, &t, (struct checksum){0}, &got), 0);
			assert_true(sum_is(&got, SUM_FULL, crcs[i], t.whole, ""));
		}
	assert_int_equal(house_audit(&h, NULL), 0);
	two_free(&t);
	house_close(&h);
}

static void a_composite_checksum_is_of_the_parts_checksums(void **state)
{
	uint8_t both[2 * DIGEST_SIZE_MAX];
	struct two t = two_parts();
	struct checksum got, want = { SUM_COMPOSITE, DIGEST_SHA256, STR("AAAA-2") };
	struct buf text = {0};
	struct opening o;
	struct house h;

	house_new(&h, test_path(state));
	digest_of(DIGEST_SHA256, t.first, both);
	digest_of(DIGEST_SHA256, t.second, both + 32);
	o = opened(&h, "k", (struct checksum){ SUM_COMPOSITE, DIGEST_SHA256, {0} });
	put_part(&h, &o, 1, t.first, DIGEST_SHA256);
	put_part(&h, &o, 2, t.second, DIGEST_SHA256);
	assert_int_equal(complete_two(&h, &o, &t, want, &got), E_MISMATCH);
	free((char *)(uintptr_t)got.text.p);
	assert_int_equal(house_version(&h, h.photos, "k"), 0);

	digest_of(DIGEST_SHA256, str_n(both, 64), both);
	base64_encode(&text, both, 32);
	want.text = str_n(text.data, text.len);	/* without "-2", as some clients send it */
	assert_int_equal(complete_two(&h, &o, &t, want, &got), 0);
	digest_of(DIGEST_SHA256, t.first, both);
	digest_of(DIGEST_SHA256, t.second, both + 32);
	assert_true(sum_is(&got, SUM_COMPOSITE, DIGEST_SHA256, str_n(both, 64), "-2"));
	buf_clear(&text);
	two_free(&t);
	house_close(&h);
}

/* What completion answers to one wrong thing, and which part it names. */
static int complete_wrongly(struct house *h, struct opening *o, struct part_named *named, int n, int *bad)
{
	struct finishing f;
	int rc;

	finish_init(&f, h, o);
	f.c.parts = named;
	f.c.count = n;
	rc = finish(&f, h);
	*bad = f.c.bad_part;
	finish_clear(&f);
	return rc;
}

static void what_is_wrong_with_a_completion_is_told(void **state)
{
	struct two t = two_parts();
	struct part_named p[3];
	struct arena a = {0};
	struct opening o;
	struct house h;
	int bad;

	house_new(&h, test_path(state));
	o = opened(&h, "k", (struct checksum){ SUM_FULL, DIGEST_CRC32, {0} });
	put_part(&h, &o, 1, t.first, DIGEST_CRC32);
	put_part(&h, &o, 2, t.second, DIGEST_CRC32);
	put_part(&h, &o, 4, t.second, DIGEST_CRC32C);
	p[0] = (struct part_named){ .number = 1, .etag = md5_hex(&a, t.first) };
	p[1] = (struct part_named){ .number = 2, .etag = md5_hex(&a, t.second) };
	p[2] = (struct part_named){ .number = 3, .etag = md5_hex(&a, t.second) };
	assert_int_equal(complete_wrongly(&h, &o, p, 0, &bad), E_BAD_INPUT);
	assert_int_equal(complete_wrongly(&h, &o, p, 3, &bad), E_BAD_INPUT);
	assert_int_equal(bad, 3);	/* no such part */
	p[1].number = 4;
	assert_int_equal(complete_wrongly(&h, &o, p, 2, &bad), E_BAD_INPUT);
	assert_int_equal(bad, 4);	/* has not the checksum that the upload was begun with */
	p[1].number = 2;
	p[1].etag = p[0].etag;
	assert_int_equal(complete_wrongly(&h, &o, p, 2, &bad), E_BAD_INPUT);
	assert_int_equal(bad, 2);	/* other bytes */
	p[1].etag = md5_hex(&a, t.second);
	p[1].sum = STR("AAAAAA==");
	assert_int_equal(complete_wrongly(&h, &o, p, 2, &bad), E_BAD_INPUT);
	assert_int_equal(bad, 2);
	put_part(&h, &o, 1, t.second, DIGEST_CRC32);
	p[0].etag = p[1].etag;
	p[1].sum = (struct str){0};
	assert_int_equal(complete_wrongly(&h, &o, p, 2, &bad), E_TOO_LARGE);
	assert_int_equal(bad, 1);	/* too small for any but the last */
	o.u.key = STR("other");
	assert_int_equal(complete_wrongly(&h, &o, p, 1, &bad), E_NOT_FOUND);
	o.u.key = STR("k");
	assert_int_equal(house_trash(&h), 1);	/* the first part 1 */
	assert_int_equal(complete_wrongly(&h, &o, p, 1, &bad), 0);	/* alone it may be small */
	assert_int_equal(house_trash(&h), 3);	/* and parts 2 and 4, which were not named */
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	two_free(&t);
	house_close(&h);
}

static struct object object_now(struct house *h, const char *key, struct arena *a)
{
	struct object o;
	bool missing;

	assert_int_equal(object_get(h->r, STR("photos"), str_of(key), a, &o, &missing), 0);
	return o;
}

static void what_an_upload_became_is_known_of_that_version_alone(void **state)
{
	struct arena a = {0};
	struct finishing f;
	struct opening o;
	struct object was;
	struct house h;

	house_new(&h, test_path(state));
	o = opened(&h, "k", (struct checksum){0});
	put_part(&h, &o, 1, STR("one"), -1);
	finish_init(&f, &h, &o);
	name_part(&f, 1, STR("one"));
	assert_int_equal(finish(&f, &h), 0);
	was = object_now(&h, "k", &a);
	assert_int_equal(upload_became(h.r, &was, str_of(o.id)), 1);
	assert_int_equal(upload_became(h.r, &was, STR("AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH")), 0);
	assert_int_equal(upload_became(h.r, &was, str_of(o.id + 1)), 0);
	assert_int_equal(upload_became(h.r, &was, STR("")), 0);
	assert_true(house_put(&h, "photos", "k", "one") > 0);
	was = object_now(&h, "k", &a);
	assert_int_equal(upload_became(h.r, &was, str_of(o.id)), 0);
	finish_clear(&f);
	arena_clear(&a);
	house_close(&h);
}

static void completion_may_be_conditional(void **state)
{
	struct str bytes = STR("only part");
	struct finishing f;
	struct opening o;
	struct house h;

	house_new(&h, test_path(state));
	o = opened(&h, "k", (struct checksum){0});
	put_part(&h, &o, 1, bytes, -1);
	finish_init(&f, &h, &o);
	name_part(&f, 1, bytes);
	f.c.if_match = STR("*");
	assert_int_equal(finish(&f, &h), E_MISMATCH);
	assert_false(f.c.wrong_sum);
	assert_true(house_put(&h, "photos", "k", "x") > 0);
	f.c.if_match = (struct str){0};
	f.c.if_absent = true;
	assert_int_equal(finish(&f, &h), E_PRECONDITION);
	f.c.if_absent = false;
	assert_int_equal(finish(&f, &h), 0);
	finish_clear(&f);
	house_close(&h);
}

/* Reading. */

static int add_part(void *owner, const struct part *p)
{
	buf_printf(owner, "%d:%lld ", p->number, (long long)p->size);
	return 0;
}

static int add_upload(void *owner, const struct upload *u)
{
	buf_printf(owner, "%.*s ", STR_ARG(u->key));
	return 0;
}

static bool parts_are(struct house *h, const struct opening *o, int after, int max, const char *want)
{
	struct buf b = {0};
	bool same;

	assert_int_equal(part_list(h->r, str_of(o->id), after, max, add_part, &b), 0);
	same = str_is(str_n(b.data ? b.data : "", b.len), want);
	buf_clear(&b);
	return same;
}

static bool uploads_are(struct house *h, const char *prefix, const char *key, const char *id, int max, const char *want)
{
	struct buf b = {0};
	bool same;

	assert_int_equal(upload_list(h->r, h->photos, str_of(prefix), str_of(key), str_of(id), max, add_upload, &b), 0);
	same = str_is(str_n(b.data ? b.data : "", b.len), want);
	buf_clear(&b);
	return same;
}

static void parts_and_uploads_are_listed_by_pages(void **state)
{
	struct opening a, b, c;
	struct house h;

	house_new(&h, test_path(state));
	a = opened(&h, "a", (struct checksum){0});
	b = opened(&h, "b/1", (struct checksum){0});
	c = opened(&h, "b/1", (struct checksum){0});
	put_part(&h, &a, 3, STR("333"), -1);
	put_part(&h, &a, 1, STR("1"), -1);
	put_part(&h, &a, 2, STR(""), -1);
	put_part(&h, &a, 1, STR("again"), -1);
	assert_true(parts_are(&h, &a, 0, 10, "1:5 2:0 3:3 "));
	assert_true(parts_are(&h, &a, 1, 1, "2:0 "));
	assert_true(uploads_are(&h, NULL, NULL, NULL, 10, "a b/1 b/1 "));
	assert_true(uploads_are(&h, "b/", NULL, NULL, 1, "b/1 "));
	assert_true(uploads_are(&h, NULL, "a", NULL, 10, "b/1 b/1 "));
	assert_true(uploads_are(&h, NULL, "b/1", NULL, 10, ""));
	assert_true(uploads_are(&h, NULL, "b/1", strcmp(b.id, c.id) < 0 ? b.id : c.id, 10, "b/1 "));
	assert_true(uploads_are(&h, "c", NULL, NULL, 10, ""));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void an_aborted_upload_is_gone(void **state)
{
	struct opening o, nowhere = { .bucket = "nothere", .u = { .key = STR("k") } };
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, begin, &nowhere), E_NOT_FOUND);
	o = opened(&h, "k", (struct checksum){0});
	put_part(&h, &o, 1, STR("x"), -1);
	assert_int_equal(house_do(&h, abort_it, &o), 0);
	assert_int_equal(house_trash(&h), 1);
	assert_int_equal(house_do(&h, abort_it, &o), E_NOT_FOUND);
	assert_int_equal(put_part(&h, &o, 1, STR("x"), -1), E_NOT_FOUND);
	assert_true(parts_are(&h, &o, 0, 10, ""));
	assert_true(uploads_are(&h, NULL, NULL, NULL, 10, ""));
	house_close(&h);
}

/* Faults. */

static int complete_small(struct house *h, void *arg)
{
	struct finishing f;
	int rc;

	finish_init(&f, h, arg);
	name_part(&f, 1, STR("all of it"));
	rc = finish(&f, h);
	finish_clear(&f);
	return rc;
}

static void a_completion_is_whole_or_did_not_happen(struct trial *t, int number)
{
	char key[32];
	struct opening o;
	struct told told;
	struct house h;
	int64_t seq;

	snprintf(key, sizeof key, "photo-%d", number);
	assert_int_equal(house_open(&h, t->path), 0);
	o = opened(&h, key, (struct checksum){0});
	assert_int_equal(put_part(&h, &o, 1, STR("all of it"), -1), 0);
	assert_int_equal(put_part(&h, &o, 2, STR("and more"), -1), 0);
	house_close(&h);
	t->arg = &o;
	told = trial_run(t);
	assert_int_equal(house_open(&h, t->path), 0);
	seq = house_version(&h, h.photos, key);
	if (told.returned)
		assert_true(told.rc == 0 ? seq > 0 : seq == 0);
	assert_true(house_journal_is(&h, h.photos, key, seq ? "uploaded, queued" : ""));
	assert_true(parts_are(&h, &o, 0, 10, seq ? "" : "1:9 2:8 "));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void whatever_fails_a_completion_is_whole_or_did_not_happen(void **state)
{
	struct trial t = { .path = test_path(state), .thing = complete_small };

	each_trial(&t, a_completion_is_whole_or_did_not_happen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_completed_upload_is_one_object_made_of_its_parts),
		T(a_full_checksum_is_that_of_the_joined_bytes),
		T(a_composite_checksum_is_of_the_parts_checksums),
		T(what_is_wrong_with_a_completion_is_told),
		T(what_an_upload_became_is_known_of_that_version_alone),
		T(completion_may_be_conditional),
		T(parts_and_uploads_are_listed_by_pages),
		T(an_aborted_upload_is_gone),
		T(whatever_fails_a_completion_is_whole_or_did_not_happen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
