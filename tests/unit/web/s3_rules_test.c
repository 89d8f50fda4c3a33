/* Notification documents: read, written, and every pair of rules that S3 calls ambiguous. */
#include <string.h>

#include "base/err.h"
#include "tests/lib/t.h"
#include "web/s3/notification_rules.h"

#define ARN "arn:aws:lambda:us-east-1:000000000000:function:thumbnail"

static int parse(struct s3 *s, struct rules *rules, const char *document)
{
	arena_clear(&s->arena);
	*s = (struct s3){ 0 };
	memset(rules, 0, sizeof *rules);
	return rules_read(s, str_of(document), rules);
}

static void a_document_is_read_and_written_back(void **state)
{
	static const char document[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><CloudFunctionConfiguration><Id>i</Id>"
		"<CloudFunction>" ARN "</CloudFunction><Event>s3:ObjectCreated:Put</Event><Event>s3:ObjectRemoved:*</Event><Filter>"
		"<S3Key><FilterRule><Name>Prefix</Name><Value>a+b%2B/</Value></FilterRule><FilterRule><Name>Suffix</Name><Value>.jpg"
		"</Value></FilterRule></S3Key></Filter></CloudFunctionConfiguration></NotificationConfiguration>";
	struct rules *rules = test_malloc(sizeof *rules);
	struct s3 s = { 0 };
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(parse(&s, rules, document), 0);
	assert_int_equal(rules->count, 1);
	assert_true(str_eq(rules->rule[0].prefix, STR("a b+/")));
	assert_true(str_eq(rules->function[0], STR("thumbnail")));
	assert_int_equal(rules->rule[0].set, event_set(STR("s3:ObjectCreated:Put")) | event_set(STR("s3:ObjectRemoved:*")));
	rules_write(&out, rules->rule, rules->count);
	assert_string_equal(out.data, document);
	buf_clear(&out);
	arena_clear(&s.arena);
	test_free(rules);
}

static void documents_that_make_no_sense_are_refused(void **state)
{
#define FUNCTION(inner) "<NotificationConfiguration><CloudFunctionConfiguration><Id>i</Id>" inner \
	"</CloudFunctionConfiguration></NotificationConfiguration>"
#define GOOD "<CloudFunction>" ARN "</CloudFunction><Event>s3:ObjectCreated:*</Event>"
#define FILTER(name, value) "<FilterRule><Name>" name "</Name><Value>" value "</Value></FilterRule>"
	static const struct {
		const char *document;
		enum s3_code code;
	} cases[] = {
		{ "", S3_MALFORMED_XML }, { "<a/>", S3_MALFORMED_XML }, { "<NotificationConfiguration>", S3_MALFORMED_XML },
		{ "<NotificationConfiguration><What/></NotificationConfiguration>", S3_MALFORMED_XML },
		{ "<NotificationConfiguration/>", S3_FINE },
		{ FUNCTION(GOOD), S3_FINE },
		{ FUNCTION("<CloudFunction>" ARN "</CloudFunction>"), S3_MALFORMED_XML },
		{ FUNCTION("<CloudFunction>" ARN "</CloudFunction><Event>s3:What</Event>"), S3_INVALID_ARGUMENT },
		{ FUNCTION("<CloudFunction>arn:aws:sqs:a:b:c</CloudFunction><Event>s3:ObjectCreated:*</Event>"), S3_INVALID_ARGUMENT },
		{ FUNCTION(GOOD "<Filter><S3Key>" FILTER("PREFIX", "") FILTER("suffix", "") "</S3Key></Filter>"), S3_FINE },
		{ FUNCTION(GOOD "<Filter><S3Key>" FILTER("middle", "x") "</S3Key></Filter>"), S3_INVALID_ARGUMENT },
		{ FUNCTION(GOOD "<Filter><S3Key>" FILTER("prefix", "a") FILTER("Prefix", "b") "</S3Key></Filter>"), S3_INVALID_ARGUMENT },
		{ FUNCTION(GOOD "<filter><S3Key>" FILTER("prefix", "a") "</S3Key></filter>"), S3_MALFORMED_XML },
		{ FUNCTION(GOOD "<Filter><Key>" FILTER("prefix", "a") "</Key></Filter>"), S3_MALFORMED_XML },
		{ FUNCTION(GOOD "<Filter><S3Key><Rule/></S3Key></Filter>"), S3_MALFORMED_XML },
		{ FUNCTION(GOOD "<Filter><S3Key>" FILTER("prefix", "a") "</S3Key></Filter><Filter><S3Key>" FILTER("suffix", "b")
			   "</S3Key></Filter>"), S3_MALFORMED_XML },
		{ FUNCTION(GOOD "<Filter><S3Key>" FILTER("prefix", "a") "</S3Key><S3Key>" FILTER("suffix", "b") "</S3Key></Filter>"),
		  S3_MALFORMED_XML },
		{ FUNCTION(GOOD "<CloudFunction>" ARN "</CloudFunction>"), S3_MALFORMED_XML },
		{ FUNCTION("<Id>a</Id><Id>b</Id>" GOOD), S3_MALFORMED_XML },
		{ FUNCTION(GOOD "<Filter><S3Key><FilterRule><Name>prefix</Name><Value>a</Value><Value>b</Value></FilterRule>"
			   "</S3Key></Filter>"), S3_MALFORMED_XML },
		{ FUNCTION(GOOD "<Filter><S3Key><FilterRule><Name>prefix</Name><Value>a</Value><What/></FilterRule>"
			   "</S3Key></Filter>"), S3_MALFORMED_XML },
		{ FUNCTION(GOOD "<Event>s3:ObjectRemoved:*</Event>"), S3_FINE },
		{ "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>", S3_NOT_IMPLEMENTED },
		{ "<NotificationConfiguration><QueueConfiguration><Queue>x</Queue></QueueConfiguration></NotificationConfiguration>",
		  S3_INVALID_ARGUMENT },
	};
	struct rules *rules = test_malloc(sizeof *rules);
	struct s3 s = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(parse(&s, rules, cases[i].document), cases[i].code == S3_FINE ? 0 : E_BAD_INPUT);
		assert_int_equal(s.fault.code, cases[i].code);
	}
	arena_clear(&s.arena);
	test_free(rules);
}

static void rules_overlap_when_a_key_and_an_event_could_be_both(void **state)
{
	static const struct {
		const char *events[2], *prefix[2], *suffix[2];
		bool overlap;
	} cases[] = {
		{ { "s3:ObjectCreated:*", "s3:ObjectCreated:*" }, { NULL, NULL }, { NULL, NULL }, true },
		{ { "s3:ObjectCreated:*", "s3:ObjectCreated:Put" }, { NULL, NULL }, { NULL, NULL }, true },
		{ { "s3:ObjectCreated:Copy", "s3:ObjectCreated:Put" }, { NULL, NULL }, { NULL, NULL }, false },
		{ { "s3:ObjectRemoved:Delete s3:ObjectCreated:Put", "s3:ObjectCreated:*" }, { NULL, NULL }, { NULL, NULL }, true },
		{ { "s3:ObjectTagging:Put", "s3:ObjectAcl:Put" }, { NULL, NULL }, { NULL, NULL }, false },
		{ { "s3:ObjectTagging:*", "s3:ObjectTagging:Delete" }, { NULL, NULL }, { NULL, NULL }, true },
		{ { "s3:ObjectCreated:*", "s3:ObjectCreated:*" }, { "a", "b" }, { NULL, NULL }, false },
		{ { "s3:ObjectCreated:*", "s3:ObjectCreated:*" }, { "a", "ab" }, { NULL, NULL }, true },
		{ { "s3:ObjectCreated:*", "s3:ObjectCreated:*" }, { "a", NULL }, { NULL, ".jpg" }, true },
		{ { "s3:ObjectCreated:*", "s3:ObjectCreated:*" }, { NULL, NULL }, { ".jpg", ".png" }, false },
		{ { "s3:ObjectCreated:*", "s3:ObjectCreated:*" }, { NULL, NULL }, { "jpg", ".jpg" }, true },
		{ { "s3:ObjectCreated:*", "s3:ObjectCreated:*" }, { "a", "a" }, { ".jpg", ".png" }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rule r[2] = { 0 };

		for (int k = 0; k < 2; k++) {
			r[k].events = str_of(cases[i].events[k]);
			r[k].prefix = str_of(cases[i].prefix[k]);
			r[k].suffix = str_of(cases[i].suffix[k]);
		}
		assert_int_equal(rules_overlap(&r[0], &r[1]), cases[i].overlap);
		assert_int_equal(rules_overlap(&r[1], &r[0]), cases[i].overlap);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_document_is_read_and_written_back),
		T(documents_that_make_no_sense_are_refused),
		T(rules_overlap_when_a_key_and_an_event_could_be_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
