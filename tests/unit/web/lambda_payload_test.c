/* What a function cannot be invoked with, in the words of AWS's JSON reader. The first and the third are recordings. */
#include "base/err.h"
#include "tests/unit/web/lambda_rig.h"
#include "web/lambda/payload.h"

#define BEFORE "Could not parse request body into json: Could not parse payload into json: "
#define AT(line, column) "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: " #line ", column: " #column "]"
#define VALUES "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

static void what_is_not_json_is_told_in_the_services_words(void **state)
{
	static const struct {
		const char *payload, *said;
	} cases[] = {
		{ "\x99", BEFORE "Unexpected character ((CTRL-CHAR, code 153)): expected a valid value " VALUES AT(1, 1) },
		{ "\"a\x87\"", BEFORE "Invalid UTF-8 start byte 0x87" AT(1, 3) },
		{ "n\x87r", BEFORE "Invalid UTF-8 start byte 0x87" AT(1, 3) },
		{ "foo", BEFORE "Unrecognized token 'foo': was expecting " VALUES AT(1, 4) },
		{ "{\"a\" 1}", BEFORE "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value" AT(1, 6) },
		{ "{\n\"a\":1 \"b\"}", BEFORE "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries" AT(2, 7) },
		{ "[1 2]", BEFORE "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries" AT(1, 4) },
		{ "{a:1}", BEFORE "Unexpected character ('a' (code 97)): was expecting double-quote to start field name" AT(1, 2) },
		{ "[", BEFORE "Unexpected end-of-input" AT(1, 2) },
		{ "\"a\nb\"", BEFORE "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string "
		  "value" AT(1, 3) },
		{ "{} {}", BEFORE "Unexpected character ('{' (code 123)): Expected space separating root-level values" AT(1, 4) },
	};
	struct rig r = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		rig_ask(&r, "GET", "/", NULL, NULL);
		assert_int_equal(payload_check(&r.l, str_of(cases[i].payload)), E_BAD_INPUT);
		assert_string_equal(rig_said(&r), cases[i].said);
		assert_int_equal(r.l.code, LAMBDA_BAD_CONTENT);
	}
	rig_clear(&r);
}

static void scalars_and_repeated_names_are_payloads_too(void **state)
{
	static const char *const good[] = { "\"abc\"", "3", "null", "{\"a\":1,\"a\":2}", " [ ] " };
	struct rig r = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		rig_ask(&r, "GET", "/", NULL, NULL);
		assert_int_equal(payload_check(&r.l, str_of(good[i])), 0);
	}
	rig_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_not_json_is_told_in_the_services_words),
		T(scalars_and_repeated_names_are_payloads_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
