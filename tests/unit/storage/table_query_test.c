#include "tests/lib/t.h"

#include <stdio.h>

#include "base/err.h"
#include "storage/table_query.h"

#define NAMED(name, type) "{\"AttributeName\":\"" name "\",\"AttributeType\":\"" type "\"}"
#define HASH(name) "{\"AttributeName\":\"" name "\",\"KeyType\":\"HASH\"}"
#define RANGE(name) "{\"AttributeName\":\"" name "\",\"KeyType\":\"RANGE\"}"
#define INDEX(name, keys, projection) "{\"IndexName\":\"" name "\",\"KeySchema\":[" keys "],\"Projection\":{" projection "}}"
#define PHOTOS "{\"AttributeDefinitions\":[" NAMED("album", "S") "," NAMED("n", "N") "," NAMED("at", "S") "]," \
	"\"KeySchema\":[" HASH("album") "," RANGE("n") "]," \
	"\"GlobalSecondaryIndexes\":[" \
	INDEX("byTime", HASH("album") "," RANGE("at"), "\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"w\"]") "]," \
	"\"LocalSecondaryIndexes\":[" INDEX("local", HASH("album") "," RANGE("at"), "\"ProjectionType\":\"ALL\"") "]}"

struct shelf {
	struct db *db;
	struct arena a;
	struct table t;
};

static struct json_value *parsed(struct shelf *s, const char *json)
{
	struct json_value *v = NULL;

	assert_int_equal(json_parse(&s->a, str_of(json), &v), 0);
	return v;
}

static void put(struct shelf *s, const char *album, int n, const char *at)
{
	char json[200];

	snprintf(json, sizeof json, "{\"album\":{\"S\":\"%s\"},\"n\":{\"N\":\"%d\"},\"at\":{\"S\":\"%s\"},\"w\":{\"N\":\"7\"}}", album,
		 n, at);
	assert_int_equal(item_put(s->db, &s->t, parsed(s, json), &s->a, NULL), 0);
}

static void open_shelf(void **state, struct shelf *s)
{
	char path[4096];

	*s = (struct shelf){0};
	snprintf(path, sizeof path, "%s/meta.db", test_path(state));
	assert_int_equal(db_open(&s->db, path, DB_WRITER), 0);
	assert_int_equal(db_begin(s->db), 0);
	assert_int_equal(table_create(s->db, STR("photos"), str_of(PHOTOS), &s->a, &s->t), 0);
	for (int n = -10; n <= 10; n += 2)
		put(s, "a", n, n % 4 ? "t1" : "t0");
	put(s, "b", 1, "t0");
	put(s, "ab", 1, "t9");
}

static void close_shelf(struct shelf *s)
{
	assert_int_equal(db_commit(s->db), 0);
	db_close(s->db);
	arena_clear(&s->a);
}

/* The values of n on the page, as text. */
static const char *page_of(struct shelf *s, const struct table_query *q, struct table_page *page)
{
	struct buf b = {0};
	const char *text;

	assert_int_equal(table_query(s->db, q, &s->a, page), 0);
	for (int i = 0; i < page->count; i++) {
		struct json_value *v;

		assert_int_equal(json_parse(&s->a, page->items[i], &v), 0);
		buf_printf(&b, "%s%.*s", i ? " " : "", STR_ARG(json_text(json_get(v, "n"), "N")));
	}
	text = arena_dup(&s->a, str_n(b.data, b.len));
	buf_clear(&b);
	return text;
}

static void every_condition_on_a_sort_key_gives_its_range(void **state)
{
	static const struct { enum key_op op; const char *low, *high, *gives; } cases[] = {
		{ KEY_ANY, NULL, NULL, "-10 -8 -6 -4 -2 0 2 4 6 8 10" },
		{ KEY_EQ, "4", NULL, "4" }, { KEY_EQ, "5", NULL, "" },
		{ KEY_LT, "-6", NULL, "-10 -8" }, { KEY_LE, "-6", NULL, "-10 -8 -6" },
		{ KEY_GT, "6", NULL, "8 10" }, { KEY_GE, "6", NULL, "6 8 10" },
		{ KEY_BETWEEN, "-2", "2", "-2 0 2" }, { KEY_BETWEEN, "-1", "1", "0" }, { KEY_BETWEEN, "2", "-2", "" },
	};
	struct table_page page;
	struct shelf s;
	char json[64];

	open_shelf(state, &s);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct table_query q = { .table = &s.t, .hash = parsed(&s, "{\"S\":\"a\"}"), .op = cases[i].op };

		snprintf(json, sizeof json, "{\"N\":\"%s\"}", cases[i].low ? cases[i].low : "0");
		q.low = parsed(&s, json);
		snprintf(json, sizeof json, "{\"N\":\"%s\"}", cases[i].high ? cases[i].high : "0");
		q.high = parsed(&s, json);
		assert_string_equal(page_of(&s, &q, &page), cases[i].gives);
		assert_false(str_is_set(page.last));
	}
	close_shelf(&s);
}

static void an_index_gives_its_ranges_and_ties_in_a_fixed_order(void **state)
{
	struct table_page page;
	struct shelf s;
	struct table_query q;

	open_shelf(state, &s);
	q = (struct table_query){ .table = &s.t, .index = s.t.indexes, .hash = parsed(&s, "{\"S\":\"a\"}"), .op = KEY_EQ,
		.low = parsed(&s, "{\"S\":\"t0\"}") };
	assert_string_equal(page_of(&s, &q, &page), "-8 -4 0 4 8");
	assert_true(str_is(page.items[0], "{\"album\":{\"S\":\"a\"},\"n\":{\"N\":\"-8\"},\"at\":{\"S\":\"t0\"},\"w\":{\"N\":\"7\"}}"));
	q.op = KEY_GT;
	assert_string_equal(page_of(&s, &q, &page), "-10 -6 -2 2 6 10");
	q.op = KEY_BEGINS;
	q.low = parsed(&s, "{\"S\":\"t\"}");
	q.backward = true;
	assert_string_equal(page_of(&s, &q, &page), "10 6 2 -2 -6 -10 8 4 0 -4 -8");
	q.op = KEY_LE;
	q.low = parsed(&s, "{\"S\":\"t0\"}");
	assert_string_equal(page_of(&s, &q, &page), "8 4 0 -4 -8");
	q.op = KEY_LT;
	assert_string_equal(page_of(&s, &q, &page), "");
	close_shelf(&s);
}

/* All pages of `q` joined; the last may be empty. */
static const char *all_pages(struct shelf *s, struct table_query q)
{
	struct table_page page;
	struct buf b = {0};
	const char *text;

	do {
		const char *p = page_of(s, &q, &page);

		buf_printf(&b, "%s%s", b.len && *p ? " " : "", p);
		assert_true(q.limit == 0 || page.count <= q.limit);
		if (str_is_set(page.last))
			q.after = parsed(s, arena_dup(&s->a, page.last));
	} while (str_is_set(page.last));
	text = arena_dup(&s->a, str_n(b.data, b.len));
	buf_clear(&b);
	return text;
}

static void pages_of_any_size_make_up_the_whole(void **state)
{
	struct shelf s;

	open_shelf(state, &s);
	for (int limit = 1; limit < 13; limit++) {
		struct table_query q = { .table = &s.t, .hash = parsed(&s, "{\"S\":\"a\"}"), .limit = limit };

		assert_string_equal(all_pages(&s, q), "-10 -8 -6 -4 -2 0 2 4 6 8 10");
		q.backward = true;
		assert_string_equal(all_pages(&s, q), "10 8 6 4 2 0 -2 -4 -6 -8 -10");
		q.index = s.t.indexes;
		assert_string_equal(all_pages(&s, q), "10 6 2 -2 -6 -10 8 4 0 -4 -8");
		q.backward = false;
		q.index = s.t.indexes + 1;
		assert_string_equal(all_pages(&s, q), "-8 -4 0 4 8 -10 -6 -2 2 6 10");
		q.hash = NULL;
		q.index = NULL;
		assert_string_equal(all_pages(&s, q), "-10 -8 -6 -4 -2 0 2 4 6 8 10 1 1");
		q.index = s.t.indexes;
		assert_string_equal(all_pages(&s, q), "-8 -4 0 4 8 -10 -6 -2 2 6 10 1 1");
	}
	close_shelf(&s);
}

static void a_page_goes_on_after_an_item_that_is_gone(void **state)
{
	struct table_page page;
	struct shelf s;
	struct table_query q;

	open_shelf(state, &s);
	q = (struct table_query){ .table = &s.t, .index = s.t.indexes, .hash = parsed(&s, "{\"S\":\"a\"}"), .limit = 3 };
	assert_string_equal(page_of(&s, &q, &page), "-8 -4 0");
	assert_true(str_is(page.last, "{\"album\":{\"S\":\"a\"},\"n\":{\"N\":\"0\"},\"at\":{\"S\":\"t0\"}}"));
	assert_int_equal(item_delete(s.db, &s.t, parsed(&s, "{\"album\":{\"S\":\"a\"},\"n\":{\"N\":\"0\"}}"), &s.a, NULL), 0);
	q.after = parsed(&s, arena_dup(&s.a, page.last));
	assert_string_equal(page_of(&s, &q, &page), "4 8 -10");
	close_shelf(&s);
}

static void a_page_that_ends_at_its_limit_has_a_last_key_even_at_the_end(void **state)
{
	struct table_page page;
	struct shelf s;
	struct table_query q;

	open_shelf(state, &s);
	q = (struct table_query){ .table = &s.t, .hash = parsed(&s, "{\"S\":\"b\"}"), .limit = 1 };
	assert_string_equal(page_of(&s, &q, &page), "1");
	assert_true(str_is(page.last, "{\"album\":{\"S\":\"b\"},\"n\":{\"N\":\"1\"}}"));
	q.limit = 2;
	page_of(&s, &q, &page);
	assert_false(str_is_set(page.last));
	close_shelf(&s);
}

static void a_starting_key_must_fit_the_query(void **state)
{
	struct table_page page;
	struct shelf s;
	struct table_query q;

	open_shelf(state, &s);
	q = (struct table_query){ .table = &s.t, .hash = parsed(&s, "{\"S\":\"a\"}"), .op = KEY_GT, .low = parsed(&s, "{\"N\":\"0\"}") };
	q.after = parsed(&s, "{\"album\":{\"S\":\"a\"}}");
	assert_int_equal(table_query(s.db, &q, &s.a, &page), E_BAD_INPUT);
	q.after = parsed(&s, "{\"album\":{\"S\":\"a\"},\"n\":{\"S\":\"1\"}}");
	assert_int_equal(table_query(s.db, &q, &s.a, &page), E_BAD_INPUT);
	q.after = parsed(&s, "{\"album\":{\"S\":\"b\"},\"n\":{\"N\":\"1\"}}");
	assert_int_equal(table_query(s.db, &q, &s.a, &page), E_MISMATCH);
	q.after = parsed(&s, "{\"album\":{\"S\":\"a\"},\"n\":{\"N\":\"0\"}}");
	assert_int_equal(table_query(s.db, &q, &s.a, &page), E_PRECONDITION);
	q.after = parsed(&s, "{\"album\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"}}");
	assert_string_equal(page_of(&s, &q, &page), "2 4 6 8 10");
	close_shelf(&s);
}

static void a_page_ends_before_it_has_more_than_its_bytes(void **state)
{
	struct buf b = {0};
	struct table_page page;
	struct shelf s;
	struct table_query q;

	open_shelf(state, &s);
	for (int i = 0; i < 6; i++) {
		b.len = 0;
		buf_printf(&b, "{\"album\":{\"S\":\"big\"},\"n\":{\"N\":\"%d\"},\"x\":{\"S\":\"%0*d\"}}", i, 300 << 10, 0);
		assert_int_equal(item_put(s.db, &s.t, parsed(&s, b.data), &s.a, NULL), 0);
	}
	q = (struct table_query){ .table = &s.t, .hash = parsed(&s, "{\"S\":\"big\"}"), .count_only = true };
	assert_int_equal(table_query(s.db, &q, &s.a, &page), 0);
	assert_int_equal(page.count, 3);
	assert_null(page.items);
	assert_true(page.bytes <= TABLE_PAGE_BYTES);
	q.after = parsed(&s, arena_dup(&s.a, page.last));
	assert_int_equal(table_query(s.db, &q, &s.a, &page), 0);
	assert_int_equal(page.count, 3);
	assert_false(str_is_set(page.last));
	buf_clear(&b);
	close_shelf(&s);
}

static void the_segments_of_a_scan_share_the_items_without_overlap(void **state)
{
	struct table_page page;
	struct shelf s;
	char name[32];
	int total = 0;

	open_shelf(state, &s);
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof name, "album%d", i);
		put(&s, name, i, "t");
	}
	for (int i = 0; i < 4; i++) {
		struct table_query q = { .table = &s.t, .segment = i, .segments = 4 };

		assert_int_equal(table_query(s.db, &q, &s.a, &page), 0);
		assert_in_range(page.count, 1, 40);
		total += page.count;
	}
	assert_int_equal(total, 50 + 13);
	close_shelf(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_condition_on_a_sort_key_gives_its_range),
		T(an_index_gives_its_ranges_and_ties_in_a_fixed_order),
		T(pages_of_any_size_make_up_the_whole),
		T(a_page_goes_on_after_an_item_that_is_gone),
		T(a_page_that_ends_at_its_limit_has_a_last_key_even_at_the_end),
		T(a_starting_key_must_fit_the_query),
		T(a_page_ends_before_it_has_more_than_its_bytes),
		T(the_segments_of_a_scan_share_the_items_without_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
