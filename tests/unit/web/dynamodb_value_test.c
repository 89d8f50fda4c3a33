/* What DynamoDB says to attribute values; the texts are the service's own. */
#include "tests/lib/t.h"

#include <stdio.h>

#include "base/err.h"
#include "web/dynamodb/value.h"

#define WRONG "One or more parameter values were invalid: "

/* The message for a value, "" when it passes; codes other than ValidationException in front. */
static const char *said(const char *json)
{
	static char text[2048];
	struct dynamodb d = {0};
	struct json_value *v = NULL;
	int rc;

	assert_int_equal(json_parse(&d.arena, str_of(json), &v), 0);
	rc = value_check(&d, v);
	assert_int_equal(rc, d.fault.code == DYNAMODB_FINE ? 0 : E_BAD_INPUT);
	snprintf(text, sizeof text, "%s%s", d.fault.code == DYNAMODB_SERIALIZATION ? "Serialization: " : "",
		 d.fault.message ? d.fault.message : "");
	arena_clear(&d.arena);
	return text;
}

static void every_type_passes_when_it_is_well_formed(void **state)
{
	static const char *const fine[] = {
		"{\"S\":\"\"}", "{\"N\":\"-1.5e3\"}", "{\"B\":\"\"}", "{\"B\":\"AAEC\"}", "{\"BOOL\":false}", "{\"NULL\":true}",
		"{\"M\":{}}", "{\"L\":[]}", "{\"SS\":[\"b\",\"a\"]}", "{\"NS\":[\"1\",\"2\"]}", "{\"BS\":[\"AA==\"]}",
		"{\"M\":{\"a\":{\"L\":[{\"S\":\"x\"},{\"M\":{\"b\":{\"N\":\"0\"}}}]}}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
		assert_string_equal(said(fine[i]), "");
}

static void what_is_wrong_with_a_value_is_told_in_the_services_words(void **state)
{
	static const struct { const char *json, *text; } cases[] = {
		{ "{}", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes" },
		{ "{\"X\":\"1\"}", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes" },
		{ "{\"S\":\"a\",\"N\":\"1\"}", "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
		  "supported datatypes" },
		{ "{\"NULL\":false}", WRONG "Null attribute value types must have the value of true" },
		{ "{\"N\":\"\"}", "The parameter cannot be converted to a numeric value" },
		{ "{\"N\":\"abc\"}", "The parameter cannot be converted to a numeric value: abc" },
		{ "{\"N\":\"1e126\"}", "Number overflow. Attempting to store a number with magnitude larger than supported range" },
		{ "{\"N\":\"1e-131\"}", "Number underflow. Attempting to store a number with magnitude smaller than supported range" },
		{ "{\"N\":\"123456789012345678901234567890123456789\"}", "Attempting to store more than 38 significant digits in a Number" },
		{ "{\"SS\":[]}", WRONG "An string set  may not be empty" },
		{ "{\"NS\":[]}", WRONG "An number set  may not be empty" },
		{ "{\"BS\":[]}", WRONG "Binary sets should not be empty" },
		{ "{\"SS\":[\"a\",\"a\"]}", WRONG "Input collection [a, a] contains duplicates." },
		{ "{\"NS\":[\"1\",\"2\",\"1.0\"]}", "Input collection contains duplicates" },
		{ "{\"BS\":[\"AA==\",\"AA==\"]}", WRONG "Input collection [AA==, AA==]of type BS contains duplicates." },
		{ "{\"L\":[{\"S\":\"x\"},{\"N\":\"y\"}]}", "The parameter cannot be converted to a numeric value: y" },
		{ "{\"M\":{\"\":{\"S\":\"x\"}}}", "Empty attribute name" },
		{ "{\"S\":5}", "Serialization: NUMBER_VALUE cannot be converted to String" },
		{ "{\"S\":[]}", "Serialization: Start of list found where not expected" },
		{ "{\"M\":[]}", "Serialization: Unexpected value type in payload" },
		{ "{\"B\":\"abc\"}", "Serialization: Base64 encoded length is expected a multiple of 4 bytes but found: 3" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(said(cases[i].json), cases[i].text);
}

static void lists_nest_32_deep_and_no_deeper(void **state)
{
	struct buf b = {0};

	(void)state;
	for (int depth = 32; depth <= 33; depth++) {
		b.len = 0;
		for (int i = 0; i < depth; i++)
			buf_puts(&b, "{\"L\":[");
		for (int i = 0; i < depth; i++)
			buf_puts(&b, "]}");
		assert_string_equal(said(b.data), depth == 32 ? "" : "Nesting Levels have exceeded supported limits");
	}
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_type_passes_when_it_is_well_formed),
		T(what_is_wrong_with_a_value_is_told_in_the_services_words),
		T(lists_nest_32_deep_and_no_deeper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
