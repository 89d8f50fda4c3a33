#include "tests/lib/t.h"

#include "base/codec.h"
#include "storage/object.h"
#include "web/s3/post_policy.h"

#define NOW 1767323045000		/* 2026-01-02T03:04:05Z */
#define POLICY(conditions) "{\"expiration\":\"2026-01-02T03:04:06Z\",\"conditions\":[" conditions "]}"
#define DENIED "Invalid according to Policy: Policy Condition failed: "

static const struct {
	const char *policy, *fields;	/* "name=value&..." */
	enum post_verdict verdict;
	const char *why;
	int64_t min, max;
} forms[] = {
	{ POLICY(""), "", POST_ALLOWED, NULL, 0, OBJECT_PUT_MAX },
	{ POLICY("{\"key\":\"a\"}"), "key=a&file=x&policy=y&x-amz-signature=z&signature=z&awsaccesskeyid=q&x-ignore-me=1", POST_ALLOWED, NULL, 0, OBJECT_PUT_MAX },
	{ POLICY("{\"KEY\":\"a\"},[\"EQ\",\"$Key\",\"a\"],[\"starts-with\",\"$key\",\"\"]"), "key=a", POST_ALLOWED, NULL, 0, OBJECT_PUT_MAX },
	{ POLICY("[\"content-length-range\",1,\"10\"],[\"content-length-range\",5,20]"), "", POST_ALLOWED, NULL, 5, 10 },
	{ POLICY("{\"bucket\":\"box\"}"), "bucket=other", POST_ALLOWED, NULL, 0, OBJECT_PUT_MAX },
	{ POLICY("[\"starts-with\",\"$acl\",\"\"]"), "", POST_ALLOWED, NULL, 0, OBJECT_PUT_MAX },
	{ POLICY("{\"bucket\":\"other\"}"), "bucket=other", POST_FORBIDDEN, DENIED "[\"eq\", \"$bucket\", \"other\"]", 0, 0 },
	{ POLICY("{\"key\":\"a\"}"), "key=A", POST_FORBIDDEN, DENIED "[\"eq\", \"$key\", \"a\"]", 0, 0 },
	{ POLICY("{\"key\":\"a\"}"), "", POST_FORBIDDEN, DENIED "[\"eq\", \"$key\", \"a\"]", 0, 0 },
	{ POLICY("[\"starts-with\",\"$key\",\"in/\"]"), "key=${filename}", POST_FORBIDDEN, DENIED "[\"starts-with\", \"$key\", \"in/\"]", 0, 0 },
	{ POLICY("{\"key\":\"a\"},[\"starts-with\",\"$key\",\"b\"]"), "key=a", POST_FORBIDDEN, DENIED "[\"starts-with\", \"$key\", \"b\"]", 0, 0 },
	{ POLICY("[\"eq\",\"key\",\"a\"]"), "key=a", POST_FORBIDDEN, DENIED "[\"eq\", \"key\", \"a\"]", 0, 0 },
	{ POLICY("[\"content-length-range\",-1,5]"), "", POST_FORBIDDEN, DENIED "[\"content-length-range\", \"-1\", \"5\"]", 0, 0 },
	{ POLICY("{\"key\":\"a\"}"), "key=a&x-amz-meta-b=c", POST_FORBIDDEN, "Invalid according to Policy: Extra input fields: x-amz-meta-b", 0, 0 },
	{ POLICY("{\"key\":\"a\"}"), "key=a&bucket=box", POST_FORBIDDEN, "Invalid according to Policy: Extra input fields: bucket", 0, 0 },
	{ "{\"expiration\":\"2026-01-02T03:04:05Z\",\"conditions\":[]}", "", POST_FORBIDDEN, "Invalid according to Policy: Policy expired.", 0, 0 },
	{ "{\"expiration\":1,\"conditions\":[]}", "", POST_NO_POLICY, "Invalid Policy: Invalid 'expiration' value: '1'", 0, 0 },
	{ "{\"conditions\":[]}", "", POST_NO_POLICY, "Invalid Policy: Policy missing expiration.", 0, 0 },
	{ "{\"expiration\":\"2026-01-02T03:04:06Z\",\"conditions\":{}}", "", POST_NO_POLICY, "Invalid Policy: Policy missing conditions.", 0, 0 },
	{ POLICY("1"), "", POST_NO_POLICY, "Invalid Policy: Invalid Condition: conditions are objects or lists.", 0, 0 },
	{ POLICY("{\"a\":1}"), "a=1", POST_NO_POLICY, "Invalid Policy: Invalid Simple-Condition: value must be a string.", 0, 0 },
	{ POLICY("[\"eq\",{},\"a\"]"), "", POST_NO_POLICY, "Invalid Policy: Invalid Condition: elements of a list must be strings.", 0, 0 },
	{ POLICY("[1,\"$key\",\"a\"]"), "", POST_NO_POLICY, "Invalid Policy: Invalid Condition: elements of a list must be strings.", 0, 0 },
	{ "[]", "", POST_NO_POLICY, "Invalid Policy: Invalid JSON.", 0, 0 },
};

static enum post_verdict check(struct arena *a, size_t i, struct post_policy *p)
{
	struct params fields;
	struct buf b = { 0 };
	enum post_verdict v;

	assert_int_equal(params_parse(a, str_of(forms[i].fields), false, &fields), 0);
	base64_encode(&b, forms[i].policy, strlen(forms[i].policy));
	*p = (struct post_policy){ .bucket = STR("box"), .fields = &fields, .now_ms = NOW };
	v = post_policy_check(a, str_n(b.data, b.len), p);
	buf_clear(&b);
	return v;
}

static void a_form_may_what_its_policy_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct arena a = { 0 };
		struct post_policy p;
		enum post_verdict v = check(&a, i, &p);

		if (v != forms[i].verdict || (forms[i].why ? !p.why || strcmp(p.why, forms[i].why) != 0 : p.why != NULL))
			fail_msg("%s with %s: %d %s", forms[i].policy, forms[i].fields, v, p.why ? p.why : "");
		if (v == POST_ALLOWED) {
			assert_int_equal(p.min, forms[i].min);
			assert_int_equal(p.max, forms[i].max);
		}
		arena_clear(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { T(a_form_may_what_its_policy_says) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
