/* Places of lines as clients give them back: all digits count, and nothing is too large to go on from. */
#include "web/logs/place.h"

#include "tests/lib/t.h"

static bool reads(const char *text, int64_t at_ms, int64_t id)
{
	struct place p = { 0 };

	return logs_place_read(str_of(text), &p) && p.at_ms == at_ms && p.id == id;
}

static void a_place_that_was_written_is_read(void **state)
{
	static const struct place all[] = { { 0, 0 }, { 1763780000123, 7 }, { INT64_MAX, INT64_MAX - 1 } };
	char text[PLACE_TEXT + 1];

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		logs_place_write(text, all[i]);
		assert_int_equal(strlen(text), PLACE_TEXT);
		assert_true(reads(text, all[i].at_ms, all[i].id));
	}
}

static void what_was_never_written_is_no_place(void **state)
{
	static const char *const bad[] = {
		"", "3", "20000000000000000000000000000000000000000000000000000000", "300000000000000000000000000000000000000000000000000000000",
		"3000000000000000000x000000000000000000000000000000000000", "30000000000000000000000000000000000000000000000000000 0",
		"39999999999999999999000000000000000000000000000000000001",		/* a time beyond all */
		"30000000000000000000000000000000001000000000000000000001",		/* a number, likewise */
		"30000000000000000000000000000000000009223372036854775807",		/* the last number: nothing comes after it */
	};
	struct place p;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (logs_place_read(str_of(bad[i]), &p))
			fail_msg("is read: %s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_place_that_was_written_is_read),
		T(what_was_never_written_is_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
