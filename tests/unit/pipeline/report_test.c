#include "tests/lib/t.h"

#include "base/clock.h"
#include "pipeline/report.h"

static struct report made(struct arena *a, int64_t duration_us, enum reason reason)
{
	struct invocation i = { .request = STR("11-22"), .duration_us = duration_us, .init_us = 1500, .memory_mb = 512, .memory_peak_kb = 40000,
				.reason = reason, .message = "too long" };
	struct report r;

	report_make(&r, a, &i, "$LATEST");
	return r;
}

static void it_starts_when_the_function_was_called_and_ends_when_it_ended(void **state)
{
	int64_t before = clock_wall_ms();
	struct arena a = {0};
	struct report r = made(&a, 90250000, REASON_NONE);

	(void)state;
	assert_int_equal(r.count, 3);
	assert_true(str_is(r.lines[0].text, "START RequestId: 11-22 Version: $LATEST"));
	assert_true(str_is(r.lines[1].text, "END RequestId: 11-22"));
	assert_true(r.lines[1].at_ms >= before && r.lines[1].at_ms <= clock_wall_ms());
	assert_int_equal(r.lines[2].at_ms, r.lines[1].at_ms);
	assert_int_equal(r.lines[1].at_ms - r.lines[0].at_ms, 90250);
	arena_clear(&a);
}

static void a_failure_is_told_before_the_end(void **state)
{
	struct arena a = {0};
	struct report r = made(&a, 3000000, REASON_TIMEOUT);

	(void)state;
	assert_int_equal(r.count, 4);
	assert_true(str_is(r.lines[1].text, arena_printf(&a, "RequestId: 11-22 Error: too long\n%s", reason_code(REASON_TIMEOUT))));
	assert_true(str_ends(r.lines[3].text, STR("Status: timeout\t")));
	assert_int_equal(r.lines[1].at_ms - r.lines[0].at_ms, 3000);
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_starts_when_the_function_was_called_and_ends_when_it_ended),
		T(a_failure_is_told_before_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
