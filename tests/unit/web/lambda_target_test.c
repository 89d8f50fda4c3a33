/* Which operation a path means, and which function a name. */
#include "base/err.h"
#include "tests/unit/web/lambda_rig.h"

/* Any operation of a function that needs no more than its name. */
#define METHOD "GET"
#define PATH(name) "/2025-11-30/functions/" name "/function-scaling-config"

static void a_path_finds_its_operation_with_and_without_a_slash_at_its_end(void **state)
{
	static const struct {
		const char *method, *path, *name;
		bool known;
	} cases[] = {
		{ "GET", "/2015-03-31/event-source-mappings", "ListEventSourceMappings", true },
		{ "GET", "/2015-03-31/event-source-mappings/", "ListEventSourceMappings", true },
		{ "GET", "/2015-03-31/event-source-mappings/x", "GetEventSourceMapping", true },
		{ "PATCH", "/2015-03-31/event-source-mappings/x", NULL, true },
		{ "GET", "/2015-03-31/event-source-mappings/x/y", NULL, false },
		{ "GET", "/2015-03-31/event-source-mappings//", NULL, false },
		{ "GET", "/2015-03-31", NULL, false },
		{ "GET", "/", NULL, false },
	};
	struct rig r = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(rig_ask(&r, cases[i].method, cases[i].path, NULL, NULL), cases[i].name != NULL);
		assert_int_equal(r.l.known_path, cases[i].known);
		if (cases[i].name)
			assert_string_equal(r.l.op->name, cases[i].name);
	}
	rig_clear(&r);
}

static void names_in_a_path_are_decoded(void **state)
{
	struct rig r = { 0 };

	(void)state;
	assert_true(rig_ask(&r, "GET", "/2015-03-31/event-source-mappings/a%2Fb%3Ac", NULL, NULL));
	assert_true(str_eq(r.l.path[0], STR("a/b:c")));
	assert_int_equal(lambda_find(&r.l, STR("GET"), STR("/2015-03-31/event-source-mappings/a%2")), E_BAD_INPUT);
	rig_clear(&r);
}

#define ARN "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Afn"

static void a_function_is_named_in_many_ways(void **state)
{
	static const struct {
		const char *path, *query, *name, *qualifier;
	} cases[] = {
		{ PATH("fn"), NULL, "fn", NULL }, { PATH("fn%3A7"), NULL, "fn", "7" }, { PATH("fn:live"), NULL, "fn", "live" },
		{ PATH("fn"), "Qualifier=7", "fn", "7" }, { PATH("fn%3A7"), "Qualifier=7", "fn", "7" },
		{ PATH(ARN), NULL, "fn", NULL }, { PATH(ARN "%3Alive"), NULL, "fn", "live" },
		{ PATH("000000000000%3Afunction%3Afn"), NULL, "fn", NULL }, { PATH("000000000000:function:fn:2"), NULL, "fn", "2" },
		{ PATH("function:fn"), NULL, "fn", NULL }, { PATH("function"), NULL, "function", NULL },
		{ PATH("function:$LATEST"), NULL, "function", "$LATEST" }, { PATH("fn:$LATEST"), NULL, "fn", "$LATEST" },
		{ PATH("us-east-1:000000000000:function:fn"), NULL, "fn", NULL },
	};
	struct rig r = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(rig_ask(&r, METHOD, cases[i].path, cases[i].query, NULL));
		assert_int_equal(lambda_target(&r.l), 0);
		assert_true(str_eq(r.l.target.name, str_of(cases[i].name)));
		assert_int_equal(str_is_set(r.l.target.qualifier), cases[i].qualifier != NULL);
		assert_true(str_eq(r.l.target.qualifier, str_of(cases[i].qualifier)));
		assert_int_equal(r.l.target.latest, str_eq(r.l.target.qualifier, STR("$LATEST")));
	}
	rig_clear(&r);
}

#define PATTERN "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)" \
	"(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
#define ONE "1 validation error detected: Value "

static void names_that_are_none_are_refused_in_aws_words(void **state)
{
	static const struct {
		const char *path, *query, *said;
		enum lambda_code code;
	} cases[] = {
		{ PATH("invalid:function:name"), NULL, ONE "'invalid:function:name' at 'functionName' failed to satisfy constraint: Member must "
		  "satisfy regular expression pattern: " PATTERN, LAMBDA_VALIDATION },
		{ PATH("arn:aws:lambda:us-east-1:123400000000@function:myfn"), NULL, ONE "'arn:aws:lambda:us-east-1:123400000000@function:myfn' at "
		  "'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: " PATTERN, LAMBDA_VALIDATION },
		{ PATH("fn"), "Qualifier=with-%3F-char", ONE "'with-?-char' at 'qualifier' failed to satisfy constraint: Member must satisfy "
		  "regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+", LAMBDA_VALIDATION },
		{ PATH("f%20n"), "Qualifier=%3F", "2 validation errors detected: Value 'f n' at 'functionName' failed to satisfy constraint: Member "
		  "must satisfy regular expression pattern: " PATTERN "; Value '?' at 'qualifier' failed to satisfy constraint: Member must "
		  "satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+", LAMBDA_VALIDATION },
		{ PATH("fn:1"), "Qualifier=2", "The derived qualifier from the function name does not match the specified qualifier.",
		  LAMBDA_BAD_PARAMETER },
		{ PATH("arn:aws:lambda:us-west-2:000000000000:function:fn"), NULL,
		  "Functions from 'us-west-2' are not reachable in this region ('us-east-1')", LAMBDA_NOT_FOUND },
		{ PATH("111111111111:function:fn"), NULL, "User: arn:aws:iam::000000000000:root is not authorized to perform: "
		  "lambda:GetFunctionScalingConfig on resource: 111111111111:function:fn because no resource-based policy allows the "
		  "lambda:GetFunctionScalingConfig action", LAMBDA_ACCESS_DENIED },
	};
	struct rig r = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(rig_ask(&r, METHOD, cases[i].path, cases[i].query, NULL));
		assert_int_equal(lambda_target(&r.l), E_BAD_INPUT);
		assert_string_equal(rig_said(&r), cases[i].said);
		assert_int_equal(r.l.code, cases[i].code);
	}
	rig_clear(&r);
}

static void a_name_in_the_body_is_told_as_it_stands_there(void **state)
{
	struct rig r = { 0 };

	(void)state;
	assert_true(rig_ask(&r, "POST", "/2015-03-31/functions", NULL, "{\"FunctionName\":\"111111111111:function:fn\",\"Code\":{},"
			    "\"Role\":\"arn:aws:iam::123456789012:role/r\"}"));
	assert_int_equal(r.l.op->check(&r.l), E_BAD_INPUT);
	assert_string_equal(rig_said(&r), "User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:CreateFunction on resource: "
			    "111111111111:function:fn because no resource-based policy allows the lambda:CreateFunction action");
	rig_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_path_finds_its_operation_with_and_without_a_slash_at_its_end),
		T(names_in_a_path_are_decoded),
		T(a_function_is_named_in_many_ways),
		T(names_that_are_none_are_refused_in_aws_words),
		T(a_name_in_the_body_is_told_as_it_stands_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
