/* The life of a cage: made, processes started in it and ended, frozen, killed. */
#include <errno.h>

#include "base/err.h"
#include "tests/unit/functions/sandbox_rig.h"

static void a_program_runs_and_its_exit_is_told(void **state)
{
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	assert_int_equal(box_sh(&b, "echo hello $COLOUR; pwd; exit 7"), 7);
	assert_string_equal(b.output, "hello blue\n/tmp\n");
	box_close(&b);
}

static void a_program_that_is_not_there_says_why(void **state)
{
	static const char *const absent[] = { "/var/task/bootstrap", NULL }, *const directory[] = { "/tmp", NULL };
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	assert_int_equal(box_exec(&b, absent, -1), 0);
	while (b.exits == 0)
		box_turn(&b);
	assert_int_equal(b.how.error, ENOENT);
	assert_int_equal(box_exec(&b, directory, -1), 1);
	while (b.exits == 1)
		box_turn(&b);
	assert_int_equal(b.how.error, EACCES);
	box_close(&b);
}

static void after_a_kill_only_its_end_is_told(void **state)
{
	static const char *const sleeper[] = { "/bin/sleep", "1000", NULL };
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	assert_true(box_exec(&b, sleeper, -1) >= 0);
	sandbox_kill(b.s);
	assert_false(b.gone);
	while (!b.gone)
		box_turn(&b);
	assert_int_equal(b.exits, 0);
	assert_string_equal(b.why, "");
	assert_int_equal(b.how.status, SIGKILL);
	box_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_program_runs_and_its_exit_is_told),
		T(a_program_that_is_not_there_says_why),
		T(after_a_kill_only_its_end_is_told),
	};

	return cmocka_run_group_tests(tests, box_warm_up, NULL);
}
