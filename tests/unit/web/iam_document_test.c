/* What is a policy and what is not, and in which words. */
#include "web/iam/document.h"

#include "base/err.h"
#include "tests/lib/t.h"

#define ALLOW "{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}"
#define DATED(statement) "{\"Version\":\"2012-10-17\",\"Statement\":" statement "}"
#define TRUST(rest) DATED("[{\"Effect\":\"Allow\"," rest "}]")
#define LAMBDA "\"Principal\":{\"Service\":\"lambda.amazonaws.com\"}"
#define ASSUME "\"Action\":\"sts:AssumeRole\""

/* "" when it is one. */
static const char *said(struct iam *i, enum document_kind kind, const char *text)
{
	*i = (struct iam){ 0 };
	if (document_check(i, str_of(text), kind) == 0)
		return "";
	assert_true(i->fault.code == IAM_MALFORMED_POLICY || i->fault.code == IAM_LIMIT);
	return i->fault.message ? i->fault.message : iam_error((enum iam_code)i->fault.code)->message;
}

static void check_all(enum document_kind kind, const char *const cases[][2], size_t n)
{
	for (size_t k = 0; k < n; k++) {
		struct iam i;
		const char *got = said(&i, kind, cases[k][0]);

		if (strcmp(got, cases[k][1]) != 0)
			fail_msg("%s: %s", cases[k][0], got);
		arena_clear(&i.arena);
	}
}

#define SYNTAX "Syntax errors in policy."

static void permissions_are_statements_with_actions_and_resources(void **state)
{
	static const char *const cases[][2] = {
		{ DATED("[" ALLOW "]"), "" },
		{ DATED(ALLOW), "" },
		{ DATED("[{\"Sid\":\"a1\",\"Effect\":\"Deny\",\"NotAction\":[\"iam:*\",\"s3:x\"],\"NotResource\":[\"arn:aws:s3:::b/*\"],"
			"\"Condition\":{\"Bool\":{\"aws:SecureTransport\":false},\"StringEquals\":{\"a:b\":[\"c\",\"d\"]}}}]"), "" },
		{ "{\"Statement\":[" ALLOW "]}", "Policy document must be version 2012-10-17 or greater." },
		{ "{\"Version\":\"2008-10-17\",\"Statement\":[" ALLOW "]}", "Policy document must be version 2012-10-17 or greater." },
		{ "{\"Version\":\"2013-01-01\",\"Statement\":[" ALLOW "]}", SYNTAX },
		{ "", SYNTAX }, { "{", SYNTAX }, { "[]", SYNTAX }, { "{\"Version\":\"2012-10-17\"}", SYNTAX },
		{ DATED("[]"), SYNTAX }, { DATED("\"x\""), SYNTAX }, { DATED("[1]"), SYNTAX },
		{ DATED("[{\"Effect\":\"allow\",\"Action\":\"s3:x\",\"Resource\":\"*\"}]"), SYNTAX },
		{ DATED("[{\"Effect\":\"Allow\",\"Actions\":\"s3:x\",\"Resource\":\"*\"}]"), SYNTAX },
		{ DATED("[{\"Effect\":\"Allow\",\"Action\":[],\"Resource\":\"*\"}]"), SYNTAX },
		{ DATED("[{\"Effect\":\"Allow\",\"Action\":\"s3:x\",\"NotAction\":\"s3:y\",\"Resource\":\"*\"}]"), SYNTAX },
		{ DATED("[{\"Effect\":\"Allow\",\"Action\":\"s3:x\",\"Resource\":\"*\",\"Condition\":{\"Bool\":\"x\"}}]"), SYNTAX },
		{ DATED("[{\"Effect\":\"Allow\",\"Resource\":\"*\"}]"), "Policy statement must contain actions." },
		{ DATED("[{\"Effect\":\"Allow\",\"Action\":\"s3:x\"}]"), "Policy statement must contain resources." },
		{ DATED("[{\"Effect\":\"Allow\",\"Action\":\"s3\",\"Resource\":\"*\"}]"),
		  "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc." },
		{ DATED("[{\"Effect\":\"Allow\",\"Action\":\"s3:x\",\"Resource\":\"bucket\"}]"),
		  "Resource bucket must be in ARN format or \"*\"." },
		{ TRUST(LAMBDA ",\"Action\":\"s3:x\",\"Resource\":\"*\""), "Policy document should not specify a principal." },
		{ DATED("[{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":\"s3:x\",\"Resource\":\"*\"},"
			"{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":\"s3:x\",\"Resource\":\"*\"}]"),
		  "Statement IDs (SID) in a single policy must be unique." },
		{ DATED("[{\"Sid\":\"a-b\",\"Effect\":\"Allow\",\"Action\":\"s3:x\",\"Resource\":\"*\"}]"),
		  "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*" },
	};

	(void)state;
	check_all(DOCUMENT_PERMISSIONS, cases, sizeof cases / sizeof cases[0]);
}

static void trust_names_who_may_assume_the_role(void **state)
{
	static const char *const cases[][2] = {
		{ TRUST(LAMBDA "," ASSUME), "" },
		{ TRUST("\"Principal\":\"*\",\"Action\":[\"sts:AssumeRole\",\"sts:TagSession\"]"), "" },
		{ "{\"Version\":\"2008-10-17\",\"Statement\":{\"Effect\":\"Allow\"," LAMBDA "," ASSUME "}}", "" },
		{ "not json", "This policy contains invalid Json" },
		{ TRUST(ASSUME), "Missing required field Principal" },
		{ TRUST(LAMBDA), "Missing required field Action" },
		{ TRUST(LAMBDA "," ASSUME ",\"Resource\":\"*\""), "Has prohibited field Resource" },
		{ TRUST(LAMBDA ",\"Action\":\"s3:GetObject\""), "AssumeRole policy may only specify STS AssumeRole actions." },
		{ TRUST("\"Principal\":{\"Server\":\"x\"}," ASSUME), SYNTAX },
		{ TRUST("\"Principal\":{}," ASSUME), SYNTAX },
		{ TRUST("\"Principal\":\"lambda.amazonaws.com\"," ASSUME), SYNTAX },
	};

	(void)state;
	check_all(DOCUMENT_TRUST, cases, sizeof cases / sizeof cases[0]);
}

static void a_document_has_a_largest_size_and_blanks_do_not_count_towards_quotas(void **state)
{
	static char large[DOCUMENT_BYTES_MAX + 2];
	struct iam i;

	(void)state;
	memset(large, ' ', sizeof large - 1);
	memcpy(large, DATED("[" ALLOW "]"), strlen(DATED("[" ALLOW "]")));
	large[DOCUMENT_BYTES_MAX] = '\0';
	assert_string_equal(said(&i, DOCUMENT_PERMISSIONS, large), "");
	assert_int_equal(document_size(str_of(large)), strlen(DATED("[" ALLOW "]")));
	arena_clear(&i.arena);
	large[DOCUMENT_BYTES_MAX] = ' ';
	assert_string_equal(said(&i, DOCUMENT_PERMISSIONS, large), "Cannot exceed quota for the text of a policy, blanks included: 20480");
	assert_int_equal(i.fault.code, IAM_LIMIT);
	arena_clear(&i.arena);
	assert_int_equal(document_size(STR(" a\t\nb\r")), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permissions_are_statements_with_actions_and_resources),
		cmocka_unit_test(trust_names_who_may_assume_the_role),
		cmocka_unit_test(a_document_has_a_largest_size_and_blanks_do_not_count_towards_quotas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
