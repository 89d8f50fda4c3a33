/* Ranges, conditions, checksum names and page tokens: what S3 makes of what clients write. */
#include "base/clock.h"
#include "base/err.h"
#include "tests/lib/t.h"
#include "web/params.h"
#include "web/s3/checksum.h"
#include "web/s3/copy_source.h"
#include "web/conditions.h"
#include "web/s3/page.h"
#include "web/range.h"

static void ranges_are_cut_as_s3_does(void **state)
{
	static const struct {
		const char *header;
		int64_t size;
		enum range_verdict verdict;
		int64_t first, length;
	} cases[] = {
		{ "bytes=0-0", 10, RANGE_PART, 0, 1 }, { "bytes=3-5", 10, RANGE_PART, 3, 3 }, { "bytes=3-", 10, RANGE_PART, 3, 7 },
		{ "bytes=3-99", 10, RANGE_PART, 3, 7 }, { "bytes=-3", 10, RANGE_PART, 7, 3 }, { "bytes=-99", 10, RANGE_PART, 0, 10 },
		{ "bytes=9-9223372036854775807", 10, RANGE_PART, 9, 1 },
		{ "bytes=10-", 10, RANGE_NOT_SATISFIABLE, 0, 0 }, { "bytes=-0", 10, RANGE_NOT_SATISFIABLE, 0, 0 },
		{ "bytes=0-", 0, RANGE_NOT_SATISFIABLE, 0, 0 }, { "bytes=-1", 0, RANGE_NOT_SATISFIABLE, 0, 0 },
		{ "bytes=5-3", 10, RANGE_WHOLE, 0, 0 }, { "bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 0 }, { "bytes=", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=-", 10, RANGE_WHOLE, 0, 0 }, { "bytes=a-b", 10, RANGE_WHOLE, 0, 0 }, { "items=0-1", 10, RANGE_WHOLE, 0, 0 },
		{ "", 10, RANGE_WHOLE, 0, 0 }, { "bytes=1-99999999999999999999", 10, RANGE_WHOLE, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t first = 0, length = 0;

		assert_int_equal(range_parse(str_of(cases[i].header), cases[i].size, &first, &length), cases[i].verdict);
		assert_int_equal(first, cases[i].first);
		assert_int_equal(length, cases[i].length);
	}
	assert_int_equal(range_parse((struct str){ 0 }, 10, &(int64_t){ 0 }, &(int64_t){ 0 }), RANGE_WHOLE);
}

#define OLD "Sat, 01 Jan 2000 00:00:00 GMT"
#define SAME "Sun, 22 Nov 2026 01:02:03 GMT"
#define NEW "Mon, 23 Nov 2026 00:00:00 GMT"

static void conditions_are_judged_as_s3_does(void **state)
{
	static const struct {
		const char *match, *none, *modified, *unmodified;
		enum conditions_verdict verdict;
	} cases[] = {
		{ NULL, NULL, NULL, NULL, CONDITIONS_HOLD },
		{ "\"e\"", NULL, NULL, NULL, CONDITIONS_HOLD }, { "e", NULL, NULL, NULL, CONDITIONS_HOLD },
		{ "*", NULL, NULL, NULL, CONDITIONS_HOLD }, { "\"x\", \"e\"", NULL, NULL, NULL, CONDITIONS_HOLD },
		{ "\"x\"", NULL, NULL, NULL, CONDITIONS_FAILED },
		{ NULL, "\"e\"", NULL, NULL, CONDITIONS_NOT_MODIFIED }, { NULL, "W/\"e\"", NULL, NULL, CONDITIONS_NOT_MODIFIED },
		{ NULL, "*", NULL, NULL, CONDITIONS_NOT_MODIFIED }, { NULL, "\"x\"", NULL, NULL, CONDITIONS_HOLD },
		{ NULL, NULL, OLD, NULL, CONDITIONS_HOLD }, { NULL, NULL, SAME, NULL, CONDITIONS_NOT_MODIFIED },
		{ NULL, NULL, "nonsense", NULL, CONDITIONS_HOLD },
		{ NULL, NULL, "Fri, 01 Jan 2038 00:00:00 GMT", NULL, CONDITIONS_HOLD },
		{ NULL, NULL, NULL, OLD, CONDITIONS_FAILED }, { NULL, NULL, NULL, SAME, CONDITIONS_HOLD },
		{ NULL, NULL, NULL, NEW, CONDITIONS_HOLD },
		{ "\"e\"", NULL, NULL, OLD, CONDITIONS_HOLD },		/* the tag is the stronger */
		{ NULL, "\"x\"", NEW, NULL, CONDITIONS_HOLD },		/* here too */
		{ NULL, "\"e\"", OLD, NULL, CONDITIONS_NOT_MODIFIED },
		{ "\"x\"", "\"e\"", NULL, NULL, CONDITIONS_FAILED },
	};
	int64_t mtime, now;

	(void)state;
	assert_int_equal(clock_parse_http(STR(SAME), &mtime), 0);
	assert_int_equal(clock_parse_http(STR("Tue, 24 Nov 2026 00:00:00 GMT"), &now), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct conditions c = { str_of(cases[i].match), str_of(cases[i].none), str_of(cases[i].modified),
			str_of(cases[i].unmodified) };
		const char *which = "";

		assert_int_equal(conditions_check(&c, STR("e"), mtime + 999, now, &which), cases[i].verdict);
	}
}

static void checksums_know_their_names(void **state)
{
	uint8_t sum[DIGEST_SIZE_MAX];

	(void)state;
	for (int k = 0; k < DIGEST_KINDS; k++) {
		if (k == DIGEST_MD5)
			continue;
		assert_int_equal(checksum_of_header(str_of(checksum_header((enum digest_kind)k))), k);
		assert_int_equal(checksum_of_algorithm(str_of(checksum_lower((enum digest_kind)k))), k);
		assert_true(checksum_can((enum digest_kind)k, checksum_default((enum digest_kind)k)));
	}
	assert_int_equal(checksum_of_header(STR("X-Amz-Checksum-CRC32")), DIGEST_CRC32);
	assert_int_equal(checksum_of_header(STR("x-amz-checksum-md5")), DIGEST_KINDS);
	assert_int_equal(checksum_of_algorithm(STR("")), DIGEST_KINDS);
	assert_false(checksum_can(DIGEST_CRC64NVME, SUM_COMPOSITE));
	assert_false(checksum_can(DIGEST_SHA256, SUM_FULL));
	assert_int_equal(checksum_decode(DIGEST_CRC32, STR("y/Q5Jg=="), sum), 0);
	assert_memory_equal(sum, "\xcb\xf4\x39\x26", 4);
	assert_int_equal(checksum_decode(DIGEST_CRC32, STR("y/Q5"), sum), E_BAD_INPUT);
	assert_int_equal(checksum_decode(DIGEST_CRC32, STR(""), sum), E_BAD_INPUT);
}

static void page_tokens_come_back_and_others_do_not(void **state)
{
	static const char *const made_up[] = { "", "AAAA", "AAAAAA==", "AAAAAGE=", "nonsense!" };
	struct str keys[] = { STR("a"), STR("photos/2026/\xc3\xbc.jpg"), STR("\xff\x01") }, back;
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		assert_int_equal(page_token_read(&a, page_token(&a, keys[i]), &back), 0);
		assert_true(str_eq(back, keys[i]));
	}
	for (size_t i = 0; i < sizeof made_up / sizeof made_up[0]; i++)
		assert_int_equal(page_token_read(&a, str_of(made_up[i]), &back), E_BAD_INPUT);
	arena_clear(&a);
}

static void parameters_may_be_bare_empty_or_encoded(void **state)
{
	struct params *p = test_malloc(sizeof *p);
	struct arena a = { 0 };
	char many[4 * (PARAMS_MAX + 1) + 1];

	(void)state;
	assert_int_equal(params_parse(&a, STR("acl&x=&&a%20b=c%2Bd&plus=a+b&a%20b=2"), true, p), 0);
	assert_int_equal(p->count, 5);
	assert_true(str_is_set(params_get(p, "acl")) && params_get(p, "acl").n == 0);
	assert_true(str_is_set(params_get(p, "x")) && params_get(p, "x").n == 0);
	assert_true(str_eq(params_get(p, "a b"), STR("c+d")));
	assert_true(str_eq(params_get(p, "plus"), STR("a b")));
	assert_false(str_is_set(params_get(p, "ACL")));
	assert_true(str_is_set(params_iget(p, "ACL")));
	assert_int_equal(params_parse(&a, STR("plus=a+b"), false, p), 0);
	assert_true(str_eq(params_get(p, "plus"), STR("a+b")));
	assert_int_equal(params_parse(&a, STR("a=%zz"), true, p), E_BAD_INPUT);
	assert_int_equal(params_parse(&a, (struct str){ 0 }, true, p), 0);
	assert_int_equal(p->count, 0);
	for (int i = 0; i <= PARAMS_MAX; i++)
		memcpy(many + 4 * i, "a=b&", 4);
	assert_int_equal(params_parse(&a, str_n(many, sizeof many - 1), true, p), E_TOO_LARGE);
	arena_clear(&a);
	test_free(p);
}

static void a_copy_of_more_than_5_gib_is_refused_before_a_byte_is_read(void **state)
{
	struct s3 s = { 0 };
	struct copy_source c;

	(void)state;
	copy_source_init(&c);
	c.from.size = OBJECT_SIZE_MAX;
	assert_int_equal(OBJECT_PUT_MAX, 5368709120);
	assert_int_equal(copy_source_begin(&s, &c, 7, OBJECT_PUT_MAX + 1, DIGEST_SHA256), E_BAD_INPUT);
	assert_int_equal(s.fault.code, S3_INVALID_REQUEST);
	assert_string_equal(s.fault.message, "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120");
	assert_int_equal(c.blob.fd, -1);
	copy_source_clear(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(ranges_are_cut_as_s3_does),
		T(conditions_are_judged_as_s3_does),
		T(checksums_know_their_names),
		T(page_tokens_come_back_and_others_do_not),
		T(parameters_may_be_bare_empty_or_encoded),
		T(a_copy_of_more_than_5_gib_is_refused_before_a_byte_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
