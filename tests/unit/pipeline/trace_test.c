#include "tests/lib/t.h"

#include <stdio.h>

#include "pipeline/invoke.h"

#define ARN STR("arn:aws:lambda:us-east-1:000000000000:function:a")
#define OTHER STR("arn:aws:lambda:us-east-1:000000000000:function:b")

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static void a_trace_is_made_when_there_is_none(void **state)
{
	char to[TRACE_MAX];

	(void)state;
	trace_next((struct str){0}, ARN, to);
	assert_true(strncmp(to, "Root=1-", 7) == 0);
	assert_true(has(to, ";Parent=") && has(to, ";Sampled=0;Lineage=1:") && has(to, ":0"));
}

static void root_sampling_and_unknown_members_are_passed_on(void **state)
{
	char to[TRACE_MAX];

	(void)state;
	trace_next(STR("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Self=x"), ARN, to);
	assert_true(strncmp(to, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=", 48) == 0);
	assert_false(has(to, "53995c3f42cd8ad8"));
	assert_true(has(to, ";Sampled=1;Self=x;Lineage="));
}

static void sixteen_hops_of_one_function_are_counted(void **state)
{
	char a[TRACE_MAX] = "", b[TRACE_MAX];

	(void)state;
	for (int i = 0; i < INVOKE_HOPS_MAX; i++) {
		assert_int_equal(trace_hops(str_of(a), ARN), i);
		trace_next(str_of(a), ARN, b);
		trace_next(str_of(b), OTHER, a);
	}
	assert_int_equal(trace_hops(str_of(a), ARN), INVOKE_HOPS_MAX);
	assert_int_equal(trace_hops(str_of(a), OTHER), INVOKE_HOPS_MAX);
}

static void the_older_form_of_lineage_is_understood(void **state)
{
	char to[TRACE_MAX], old[TRACE_MAX];
	char *digest;

	(void)state;
	trace_next((struct str){0}, ARN, to);
	digest = strstr(to, "Lineage=1:") + 10;
	snprintf(old, sizeof old, "Root=1-a-b;Lineage=%.8s:4|aaaaaaaa:2", digest);
	assert_int_equal(trace_hops(str_of(old), ARN), 5);
	trace_next(str_of(old), ARN, to);
	assert_true(has(to, ":5|1:aaaaaaaa:2"));
}

static void a_long_chain_keeps_its_newest_functions(void **state)
{
	char a[TRACE_MAX] = "", b[TRACE_MAX], arn[64];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(arn, sizeof arn, "arn:%d", i);
		trace_next(str_of(a), str_of(arn), b);
		memcpy(a, b, sizeof a);
		assert_int_equal(trace_hops(str_of(a), str_of(arn)), 1);
	}
	assert_int_equal(trace_hops(str_of(a), STR("arn:90")), 1);
	assert_int_equal(trace_hops(str_of(a), STR("arn:0")), 0);
}

static void nonsense_is_no_chain(void **state)
{
	static const char *const bad[] = { "Lineage", "Lineage=", "Lineage=1", "Lineage=:::|||", "Lineage=1:zz:1", ";;;=", "Root=" };
	char to[TRACE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(trace_hops(str_of(bad[i]), ARN), 0);
		trace_next(str_of(bad[i]), ARN, to);
		assert_int_equal(trace_hops(str_of(to), ARN), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_trace_is_made_when_there_is_none),
		T(root_sampling_and_unknown_members_are_passed_on),
		T(sixteen_hops_of_one_function_are_counted),
		T(the_older_form_of_lineage_is_understood),
		T(a_long_chain_keeps_its_newest_functions),
		T(nonsense_is_no_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
