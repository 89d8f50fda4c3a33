/* Resumable uploads through crashes and failing system calls: what was told is there, and the last byte and the object are one. */
#include "storage/resumable.h"
#include "storage/resumable_join.h"
#include "tests/unit/storage/house.h"

#define BYTES "abcdefghijklmnopqrstuvwxyz"
#define LITTLE 5
#define HALF 11

struct place {
	const char *path;
	char id[RESUMABLE_ID_MAX];
};

static int begin(struct db *db, void *arg)
{
	struct resumable r = { .key = STR("a.jpg"), .length = sizeof BYTES - 1, .expires_ms = INT64_MAX };

	return resumable_begin(db, STR("photos"), &r, STR("{}"), (struct str){0}, ((struct place *)arg)->id);
}

static struct place opened(struct house *h, void **state)
{
	struct place p = { .path = test_path(state) };

	house_new(h, p.path);
	assert_int_equal(house_do(h, begin, &p), 0);
	return p;
}

static int stage(struct house *h, struct str bytes, struct extent *where)
{
	struct blob b;
	int rc = blob_stage(&b, store_blobs(h->s), 0);

	if (rc == 0 && (rc = blob_write(&b, bytes.p, bytes.n)) == 0)
		return blob_commit(&b, where);
	blob_abort(&b);
	return rc;
}

static int append(struct house *h, const char *id, int64_t at, struct str bytes)
{
	uint8_t raw[DIGEST_SIZE_MAX];
	struct resumable_append a;
	struct buf sum = {0};
	int rc;

	resumable_append_init(&a);
	a.store = h->s;
	a.bucket = STR("photos");
	a.id = str_of(id);
	a.at = at;
	a.size = (int64_t)bytes.n;
	a.expires_ms = INT64_MAX;
	digest_of(DIGEST_MD5, bytes, raw);
	memcpy(a.md5, raw, sizeof a.md5);
	digest_of(DIGEST_CRC64NVME, bytes, raw);
	base64_encode(&sum, raw, digest_size(DIGEST_CRC64NVME));
	a.crc64 = str_n(sum.data, sum.len);
	if ((rc = stage(h, bytes, &a.where)) == 0 && (rc = store_run(h->s, &a.change)) < 0)
		blob_forget(store_blobs(h->s), &a.where);
	arena_clear(&a.arena);
	buf_clear(&sum);
	return rc;
}

/* The parent knows what the child was told by files that it writes without asking for faults. */
static void tell(const char *dir, const char *name)
{
	char path[4200];
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}

static void join(struct house *h, const char *id)
{
	struct resumable_join j;

	resumable_join_init(&j, h->s, str_of(id));
	if (resumable_join_copy(&j, h->r) == 0 && store_run(h->s, &j.change) < 0)
		resumable_join_undo(&j);
	resumable_join_clear(&j);
}

/* Of which the first two are joined. */
static int three_pieces(void *arg)
{
	struct place *p = arg;
	struct house h;

	if (house_open(&h, p->path) < 0)
		return 0;
	if (append(&h, p->id, 0, str_n(BYTES, LITTLE)) == 0 && append(&h, p->id, LITTLE, str_n(BYTES + LITTLE, HALF - LITTLE)) == 0) {
		tell(p->path, "half");
		join(&h, p->id);
		if (append(&h, p->id, HALF, str_of(BYTES + HALF)) == 0)
			tell(p->path, "all");
	}
	house_close(&h);
	return 0;
}

static void assert_whole(struct house *h)
{
	struct arena a = {0};
	struct object o;
	bool missing;
	char got[64];
	size_t n = 0;

	assert_int_equal(object_get(h->r, STR("photos"), STR("a.jpg"), &a, &o, &missing), 0);
	for (int i = 0; i < o.extent_count; i++)
		n += (size_t)extent_read(store_blobs(h->s), &o.extents[i], 0, got + n, sizeof got - n);
	assert_true(str_eq(str_n(got, n), STR(BYTES)));
	arena_clear(&a);
}

/* What is left is in order, at least what was told, and goes on to its end. */
static void check_what_is_left(struct place *p, void **state)
{
	int64_t told = exists(test_dir(state), "all") ? (int64_t)sizeof BYTES - 1 : exists(test_dir(state), "half") ? HALF : 0;
	struct arena a = {0};
	struct resumable r;
	struct house h;

	assert_int_equal(house_open(&h, p->path), 0);
	assert_int_equal(resumable_get(h.r, STR("photos"), str_of(p->id), &a, &r), 0);
	assert_true(r.at == 0 || r.at == LITTLE || r.at == HALF || r.at == r.length);
	assert_true(r.at >= told);
	assert_int_equal(r.seq > 0, r.at == r.length);
	assert_int_equal(house_version(&h, h.photos, "a.jpg"), r.seq);
	assert_int_equal(house_audit(&h, NULL), 0);
	if (r.at < HALF)
		assert_int_equal(append(&h, p->id, r.at, str_n(BYTES + r.at, (size_t)(HALF - r.at))), 0);
	if (r.at < r.length)
		assert_int_equal(append(&h, p->id, HALF, str_of(BYTES + HALF)), 0);
	assert_whole(&h);
	arena_clear(&a);
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
	t_wipe(test_dir(state));
}

static struct place anew(void **state)
{
	struct house h;
	struct place p = opened(&h, state);

	house_close(&h);
	return p;
}

static void dying_at_any_system_call_loses_no_byte_that_was_told(void **state)
{
	struct place p = anew(state);
	int runs = 0;

	EACH_CRASH(c, three_pieces, &p) {
		check_what_is_left(&p, state);
		p = anew(state);
		runs++;
	}
	assert_true(runs > 40);
}

static void a_failing_system_call_leaves_a_piece_or_none(void **state)
{
	static const int errors[] = { EIO, ENOSPC, EROFS };
	struct place p = anew(state);
	long calls;

	sys_set_fault((struct sys_fault){ 0 });
	assert_int_equal(three_pieces(&p), 0);
	calls = sys_calls();
	for (long n = 1; n <= calls; n += 3) {
		t_wipe(test_dir(state));
		p = anew(state);
		assert_int_not_equal(t_child((struct sys_fault){ .fail_at = n, .fail_with = errors[n / 3 % 3], .forever = n % 2 }, three_pieces, &p), T_FAILED);
		check_what_is_left(&p, state);
	}
}

static int move_on(struct db *db, void *arg)
{
	struct query q = db_query(db, SQL_RESUMABLE_MOVE);

	query_text(&q, 1, str_of(((struct place *)arg)->id));
	query_int(&q, 2, HALF + 1);
	query_int(&q, 3, 1);
	query_int(&q, 4, INT64_MAX);
	return query_run(&q);
}

static void the_audit_finds_an_offset_without_its_bytes(void **state)
{
	struct house h;
	struct place p = opened(&h, state);

	assert_int_equal(append(&h, p.id, 0, str_n(BYTES, HALF)), 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	assert_int_equal(house_do(&h, move_on, &p), 0);
	assert_int_equal(house_audit(&h, NULL), 1);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(dying_at_any_system_call_loses_no_byte_that_was_told),
		T(a_failing_system_call_leaves_a_piece_or_none),
		T(the_audit_finds_an_offset_without_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
