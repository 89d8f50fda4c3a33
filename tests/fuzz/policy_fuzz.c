/* policy_fuzz.c - the policies that clients write: a bucket's, put by its owner and asked about every request after; a form's, as everybody may send it; and
 * the host that may name a bucket. The input begins with the letter of what it is. */
#include <string.h>

#include "base/check.h"
#include "base/codec.h"
#include "storage/object.h"
#include "web/policy.h"
#include "web/s3/host.h"
#include "web/s3/post_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* What passes is read again as the shelf has it, and never says less to the account than to anybody. */
static void fuzz_bucket(struct arena *a, struct str text)
{
	static const struct policy_request asked[] = {
		{ .action = STR("s3:GetObject"), .bucket = STR("box"), .key = STR("a/b.jpg"), .source_ip = STR("192.168.1.9") },
		{ .action = STR("s3:ListBucket"), .bucket = STR("box"), .source_ip = STR("2001:db8::1"), .prefix = STR("a/") },
		{ .action = STR("s3:PutObject"), .bucket = STR("box"), .key = STR("x"), .source_ip = STR(""), .referer = STR("https://a.example/") },
	};
	struct json_value *policy;
	const char *why;

	if (policy_check(a, text, STR("box"), "123456789012", &why) != POLICY_FINE) {
		CHECK(why != NULL);
		if (json_parse(a, text, &policy) < 0)
			return;
	} else {
		CHECK(!why && json_parse(a, text, &policy) == 0);
	}
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		struct policy_request q = asked[i];
		enum policy_verdict v = policy_decide(policy, &q);

		CHECK(!policy_allows(policy, NULL, &q) || (v == POLICY_ALLOWS && !policy_is_public(policy)));
		q.account = true;
		CHECK(v != POLICY_DENIES || policy_decide(policy, &q) == POLICY_DENIES);
	}
}

/* JSON, then after a null byte lines of "name=value": the fields. */
static void fuzz_form(struct arena *a, struct str text)
{
	struct params fields = { 0 };
	struct post_policy policy = { .bucket = STR("box"), .fields = &fields, .now_ms = 1700000000000 };
	struct str json, line, name;
	struct buf b = { 0 };
	enum post_verdict v;

	(void)str_next(&text, '\0', &json);
	while (fields.count < PARAMS_MAX && str_next(&text, '\n', &line)) {
		(void)str_next(&line, '=', &name);
		fields.at[fields.count++] = (struct param){ name, str_is_set(line) ? line : STR("") };
	}
	base64_encode(&b, json.p, json.n);
	v = post_policy_check(a, str_n(b.data ? b.data : "", b.len), &policy);
	CHECK((v == POST_ALLOWED) == (policy.why == NULL));
	CHECK(policy.min >= 0 && policy.max <= OBJECT_PUT_MAX);
	policy.now_ms = INT64_MAX;
	CHECK(post_policy_check(a, str_n(b.data ? b.data : "", b.len), &policy) != POST_ALLOWED);
	buf_clear(&b);
}

static void fuzz_host(struct arena *a, struct str text)
{
	struct str bucket = host_bucket(a, STR("localhost\ns3.example"), text);

	CHECK(!str_is_set(bucket) || (bucket.n >= 3 && bucket.n <= 63));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a = { 0 };

	if (n > 0 && p[0] == 'b')
		fuzz_bucket(&a, str_n(p + 1, n - 1));
	else if (n > 0 && p[0] == 'f')
		fuzz_form(&a, str_n(p + 1, n - 1));
	else if (n > 0)
		fuzz_host(&a, str_n(p, n));
	arena_clear(&a);
	return 0;
}
