#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "tests/unit/functions/rig.h"

static void the_input_reaches_the_cage_and_comes_back_sealed(void **state)
{
	struct call c = { .i = { .input_length = 5 }, .then = rig_keep_output };
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	c.i.input = rig_input("hello");
	rig_call(&r, &c, "{\"probe\":\"input\"}");
	rig_wait(&r, &c);
	assert_int_equal(c.i.rc, 0);
	assert_string_equal(c.answer, "hello");
	assert_true(c.i.memory_peak_kb > 0);
	assert_true(c.i.duration_us > 0);
	assert_true(c.i.init_us > 0);
	rig_close(&r);
}

static void the_second_invocation_finds_it_warm(void **state)
{
	struct rig r;
	struct call c;

	(void)state;
	rig_open(&r, NULL);
	c = rig_run(&r, "{\"probe\":\"ok\"}");
	assert_true(c.i.init_us > 0);
	c = rig_run(&r, "{\"probe\":\"ok\"}");
	assert_int_equal(c.i.init_us, 0);
	rig_close(&r);
}

static void a_spare_is_kept_ready(void **state)
{
	struct call c = {0};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_call(&r, &c, "{\"probe\":\"nap\",\"ms\":50}");
	rig_wait(&r, &c);
	while (rig_health(&r).idle < 2)
		rig_turn(&r);
	assert_int_equal(rig_health(&r).spawned, 2);
	rig_close(&r);
}

static void more_than_there_are_environments_wait_in_order(void **state)
{
	static const char event[] = "{\"probe\":\"ok\"}";
	struct call calls[8] = {0};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	for (int i = 0; i < 8; i++)
		rig_call(&r, &calls[i], event);
	for (int i = 0; i < 8; i++) {
		rig_wait(&r, &calls[i]);
		assert_int_equal(calls[i].i.rc, 0);
		assert_true(i == 0 || calls[i - 1].calls == 1);
	}
	assert_int_equal(rig_health(&r).spawned, 2);
	rig_close(&r);
}

static void functions_do_not_share_an_environment(void **state)
{
	struct call a = { .i = { .function = "a" } }, b = { .i = { .function = "b" } };
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	rig_open(&r, &s);
	rig_call(&r, &a, "{\"probe\":\"ok\"}");
	rig_call(&r, &b, "{\"probe\":\"ok\"}");
	rig_wait(&r, &a);
	rig_wait(&r, &b);
	assert_int_equal(b.i.rc, 0);
	assert_int_equal(rig_health(&r).spawned, 2);
	rig_close(&r);
}

static void a_new_configuration_gets_a_new_environment(void **state)
{
	struct call a = { .i = { .generation = 1 } }, b = { .i = { .generation = 2 } };
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	rig_open(&r, &s);
	rig_call(&r, &a, "{\"probe\":\"ok\"}");
	rig_wait(&r, &a);
	rig_call(&r, &b, "{\"probe\":\"ok\"}");
	rig_wait(&r, &b);
	assert_int_equal(b.i.rc, 0);
	assert_true(b.i.init_us > 0);
	rig_close(&r);
}

static void an_environment_is_replaced_after_its_uses(void **state)
{
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	s.uses_max = 2;
	rig_open(&r, &s);
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	assert_int_equal(rig_health(&r).spawned, 3);
	rig_close(&r);
}

static void an_idle_environment_ends(void **state)
{
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.idle_ms = 1;
	rig_open(&r, &s);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	while (rig_health(&r).idle > 0)
		rig_turn(&r);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	rig_close(&r);
}

static void closing_ends_what_runs_and_what_waits(void **state)
{
	struct call calls[4] = {0};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	for (int i = 0; i < 4; i++)
		rig_call(&r, &calls[i], "{\"probe\":\"loop\"}");
	while (rig_health(&r).busy < 2)
		rig_turn(&r);
	rig_close(&r);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(calls[i].calls, 1);
		assert_int_equal(calls[i].i.rc, E_CLOSED);
	}
}

static void closing_before_the_first_environment_is_up_is_fine(void **state)
{
	struct call c = {0};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_call(&r, &c, "{\"probe\":\"ok\"}");
	rig_close(&r);
	assert_int_equal(c.calls, 1);
	assert_int_equal(c.i.rc, E_CLOSED);
}

/* Seen from outside. A zygote that stays root is one without which there would be no namespaces. */
static void a_daemon_that_is_root_has_no_root_in_its_cages(void **state)
{
	struct rig_status s[8];
	struct rig r;
	int n;

	(void)state;
	if (geteuid() != 0) {
		print_message("only a daemon that is root could have\n");
		skip();
	}
	rig_open(&r, NULL);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	/* One that is on its way into its cage may still hold what it drops there. */
	while ((n = rig_read_children(s, 8)) - 1 != rig_health(&r).idle)
		if (uv_run(&r.loop, UV_RUN_NOWAIT))
			t_nap();
	assert_true(n >= 2);
	for (int i = 0; i < n && rig_health(&r).cage.not_root; i++) {
		if (s[i].zygote && !rig_health(&r).cage.userns)
			continue;
		for (int k = 0; k < 4; k++) {
			assert_true(s[i].uids[k] == CAGE_UID_PLAIN);
			assert_true(s[i].gids[k] == CAGE_GID_PLAIN);
		}
		assert_true(s[i].permitted == 0);
		assert_true(s[i].effective == 0);
	}
	rig_close(&r);
}

static void a_dead_zygote_is_replaced(void **state)
{
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.uses_max = 1;
	rig_open(&r, &s);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	for (int i = 0; i < 2; i++) {
		rig_kill_zygote(PROGRAM_FAST);
		assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
		assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	}
	rig_close(&r);
}

static void a_dead_environment_does_not_cost_the_next_invocation(void **state)
{
	struct call c;
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	for (int i = 0; i < 10; i++) {
		c = rig_run(&r, "{\"probe\":\"segv\"}");
		assert_int_equal(c.i.reason, REASON_CRASHED);
		c = rig_run(&r, "{\"probe\":\"ok\"}");
		assert_int_equal(c.i.rc, 0);
	}
	assert_int_equal(rig_health(&r).crashed, 10);
	rig_close(&r);
}

static void too_much_text_is_refused_and_not_tried(void **state)
{
	static char event[70000];
	struct call c = {0};
	struct rig r;

	(void)state;
	memset(event, ' ', sizeof event - 1);
	event[0] = '{';
	event[sizeof event - 2] = '}';
	rig_open(&r, NULL);
	rig_call(&r, &c, event);
	rig_wait(&r, &c);
	assert_int_equal(c.i.rc, E_TOO_LARGE);
	assert_int_equal(c.i.reason, REASON_SETTINGS);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	rig_close(&r);
}

static void too_large_an_input_is_refused_at_once(void **state)
{
	struct call c = { .i = { .input_length = INVOKE_INPUT_MAX + 1 } };
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	c.i.input = rig_input("x");
	rig_call(&r, &c, "{}");
	rig_wait(&r, &c);
	assert_int_equal(c.i.reason, REASON_BYTES);
	assert_int_equal(rig_health(&r).spawned, 0);
	rig_close(&r);
}

static void a_missing_runner_is_told_at_the_start(void **state)
{
	uv_loop_t loop;
	struct pool_spec s = { .loop = &loop, .runner_path = "/nowhere/minilab-runner", .environments_max = 1,
			       .idle_ms = 1, .uses_max = 1 };
	struct pool *p;
	int rc;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	rc = pool_open(&p, &s);
	assert_true(rc == -ENOENT || rc == E_CLOSED);	/* the latter under Valgrind, which knows no vfork */
	s.runner_path = "/bin/true";
	assert_int_equal(pool_open(&p, &s), E_CLOSED);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void invoke_again(struct call *c)
{
	struct call *next = c + 1;

	rig_call(c->rig, next, "{\"probe\":\"ok\"}");
}

static void an_invocation_may_be_made_from_done(void **state)
{
	struct call calls[3] = { [0].then = invoke_again, [1].then = invoke_again };
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_call(&r, &calls[0], "{\"probe\":\"ok\"}");
	rig_wait(&r, &calls[2]);
	assert_int_equal(calls[2].i.rc, 0);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_input_reaches_the_cage_and_comes_back_sealed),
		T(the_second_invocation_finds_it_warm),
		T(a_spare_is_kept_ready),
		T(more_than_there_are_environments_wait_in_order),
		T(functions_do_not_share_an_environment),
		T(a_new_configuration_gets_a_new_environment),
		T(an_environment_is_replaced_after_its_uses),
		T(an_idle_environment_ends),
		T(closing_ends_what_runs_and_what_waits),
		T(closing_before_the_first_environment_is_up_is_fine),
		T(a_daemon_that_is_root_has_no_root_in_its_cages),
		T(a_dead_zygote_is_replaced),
		T(a_dead_environment_does_not_cost_the_next_invocation),
		T(too_much_text_is_refused_and_not_tried),
		T(too_large_an_input_is_refused_at_once),
		T(a_missing_runner_is_told_at_the_start),
		T(an_invocation_may_be_made_from_done),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
