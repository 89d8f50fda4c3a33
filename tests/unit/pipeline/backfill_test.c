/* A real store, feeder and pump; jobs run in the real cage. What takes a daemon's death is in tests/e2e/33-backfill.py. */
#include "tests/lib/t.h"

#include <stdio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "functions/pool.h"
#include "pipeline/backfill.h"
#include "pipeline/feeder.h"
#include "pipeline/presets.h"
#include "pipeline/pump.h"
#include "pipeline/setup.h"
#include "storage/audit.h"
#include "storage/bucket.h"
#include "storage/object.h"

#define DEADLINE_S 100		/* only to end a test that hangs */

struct fixture {
	struct minilab m;
	uv_loop_t loop;
	struct db *reader;
	struct arena arena;
};

/* Without a pump: what is queued stays. */
static void open_fixture(void **state, struct fixture *f)
{
	struct minilab *m = &f->m;

	*f = (struct fixture){0};
	alarm(DEADLINE_S);
	settings_defaults(&m->settings);
	m->settings.environments_max = 1;
	m->loop = &f->loop;
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(store_open(&m->store, &(struct store_spec){ .dir = test_path(state), .region = "us-east-1",
			 .account = "000000000000", .segment_size = 1 << 20 }), 0);
	assert_int_equal(setup_default(m->store, true), 0);
	assert_int_equal(store_reader(m->store, &f->reader), 0);
	assert_int_equal(lanes_open(&m->lanes, &f->loop, m->store, 2), 0);
	assert_int_equal(pump_open(&m->pump, m), 0);
	feeder_open(&m->feeder, m);
}

static void on_closed(void *owner)
{
	*(bool *)owner = true;
}

static void run_until(struct fixture *f, const bool *flag)
{
	while (!*flag)
		if (uv_run(&f->loop, UV_RUN_NOWAIT))
			t_nap();
}

static void close_fixture(struct fixture *f)
{
	bool feeder = false, pump = false;

	feeder_close(f->m.feeder, on_closed, &feeder);
	run_until(f, &feeder);
	pump_close(f->m.pump, on_closed, &pump);
	run_until(f, &pump);
	lanes_close(f->m.lanes);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	arena_clear(&f->arena);
	db_close(f->reader);
	store_close(f->m.store);
	settings_clear(&f->m.settings);
	uv_library_shutdown();
	alarm(0);
}

static void put(struct fixture *f, const char *key)
{
	char name[64];
	struct needle needle = { .data = STR("x") };
	struct object_put p;

	snprintf(name, sizeof name, "photos/%s", key);
	needle.key = str_of(name);
	object_put_init(&p);
	p.store = f->m.store;
	p.bucket = STR("photos");
	p.o = (struct object){ .key = str_of(key), .size = 1, .etag = STR("9dd4e461268c8034f5c8564e155c67a6"), .headers = STR("{}") };
	p.actor = (struct actor){ STR("AWS:TEST"), STR("127.0.0.1"), STR("REQ"), STR("HOST"), STR(""), STR("S3 PutObject") };
	p.change.needles = &needle;
	p.change.needle_count = 1;
	assert_int_equal(store_run(f->m.store, &p.change), 0);
}

struct doing {
	struct change change;
	int (*call)(struct db *db, void *arg);
	void *arg;
};

static int apply_doing(struct change *c, struct db *db)
{
	struct doing *d = container_of(c, struct doing, change);

	return d->call(db, d->arg);
}

static int do_it(struct fixture *f, int (*call)(struct db *db, void *arg), void *arg)
{
	struct doing d = { .change = { .apply = apply_doing }, .call = call, .arg = arg };

	return store_run(f->m.store, &d.change);
}

/* All events that wait become dead letters. */
static int bury_all(struct db *db, void *arg)
{
	struct fixture *f = arg;
	struct job_row *rows;
	int n = queue_claim(db, 1, clock_wall_ms(), 60000, 1000, &f->arena, &rows), rc = n < 0 ? n : 0;

	for (int i = 0; i < n && rc == 0; i++)
		rc = queue_bury(db, rows[i].id, rows[i].lease, STR("Test"), STR("buried"));
	return rc;
}

static struct backfill wanted(struct fixture *f, enum backfill_what what)
{
	struct backfill b = { .what = what, .prefix = STR(""), .presets = what == BACKFILL_PRESETS ? STR("small.webp") : STR(""),
			      .rate = BACKFILL_RATE_MAX };
	char error[RENDITION_LIST_ERROR_MAX] = "";

	assert_int_equal(backfill_resolve(f->reader, NULL, STR("photos"), &b, error), 0);
	return b;
}

static int64_t start(struct fixture *f, enum backfill_what what, int64_t rate)
{
	struct backfill_ask k = { .action = BACKFILL_START, .bucket = STR("photos"), .b = wanted(f, what) };

	k.b.rate = rate;
	backfill_ask_init(&k);
	assert_int_equal(store_run(f->m.store, &k.change), 0);
	return k.b.id;
}

static int ask(struct fixture *f, enum backfill_action action)
{
	struct backfill_ask k = { .action = action, .bucket = STR("photos") };

	backfill_ask_init(&k);
	return store_run(f->m.store, &k.change);
}

static struct backfill look(struct fixture *f, int64_t id)
{
	struct backfill b;

	assert_int_equal(backfill_get(f->reader, id, &f->arena, &b), 0);
	return b;
}

static void audit_is_clean(struct fixture *f);

static void each_photo_is_left_alone_or_found_by_what_it_has(void **state)
{
	struct backfill_page p;
	struct backfill b;
	struct fixture f;

	open_fixture(state, &f);
	put(&f, "dead.jpg");
	assert_int_equal(do_it(&f, bury_all, &f), 0);
	put(&f, "waits.jpg");
	b = wanted(&f, BACKFILL_MISSING);
	assert_int_equal(backfill_look(f.reader, NULL, &b, 0, &f.arena, &p), 0);
	assert_true(p.todo == 1 && p.waiting == 1 && p.current == 0 && p.bytes == 1 && p.end);
	assert_int_equal(backfill_look(f.reader, NULL, &b, 5, &f.arena, &p), 0);
	assert_true(p.todo == 1 && str_is(p.finds[0].key, "dead.jpg") && str_is(p.after, "waits.jpg"));
	b = wanted(&f, BACKFILL_PRESETS);
	assert_int_equal(backfill_look(f.reader, NULL, &b, 0, &f.arena, &p), 0);
	assert_true(p.todo == 0 && p.without == 1 && p.waiting == 1);
	b = wanted(&f, BACKFILL_ALL);
	b.prefix = STR("w");
	assert_int_equal(backfill_look(f.reader, NULL, &b, 0, &f.arena, &p), 0);
	assert_true(p.todo == 0 && p.waiting == 1);
	close_fixture(&f);
}

static void pages_meet_without_a_gap(void **state)
{
	struct backfill_page p;
	struct backfill b;
	struct fixture f;
	int found = 0, pages = 0;

	open_fixture(state, &f);
	for (int i = 0; i < 10; i++) {
		char key[8] = { 'a', (char)('0' + i), 0 };

		put(&f, key);
	}
	assert_int_equal(do_it(&f, bury_all, &f), 0);
	b = wanted(&f, BACKFILL_ALL);
	do {
		assert_int_equal(backfill_look(f.reader, NULL, &b, 3, &f.arena, &p), 0);
		for (int i = 0; i < p.todo; i++)
			assert_int_equal(p.finds[i].key.p[1], '0' + found++);
		b.after = p.after;
		pages++;
	} while (!p.end);
	assert_int_equal(found, 10);
	assert_int_equal(pages, 4);
	close_fixture(&f);
}

static void bad_wishes_are_told_why(void **state)
{
	struct backfill b = { .what = BACKFILL_PRESETS, .presets = STR("small.webp huge.png"), .prefix = STR("") };
	char error[RENDITION_LIST_ERROR_MAX] = "";
	struct fixture f;

	open_fixture(state, &f);
	assert_int_equal(backfill_resolve(f.reader, NULL, STR("photos"), &b, error), E_BAD_INPUT);
	assert_non_null(strstr(error, "huge.png"));
	assert_int_equal(backfill_resolve(f.reader, NULL, STR("nowhere"), &b, error), E_NOT_FOUND);
	assert_int_equal(backfill_resolve(f.reader, NULL, STR("photos-thumbnails"), &b, error), E_BAD_INPUT);
	assert_non_null(strstr(error, "no rule"));
	b.presets = STR("");
	assert_int_equal(backfill_resolve(f.reader, NULL, STR("photos"), &b, error), E_BAD_INPUT);
	close_fixture(&f);
}

#define MANY 150

static void fill(struct fixture *f)
{
	for (int i = 0; i < MANY; i++) {
		char key[16];

		snprintf(key, sizeof key, "p%03d", i);
		put(f, key);
	}
	assert_int_equal(do_it(f, bury_all, f), 0);
}

static int64_t waiting(struct fixture *f)
{
	struct queue_counts c;

	assert_int_equal(queue_count(f->reader, &c), 0);
	return c.ready;
}

static void turn(struct fixture *f)
{
	if (uv_run(&f->loop, UV_RUN_NOWAIT))
		t_nap();
}

/* The pump does not run, so what is queued stays; the clock is the tests'. */
static void no_more_are_queued_than_may_be_open(void **state)
{
	struct fixture f;
	int64_t id;

	open_fixture(state, &f);
	pump_stop(f.m.pump, on_closed, &(bool){ false });
	fill(&f);
	id = start(&f, BACKFILL_ALL, BACKFILL_RATE_MAX);
	feeder_wake(f.m.feeder);
	while (waiting(&f) < FEEDER_OPEN)
		turn(&f);
	clock_advance_ms(60000);
	for (int i = 0; i < 200; i++)
		turn(&f);
	assert_int_equal(waiting(&f), FEEDER_OPEN);
	assert_int_equal(look(&f, id).queued, FEEDER_OPEN);
	assert_false(look(&f, id).looked);
	close_fixture(&f);
}

static void no_more_are_queued_than_the_rate_allows(void **state)
{
	struct fixture f;
	int64_t id;

	open_fixture(state, &f);
	pump_stop(f.m.pump, on_closed, &(bool){ false });
	fill(&f);
	id = start(&f, BACKFILL_ALL, 1);
	feeder_wake(f.m.feeder);
	while (look(&f, id).queued < 1)
		turn(&f);
	clock_advance_ms(500000);		/* what was not used is not saved up */
	while (look(&f, id).queued < 2)
		turn(&f);
	assert_int_equal(look(&f, id).queued, 2);
	close_fixture(&f);
}

static void a_paused_one_queues_nothing_and_a_cancelled_one_has_ended(void **state)
{
	struct fixture f;
	int64_t id;

	open_fixture(state, &f);
	pump_stop(f.m.pump, on_closed, &(bool){ false });
	fill(&f);
	assert_int_equal(ask(&f, BACKFILL_PAUSE), E_NOT_FOUND);
	id = start(&f, BACKFILL_MISSING, BACKFILL_RATE_MAX);
	assert_int_equal(ask(&f, BACKFILL_PAUSE), 0);
	feeder_wake(f.m.feeder);
	for (int i = 0; i < 200; i++)
		turn(&f);
	assert_int_equal(look(&f, id).queued, 0);
	assert_int_equal(ask(&f, BACKFILL_RESUME), 0);
	feeder_wake(f.m.feeder);
	while (look(&f, id).queued == 0)
		turn(&f);
	assert_int_equal(ask(&f, BACKFILL_CANCEL), 0);
	assert_int_equal(ask(&f, BACKFILL_RESUME), E_NOT_FOUND);
	assert_true(look(&f, id).state == BACKFILL_CANCELLED && look(&f, id).ended_ms > 0);
	audit_is_clean(&f);
	close_fixture(&f);
}

static void on_finding(void *owner, const char *code, struct str bucket, struct str key, const char *text)
{
	(void)owner;
	print_error("%s %.*s/%.*s: %s\n", code, STR_ARG(bucket), STR_ARG(key), text);
}

static void audit_is_clean(struct fixture *f)
{
	struct audit_totals t;

	assert_int_equal(audit_run(f->m.store, on_finding, NULL, NULL, &t), 0);
	assert_int_equal(t.findings, 0);
}

static void an_empty_bucket_is_done_at_once(void **state)
{
	struct fixture f;
	int64_t id;

	open_fixture(state, &f);
	pump_stop(f.m.pump, on_closed, &(bool){ false });
	id = start(&f, BACKFILL_ALL, 5);
	feeder_wake(f.m.feeder);
	while (look(&f, id).state != BACKFILL_DONE)
		turn(&f);
	assert_true(look(&f, id).looked && look(&f, id).queued == 0);
	close_fixture(&f);
}

static int drop_bucket(struct db *db, void *arg)
{
	(void)arg;
	return bucket_delete(db, STR("photos"));
}

static void that_of_a_bucket_that_is_gone_has_ended(void **state)
{
	struct fixture f;
	int64_t id;

	open_fixture(state, &f);
	pump_stop(f.m.pump, on_closed, &(bool){ false });
	id = start(&f, BACKFILL_ALL, 5);
	assert_int_equal(do_it(&f, drop_bucket, NULL), 0);
	feeder_wake(f.m.feeder);
	while (look(&f, id).ended_ms == 0)
		turn(&f);
	assert_true(look(&f, id).state == BACKFILL_CANCELLED);
	close_fixture(&f);
}

static void presets_of_a_place_count_for_its_photos(void **state)
{
	struct backfill b = { .what = BACKFILL_PRESETS, .presets = STR("avatar.webp"), .prefix = STR("") };
	char error[RENDITION_LIST_ERROR_MAX] = "", why[PRESETS_ERROR_MAX];
	struct presets *presets;
	struct fixture f;

	open_fixture(state, &f);
	assert_int_equal(presets_open(&presets, STR(""), STR("photos/avatars/ avatar.webp=96,fill"), why), 0);
	assert_int_equal(backfill_resolve(f.reader, NULL, STR("photos"), &b, error), E_BAD_INPUT);
	assert_int_equal(backfill_resolve(f.reader, presets, STR("photos"), &b, error), 0);
	presets_close(presets);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_photo_is_left_alone_or_found_by_what_it_has),
		T(pages_meet_without_a_gap),
		T(bad_wishes_are_told_why),
		T(no_more_are_queued_than_may_be_open),
		T(no_more_are_queued_than_the_rate_allows),
		T(a_paused_one_queues_nothing_and_a_cancelled_one_has_ended),
		T(an_empty_bucket_is_done_at_once),
		T(that_of_a_bucket_that_is_gone_has_ended),
		T(presets_of_a_place_count_for_its_photos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
