/* What the service model's constraints say when they are broken. The expected texts are recordings of AWS. */
#include "base/err.h"
#include "tests/unit/web/lambda_rig.h"

static const struct member vpc[] = {
	{ .name = "SubnetIds", .kind = MEMBER_TEXTS, .max = 16 },
	{ 0 },
};

static const struct member rows[] = {
	{ .name = "Role", .kind = MEMBER_TEXT, .required = true, .shape = &shape_role },
	{ .name = "Timeout", .kind = MEMBER_INT, .min = 1, .max = 900 },
	{ .name = "Architectures", .kind = MEMBER_TEXTS, .min = 1, .max = 1, .values = "[x86_64, arm64]",
	  .each = "Member must satisfy enum value set: [x86_64, arm64], Member must not be null" },
	{ .name = "CompatibleRuntimes", .kind = MEMBER_TEXTS, .max = 15, .values = "[nodejs20.x, python3.14]" },
	{ .name = "Description", .kind = MEMBER_TEXT, .max = 4 },
	{ .name = "Tags", .kind = MEMBER_MAP },
	{ .name = "Publish", .kind = MEMBER_BOOL },
	{ .name = "VpcConfig", .kind = MEMBER_OBJECT, .inner = vpc },
	{ .name = "PackageType", .kind = MEMBER_TEXT, .values = "[Image, Zip]" },
	{ 0 },
};

#define ROLE "\"Role\":\"arn:aws:iam::123456789012:role/lambda-s3-role\""
#define ONE "1 validation error detected: Value "
#define FAILED " failed to satisfy constraint: Member must "

static int check(struct rig *r, const char *body)
{
	rig_ask(r, "GET", "/2015-03-31/event-source-mappings", NULL, body);
	constrain_members(&r->l, r->l.body, "", rows);
	return constrain_end(&r->l);
}

static void members_that_do_are_let_through(void **state)
{
	static const char *const good[] = {
		"{" ROLE "}", "{" ROLE ",\"Timeout\":900,\"Architectures\":[\"arm64\"],\"Description\":\"\",\"Unknown\":{}}",
		"{" ROLE ",\"Timeout\":null,\"Tags\":{\"a\":\"b\"},\"Publish\":true,\"VpcConfig\":{\"SubnetIds\":[]},\"PackageType\":\"Zip\"}",
		"{" ROLE ",\"Description\":\"\\ud55c\\uae00\\uc0ac\\uc9c4\"}", "{" ROLE ",\"Description\":\"\xf0\x9f\x93\xb7\xf0\x9f\x93\xb7\"}",
		"{\"Role\":\"arn:aws-us-gov:iam::123456789012:role/path/x\"}",
	};
	struct rig r = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		check(&r, good[i]);
		assert_string_equal(rig_said(&r), "");
	}
	rig_clear(&r);
}

static void what_is_broken_is_told_as_java_prints_it(void **state)
{
	static const struct {
		const char *body, *said;
	} cases[] = {
		{ "{}", ONE "null at 'role'" FAILED "not be null" },
		{ "{\"Role\":\"r1\"}", ONE "'r1' at 'role'" FAILED "satisfy regular expression pattern: "
		  "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+" },
		{ "{" ROLE ",\"Timeout\":901}", ONE "'901' at 'timeout'" FAILED "have value less than or equal to 900" },
		{ "{" ROLE ",\"Timeout\":0}", ONE "'0' at 'timeout'" FAILED "have value greater than or equal to 1" },
		{ "{" ROLE ",\"Timeout\":2147483647}", ONE "'2147483647' at 'timeout'" FAILED "have value less than or equal to 900" },
		{ "{" ROLE ",\"Timeout\":-2147483648}", ONE "'-2147483648' at 'timeout'" FAILED "have value greater than or equal to 1" },
		{ "{" ROLE ",\"Timeout\":-5}", ONE "'-5' at 'timeout'" FAILED "have value greater than or equal to 1" },
		{ "{" ROLE ",\"Architectures\":[\"x86_64\",\"arm64\"]}",
		  ONE "'[x86_64, arm64]' at 'architectures'" FAILED "have length less than or equal to 1" },
		{ "{" ROLE ",\"Architectures\":[\"X86_64\"]}", ONE "'[X86_64]' at 'architectures'" FAILED "satisfy constraint: "
		  "[Member must satisfy enum value set: [x86_64, arm64], Member must not be null]" },
		{ "{" ROLE ",\"CompatibleRuntimes\":[\"bad\",\"nodejs20.x\"]}",
		  ONE "'[bad, nodejs20.x]' at 'compatibleRuntimes'" FAILED "satisfy enum value set: [nodejs20.x, python3.14]" },
		{ "{" ROLE ",\"PackageType\":\"Tar\"}", ONE "'Tar' at 'packageType'" FAILED "satisfy enum value set: [Image, Zip]" },
		{ "{" ROLE ",\"Description\":\"\xf0\x9f\x93\xb7 \xf0\x9f\x93\xb7\"}",	/* two units each, as Java counts */
		  ONE "'\xf0\x9f\x93\xb7 \xf0\x9f\x93\xb7' at 'description'" FAILED "have length less than or equal to 4" },
		{ "{\"Timeout\":901,\"Description\":\"long one\"}", "3 validation errors detected: Value null at 'role'" FAILED "not be null; "
		  "Value '901' at 'timeout'" FAILED "have value less than or equal to 900; Value 'long one' at 'description'" FAILED
		  "have length less than or equal to 4" },
	};
	struct rig r = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(check(&r, cases[i].body), E_BAD_INPUT);
		assert_string_equal(rig_said(&r), cases[i].said);
		assert_int_equal(r.l.code, LAMBDA_VALIDATION);
	}
	rig_clear(&r);
}

static void a_member_of_another_type_cannot_be_read(void **state)
{
	static const struct {
		const char *body, *said;
	} cases[] = {
		{ "{\"Role\":5}", "NUMBER_VALUE can not be converted to a String" },
		{ "{" ROLE ",\"Timeout\":\"5\"}", "STRING_VALUE can not be converted to an Integer" },
		{ "{" ROLE ",\"Timeout\":5.5}", "NUMBER_VALUE can not be converted to an Integer" },
		{ "{" ROLE ",\"Timeout\":99999999999999999999}", "NUMBER_VALUE can not be converted to an Integer" },
		{ "{" ROLE ",\"Timeout\":2147483648}", "NUMBER_VALUE can not be converted to an Integer" },
		{ "{" ROLE ",\"Timeout\":-2147483649}", "NUMBER_VALUE can not be converted to an Integer" },
		{ "{" ROLE ",\"Tags\":[]}", "START_ARRAY can not be converted to a Map" },
		{ "{" ROLE ",\"Tags\":{\"a\":1}}", "NUMBER_VALUE can not be converted to a String" },
		{ "{" ROLE ",\"Architectures\":[null]}", "NULL_VALUE can not be converted to a String" },
		{ "{" ROLE ",\"VpcConfig\":{\"SubnetIds\":{}}}", "START_OBJECT can not be converted to a List" },
	};
	struct rig r = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(check(&r, cases[i].body), E_BAD_INPUT);
		assert_string_equal(rig_said(&r), cases[i].said);
		assert_int_equal(r.l.code, LAMBDA_SERIALIZATION);
	}
	rig_clear(&r);
}

static void a_long_value_is_cut_where_it_is_quoted(void **state)
{
	struct buf body = { 0 };
	struct rig r = { 0 };

	(void)state;
	buf_puts(&body, "{" ROLE ",\"Description\":\"");
	for (int i = 0; i < 100000; i++)
		buf_puts(&body, "x");
	buf_puts(&body, "\"}");
	assert_int_equal(check(&r, body.data), E_BAD_INPUT);
	assert_in_range(strlen(rig_said(&r)), CONSTRAINT_VALUE_MAX, CONSTRAINT_VALUE_MAX + 200);
	buf_clear(&body);
	rig_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(members_that_do_are_let_through),
		T(what_is_broken_is_told_as_java_prints_it),
		T(a_member_of_another_type_cannot_be_read),
		T(a_long_value_is_cut_where_it_is_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
