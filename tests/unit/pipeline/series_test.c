#include "pipeline/series.h"

#include "tests/lib/t.h"

static void nothing_has_no_percentile(void **state)
{
	struct series_tally t = { 0 };

	(void)state;
	assert_int_equal(series_percentile(&t, 50), 0);
}

static void percentiles_are_within_the_histograms_steps(void **state)
{
	struct series_tally t = { 0 };

	(void)state;
	for (int ms = 1; ms <= 1000; ms++)
		series_note(&t, ms);
	assert_in_range(series_percentile(&t, 50), 500, 750);
	assert_in_range(series_percentile(&t, 95), 950, 1425);
	assert_in_range(series_percentile(&t, 1), 10, 16);
}

static void one_that_waited_long_is_seen_at_the_top_only(void **state)
{
	struct series_tally t = { 0 };

	(void)state;
	for (int i = 0; i < 99; i++)
		series_note(&t, 40);
	series_note(&t, INT64_MAX);
	assert_int_equal(series_percentile(&t, 95), 48);
	assert_true(series_percentile(&t, 100) > 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_no_percentile),
		cmocka_unit_test(percentiles_are_within_the_histograms_steps),
		cmocka_unit_test(one_that_waited_long_is_seen_at_the_top_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
