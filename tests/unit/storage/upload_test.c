#include "tests/unit/storage/upload_rig.h"

static int abort_it(struct db *db, void *arg)
{
	struct opening *o = arg;

	return upload_abort(db, str_of(o->bucket), o->u.key, str_of(o->id));
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

/* Reading. */

static int add_upload(void *owner, const struct upload *u)
{
	buf_printf(owner, "%.*s ", STR_ARG(u->key));
	return 0;
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

static int list_after(struct house *h, const char *key, const char *id)
{
	struct buf b = {0};
	int rc = upload_list(h->r, h->photos, STR(""), str_of(key), str_of(id), 10, add_upload, &b);

	buf_clear(&b);
	return rc;
}

static void parts_and_uploads_are_listed_by_pages(void **state)
{
	struct opening a, b, c;
	struct house h;
	int64_t now;

	house_new(&h, test_path(state));
	a = opened(&h, "a", (struct checksum){0});
	b = opened(&h, "b/1", (struct checksum){0});
	for (now = clock_wall_ms(); now == clock_wall_ms();)	/* of one moment any may be first */
		;
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
	assert_true(uploads_are(&h, NULL, "b/1", b.id, 10, "b/1 "));
	assert_true(uploads_are(&h, NULL, "b/1", c.id, 10, ""));
	assert_true(uploads_are(&h, "c", NULL, NULL, 10, ""));
	assert_int_equal(list_after(&h, "a", b.id), E_BAD_INPUT);
	assert_int_equal(list_after(&h, "a", "x"), E_BAD_INPUT);
	assert_int_equal(house_do(&h, abort_it, &b), 0);
	assert_true(uploads_are(&h, NULL, "b/1", b.id, 10, "b/1 "));	/* nothing tells where it stood */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_completed_upload_is_one_object_made_of_its_parts),
		T(a_full_checksum_is_that_of_the_joined_bytes),
		T(a_composite_checksum_is_of_the_parts_checksums),
		T(parts_and_uploads_are_listed_by_pages),
		T(an_aborted_upload_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
