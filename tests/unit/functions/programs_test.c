/* A photo that one program leaves to the other. */
#include <string.h>

#include "base/err.h"
#include "tests/unit/functions/rig.h"

static const char elsewhere[] = "{\"probe\":\"elsewhere\"}";

static const char *general_state(struct rig *r)
{
	return rig_health(r).programs[PROGRAM_GENERAL].state;
}

static void call_elsewhere(struct rig *r, struct call *c)
{
	*c = (struct call){ .i = { .input_length = 5 }, .then = rig_keep_output };
	c->i.input = rig_input("hello");
	rig_call(r, c, elsewhere);
}

static void a_photo_for_the_other_program_is_run_there(void **state)
{
	struct call c;
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	assert_string_equal(general_state(&r), "not started");
	call_elsewhere(&r, &c);
	rig_wait(&r, &c);
	assert_int_equal(c.i.rc, 0);
	assert_int_equal(c.i.reason, REASON_NONE);
	assert_int_equal(c.i.program, PROGRAM_GENERAL);
	assert_string_equal(c.answer, "hello");
	assert_string_equal(general_state(&r), "up");
	call_elsewhere(&r, &c);
	rig_wait(&r, &c);
	assert_string_equal(c.answer, "hello");
	assert_int_equal(c.i.init_us, 0);
	rig_close(&r);
}

static void a_photo_for_the_first_program_does_not_start_the_other(void **state)
{
	struct rig r;
	struct call c;

	(void)state;
	rig_open(&r, NULL);
	c = rig_run(&r, "{\"probe\":\"ok\"}");
	assert_int_equal(c.i.program, PROGRAM_FAST);
	assert_string_equal(general_state(&r), "not started");
	assert_int_equal(rig_health(&r).programs[PROGRAM_GENERAL].spawned, 0);
	rig_close(&r);
}

static void without_the_other_program_the_format_is_unsupported(void **state)
{
	struct rig r;
	struct pool_spec s;
	struct call c;

	(void)state;
	s = rig_spec(&r);
	s.general_path = NULL;
	rig_open(&r, &s);
	assert_string_equal(general_state(&r), "absent");
	c = rig_run(&r, elsewhere);
	assert_int_equal(c.i.rc, E_BAD_INPUT);
	assert_int_equal(c.i.reason, REASON_UNSUPPORTED);
	assert_non_null(strstr(c.i.message, "minilab-runner-general"));
	rig_close(&r);
}

static void the_other_program_cannot_pass_it_on(void **state)
{
	struct rig r;
	struct call c;

	(void)state;
	rig_open(&r, NULL);
	c = rig_run(&r, "{\"probe\":\"nowhere\"}");
	assert_int_equal(c.i.rc, E_CRASHED);
	assert_int_equal(c.i.reason, REASON_ANSWER);
	assert_int_equal(c.i.program, PROGRAM_GENERAL);
	rig_close(&r);
}

static void the_other_program_that_does_not_come_up_costs_only_its_own_photos(void **state)
{
	struct rig r;
	struct pool_spec s;
	struct call c;

	(void)state;
	s = rig_spec(&r);
	s.general_path = "/nowhere/minilab-runner-general";
	rig_open(&r, &s);
	c = rig_run(&r, elsewhere);
	assert_int_equal(c.i.reason, REASON_START);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	rig_close(&r);
}

static void the_other_zygote_is_replaced_when_it_dies(void **state)
{
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.uses_max = 1;
	rig_open(&r, &s);
	assert_int_equal(rig_run(&r, elsewhere).i.rc, 0);
	for (int i = 0; i < 2; i++) {
		rig_kill_zygote(PROGRAM_GENERAL);
		assert_int_equal(rig_run(&r, elsewhere).i.rc, 0);
		assert_int_equal(rig_run(&r, elsewhere).i.rc, 0);
	}
	rig_close(&r);
}

static void closing_does_not_wait_for_the_other_program_to_start(void **state)
{
	struct call c = {0};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_call(&r, &c, elsewhere);
	while (strcmp(general_state(&r), "not started") == 0)
		rig_turn(&r);
	assert_string_equal(general_state(&r), "starting");
	rig_close(&r);
	assert_int_equal(c.calls, 1);
	assert_int_equal(c.i.rc, E_CLOSED);
}

static void look_at_the_last(struct call *c)
{
	snprintf(c->answer, sizeof c->answer, "%d", c[1].calls);
}

/* One environment, and all others that wait are for the first program. */
static void one_that_needs_another_program_gets_its_turn(void **state)
{
	struct call others[8] = {0}, late[2] = { [0].then = look_at_the_last };
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	rig_open(&r, &s);
	rig_call(&r, &late[0], elsewhere);
	for (int i = 0; i < 8; i++)
		rig_call(&r, &others[i], "{\"probe\":\"ok\"}");
	rig_call(&r, &late[1], "{\"probe\":\"ok\"}");
	rig_wait(&r, &late[1]);
	assert_int_equal(late[0].i.rc, 0);
	assert_string_equal(late[0].answer, "0");
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_photo_for_the_other_program_is_run_there),
		T(a_photo_for_the_first_program_does_not_start_the_other),
		T(without_the_other_program_the_format_is_unsupported),
		T(the_other_program_cannot_pass_it_on),
		T(the_other_program_that_does_not_come_up_costs_only_its_own_photos),
		T(the_other_zygote_is_replaced_when_it_dies),
		T(closing_does_not_wait_for_the_other_program_to_start),
		T(one_that_needs_another_program_gets_its_turn),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
