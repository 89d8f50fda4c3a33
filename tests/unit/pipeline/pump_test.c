/* The whole way without HTTP: real store, real runner in its cage, real pump. */
#include "tests/lib/t.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "functions/pool.h"
#include "pipeline/backfill.h"
#include "pipeline/catalog.h"
#include "pipeline/concurrency.h"
#include "pipeline/explain.h"
#include "pipeline/log_sink.h"
#include "pipeline/meter.h"
#include "pipeline/pump.h"
#include "pipeline/retry.h"
#include "pipeline/setup.h"
#include "storage/audit.h"
#include "storage/bucket.h"
#include "storage/object.h"
#include "storage/table.h"

#define DEADLINE_S 100		/* only to end a test that hangs */

/* One white pixel. */
static const char gif[] = "GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02" "D\x01\0;";
#define PHOTO STR(gif)

struct fixture {
	struct minilab m;
	uv_loop_t loop;
	struct db *reader;
	bool closed;
};

static void open_fixture(void **state, struct fixture *f)
{
	struct minilab *m = &f->m;

	*f = (struct fixture){0};
	alarm(DEADLINE_S);
	settings_defaults(&m->settings);
	m->settings.retry_base_ms = 1;
	free((char *)(uintptr_t)m->settings.data);
	m->settings.data = strdup(test_path(state));
	m->settings.environments_max = 2;
	m->loop = &f->loop;
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(store_open(&m->store, &(struct store_spec){ .dir = test_path(state), .region = "us-east-1",
			 .account = "000000000000", .segment_size = 1 << 20 }), 0);
	assert_int_equal(setup_default(m->store, true), 0);
	assert_int_equal(store_reader(m->store, &f->reader), 0);
	assert_int_equal(lanes_open(&m->lanes, &f->loop, m->store, 2), 0);
	assert_int_equal(pool_open(&m->pool, &(struct pool_spec){ .loop = &f->loop, .runner_path = t_runner(), .general_path = t_general(),
			 .environments_max = 2, .idle_ms = 60000, .uses_max = 100, .probes = true }), 0);
	concurrency_open(&m->concurrency, m->settings.concurrency_max);
	meter_open(&m->meter, m);
	log_sink_open(&m->log_sink, m);
	assert_int_equal(catalog_open(&m->catalog, m), 0);
	assert_int_equal(pump_open(&m->pump, m), 0);
}

static void on_closed(void *owner)
{
	*(bool *)owner = true;
}

/* Never blocks: what a timer's callback did must be seen before the next event. */
static void turn(struct fixture *f)
{
	if (uv_run(&f->loop, UV_RUN_NOWAIT))
		t_nap();
}

static void run_until(struct fixture *f, const bool *flag)
{
	while (!*flag)
		turn(f);
}

static void close_fixture(struct fixture *f)
{
	bool drained = false, pool = f->m.pool == NULL, pump = false, catalog = false, meter = false, log = false;

	pump_stop(f->m.pump, on_closed, &drained);
	run_until(f, &drained);
	if (!pool)
		pool_close(f->m.pool, on_closed, &pool);
	run_until(f, &pool);
	pump_close(f->m.pump, on_closed, &pump);
	run_until(f, &pump);
	catalog_close(f->m.catalog, on_closed, &catalog);
	run_until(f, &catalog);
	meter_close(f->m.meter, on_closed, &meter);
	run_until(f, &meter);
	log_sink_close(f->m.log_sink, on_closed, &log);
	run_until(f, &log);
	concurrency_close(f->m.concurrency);
	lanes_close(f->m.lanes);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	db_close(f->reader);
	store_close(f->m.store);
	settings_clear(&f->m.settings);
	uv_library_shutdown();
	alarm(0);
}

static int64_t put(struct fixture *f, const char *key, struct str bytes)
{
	char hex[33], name[1200];
	uint8_t md5[DIGEST_SIZE_MAX];
	struct needle needle = { .data = bytes };
	struct object_put p;

	digest_of(DIGEST_MD5, bytes, md5);
	hex_encode(hex, md5, 16);
	snprintf(name, sizeof name, "photos/%s", key);
	needle.key = str_of(name);
	object_put_init(&p);
	p.store = f->m.store;
	p.bucket = STR("photos");
	p.o = (struct object){ .key = str_of(key), .size = (int64_t)bytes.n, .etag = str_of(hex), .headers = STR("{}") };
	p.actor = (struct actor){ STR("AWS:TEST"), STR("127.0.0.1"), STR("REQ"), STR("HOST"), STR("") };
	p.change.needles = &needle;
	p.change.needle_count = 1;
	assert_int_equal(store_run(f->m.store, &p.change), 0);
	return p.o.seq;
}

static void delete(struct fixture *f, const char *key)
{
	struct object_key k = { .key = str_of(key) };
	int result;
	struct object_delete d;

	object_delete_init(&d);
	d.store = f->m.store;
	d.bucket = STR("photos");
	d.keys = &k;
	d.results = &result;
	d.count = 1;
	d.actor = (struct actor){ STR("AWS:TEST"), STR("127.0.0.1"), STR("REQ"), STR("HOST"), STR("") };
	assert_int_equal(store_run(f->m.store, &d.change), 0);
}

static int64_t settled(struct fixture *f)
{
	struct pump_stats s;

	pump_get_stats(f->m.pump, &s);
	return s.done + s.buried + s.superseded;
}

static void run_jobs(struct fixture *f, int64_t until)
{
	pump_wake(f->m.pump);
	while (settled(f) < until)
		turn(f);
}

static int count_object(void *owner, const struct object *o, struct str *skip)
{
	(void)o, (void)skip;
	++*(int *)owner;
	return 0;
}

static int thumbnails(struct fixture *f)
{
	int64_t id;
	int n = 0;

	assert_int_equal(bucket_find(f->reader, STR("photos-thumbnails"), &id, NULL), 0);
	assert_int_equal(object_list(f->reader, id, STR(""), STR(""), count_object, &n), 0);
	return n;
}

/* An attribute of the row of a key, as text; absent when there is no row. */
static struct str row_text(struct fixture *f, const char *key, const char *attribute, const char *type, struct arena *a)
{
	struct json_value *name, *item;
	struct table t;
	struct str text;

	assert_int_equal(table_open(f->reader, STR("photos"), a, &t), 0);
	assert_int_equal(json_parse(a, str_of(arena_printf(a, "{\"key\":{\"S\":\"%s\"}}", key)), &name), 0);
	if (item_get(f->reader, &t, name, a, &text) == E_NOT_FOUND)
		return (struct str){0};
	assert_int_equal(json_parse(a, text, &item), 0);
	return json_text(json_get(item, attribute), type);
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

static void a_photo_becomes_thumbnails_and_a_row(void **state)
{
	struct arena a = {0};
	struct fixture f;

	open_fixture(state, &f);
	put(&f, "2026/cat.gif", PHOTO);
	run_jobs(&f, 1);
	assert_int_equal(thumbnails(&f), 3);
	assert_true(str_is(row_text(&f, "2026/cat.gif", "status", "S", &a), "done"));
	assert_true(str_is(row_text(&f, "2026/cat.gif", "width", "N", &a), "1"));
	audit_is_clean(&f);
	close_fixture(&f);
	arena_clear(&a);
}

static void a_file_that_is_no_picture_is_told_at_the_first_attempt(void **state)
{
	struct arena a = {0};
	struct fixture f;

	open_fixture(state, &f);
	put(&f, "notes.jpg", STR("this is a text"));
	run_jobs(&f, 1);
	assert_int_equal(thumbnails(&f), 0);
	assert_true(str_is(row_text(&f, "notes.jpg", "status", "S", &a), "failed"));
	assert_true(str_is(row_text(&f, "notes.jpg", "reason", "S", &a), "Image.NotAnImage"));
	assert_true(str_is(row_text(&f, "notes.jpg", "attempts", "N", &a), "1"));
	audit_is_clean(&f);
	close_fixture(&f);
	arena_clear(&a);
}

static void a_crash_is_tried_three_times_and_can_be_retried(void **state)
{
	struct arena a = {0};
	struct fixture f;
	struct retry r = { .bucket = STR("photos"), .key = STR("evil.jpg") };

	open_fixture(state, &f);
	put(&f, "evil.jpg", STR("minilab-probe {\"probe\":\"segv\"}"));
	run_jobs(&f, 1);
	assert_true(str_is(row_text(&f, "evil.jpg", "attempts", "N", &a), "3"));
	assert_true(str_is(row_text(&f, "evil.jpg", "reason", "S", &a), "Runtime.ExitError"));
	retry_init(&r);
	assert_int_equal(store_run(f.m.store, &r.change), 0);
	assert_int_equal(r.count, 1);
	run_jobs(&f, 2);
	audit_is_clean(&f);
	close_fixture(&f);
	arena_clear(&a);
}

#define HOARD_MAX 4096

/* Takes all descriptors there are. */
static int hoard(int fds[HOARD_MAX])
{
	struct rlimit l;
	int n = 0;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &l), 0);
	l.rlim_cur = HOARD_MAX;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &l), 0);
	while (n < HOARD_MAX && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	assert_true(n < HOARD_MAX && errno == EMFILE);
	return n;
}

static void what_the_daemon_lacks_is_no_attempt_and_no_dead_letter(void **state)
{
	static int fds[HOARD_MAX];
	struct pump_stats s = {0};
	struct arena a = {0};
	struct fixture f;
	int n;

	open_fixture(state, &f);
	put(&f, "a.gif", PHOTO);
	n = hoard(fds);
	pump_wake(f.m.pump);
	while (s.failed < 4) {
		turn(&f);
		pump_get_stats(f.m.pump, &s);
	}
	while (n > 0)
		close(fds[--n]);
	run_jobs(&f, 1);
	assert_int_equal(thumbnails(&f), 3);
	assert_true(str_is(row_text(&f, "a.gif", "attempts", "N", &a), "1"));
	audit_is_clean(&f);
	arena_clear(&a);
	close_fixture(&f);
}

static void overwriting_supersedes_and_deleting_removes(void **state)
{
	struct arena a = {0};
	struct fixture f;

	open_fixture(state, &f);
	put(&f, "cat.gif", PHOTO);
	put(&f, "cat.gif", PHOTO);
	run_jobs(&f, 2);
	assert_int_equal(thumbnails(&f), 3);
	audit_is_clean(&f);
	delete(&f, "cat.gif");
	run_jobs(&f, 3);
	assert_int_equal(thumbnails(&f), 0);
	assert_false(str_is_set(row_text(&f, "cat.gif", "status", "S", &a)));
	audit_is_clean(&f);
	close_fixture(&f);
	arena_clear(&a);
}

static bool running(struct fixture *f)
{
	struct pool_health h;

	pool_get_health(f->m.pool, &h);
	return h.busy > 0;
}

static void deleting_while_the_job_runs_leaves_nothing(void **state)
{
	struct fixture f;

	open_fixture(state, &f);
	put(&f, "slow.gif", STR("minilab-probe {\"probe\":\"nap\",\"ms\":300}"));
	pump_wake(f.m.pump);
	while (!running(&f))
		turn(&f);
	delete(&f, "slow.gif");
	run_jobs(&f, 2);
	assert_int_equal(thumbnails(&f), 0);
	audit_is_clean(&f);
	close_fixture(&f);
}

static void what_runs_when_the_pool_closes_runs_again_at_the_next_start(void **state)
{
	struct arena a = {0};
	struct fixture f;
	bool gone = false;

	open_fixture(state, &f);
	put(&f, "endless.gif", STR("minilab-probe {\"probe\":\"loop\"}"));
	pump_wake(f.m.pump);
	while (!running(&f))
		turn(&f);
	f.m.pool_closing = true;
	pool_close(f.m.pool, on_closed, &gone);
	run_until(&f, &gone);
	f.m.pool = NULL;
	close_fixture(&f);

	open_fixture(state, &f);
	put(&f, "endless.gif", PHOTO);
	run_jobs(&f, 2);
	assert_int_equal(thumbnails(&f), 3);
	audit_is_clean(&f);
	close_fixture(&f);
	arena_clear(&a);
}

static void explain_tells_the_life_of_a_photo(void **state)
{
	struct buf json = {0};
	struct fixture f;

	open_fixture(state, &f);
	assert_int_equal(explain_gather(f.reader, STR("photos"), STR("cat.gif"), &json), E_NOT_FOUND);
	json.len = 0;
	assert_int_equal(explain_gather(f.reader, STR("nowhere"), STR("cat.gif"), &json), E_NOT_FOUND);
	put(&f, "cat.gif", PHOTO);
	run_jobs(&f, 1);
	json.len = 0;
	assert_int_equal(explain_gather(f.reader, STR("photos"), STR("cat.gif"), &json), 0);
	for (const char *const *word = (const char *const[]){ "uploaded", "queued", "attempt started", "done", "small.webp",
			"nothing: thumbnails and row are those of the current version", NULL }; *word; word++)
		assert_non_null(strstr(json.data, *word));
	buf_clear(&json);
	close_fixture(&f);
}

static bool explained(struct fixture *f, const char *key, const char *what)
{
	struct buf json = {0};
	bool says;

	assert_int_equal(explain_gather(f->reader, STR("photos"), str_of(key), &json), 0);
	says = strstr(json.data, what) != NULL;
	if (!says)
		print_error("%s\n", json.data);
	buf_clear(&json);
	return says;
}

static int lose_thumbnail(struct change *c, struct db *db)
{
	struct query q = db_query(db, SQL_OBJECT_DELETE);
	int64_t bucket;
	int rc = bucket_find(db, STR("photos-thumbnails"), &bucket, NULL);

	(void)c;
	query_int(&q, 1, bucket);
	query_bytes(&q, 2, STR("cat.gif/small.webp"));
	return rc < 0 ? rc : query_run(&q);
}

static void explain_tells_what_is_there_and_not_what_was_made(void **state)
{
	struct change loss = { .apply = lose_thumbnail };
	struct fixture f;

	open_fixture(state, &f);
	put(&f, "cat.gif", PHOTO);
	run_jobs(&f, 1);
	assert_int_equal(store_run(f.m.store, &loss), 0);
	assert_true(explained(&f, "cat.gif", "there are 2 thumbnails and the row"));
	assert_true(explained(&f, "cat.gif", "and that is wrong"));
	assert_true(explained(&f, "cat.gif", "\"exists\":false"));
	close_fixture(&f);
}

/* A backfill of all photos, of which the test queues them one by one. */
struct feeding {
	struct change change;
	struct store *store;
	struct backfill b;
	struct backfill_find what;
	struct arena arena;
};

static int feed_one(struct change *c, struct db *db)
{
	struct feeding *k = container_of(c, struct feeding, change);
	int rc = backfill_queue(db, k->store, &k->b, &k->what, &k->arena);

	return rc == 1 ? backfill_move(db, k->b.id, k->what.key, false, 1) : E_NOT_FOUND;
}

static void feed(struct fixture *f, const struct backfill *b, const char *key, int64_t seq)
{
	struct feeding k = { .change = { .apply = feed_one }, .store = f->m.store, .b = *b,
			     .what = { .key = str_of(key), .seq = seq, .size = (int64_t)PHOTO.n } };

	assert_int_equal(store_run(f->m.store, &k.change), 0);
	arena_clear(&k.arena);
}

struct gate {				/* a change that holds up the writer until the test lets it go */
	struct change change;
	struct commit commit;
	sem_t open;
};

static int wait_at_gate(struct change *c, struct db *db)
{
	struct gate *g = container_of(c, struct gate, change);

	(void)db;
	return sem_wait(&g->open);
}

static void on_passed(struct commit *c)
{
	(void)c;
}

static void put_gate(struct fixture *f, struct gate *g)
{
	*g = (struct gate){ .change = { .apply = wait_at_gate }, .commit = { .change = &g->change, .done = on_passed } };
	assert_int_equal(sem_init(&g->open, 0, 0), 0);
	lanes_commit(f->m.lanes, &g->commit);
}

static int busy(struct fixture *f)
{
	struct pool_health h;

	pool_get_health(f->m.pool, &h);
	return h.busy;
}

static int64_t leased(struct fixture *f)
{
	struct queue_counts c;

	assert_int_equal(queue_count(f->reader, &c), 0);
	return c.leased;
}

/* The first job's end is committed, and the loop has not heard of it, when the claim is made: it finds no room beside it. */
static void a_backfill_goes_on_when_a_job_settles_while_a_claim_is_under_way(void **state)
{
	struct backfill_ask ask = { .action = BACKFILL_START, .bucket = STR("photos") };
	char error[RENDITION_LIST_ERROR_MAX];
	struct gate gate;
	struct fixture f;
	int64_t a, b;

	open_fixture(state, &f);
	a = put(&f, "a.gif", PHOTO);
	b = put(&f, "b.gif", PHOTO);
	run_jobs(&f, 2);
	ask.b = (struct backfill){ .what = BACKFILL_ALL, .prefix = STR(""), .presets = STR(""), .rate = 1 };
	assert_int_equal(backfill_resolve(f.reader, NULL, STR("photos"), &ask.b, error), 0);
	backfill_ask_init(&ask);
	assert_int_equal(store_run(f.m.store, &ask.change), 0);
	feed(&f, &ask.b, "a.gif", a);
	pump_wake(f.m.pump);
	while (busy(&f) == 0)
		turn(&f);
	feed(&f, &ask.b, "b.gif", b);
	put_gate(&f, &gate);
	while (busy(&f) > 0)
		turn(&f);
	for (int i = 0; i < 100; i++)	/* its thumbnails are on their way to the writer */
		turn(&f);
	assert_int_equal(leased(&f), 1);
	sem_post(&gate.open);
	while (leased(&f) > 0)
		t_nap();
	pump_wake(f.m.pump);
	while (settled(&f) < 4)
		turn(&f);
	audit_is_clean(&f);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_photo_becomes_thumbnails_and_a_row),
		T(a_file_that_is_no_picture_is_told_at_the_first_attempt),
		T(a_crash_is_tried_three_times_and_can_be_retried),
		T(what_the_daemon_lacks_is_no_attempt_and_no_dead_letter),
		T(overwriting_supersedes_and_deleting_removes),
		T(deleting_while_the_job_runs_leaves_nothing),
		T(what_runs_when_the_pool_closes_runs_again_at_the_next_start),
		T(explain_tells_the_life_of_a_photo),
		T(explain_tells_what_is_there_and_not_what_was_made),
		T(a_backfill_goes_on_when_a_job_settles_while_a_claim_is_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
