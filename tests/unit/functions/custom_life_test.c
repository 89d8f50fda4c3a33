/* The life of an environment, with a cage of paper: init, invocations one after the other, faults, resets, the end. */
#include "tests/unit/functions/custom_rig.h"

static void an_invocation_is_answered_and_reported(void **state)
{
	struct rig r;
	struct call c = {0};
	struct teller t;
	struct recipe *recipe = rig_recipe("1", RUNTIME_PROVIDED);

	rig_open(&r, state, 4);
	rig_invoke(&r, &c, recipe);
	t = rig_teller(&r);
	assert_string_equal(papers->paths[0], "/var/task/bootstrap");
	assert_int_equal(tell_next(&t), RUNTIME_WAITS);
	assert_int_equal(t.events, 1);
	assert_string_equal(t.body, "{\"a\":1}");
	assert_string_equal(t.arn, "arn:aws:lambda:us-east-1:123456789012:function:thumb");
	assert_int_equal(tell_response(&t, "{\"b\":2}"), RUNTIME_ACCEPTED);
	assert_int_equal(c.answers, 1);
	assert_string_equal(c.answered, "{\"b\":2}");
	assert_int_equal(c.dones, 0);
	assert_int_equal(tell_next(&t), RUNTIME_WAITS);
	assert_int_equal(c.dones, 1);
	assert_int_equal(c.i.end, CUSTOM_OK);
	assert_string_equal(c.answer, "{\"b\":2}");
	assert_true(c.i.report.init_us > 0);
	assert_null(c.i.report.status);
	assert_non_null(strstr(c.tail, "INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:"));
	assert_non_null(strstr(c.tail, "START RequestId: 8476a536-e9f4-11e8-9739-2dfe598c3fcd Version: $LATEST\n"
				       "END RequestId: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\n"
				       "REPORT RequestId: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\tDuration: "));
	assert_non_null(strstr(c.tail, "\tMemory Size: 128 MB\tMax Memory Used: 0 MB\tInit Duration: "));
	assert_true(str_ends(str_of(c.tail), STR(" ms\t\n")));
	rig_close(&r);
	recipe_unref(recipe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_invocation_is_answered_and_reported),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
