/* How fast streams may come, by a clock that is moved by hand. */
#include "tests/lib/t.h"

#include "base/clock.h"
#include "web/runtime/pace.h"

struct stream {
	struct paced p;
	int holds, goes;
	int64_t takes;			/* at once, when it may go on */
};

static uv_loop_t loop;
static struct pace pace;
static bool closed;

static void on_hold(struct paced *p, bool hold)
{
	struct stream *s = (struct stream *)(void *)p;

	s->holds += hold;
	s->goes += !hold;
	if (!hold && s->takes > 0)
		pace_took(p, (size_t)s->takes);
	else if (!hold && s->takes < 0)
		pace_leave(p);
}

static void open_pace(void)
{
	closed = false;
	assert_int_equal(uv_loop_init(&loop), 0);
	pace_open(&pace, &loop);
}

static void on_closed(struct pace *p)
{
	assert_ptr_equal(p, &pace);
	closed = true;
}

static void close_pace(void)
{
	pace_close(&pace, on_closed);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_true(closed);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void join(struct stream *s)
{
	s->p.hold = on_hold;
	pace_join(&pace, &s->p);
}

/* Until the timer has been there: it looks at all that is held. */
static void look(struct stream *s)
{
	for (int goes = s->goes; s->goes == goes;)
		uv_run(&loop, UV_RUN_ONCE);
}

static void a_burst_goes_through_and_the_rest_waits(void **state)
{
	struct stream a = { .takes = PACE_RATE }, b = { 0 };

	(void)state;
	open_pace();
	join(&a);
	join(&b);
	pace_took(&a.p, PACE_BURST / 2);
	pace_took(&a.p, PACE_BURST / 2);
	assert_int_equal(a.holds, 0);
	pace_took(&a.p, 10 * PACE_RATE);
	assert_int_equal(a.holds, 1);
	clock_advance_ms(5000);
	pace_took(&b.p, 1);	/* that one has its own */
	assert_int_equal(b.holds + a.goes, 0);
	clock_advance_ms(5000);
	look(&a);
	assert_true(a.holds == 2 && a.goes == 1);	/* and is held again for what it took */
	assert_true(a.p.held && a.p.allowance < 0 && a.p.allowance >= -PACE_RATE);
	clock_advance_ms(1000);
	look(&a);
	pace_leave(&a.p);
	pace_leave(&b.p);
	pace_leave(&b.p);
	close_pace();
}

static void what_is_not_used_is_no_more_than_a_burst(void **state)
{
	struct stream s = { 0 };

	(void)state;
	open_pace();
	join(&s);
	pace_took(&s.p, PACE_BURST);
	clock_advance_ms(1000);
	pace_took(&s.p, PACE_RATE / 2);
	assert_int_equal(s.holds, 0);
	clock_advance_ms(86400000);
	pace_took(&s.p, PACE_BURST);
	assert_int_equal(s.holds, 0);
	pace_took(&s.p, PACE_RATE);
	assert_int_equal(s.holds, 1);
	pace_leave(&s.p);
	close_pace();
}

static void one_that_ends_as_it_goes_on_leaves_the_others_alone(void **state)
{
	struct stream s[3] = { { .takes = -1 }, { .takes = 0 }, { .takes = -1 } };

	(void)state;
	open_pace();
	for (int i = 0; i < 3; i++) {
		join(&s[i]);
		pace_took(&s[i].p, PACE_BURST + 1000);
	}
	clock_advance_ms(10);
	look(&s[0]);
	assert_true(s[0].goes == 1 && s[1].goes == 1 && s[2].goes == 1);
	pace_took(&s[0].p, 1);	/* in no pace any more */
	pace_leave(&s[1].p);
	close_pace();
}

/* libuv keeps a pipe for signals from its first loop on. */
static int warm_up(void **state)
{
	uv_loop_t first;

	(void)state;
	return uv_loop_init(&first) || uv_loop_close(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_burst_goes_through_and_the_rest_waits),
		T(what_is_not_used_is_no_more_than_a_burst),
		T(one_that_ends_as_it_goes_on_leaves_the_others_alone),
	};

	return cmocka_run_group_tests(tests, warm_up, NULL);
}
