/* How long an environment lives, and how long an attempt. */
#include "base/err.h"
#include "tests/unit/functions/rig.h"

static void an_environment_that_met_damage_is_replaced(void **state)
{
	static const struct { const char *event; int new_ones; } cases[] = {
		{ "{\"probe\":\"ok\"}", 0 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.NotAnImage\"}", 0 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.TooManyPixels\"}", 0 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.Damaged\"}", 1 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.Truncated\"}", 1 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.TooManyScans\"}", 1 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.ProfileTooLarge\"}", 1 },
		{ "{\"probe\":\"damage\",\"reason\":\"Runtime.OutOfMemory\"}", 1 },
		{ "{\"probe\":\"degraded\"}", 1 },
	};
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	rig_open(&r, &s);
	rig_run(&r, "{\"probe\":\"ok\"}");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t before = rig_health(&r).spawned;

		rig_run(&r, cases[i].event);
		assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
		if (rig_health(&r).spawned != before + cases[i].new_ones)
			fail_msg("%s: %d new", cases[i].event, (int)(rig_health(&r).spawned - before));
	}
	rig_close(&r);
}

static void in_isolation_no_environment_serves_two(void **state)
{
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	s.isolate = true;
	rig_open(&r, &s);
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	while (rig_health(&r).idle < 1)		/* the one in advance */
		rig_turn(&r);
	assert_int_equal(rig_health(&r).spawned, 6);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.init_us, 0);
	rig_close(&r);
}

static void in_isolation_no_more_are_busy_than_may_be(void **state)
{
	struct call calls[8] = {0};
	struct rig r;
	struct pool_spec s;
	int most = 0;

	(void)state;
	s = rig_spec(&r);
	s.isolate = true;
	rig_open(&r, &s);
	for (int i = 0; i < 8; i++)
		rig_call(&r, &calls[i], "{\"probe\":\"nap\",\"ms\":10}");
	while (calls[7].calls == 0) {
		rig_turn(&r);
		most = rig_health(&r).busy > most ? rig_health(&r).busy : most;
	}
	assert_int_equal(most, 2);
	for (int i = 0; i < 8; i++)
		assert_int_equal(calls[i].i.rc, 0);
	rig_close(&r);
}

/* Processor time */

static struct call run_for(struct rig *r, const char *event, int64_t cpu_ms)
{
	struct call c = { .i = { .cpu_ms = cpu_ms } };

	rig_call(r, &c, event);
	rig_wait(r, &c);
	return c;
}

static void too_much_processor_time_ends_it_for_good(void **state)
{
	struct rig r;
	struct call c;

	(void)state;
	rig_open(&r, NULL);
	c = run_for(&r, "{\"probe\":\"loop\"}", 100);
	assert_int_equal(c.i.rc, E_TIMEOUT);
	assert_int_equal(c.i.reason, REASON_CPU);
	assert_string_equal(c.i.message, "Task used more than 0.10 seconds of processor time");
	assert_false(reason_is(c.i.reason, REASON_RETRY));
	rig_close(&r);
}

static void processor_time_is_that_of_one_invocation_and_not_of_sleep(void **state)
{
	struct rig r;
	struct pool_spec s;
	struct call c;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	rig_open(&r, &s);
	for (int i = 0; i < 4; i++)
		if ((c = run_for(&r, "{\"probe\":\"spin\",\"ms\":60}", 100)).i.rc < 0)
			fail_msg("%s", c.i.message);
	assert_int_equal(run_for(&r, "{\"probe\":\"nap\",\"ms\":300}", 100).i.rc, 0);
	assert_int_equal(rig_health(&r).spawned, 1);
	assert_int_equal(run_for(&r, "{\"probe\":\"spin\",\"ms\":200}", 100).i.reason, REASON_CPU);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_environment_that_met_damage_is_replaced),
		T(in_isolation_no_environment_serves_two),
		T(in_isolation_no_more_are_busy_than_may_be),
		T(too_much_processor_time_ends_it_for_good),
		T(processor_time_is_that_of_one_invocation_and_not_of_sleep),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
