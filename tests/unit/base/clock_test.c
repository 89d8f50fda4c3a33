#include "tests/lib/t.h"

#include "base/clock.h"
#include "base/err.h"

static const struct {
	int64_t ms;
	const char *iso_ms, *iso_s, *basic, *http;
} moments[] = {
	{ 0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z", "19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
	{ 1767323045678, "2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05Z", "20260102T030405Z",
	  "Fri, 02 Jan 2026 03:04:05 GMT" },
	{ 951827696999, "2000-02-29T12:34:56.999Z", "2000-02-29T12:34:56Z", "20000229T123456Z",
	  "Tue, 29 Feb 2000 12:34:56 GMT" },
	{ 4107542399001, "2100-02-28T23:59:59.001Z", "2100-02-28T23:59:59Z", "21000228T235959Z",
	  "Sun, 28 Feb 2100 23:59:59 GMT" },
};
#define MOMENTS (sizeof moments / sizeof moments[0])

static void moments_are_written_in_four_forms(void **state)
{
	char to[CLOCK_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < MOMENTS; i++) {
		assert_string_equal(clock_iso_ms(to, moments[i].ms), moments[i].iso_ms);
		assert_string_equal(clock_iso_s(to, moments[i].ms), moments[i].iso_s);
		assert_string_equal(clock_basic(to, moments[i].ms), moments[i].basic);
		assert_string_equal(clock_http(to, moments[i].ms), moments[i].http);
	}
}

static void what_was_written_reads_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < MOMENTS; i++) {
		int64_t ms = -1;

		assert_int_equal(clock_parse_basic(str_of(moments[i].basic), &ms), 0);
		assert_int_equal(ms, moments[i].ms / 1000 * 1000);
		ms = -1;
		assert_int_equal(clock_parse_http(str_of(moments[i].http), &ms), 0);
		assert_int_equal(ms, moments[i].ms / 1000 * 1000);
	}
}

static void http_dates_come_in_three_forms(void **state)
{
	static const char *const forms[] = {
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
	};

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		int64_t ms = -1;

		assert_int_equal(clock_parse_http(str_of(forms[i]), &ms), 0);
		assert_int_equal(ms, 784111777000);
	}
}

static void half_dates_and_impossible_ones_are_refused(void **state)
{
	static const char *const basic[] = {
		"", "20260102", "20260102T030405", "20260102T030405Zx", "20261302T030405Z", "20260132T030405Z",
		"20260229T000000Z", "20260102T240000Z", "20260102T036005Z", "2026-01-02T03:04:05Z", "20260102 030405Z",
		"2026 102T030405Z", "20260102t030405z",
	};
	static const char *const http[] = {
		"", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT+1", "Sun, 06 Nov 1994 08:49:37 PST",
		"Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "06 Nov 1994", "Sun, 06 Nov 1994 25:49:37 GMT",
		"784111777",
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof basic / sizeof basic[0]; i++)
		if (clock_parse_basic(str_of(basic[i]), &ms) != E_BAD_INPUT)
			fail_msg("accepted as basic: %s", basic[i]);
	for (size_t i = 0; i < sizeof http / sizeof http[0]; i++)
		if (clock_parse_http(str_of(http[i]), &ms) != E_BAD_INPUT)
			fail_msg("accepted as http: %s", http[i]);
}

static const struct {
	const char *text;
	int64_t ms;			/* -1: refused */
} isos[] = {
	{ "2026-01-02T03:04:05Z", 1767323045000 }, { "2026-01-02T03:04:05.678Z", 1767323045000 }, { "2026-01-02T03:04:05.6Z", 1767323045000 },
	{ "1970-01-01T00:00:00Z", 0 }, { "2024-02-29T00:00:00.000000Z", 1709164800000 },
	{ "", -1 }, { "2026-01-02T03:04:05", -1 }, { "2026-01-02T03:04:05.Z", -1 }, { "2026-01-02T03:04:05.", -1 }, { "2026-01-02T03:04:05.6", -1 },
	{ "2026-01-02T03:04:05.6+00:00", -1 }, { "2026-01-02T03:04:05.6ZZ", -1 }, { "2026-02-29T00:00:00Z", -1 }, { "2026-01-02 03:04:05Z", -1 },
	{ "2026-01-02T03:04:05.1.2Z", -1 },
};

static void iso_dates_may_have_a_fraction(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof isos / sizeof isos[0]; i++) {
		int64_t ms = -1;
		int rc = clock_parse_iso(str_of(isos[i].text), &ms);

		if (isos[i].ms < 0 ? rc != E_BAD_INPUT : rc != 0 || ms != isos[i].ms)
			fail_msg("%s: %d, %lld", isos[i].text, rc, (long long)ms);
	}
	assert_int_equal(clock_parse_iso((struct str){ 0 }, &(int64_t){ 0 }), E_BAD_INPUT);
}

static void advancing_moves_both_clocks(void **state)
{
	int64_t wall = clock_wall_ms(), mono = clock_mono_ms(), us = clock_mono_us();

	(void)state;
	clock_advance_ms(3600000);
	assert_true(clock_wall_ms() >= wall + 3600000);
	assert_true(clock_mono_ms() >= mono + 3600000);
	assert_true(clock_mono_us() >= us + 3600000000);
	clock_advance_ms(-3600000);
	assert_true(clock_mono_ms() >= mono);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(moments_are_written_in_four_forms),
		T(what_was_written_reads_back),
		T(http_dates_come_in_three_forms),
		T(half_dates_and_impossible_ones_are_refused),
		T(iso_dates_may_have_a_fraction),
		T(advancing_moves_both_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
