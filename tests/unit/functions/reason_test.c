#include "functions/reason.h"
#include "tests/lib/t.h"

static void every_code_is_found_again_and_has_a_text(void **state)
{
	(void)state;
	for (int r = REASON_NONE + 1; r < REASONS; r++) {
		assert_int_equal(reason_find(str_of(reason_code((enum reason)r))), r);
		assert_true(reason_text((enum reason)r)[0]);
	}
	assert_int_equal(reason_find(STR("Image.Nonsense")), REASON_NONE);
	assert_int_equal(reason_find(STR("")), REASON_NONE);
}

static void a_cage_cannot_say_what_only_the_host_knows(void **state)
{
	static const enum reason hosts[] = { REASON_NONE, REASON_CRASHED, REASON_TIMEOUT, REASON_CPU, REASON_START,
					     REASON_SHORTAGE, REASON_KEEP, REASON_DESTINATION, REASON_KEY, REASON_LOOP };

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		if (reason_is(hosts[i], REASON_CAGE))
			fail_msg("%s", reason_code(hosts[i]));
}

/* A decoder that did what no decoder does may be in other hands. */
static void what_can_be_tried_again_after_a_cage_said_it_is_tried_in_another(void **state)
{
	(void)state;
	for (int r = REASON_NONE + 1; r < REASONS; r++)
		if (reason_is((enum reason)r, REASON_CAGE) && reason_is((enum reason)r, REASON_RETRY))
			assert_true(reason_is((enum reason)r, REASON_RETIRE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_code_is_found_again_and_has_a_text),
		T(a_cage_cannot_say_what_only_the_host_knows),
		T(what_can_be_tried_again_after_a_cage_said_it_is_tried_in_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
