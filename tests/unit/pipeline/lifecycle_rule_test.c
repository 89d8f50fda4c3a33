/* What lifecycle rules are about, and when something is due. */
#include "pipeline/lifecycle_rule.h"

#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/storage/house.h"

#define DAY (24LL * 3600 * 1000)

static int64_t at(const char *iso)
{
	int64_t ms;

	assert_int_equal(clock_parse_iso(str_of(iso), &ms), 0);
	return ms;
}

static void days_end_at_the_next_midnight(void **state)
{
	static const struct {
		const char *from;
		int days;
		const char *due;
	} rows[] = {
		{ "2014-01-15T10:30:00Z", 3, "2014-01-19T00:00:00Z" },	/* as the manual of S3 has it */
		{ "2014-01-15T00:00:00Z", 1, "2014-01-17T00:00:00Z" },
		{ "2014-01-15T23:59:59Z", 1, "2014-01-17T00:00:00Z" },
		{ "2024-02-28T12:00:00Z", 1, "2024-03-01T00:00:00Z" },
		{ "2023-12-31T12:00:00Z", 365, "2024-12-31T00:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(lifecycle_due_ms(at(rows[i].from), rows[i].days, DAY), at(rows[i].due));
	assert_true(lifecycle_due_ms(at("2026-01-01T00:00:00Z"), LIFECYCLE_DAYS_MAX, DAY) > 0);
}

static struct lifecycle_rules rules(struct arena *a, const char *json)
{
	struct lifecycle_rules r;
	struct json_value *v;

	assert_int_equal(json_parse(a, str_of(arena_printf(a, "{\"Rules\":[%s]}", json)), &v), 0);
	assert_int_equal(lifecycle_read(a, v, DAY, &r), 0);
	return r;
}

static struct json_value *tags(struct arena *a, const char *json)
{
	struct json_value *v = NULL;

	if (json)
		assert_int_equal(json_parse(a, str_of(json), &v), 0);
	return v;
}

static void add(char *to, bool yes, char c)
{
	size_t n = strlen(to);

	to[n] = yes ? c : '\0';
	to[n + (size_t)yes] = '\0';
}

/* Of something of 100 bytes that began on 2026-01-01 at noon. */
static void a_rule_ends_what_it_is_about_when_that_is_due(void **state)
{
	static const struct {
		const char *rule, *key, *tags;
		int64_t newer;
		const char *now, *ends;		/* o: an object, n: a noncurrent version, m: a marker, u: an upload */
	} rows[] = {
		{ "\"Days\":1", "k", NULL, 0, "2026-01-02T23:59:59Z", "" },
		{ "\"Days\":1", "k", NULL, 0, "2026-01-03T00:00:00Z", "om" },
		{ "\"Date\":\"2026-01-02T00:00:00Z\"", "k", NULL, 0, "2026-01-01T23:59:59Z", "" },
		{ "\"Date\":\"2026-01-02T00:00:00Z\"", "k", NULL, 0, "2026-01-02T00:00:00Z", "om" },
		{ "\"Date\":\"1970-01-01T00:00:00Z\"", "k", NULL, 0, "2026-01-02T00:00:00Z", "om" },
		{ "\"ExpiredObjectDeleteMarker\":true", "k", NULL, 0, "2026-01-01T12:00:00Z", "m" },
		{ "\"ExpiredObjectDeleteMarker\":false", "k", NULL, 0, "2036-01-01T12:00:00Z", "" },
		{ "\"NoncurrentDays\":2", "k", NULL, 0, "2026-01-03T23:59:59Z", "" },
		{ "\"NoncurrentDays\":2", "k", NULL, 0, "2026-01-04T00:00:00Z", "n" },
		{ "\"NoncurrentDays\":2,\"NewerNoncurrentVersions\":3", "k", NULL, 2, "2036-01-04T00:00:00Z", "" },
		{ "\"NoncurrentDays\":2,\"NewerNoncurrentVersions\":3", "k", NULL, 3, "2036-01-04T00:00:00Z", "n" },
		{ "\"DaysAfterInitiation\":7", "k", NULL, 0, "2026-01-08T23:59:59Z", "" },
		{ "\"DaysAfterInitiation\":7", "k", NULL, 0, "2026-01-09T00:00:00Z", "u" },
		{ "\"Days\":1,\"DaysAfterInitiation\":1,\"NoncurrentDays\":1", "k", NULL, 0, "2036-01-01T00:00:00Z", "onmu" },
		{ "\"Days\":1,\"DaysAfterInitiation\":1,\"NoncurrentDays\":1,\"Prefix\":\"a/\"", "b/a/", NULL, 0, "2036-01-01T00:00:00Z", "" },
		{ "\"Days\":1,\"DaysAfterInitiation\":1,\"NoncurrentDays\":1,\"Prefix\":\"a/\"", "a/k", NULL, 0, "2036-01-01T00:00:00Z", "onmu" },
		{ "\"Days\":1,\"Tags\":{\"t\":\"1\",\"u\":\"2\"}", "k", NULL, 0, "2036-01-01T00:00:00Z", "" },
		{ "\"Days\":1,\"Tags\":{\"t\":\"1\",\"u\":\"2\"}", "k", "{\"t\":\"1\"}", 0, "2036-01-01T00:00:00Z", "" },
		{ "\"Days\":1,\"Tags\":{\"t\":\"1\"}", "k", "{\"t\":\"2\"}", 0, "2036-01-01T00:00:00Z", "" },
		{ "\"Days\":1,\"Tags\":{\"t\":\"1\",\"u\":\"2\"}", "k", "{\"u\":\"2\",\"w\":\"\",\"t\":\"1\"}", 0, "2036-01-01T00:00:00Z", "om" },
		{ "\"Days\":1,\"ObjectSizeGreaterThan\":100", "k", NULL, 0, "2036-01-01T00:00:00Z", "" },
		{ "\"Days\":1,\"ObjectSizeGreaterThan\":99", "k", NULL, 0, "2036-01-01T00:00:00Z", "om" },
		{ "\"Days\":1,\"ObjectSizeLessThan\":100", "k", NULL, 0, "2036-01-01T00:00:00Z", "" },
		{ "\"Days\":1,\"ObjectSizeLessThan\":101", "k", NULL, 0, "2036-01-01T00:00:00Z", "om" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena a = {0};
		struct lifecycle_rules r = rules(&a, arena_printf(&a, "{\"Enabled\":true,%s}", rows[i].rule));
		struct lifecycle_thing t = { str_of(rows[i].key), 100, tags(&a, rows[i].tags), at("2026-01-01T12:00:00Z"), rows[i].newer };
		int64_t now = at(rows[i].now);
		char got[5] = "";

		add(got, lifecycle_ends_object(&r, &t, now), 'o');
		add(got, lifecycle_ends_noncurrent(&r, &t, now), 'n');
		add(got, lifecycle_ends_marker(&r, &t, now), 'm');
		add(got, lifecycle_ends_upload(&r, &t, now), 'u');
		if (strcmp(got, rows[i].ends) != 0)
			fail_msg("%s at %s ends \"%s\", not \"%s\"", rows[i].rule, rows[i].now, got, rows[i].ends);
		arena_clear(&a);
	}
}

/* Of something of 100 bytes that began on 2026-01-01 at noon, and has the tag t=1. */
static void of_several_rules_the_one_that_is_due_first_is_told(void **state)
{
	static const struct {
		const char *rules, *id, *due;	/* id NULL: none */
	} rows[] = {
		{ "{\"Id\":\"a\",\"Enabled\":true,\"Days\":3}", "a", "2026-01-05T00:00:00Z" },
		{ "{\"Id\":\"a\",\"Enabled\":true,\"Days\":3},{\"Id\":\"b\",\"Enabled\":true,\"Days\":2}", "b", "2026-01-04T00:00:00Z" },
		{ "{\"Id\":\"a\",\"Enabled\":true,\"Days\":3},{\"Id\":\"b\",\"Enabled\":false,\"Days\":2}", "a", "2026-01-05T00:00:00Z" },
		{ "{\"Id\":\"a\",\"Enabled\":true,\"Days\":3},{\"Id\":\"b\",\"Enabled\":true,\"Date\":\"2020-01-01T00:00:00Z\"}", "b", "2020-01-01T00:00:00Z" },
		{ "{\"Id\":\"a\",\"Enabled\":true,\"Days\":3},{\"Id\":\"b\",\"Enabled\":true,\"Days\":1,\"Prefix\":\"x\"}", "a", "2026-01-05T00:00:00Z" },
		{ "{\"Id\":\"a\",\"Enabled\":true,\"Days\":3,\"Tags\":{\"t\":\"1\"}}", "a", "2026-01-05T00:00:00Z" },
		{ "{\"Id\":\"a\",\"Enabled\":true,\"Days\":3,\"Tags\":{\"t\":\"2\"}}", NULL, NULL },
		{ "{\"Id\":\"a\",\"Enabled\":true,\"NoncurrentDays\":3,\"DaysAfterInitiation\":1,\"ExpiredObjectDeleteMarker\":true}", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena a = {0};
		struct lifecycle_rules r = rules(&a, rows[i].rules);
		struct lifecycle_thing t = { STR("k"), 100, tags(&a, "{\"t\":\"1\"}"), at("2026-01-01T12:00:00Z"), 0 };
		int64_t due_ms = 0;
		const struct lifecycle_rule *first = lifecycle_first(&r, &t, &due_ms);

		assert_int_equal(first != NULL, rows[i].id != NULL);
		if (first) {
			assert_true(str_eq(first->id, str_of(rows[i].id)));
			assert_int_equal(due_ms, at(rows[i].due));
		}
		arena_clear(&a);
	}
}

static void a_rule_that_is_disabled_ends_nothing(void **state)
{
	struct arena a = {0};
	struct lifecycle_rules r = rules(&a, "{\"Enabled\":false,\"Days\":1,\"Tags\":{\"a\":\"b\"}}");

	(void)state;
	assert_int_equal(r.count, 0);
	assert_false(r.tags);
	arena_clear(&a);
}

static void what_is_walked_is_what_all_prefixes_have_in_common(void **state)
{
	static const struct {
		const char *rules, *common;
	} rows[] = {
		{ "{\"Enabled\":true,\"Prefix\":\"a/b\"}", "a/b" },
		{ "{\"Enabled\":true,\"Prefix\":\"a/b\"},{\"Enabled\":true,\"Prefix\":\"a/c\"}", "a/" },
		{ "{\"Enabled\":true,\"Prefix\":\"a/b\"},{\"Enabled\":false,\"Prefix\":\"x\"}", "a/b" },
		{ "{\"Enabled\":true,\"Prefix\":\"a/b\"},{\"Enabled\":true}", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena a = {0};
		struct lifecycle_rules r = rules(&a, rows[i].rules);

		assert_true(str_eq(r.prefix, str_of(rows[i].common)));
		arena_clear(&a);
	}
}

static void what_is_no_document_is_refused(void **state)
{
	static const char *const wrong[] = { "{}", "{\"Rules\":{}}", "{\"Rules\":[{\"Enabled\":true,\"Date\":\"soon\"}]}" };

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct arena a = {0};
		struct lifecycle_rules r;
		struct json_value *v;

		assert_int_equal(json_parse(&a, str_of(wrong[i]), &v), 0);
		assert_int_equal(lifecycle_read(&a, v, DAY, &r), E_BAD_INPUT);
		arena_clear(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(days_end_at_the_next_midnight),
		T(a_rule_ends_what_it_is_about_when_that_is_due),
		T(of_several_rules_the_one_that_is_due_first_is_told),
		T(a_rule_that_is_disabled_ends_nothing),
		T(what_is_walked_is_what_all_prefixes_have_in_common),
		T(what_is_no_document_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
