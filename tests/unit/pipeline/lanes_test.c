#include "tests/lib/t.h"

#include "base/check.h"
#include "base/err.h"
#include "pipeline/lanes.h"

struct fixture {
	uv_loop_t loop;
	struct store *store;
	struct lanes *lanes;
};

static void open_fixture(void **state, struct fixture *f)
{
	assert_int_equal(store_open(&f->store, &(struct store_spec){ .dir = test_path(state), .region = "us-east-1",
									  .account = "000000000000" }), 0);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(lanes_open(&f->lanes, &f->loop, f->store, 3), 0);
}

/* The loop runs out of handles only when the lanes' own is gone. */
static void close_fixture(struct fixture *f)
{
	lanes_close(f->lanes);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	store_close(f->store);
	uv_library_shutdown();
}

static void run_until_idle(struct fixture *f)
{
	while (lanes_pending(f->lanes) > 0)
		uv_run(&f->loop, UV_RUN_ONCE);
}

struct counted {
	struct work work;
	int64_t *sum;
	int value;
	uv_thread_t ran_on;
};

static int count_run(struct work *w, struct db *reader)
{
	struct counted *c = container_of(w, struct counted, work);

	c->ran_on = uv_thread_self();
	return reader ? c->value : E_NOT_FOUND;
}

static void count_done(struct work *w)
{
	struct counted *c = container_of(w, struct counted, work);

	*c->sum += w->rc;
}

static void work_runs_elsewhere_and_comes_back_once(void **state)
{
	struct counted works[100];
	struct fixture f;
	int64_t sum = 0;
	uv_thread_t here = uv_thread_self();

	open_fixture(state, &f);
	for (int i = 0; i < 100; i++) {
		works[i] = (struct counted){ .work = { .run = count_run, .done = count_done }, .sum = &sum, .value = i };
		lanes_run(f.lanes, &works[i].work);
		assert_int_equal(sum, 0);	/* never from inside the call */
	}
	run_until_idle(&f);
	assert_int_equal(sum, 4950);
	for (int i = 0; i < 100; i++)
		assert_false(uv_thread_equal(&works[i].ran_on, &here));
	close_fixture(&f);
}

struct committed {
	struct change change;
	struct commit commit;
	int *order, place;
};

static int refuse_odd(struct change *c, struct db *db)
{
	struct committed *k = container_of(c, struct committed, change);

	(void)db;
	return k->place % 2 ? E_PRECONDITION : 0;
}

static void note_order(struct commit *c)
{
	struct committed *k = container_of(c, struct committed, commit);

	assert_int_equal(c->change->rc, k->place % 2 ? E_PRECONDITION : 0);
	assert_int_equal(*k->order, k->place);
	(*k->order)++;
}

static void commits_come_back_in_order_each_with_its_own_answer(void **state)
{
	struct committed commits[50];
	struct fixture f;
	int order = 0;

	open_fixture(state, &f);
	for (int i = 0; i < 50; i++) {
		commits[i] = (struct committed){ .change = { .apply = refuse_odd }, .order = &order, .place = i };
		commits[i].commit = (struct commit){ .change = &commits[i].change, .done = note_order };
		lanes_commit(f.lanes, &commits[i].commit);
	}
	run_until_idle(&f);
	assert_int_equal(order, 50);
	close_fixture(&f);
}

/* Everything but the loop's last phase before it waits is earlier than the hand-over. */
struct late {
	struct fixture *f;
	struct committed commit;
	uv_prepare_t prepare;
	uv_timer_t timer;
	bool given, timed_out;
};

static void on_prepare(uv_prepare_t *p)
{
	struct late *l = p->data;

	uv_prepare_stop(p);
	l->given = true;
	lanes_commit(l->f->lanes, &l->commit.commit);
}

static void on_timer(uv_timer_t *t)
{
	((struct late *)t->data)->timed_out = true;
}

static void a_commit_just_before_the_loop_waits_does_not_wait(void **state)
{
	struct fixture f;
	struct late l = { .f = &f };
	int order = 0;

	open_fixture(state, &f);
	l.commit = (struct committed){ .change = { .apply = refuse_odd }, .order = &order };
	l.commit.commit = (struct commit){ .change = &l.commit.change, .done = note_order };
	uv_prepare_init(&f.loop, &l.prepare);
	uv_timer_init(&f.loop, &l.timer);
	l.prepare.data = l.timer.data = &l;
	uv_timer_start(&l.timer, on_timer, 10000, 0);
	uv_prepare_start(&l.prepare, on_prepare);
	while (!l.given || lanes_pending(f.lanes) > 0)
		uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(order, 1);
	assert_false(l.timed_out);
	uv_close((uv_handle_t *)&l.prepare, NULL);
	uv_close((uv_handle_t *)&l.timer, NULL);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(work_runs_elsewhere_and_comes_back_once),
		T(commits_come_back_in_order_each_with_its_own_answer),
		T(a_commit_just_before_the_loop_waits_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
