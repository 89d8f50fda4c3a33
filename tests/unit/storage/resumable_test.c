#include "storage/resumable.h"
#include "storage/blobs.h"
#include "storage/resumable_join.h"
#include "storage/upload.h"
#include "tests/unit/storage/house.h"

static struct house *start(struct house *h, void **state)
{
	house_new(h, test_path(state));
	return h;
}

struct opening {
	struct resumable r;
	char id[UPLOAD_ID_MAX];
	int finished;			/* what resumable_finish said */
	struct store *s;
	struct object o;
	struct arena arena;
};

static int begin(struct db *db, void *arg)
{
	struct opening *o = arg;
	int rc = resumable_begin(db, STR("photos"), &o->r, STR("{\"content-type\":\"image/png\"}"), (struct str){0}, o->id);

	if (rc == 0 && o->r.length == 0)
		o->finished = rc = resumable_finish(db, o->s, str_of(o->id), &(struct actor){0}, &o->arena, &o->o);
	return rc < 0 ? rc : 0;
}

static struct opening opened(struct house *h, const char *key, int64_t length)
{
	struct opening o = { .s = h->s, .r = { .key = str_of(key), .length = length, .expires_ms = clock_wall_ms() + 60000 } };

	assert_int_equal(house_do(h, begin, &o), 0);
	return o;
}

static int stage(struct house *h, struct resumable_append *a, struct str bytes)
{
	struct blob b;
	int rc = blob_stage(&b, store_blobs(h->s), bytes.n);

	if (rc == 0 && (rc = blob_write(&b, bytes.p, bytes.n)) == 0)
		rc = blob_commit(&b, &a->where);
	return rc;
}

/* 0 or negative; *out is the caller's to clear. */
static int append(struct house *h, const char *id, int64_t at, struct str bytes, struct resumable_append *out)
{
	uint8_t raw[DIGEST_SIZE_MAX];
	struct buf sum = {0};
	int rc;

	resumable_append_init(out);
	out->store = h->s;
	out->bucket = STR("photos");
	out->id = str_of(id);
	out->at = at;
	out->size = (int64_t)bytes.n;
	out->expires_ms = clock_wall_ms() + 60000;
	digest_of(DIGEST_MD5, bytes, raw);
	memcpy(out->md5, raw, sizeof out->md5);
	digest_of(DIGEST_CRC64NVME, bytes, raw);
	base64_encode(&sum, raw, digest_size(DIGEST_CRC64NVME));
	out->crc64 = str_n(sum.data, sum.len);
	if (bytes.n > 0)
		assert_int_equal(stage(h, out, bytes), 0);
	rc = store_run(h->s, &out->change);
	if (rc < 0 && bytes.n > 0)
		blob_forget(store_blobs(h->s), &out->where);
	buf_clear(&sum);
	return rc;
}

static int appended(struct house *h, const char *id, int64_t at, const char *bytes)
{
	struct resumable_append a;
	int rc = append(h, id, at, str_of(bytes), &a);

	arena_clear(&a.arena);
	return rc;
}

static int64_t offset_of(struct house *h, const char *id, int64_t *seq)
{
	struct arena a = {0};
	struct resumable r;
	int rc = resumable_get(h->r, STR("photos"), str_of(id), &a, &r);

	arena_clear(&a);
	*seq = r.seq;
	return rc < 0 ? rc : r.at;
}

static void assert_object(struct house *h, const char *key, const char *bytes, const char *etag)
{
	struct arena a = {0};
	struct object o;
	bool missing;
	char got[64];
	uint8_t raw[DIGEST_SIZE_MAX];
	struct buf sum = {0};
	size_t n = 0;

	assert_int_equal(object_get(h->r, STR("photos"), str_of(key), &a, &o, &missing), 0);
	for (int i = 0; i < o.extent_count; i++)
		n += (size_t)extent_read(store_blobs(h->s), &o.extents[i], 0, got + n, sizeof got - n);
	assert_true(str_eq(str_n(got, n), str_of(bytes)));
	if (etag)
		assert_true(str_eq(o.etag, str_of(etag)));
	digest_of(DIGEST_CRC64NVME, str_of(bytes), raw);
	base64_encode(&sum, raw, digest_size(DIGEST_CRC64NVME));
	assert_int_equal(o.sum.type, SUM_FULL);
	assert_true(str_eq(o.sum.text, str_n(sum.data, sum.len)));
	buf_clear(&sum);
	arena_clear(&a);
}

static void the_last_piece_makes_the_object_and_its_event(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o = opened(h, "a.jpg", 9);
	struct queue_counts before, after;
	int64_t seq;

	assert_int_equal(queue_count(h->r, &before), 0);
	assert_int_equal(appended(h, o.id, 0, "abcd"), 0);
	assert_int_equal(appended(h, o.id, 4, "efg"), 0);
	assert_int_equal(offset_of(h, o.id, &seq), 7);
	assert_int_equal(seq, 0);
	assert_int_equal(queue_count(h->r, &after), 0);
	assert_int_equal(after.ready, before.ready);
	assert_int_equal(appended(h, o.id, 7, "hi"), 0);
	assert_int_equal(offset_of(h, o.id, &seq), 9);
	assert_true(seq > 0);
	assert_int_equal(queue_count(h->r, &after), 0);
	assert_int_equal(after.ready, before.ready + 1);
	assert_object(h, "a.jpg", "abcdefghi", NULL);
	assert_int_equal(appended(h, o.id, 9, ""), E_EXISTS);
	arena_clear(&o.arena);
	assert_int_equal(house_audit(h, NULL), 0);
	house_close(h);
}

static void of_one_piece_the_etag_is_its_md5(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o = opened(h, "one", 5);

	assert_int_equal(appended(h, o.id, 0, "hello"), 0);
	assert_object(h, "one", "hello", "5d41402abc4b2a76b9719d911017c592");
	assert_int_equal(house_audit(h, NULL), 0);
	house_close(h);
}

static void no_bytes_are_an_object_at_once(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o = opened(h, "empty", 0);

	assert_int_equal(o.finished, 1);
	assert_object(h, "empty", "", "d41d8cd98f00b204e9800998ecf8427e");
	arena_clear(&o.arena);
	assert_int_equal(house_audit(h, NULL), 0);
	house_close(h);
}

static void a_piece_that_does_not_fit_changes_nothing(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o = opened(h, "b", 6);
	struct resumable_append a;
	int64_t seq;

	assert_int_equal(appended(h, o.id, 0, "abc"), 0);
	assert_int_equal(append(h, o.id, 2, STR("cdef"), &a), E_MISMATCH);
	assert_int_equal(a.offset, 3);
	arena_clear(&a.arena);
	assert_int_equal(appended(h, o.id, 3, "defg"), E_TOO_LARGE);
	assert_int_equal(offset_of(h, o.id, &seq), 3);
	assert_int_equal(appended(h, "ABCDEFGHABCDEFGHABCDEFGHABCDEFGH", 0, "a"), E_NOT_FOUND);
	assert_int_equal(house_audit(h, NULL), 0);
	house_close(h);
}

static int tell_length(struct db *db, void *arg)
{
	struct opening *o = arg;

	return resumable_length(db, str_of(o->id), o->r.length);
}

static void a_length_is_told_once_and_not_below_what_is_there(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o = opened(h, "later", RESUMABLE_LATER);
	int64_t seq;

	assert_int_equal(appended(h, o.id, 0, "abc"), 0);
	assert_int_equal(offset_of(h, o.id, &seq), 3);
	assert_int_equal(seq, 0);
	o.r.length = 2;
	assert_int_equal(house_do(h, tell_length, &o), E_MISMATCH);
	o.r.length = 3;
	assert_int_equal(house_do(h, tell_length, &o), 0);
	o.r.length = 4;
	assert_int_equal(house_do(h, tell_length, &o), E_MISMATCH);
	assert_int_equal(appended(h, o.id, 3, ""), 0);
	assert_object(h, "later", "abc", NULL);
	assert_int_equal(house_audit(h, NULL), 0);
	house_close(h);
}

static int refuse(struct resumable_append *a, struct db *db)
{
	(void)db;
	assert_true(a->finished && a->o.seq > 0);
	return E_PRECONDITION;
}

static void what_goes_along_can_undo_the_end(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o = opened(h, "token", 1);
	struct resumable_append a;
	int64_t seq;
	bool missing;
	struct object found;
	struct arena arena = {0};

	resumable_append_init(&a);
	a.store = h->s;
	a.bucket = STR("photos");
	a.id = str_of(o.id);
	a.size = 1;
	a.crc64 = STR("AAAAAAAAAAA=");
	a.also = refuse;
	assert_int_equal(stage(h, &a, STR("x")), 0);
	assert_int_equal(store_run(h->s, &a.change), E_PRECONDITION);
	blob_forget(store_blobs(h->s), &a.where);
	arena_clear(&a.arena);
	assert_int_equal(offset_of(h, o.id, &seq), 0);
	assert_int_equal(object_get(h->r, STR("photos"), STR("token"), &arena, &found, &missing), E_NOT_FOUND);
	arena_clear(&arena);
	assert_int_equal(house_audit(h, NULL), 0);
	house_close(h);
}

static int end(struct db *db, void *arg)
{
	return resumable_end(db, STR("photos"), str_of(((struct opening *)arg)->id));
}

static int sweep(struct db *db, void *arg)
{
	return resumable_sweep(db, *(int64_t *)arg, 100);
}

static int count_upload(void *owner, const struct upload *u)
{
	(void)u;
	++*(int *)owner;
	return 0;
}

static void ended_and_expired_uploads_leave_nothing(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening ended = opened(h, "ended", 9), old = opened(h, "old", 9), done = opened(h, "done", 1);
	int64_t now = clock_wall_ms(), later = now + 120000, seq;
	int seen = 0;

	assert_int_equal(appended(h, ended.id, 0, "abc"), 0);
	assert_int_equal(appended(h, old.id, 0, "abc"), 0);
	assert_int_equal(appended(h, done.id, 0, "x"), 0);
	assert_int_equal(upload_list(h->r, h->photos, STR(""), (struct str){0}, (struct str){0}, 10, count_upload, &seen), 0);
	assert_int_equal(seen, 0);	/* S3's face does not see them */
	assert_int_equal(house_do(h, end, &ended), 0);
	assert_int_equal(house_do(h, end, &ended), E_NOT_FOUND);
	assert_int_equal(house_do(h, sweep, &now), 0);
	assert_int_equal(house_do(h, sweep, &later), 2);
	assert_int_equal(offset_of(h, old.id, &seq), E_NOT_FOUND);
	assert_object(h, "done", "x", NULL);
	assert_int_equal(house_audit(h, NULL), 0);
	house_close(h);
}

static int pieces_of(struct house *h, const char *id)
{
	struct arena a = {0};
	struct resumable r;

	assert_int_equal(resumable_get(h->r, STR("photos"), str_of(id), &a, &r), 0);
	arena_clear(&a);
	return r.pieces;
}

static void joined_pieces_are_the_same_bytes(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o = opened(h, "a.jpg", 9), whole = opened(h, "whole.jpg", 9);
	struct resumable_join j;

	assert_int_equal(appended(h, o.id, 0, "ab"), 0);
	resumable_join_init(&j, h->s, str_of(o.id));
	assert_int_equal(resumable_join_copy(&j, h->r), E_NOT_FOUND);	/* one is one */
	resumable_join_clear(&j);
	assert_int_equal(appended(h, o.id, 2, "c"), 0);
	assert_int_equal(appended(h, o.id, 3, "def"), 0);
	for (int i = 0; i < 2; i++) {
		resumable_join_init(&j, h->s, str_of(o.id));
		assert_int_equal(resumable_join_copy(&j, h->r), 0);
		assert_int_equal(j.count, i == 0 ? 3 : 2);
		assert_int_equal(store_run(h->s, &j.change), 0);
		resumable_join_clear(&j);
		assert_int_equal(pieces_of(h, o.id), 1);
		assert_int_equal(house_audit(h, NULL), 0);
		if (i == 0)
			assert_int_equal(appended(h, o.id, 6, "gh"), 0);
	}
	assert_int_equal(appended(h, o.id, 8, "i"), 0);
	assert_object(h, "a.jpg", "abcdefghi", NULL);
	assert_int_equal(appended(h, whole.id, 0, "abcdefghi"), 0);
	assert_object(h, "whole.jpg", "abcdefghi", NULL);
	assert_int_equal(house_audit(h, NULL), 0);
	house_close(h);
}

static int note_where(void *owner, const struct part *p)
{
	*(struct extent *)owner = p->where;
	return 0;
}

/* Its checksum would be that of the wrong bytes. */
static void a_piece_that_is_not_what_came_is_not_joined(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o = opened(h, "a.jpg", 9);
	char path[OBJ_PATH_MAX];
	struct resumable_join j;
	struct extent last;
	int fd;

	assert_int_equal(appended(h, o.id, 0, "ab"), 0);
	assert_int_equal(appended(h, o.id, 2, "cde"), 0);
	assert_int_equal(part_list(h->r, str_of(o.id), 0, 2, note_where, &last), 0);
	fd = openat(test_dir(state), obj_path(path, last.file), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 1), 1);
	close(fd);
	resumable_join_init(&j, h->s, str_of(o.id));
	assert_int_equal(resumable_join_copy(&j, h->r), E_CORRUPT);
	resumable_join_clear(&j);
	assert_int_equal(pieces_of(h, o.id), 2);
	house_close(h);
}

static void an_upload_that_ended_meanwhile_is_not_joined(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o = opened(h, "a.jpg", 9);
	struct resumable_join j;
	int64_t seq;

	assert_int_equal(appended(h, o.id, 0, "ab"), 0);
	assert_int_equal(appended(h, o.id, 2, "c"), 0);
	resumable_join_init(&j, h->s, str_of(o.id));
	assert_int_equal(resumable_join_copy(&j, h->r), 0);
	assert_int_equal(house_do(h, end, &o), 0);
	assert_int_equal(store_run(h->s, &j.change), E_NOT_FOUND);
	resumable_join_undo(&j);
	resumable_join_clear(&j);
	assert_int_equal(offset_of(h, o.id, &seq), E_NOT_FOUND);
	assert_int_equal(house_audit(h, NULL), 0);
	house_close(h);
}

static void setup_limits(struct opening *o, int64_t length, size_t metadata)
{
	static char text[RESUMABLE_METADATA_MAX + 1];

	memset(text, 'a', sizeof text);
	*o = (struct opening){ .r = { .key = STR("k"), .length = length, .metadata = str_n(text, metadata) } };
}

static void lengths_and_metadata_have_limits(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o;

	setup_limits(&o, OBJECT_SIZE_MAX + 1, 0);
	assert_int_equal(house_do(h, begin, &o), E_TOO_LARGE);
	setup_limits(&o, -2, 0);
	assert_int_equal(house_do(h, begin, &o), E_TOO_LARGE);
	setup_limits(&o, 1, RESUMABLE_METADATA_MAX + 1);
	assert_int_equal(house_do(h, begin, &o), E_TOO_LARGE);
	setup_limits(&o, 1, RESUMABLE_METADATA_MAX);
	assert_int_equal(house_do(h, begin, &o), 0);
	assert_int_equal(house_audit(h, NULL), 0);
	house_close(h);
}

static int use_up_pieces(struct db *db, void *arg)
{
	struct query q = db_query(db, SQL_RESUMABLE_MOVE);

	query_text(&q, 1, str_of(((struct opening *)arg)->id));
	query_int(&q, 2, 0);
	query_int(&q, 3, RESUMABLE_PIECES_MAX);
	query_int(&q, 4, INT64_MAX);
	return query_run(&q);
}

static void pieces_have_a_limit(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o = opened(h, "many", 5);
	int64_t seq;

	assert_int_equal(house_do(h, use_up_pieces, &o), 0);
	assert_int_equal(appended(h, o.id, 0, "a"), E_TOO_LARGE);
	assert_int_equal(appended(h, o.id, 0, ""), 0);	/* nothing is no piece */
	assert_int_equal(offset_of(h, o.id, &seq), 0);
	house_close(h);
}

static void what_comes_puts_the_expiry_off(void **state)
{
	struct house house, *h = start(&house, state);
	struct opening o = opened(h, "slow", 5);
	int64_t before = o.r.expires_ms, seq;
	struct resumable_append a;

	clock_advance_ms(30000);
	assert_int_equal(append(h, o.id, 0, STR("ab"), &a), 0);
	arena_clear(&a.arena);
	assert_int_equal(house_do(h, sweep, &before), 0);
	assert_int_equal(offset_of(h, o.id, &seq), 2);
	assert_int_equal(house_audit(h, NULL), 0);
	house_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_last_piece_makes_the_object_and_its_event),
		T(of_one_piece_the_etag_is_its_md5),
		T(no_bytes_are_an_object_at_once),
		T(a_piece_that_does_not_fit_changes_nothing),
		T(a_length_is_told_once_and_not_below_what_is_there),
		T(what_goes_along_can_undo_the_end),
		T(ended_and_expired_uploads_leave_nothing),
		T(lengths_and_metadata_have_limits),
		T(pieces_have_a_limit),
		T(joined_pieces_are_the_same_bytes),
		T(a_piece_that_is_not_what_came_is_not_joined),
		T(an_upload_that_ended_meanwhile_is_not_joined),
		T(what_comes_puts_the_expiry_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
