/* What a photo's life is told as, and a backfill whose jobs settle while others are claimed. */
#include "tests/unit/pipeline/pump_rig.h"

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
		T(deleting_while_the_job_runs_leaves_nothing),
		T(what_runs_when_the_pool_closes_runs_again_at_the_next_start),
		T(explain_tells_the_life_of_a_photo),
		T(explain_tells_what_is_there_and_not_what_was_made),
		T(a_backfill_goes_on_when_a_job_settles_while_a_claim_is_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
