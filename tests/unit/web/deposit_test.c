#include "web/deposit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/err.h"
#include "pipeline/feed.h"
#include "pipeline/pump.h"
#include "storage/bucket.h"
#include "tests/lib/t.h"

struct fixture {
	uv_loop_t loop;
	struct minilab m;
	struct room room;
	struct feed_listener ear;
	int heard;
	int64_t heard_seq;
};

static struct fixture f;

struct giver {				/* whoever feeds a deposit */
	struct deposit d;
	int granted, drained, done, gone, rc;
	bool inside;			/* a call of deposit's is under way */
	bool stalls;			/* whoever gives does so by itself */
	struct str left;		/* what is still to be fed */
};

#define RUN_UNTIL(cond) \
	do { \
		while (!(cond)) \
			uv_run(&f.loop, UV_RUN_ONCE); \
	} while (0)

static void on_heard(struct feed_listener *l, const struct feed_event *e)
{
	(void)l;
	assert_int_equal(e->what, FEED_UPLOADED);
	f.heard++;
	f.heard_seq = e->seq;
}

static int make_bucket(struct change *c, struct db *db)
{
	int64_t id;

	(void)c;
	return bucket_create(db, STR("photos"), &id);
}

static void open_fixture(void **state)
{
	struct change c = { .apply = make_bucket };

	f = (struct fixture){ 0 };
	assert_int_equal(store_open(&f.m.store, &(struct store_spec){ .dir = test_path(state), .region = "us-east-1", .account = "000000000000" }), 0);
	assert_int_equal(store_run(f.m.store, &c), 0);
	assert_int_equal(uv_loop_init(&f.loop), 0);
	assert_int_equal(lanes_open(&f.m.lanes, &f.loop, f.m.store, 3), 0);
	settings_defaults(&f.m.settings);
	f.m.settings.free_floor = 0;
	f.m.loop = &f.loop;
	assert_int_equal(pump_open(&f.m.pump, &f.m), 0);
	feed_open(&f.m.feed);
	f.ear = (struct feed_listener){ .heard = on_heard, .bucket = STR("photos") };
	feed_listen(f.m.feed, &f.ear);
	room_init(&f.room, 8 << 20);
}

static void on_pump_closed(void *owner)
{
	*(bool *)owner = true;
}

static void close_fixture(void)
{
	bool closed = false;

	pump_close(f.m.pump, on_pump_closed, &closed);
	RUN_UNTIL(closed);
	feed_leave(&f.ear);
	feed_close(f.m.feed);
	assert_int_equal(room_used(&f.room), 0);
	lanes_close(f.m.lanes);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f.loop), 0);
	store_close(f.m.store);
	settings_clear(&f.m.settings);
	uv_library_shutdown();
}

static void on_granted(struct deposit *d)
{
	((struct giver *)d->owner)->granted++;
}

static void feed_what_is_left(struct giver *g)
{
	g->inside = true;
	while (g->left.n > 0 && !g->d.full) {
		size_t n = g->left.n < 50000 ? g->left.n : 50000;

		deposit_feed(&g->d, g->left.p, n);
		g->left = str_n(g->left.p + n, g->left.n - n);
	}
	if (g->left.n == 0)
		deposit_end(&g->d);
	g->inside = false;
}

static void on_drained(struct deposit *d)
{
	struct giver *g = d->owner;

	g->drained++;
	if (!g->stalls)
		feed_what_is_left(g);
}

static void on_done(struct deposit *d, int rc)
{
	struct giver *g = d->owner;

	assert_false(g->inside);
	g->done++;
	g->rc = rc;
}

static void on_gone(struct deposit *d)
{
	((struct giver *)d->owner)->gone++;
}

static void begin(struct giver *g, int64_t length, int64_t max)
{
	*g = (struct giver){ .d = { .m = &f.m, .room = &f.room, .length = length, .max = max, .granted = on_granted, .drained = on_drained,
				    .done = on_done, .gone = on_gone, .owner = g } };
	deposit_begin(&g->d);
}

static int give(struct giver *g, struct str bytes)
{
	int before = g->done;

	g->left = bytes;
	feed_what_is_left(g);
	RUN_UNTIL(g->done > before);
	return g->rc;
}

static int put(struct giver *g, const char *bucket, const char *key)
{
	int before = g->done;

	object_put_init(&g->d.put);
	g->d.put.bucket = str_of(bucket);
	g->d.put.o.key = str_of(key);
	g->d.put.o.headers = STR("{}");
	g->d.put.kind = EVENT_CREATED_PUT;
	g->inside = true;
	deposit_put(&g->d);
	g->inside = false;
	RUN_UNTIL(g->done > before);
	return g->rc;
}

static void drop(struct giver *g)
{
	deposit_drop(&g->d);
	RUN_UNTIL(g->gone);
	assert_int_equal(g->gone, 1);
}

/* Files of large blobs there are. */
static int files(void **state)
{
	int obj = openat(test_dir(state), "obj", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	char name[3];

	for (int i = 0; i < 256; i++) {
		int folder;

		snprintf(name, sizeof name, "%02x", i);
		if ((folder = openat(obj, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
			continue;
		n += t_entries(folder);
		close(folder);
	}
	close(obj);
	return n;
}

static void check_stored(const char *key, struct str want)
{
	struct db *reader;
	struct arena a = { 0 };
	struct object o;
	bool missing;
	char *got = malloc(want.n + 1), hex[33];
	uint8_t md5[DIGEST_SIZE_MAX];

	assert_int_equal(store_reader(f.m.store, &reader), 0);
	assert_int_equal(object_get(reader, STR("photos"), str_of(key), &a, &o, &missing), 0);
	assert_int_equal(o.size, want.n);
	assert_int_equal(o.extent_count, want.n > 0);
	if (want.n > 0)
		assert_int_equal(extent_read(store_blobs(f.m.store), o.extents, 0, got, want.n), want.n);
	assert_true(str_eq(str_n(got, want.n), want));
	digest_of(DIGEST_MD5, want, md5);
	hex_encode(hex, md5, 16);
	assert_true(str_is(o.etag, hex));
	assert_int_equal(o.sum.kind, DIGEST_CRC64NVME);
	arena_clear(&a);
	db_close(reader);
	free(got);
}

static void every_size_becomes_an_object(void **state)
{
	static const size_t sizes[] = { 0, 1, DEPOSIT_DIRECT_MAX, DEPOSIT_DIRECT_MAX + 1, BLOB_NEEDLE_MAX, BLOB_NEEDLE_MAX + 1,
		3 * DEPOSIT_PIECE, 5 * DEPOSIT_PIECE + 77 };
	int large = 0;

	open_fixture(state);
	for (size_t i = 0; i < 2 * (sizeof sizes / sizeof sizes[0]); i++) {
		struct str bytes = t_bytes(sizes[i / 2], (uint32_t)i);
		struct giver g;
		char key[20];

		snprintf(key, sizeof key, "k%zu", i);
		begin(&g, i % 2 ? (int64_t)bytes.n : -1, 100 << 20);
		assert_int_equal(g.granted, 1);
		assert_int_equal(give(&g, bytes), 0);
		assert_int_equal(g.d.got, bytes.n);
		assert_int_equal(put(&g, "photos", key), 0);
		assert_int_equal(f.heard, i + 1);
		assert_int_equal(f.heard_seq, g.d.put.o.seq);
		drop(&g);
		check_stored(key, bytes);
		large += bytes.n > BLOB_NEEDLE_MAX;
		free((char *)bytes.p);
	}
	assert_int_equal(files(state), large);
	close_fixture();
}

static void what_is_over_the_limit_is_told_and_leaves_nothing(void **state)
{
	static const struct {
		size_t size;
		int64_t max;
	} cases[] = { { 1, 0 }, { 70000, 69999 }, { 3 << 20, (3 << 20) - 1 }, { 3 << 20, 0 } };

	open_fixture(state);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str bytes = t_bytes(cases[i].size, 1);
		struct giver g;

		begin(&g, -1, cases[i].max);
		assert_int_equal(give(&g, bytes), E_TOO_LARGE);
		deposit_feed(&g.d, "more", 4);
		assert_int_equal(g.done, 1);
		drop(&g);
		free((char *)bytes.p);
	}
	assert_int_equal(files(state), 0);
	assert_int_equal(f.heard, 0);
	close_fixture();
}

static void a_refused_put_may_be_tried_again(void **state)
{
	static const size_t sizes[] = { 10, 1 << 20 };

	open_fixture(state);
	for (size_t i = 0; i < 2; i++) {
		struct str bytes = t_bytes(sizes[i], 1);
		struct giver g;

		begin(&g, (int64_t)bytes.n, bytes.n);
		assert_int_equal(give(&g, bytes), 0);
		assert_int_equal(put(&g, "nowhere", "k"), E_NOT_FOUND);
		assert_int_equal(put(&g, "photos", ""), E_BAD_INPUT);
		assert_int_equal(put(&g, "photos", "k"), 0);
		drop(&g);
		check_stored("k", bytes);
		free((char *)bytes.p);
	}
	assert_int_equal(f.heard, 2);
	close_fixture();
}

/* At every turn of the loop, and at once. */
static void a_deposit_can_be_dropped_at_any_time(void **state)
{
	struct str bytes = t_bytes(5 << 20, 1);
	bool finished = false;

	open_fixture(state);
	for (int turns = 0; !finished; turns++) {
		struct giver g;

		begin(&g, turns % 2 ? (int64_t)bytes.n : -1, 100 << 20);
		g.left = bytes;
		feed_what_is_left(&g);
		for (int i = 0; i < turns && !g.done; i++)
			uv_run(&f.loop, UV_RUN_ONCE);
		finished = g.done;
		drop(&g);
	}
	assert_int_equal(files(state), 0);
	close_fixture();
	free((char *)bytes.p);
}

static void a_put_that_nobody_waits_for_is_committed_all_the_same(void **state)
{
	struct str bytes = t_bytes(1 << 20, 1);
	struct giver g;

	open_fixture(state);
	begin(&g, -1, 100 << 20);
	assert_int_equal(give(&g, bytes), 0);
	object_put_init(&g.d.put);
	g.d.put.bucket = STR("photos");
	g.d.put.o.key = STR("k");
	g.d.put.o.headers = STR("{}");
	deposit_put(&g.d);
	drop(&g);
	assert_int_equal(g.done, 1);
	assert_int_equal(f.heard, 1);
	assert_int_equal(files(state), 1);
	check_stored("k", bytes);
	close_fixture();
	free((char *)bytes.p);
}

static void a_staged_file_can_be_taken_over(void **state)
{
	struct giver g;
	struct extent e;

	open_fixture(state);
	begin(&g, -1, 100);
	drop(&g);
	g = (struct giver){ .d = { .m = &f.m, .room = &f.room, .length = 5, .max = 100, .always_file = true, .want[DIGEST_SHA1] = true, .granted = on_granted,
				   .drained = on_drained, .done = on_done, .gone = on_gone, .owner = &g } };
	deposit_begin(&g.d);
	assert_int_equal(give(&g, STR("small")), 0);
	assert_int_equal(g.d.sum[DIGEST_SHA1][0], 0x89);
	e = deposit_take(&g.d);
	assert_int_equal(e.kind, EXTENT_FILE);
	assert_int_equal(e.len, 5);
	drop(&g);
	assert_int_equal(files(state), 1);
	close_fixture();
}

enum { STALLERS = 16, STALLED_AT = 400000, PHOTO = 500000 };

/* Small ones, of known length or not, and a large one in four, all stopped at the same place. */
static void stall(struct giver *g, struct str bytes)
{
	for (int i = 0; i < STALLERS; i++) {
		begin(&g[i], i % 4 == 0 ? 100 << 20 : i % 4 == 1 ? -1 : PHOTO, 100 << 20);
		g[i].stalls = true;
		RUN_UNTIL(g[i].granted);
		for (int at = 0; at < STALLED_AT; at += 50000) {
			RUN_UNTIL(!g[i].d.full);
			deposit_feed(&g[i].d, bytes.p + at, 50000);
		}
		RUN_UNTIL(!g[i].d.full);
	}
}

static void those_who_stall_hold_up_nobody_and_finish_well(void **state)
{
	struct giver g[STALLERS], good;
	struct str bytes = t_bytes(PHOTO, 1);

	open_fixture(state);
	f.room.part[ROOM_UPLOADS].max = 2 << 20;
	stall(g, bytes);
	assert_true(f.room.squeezed > 0);
	assert_true(room_used(&f.room) < (2 << 20) + PHOTO);
	begin(&good, PHOTO, PHOTO);
	RUN_UNTIL(good.granted);
	assert_int_equal(give(&good, bytes), 0);
	assert_int_equal(put(&good, "photos", "good"), 0);
	drop(&good);
	check_stored("good", bytes);
	for (int i = 0; i < STALLERS; i++) {
		char key[20];

		snprintf(key, sizeof key, "k%d", i);
		g[i].stalls = false;
		assert_int_equal(give(&g[i], str_n(bytes.p + STALLED_AT, PHOTO - STALLED_AT)), 0);
		assert_int_equal(put(&g[i], "photos", key), 0);
		drop(&g[i]);
		check_stored(key, bytes);
	}
	assert_int_equal(room_used(&f.room), 0);
	close_fixture();
	free((char *)bytes.p);
}

static void who_waits_for_room_may_leave(void **state)
{
	struct str bytes = t_bytes(PHOTO, 1);
	struct room_guest work = { 0 };
	struct giver g[3];

	open_fixture(state);
	assert_true(room_take(&f.room, &work, 4 << 20));
	for (int i = 0; i < 3; i++) {
		begin(&g[i], PHOTO, PHOTO);
		assert_int_equal(g[i].granted, 1);	/* the first bytes do not wait */
		g[i].left = bytes;
		feed_what_is_left(&g[i]);
		assert_true(g[i].d.full);
	}
	drop(&g[1]);
	drop(&g[0]);
	assert_int_equal(g[2].drained, 0);
	room_give(&f.room, &work);
	RUN_UNTIL(g[2].done);
	assert_int_equal(g[2].rc, 0);
	assert_true(g[2].drained > 0);
	assert_int_equal(g[0].drained + g[1].drained, 0);
	drop(&g[2]);
	close_fixture();
	free((char *)bytes.p);
}

static void a_full_disk_is_told_before_everything_is_sent(void **state)
{
	struct str bytes = t_bytes(2 << 20, 1);
	struct giver g;

	open_fixture(state);
	f.m.settings.free_floor = INT64_MAX / 2;
	begin(&g, 10 << 20, 10 << 20);
	g.left = bytes;
	g.inside = true;
	deposit_feed(&g.d, bytes.p, bytes.n);
	g.inside = false;
	RUN_UNTIL(g.done);
	assert_int_equal(g.rc, E_FULL);
	drop(&g);
	assert_int_equal(files(state), 0);
	close_fixture();
	free((char *)bytes.p);
}

/* Each system call of staging fails in turn; the deposit is told, and can be dropped. */
static void a_disk_that_fails_is_told(void **state)
{
	struct str bytes = t_bytes(3 << 20, 1);
	int failures = 0;

	open_fixture(state);
	EACH_FAULT(fault) {
		struct giver g;

		begin(&g, (int64_t)bytes.n, 100 << 20);
		g.left = bytes;
		feed_what_is_left(&g);
		RUN_UNTIL(g.done);
		assert_true(g.rc == 0 || t_faulted(&fault));	/* other threads may have met it */
		failures += g.rc < 0;
		drop(&g);
	}
	assert_true(failures > 5);	/* to open, to allocate, to write, to sync file and folder */
	close_fixture();
	free((char *)bytes.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_size_becomes_an_object),
		T(what_is_over_the_limit_is_told_and_leaves_nothing),
		T(a_refused_put_may_be_tried_again),
		T(a_deposit_can_be_dropped_at_any_time),
		T(a_put_that_nobody_waits_for_is_committed_all_the_same),
		T(a_staged_file_can_be_taken_over),
		T(those_who_stall_hold_up_nobody_and_finish_well),
		T(who_waits_for_room_may_leave),
		T(a_full_disk_is_told_before_everything_is_sent),
		T(a_disk_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
