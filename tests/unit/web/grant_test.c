/* Who may call a function, by the statements of its policy. */
#include "web/grant.h"

#include "tests/lib/t.h"

#define INVOKE "lambda:InvokeFunction"
#define STATEMENT(principal, action, condition) \
	"{\"Statement\":[{\"Sid\":\"s\",\"Effect\":\"Allow\",\"Principal\":" principal ",\"Action\":\"" action "\",\"Resource\":\"r\"" condition "}]}"
#define S3 "{\"Service\":\"s3.amazonaws.com\"}"
#define FROM(arn) ",\"Condition\":{\"ArnLike\":{\"AWS:SourceArn\":\"" arn "\"}}"

static bool fits(const char *policy, const struct grant *g)
{
	struct arena a = { 0 };
	struct json_value *v;
	bool yes;

	assert_int_equal(json_parse(&a, str_of(policy), &v), 0);
	yes = grant_fits(v, g);
	arena_clear(&a);
	return yes;
}

static void a_service_needs_a_statement_that_names_it_and_what_it_does(void **state)
{
	struct grant s3 = { .service = STR("s3.amazonaws.com"), .action = STR(INVOKE), .source_arn = STR("arn:aws:s3:::b"),
		.source_account = STR("123456789012") };

	(void)state;
	assert_true(fits(STATEMENT(S3, INVOKE, ""), &s3));
	assert_true(fits(STATEMENT(S3, "lambda:*", ""), &s3));
	assert_true(fits(STATEMENT("\"*\"", INVOKE, ""), &s3));
	assert_false(fits(STATEMENT("{\"Service\":\"sns.amazonaws.com\"}", INVOKE, ""), &s3));
	assert_false(fits(STATEMENT("{\"AWS\":\"arn:aws:iam::123456789012:root\"}", INVOKE, ""), &s3));
	assert_false(fits(STATEMENT(S3, "lambda:GetFunction", ""), &s3));
	assert_false(fits("{\"Statement\":[]}", &s3));
	assert_false(fits("{}", &s3));
	assert_true(fits(STATEMENT(S3, INVOKE, FROM("arn:aws:s3:::b")), &s3));
	assert_false(fits(STATEMENT(S3, INVOKE, FROM("arn:aws:s3:::other")), &s3));
	assert_true(fits(STATEMENT(S3, INVOKE, ",\"Condition\":{\"StringEquals\":{\"AWS:SourceAccount\":\"123456789012\"},"
				   "\"ArnLike\":{\"AWS:SourceArn\":\"arn:aws:s3:::b*\"}}"), &s3));
	assert_false(fits(STATEMENT(S3, INVOKE, ",\"Condition\":{\"StringEquals\":{\"AWS:SourceAccount\":\"000000000000\"}}"), &s3));
	assert_false(fits(STATEMENT(S3, INVOKE, ",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-1\"}}"), &s3));
}

static void anybody_is_only_whom_a_star_means(void **state)
{
	struct grant url = { .action = STR("lambda:InvokeFunctionUrl"), .url_auth = STR("NONE"), .via_url = true };
	struct grant invoke = { .action = STR(INVOKE), .url_auth = STR("NONE"), .via_url = true };
	struct grant direct = { .action = STR(INVOKE) };

	(void)state;
	assert_true(fits(STATEMENT("\"*\"", "lambda:InvokeFunctionUrl",
				   ",\"Condition\":{\"StringEquals\":{\"lambda:FunctionUrlAuthType\":\"NONE\"}}"), &url));
	assert_false(fits(STATEMENT("\"*\"", "lambda:InvokeFunctionUrl",
				    ",\"Condition\":{\"StringEquals\":{\"lambda:FunctionUrlAuthType\":\"AWS_IAM\"}}"), &url));
	assert_false(fits(STATEMENT(S3, "lambda:InvokeFunctionUrl", ""), &url));
	assert_true(fits(STATEMENT("\"*\"", INVOKE, ",\"Condition\":{\"Bool\":{\"lambda:InvokedViaFunctionUrl\":\"true\"}}"), &invoke));
	assert_false(fits(STATEMENT("\"*\"", INVOKE, ",\"Condition\":{\"Bool\":{\"lambda:InvokedViaFunctionUrl\":\"true\"}}"), &direct));
	assert_false(fits(STATEMENT("\"*\"", INVOKE, FROM("arn:aws:s3:::b")), &direct));
}

static void arns_are_compared_part_by_part(void **state)
{
	static const struct {
		const char *pattern, *arn;
		bool like;
	} cases[] = {
		{ "arn:aws:s3:::b", "arn:aws:s3:::b", true }, { "arn:aws:s3:::b", "arn:aws:s3:::bb", false },
		{ "arn:aws:s3:::*", "arn:aws:s3:::bucket:x", true }, { "arn:aws:s3:::b*t", "arn:aws:s3:::bucket", true },
		{ "arn:aws:s3:::b*k?t", "arn:aws:s3:::bkkket", true }, { "arn:aws:s3:::b*k?t", "arn:aws:s3:::bt", false },
		{ "arn:aws:*", "arn:aws:s3:::b", false }, { "arn:*:*:*:*:*", "arn:aws:s3:::b", true }, { "*", "arn:aws:s3:::b", false },
		{ "arn:aws:s*:::b", "arn:aws:s3:::b", true }, { "arn:aws:s3:::", "arn:aws:s3:::b", false }, { "arn:aws:s3:::B", "arn:aws:s3:::b", false },
		{ "arn:aws:s3:::**", "arn:aws:s3:::", true }, { "arn:aws:s3:::a*b*c", "arn:aws:s3:::axbxbxc", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (grant_arn_like(str_of(cases[i].pattern), str_of(cases[i].arn)) != cases[i].like)
			fail_msg("%s and %s", cases[i].pattern, cases[i].arn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_needs_a_statement_that_names_it_and_what_it_does),
		cmocka_unit_test(anybody_is_only_whom_a_star_means),
		cmocka_unit_test(arns_are_compared_part_by_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
