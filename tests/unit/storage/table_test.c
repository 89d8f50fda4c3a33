#include "tests/lib/t.h"

#include <stdio.h>

#include "base/err.h"
#include "storage/table_query.h"

#define NOTES "{\"AttributeDefinitions\":[{\"AttributeName\":\"who\",\"AttributeType\":\"S\"},{\"AttributeName\":\"n\"," \
	"\"AttributeType\":\"N\"},{\"AttributeName\":\"tag\",\"AttributeType\":\"S\"}]," \
	"\"KeySchema\":[{\"AttributeName\":\"who\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"n\",\"KeyType\":\"RANGE\"}]," \
	"\"GlobalSecondaryIndexes\":[{\"IndexName\":\"byTag\",\"KeySchema\":[{\"AttributeName\":\"tag\",\"KeyType\":\"HASH\"}]," \
	"\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}]}"

#define TABLE_WITHOUT_INDEX "{\"AttributeDefinitions\":[{\"AttributeName\":\"who\",\"AttributeType\":\"S\"},{\"AttributeName\":\"n\"," \
	"\"AttributeType\":\"N\"}]," \
	"\"KeySchema\":[{\"AttributeName\":\"who\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"n\",\"KeyType\":\"RANGE\"}]}"

struct shelf {
	struct db *db;
	struct arena a;
	struct table t;
};

static void open_shelf(void **state, struct shelf *s)
{
	char path[4096];

	*s = (struct shelf){0};
	snprintf(path, sizeof path, "%s/meta.db", test_path(state));
	assert_int_equal(db_open(&s->db, path, DB_WRITER), 0);
	assert_int_equal(db_begin(s->db), 0);
	assert_int_equal(table_create(s->db, STR("notes"), str_of(NOTES), &s->a, &s->t), 0);
}

static void close_shelf(struct shelf *s)
{
	assert_int_equal(db_commit(s->db), 0);
	db_close(s->db);
	arena_clear(&s->a);
}

static struct json_value *parsed(struct shelf *s, const char *json)
{
	struct json_value *v = NULL;

	assert_int_equal(json_parse(&s->a, str_of(json), &v), 0);
	return v;
}

/* As the writer does it: a change that fails is undone alone. */
static int put(struct shelf *s, const char *json, struct str *old)
{
	int rc;

	assert_int_equal(db_mark(s->db), 0);
	rc = item_put(s->db, &s->t, parsed(s, json), &s->a, old);
	if (rc < 0)
		db_undo(s->db);
	else
		db_release(s->db);
	return rc;
}

static void an_item_comes_back_with_its_numbers_in_one_form(void **state)
{
	struct shelf s;
	struct str item, old;

	open_shelf(state, &s);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1.50e1\"},\"l\":{\"L\":[{\"N\":\"007\"},{\"NS\":[\"-0\"]}]}}", &old), 0);
	assert_false(str_is_set(old));
	assert_int_equal(item_get(s.db, &s.t, parsed(&s, "{\"n\":{\"N\":\"15\"},\"who\":{\"S\":\"a\"}}"), &s.a, &item), 0);
	assert_true(str_is(item, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"15\"},\"l\":{\"L\":[{\"N\":\"7\"},{\"NS\":[\"0\"]}]}}"));
	assert_int_equal(item_get(s.db, &s.t, parsed(&s, "{\"n\":{\"N\":\"16\"},\"who\":{\"S\":\"a\"}}"), &s.a, &item), E_NOT_FOUND);
	close_shelf(&s);
}

static void overwriting_and_deleting_tell_what_was_there(void **state)
{
	const char *key = "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"}}";
	struct shelf s;
	struct str old;

	open_shelf(state, &s);
	assert_int_equal(put(&s, key, NULL), 0);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1.0\"},\"x\":{\"BOOL\":true}}", &old), 0);
	assert_true(str_is(old, key));
	assert_int_equal(item_delete(s.db, &s.t, parsed(&s, key), &s.a, &old), 0);
	assert_true(str_is(old, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"x\":{\"BOOL\":true}}"));
	assert_int_equal(item_delete(s.db, &s.t, parsed(&s, key), &s.a, &old), E_NOT_FOUND);
	close_shelf(&s);
}

static void the_table_counts_its_items_and_their_sizes(void **state)
{
	struct shelf s;
	struct table t;

	open_shelf(state, &s);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"}}", NULL), 0);		/* 3+1 1+2 */
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"b\"},\"n\":{\"N\":\"-123\"}}", NULL), 0);	/* 3+1 1+4 */
	assert_int_equal(table_open(s.db, STR("notes"), &s.a, &t), 0);
	assert_int_equal(t.items, 2);
	assert_int_equal(t.bytes, 7 + 9);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"m\":{\"M\":{\"k\":{\"NULL\":true}}}}", NULL), 0);
	assert_int_equal(item_delete(s.db, &s.t, parsed(&s, "{\"who\":{\"S\":\"b\"},\"n\":{\"N\":\"-123\"}}"), &s.a, NULL), 0);
	assert_int_equal(table_open(s.db, STR("notes"), &s.a, &t), 0);
	assert_int_equal(t.items, 1);
	assert_int_equal(t.bytes, 7 + 1 + 3 + 1 + 1 + 1);
	close_shelf(&s);
}

static int tagged(struct shelf *s, const char *tag)
{
	struct table_query q = { .table = &s->t, .index = s->t.indexes };
	struct table_page page;
	char json[64];

	snprintf(json, sizeof json, "{\"S\":\"%s\"}", tag);
	q.hash = parsed(s, json);
	assert_int_equal(table_query(s->db, &q, &s->a, &page), 0);
	return page.count;
}

static void an_index_follows_its_items(void **state)
{
	struct shelf s;

	open_shelf(state, &s);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"tag\":{\"S\":\"red\"}}", NULL), 0);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"2\"},\"tag\":{\"S\":\"red\"}}", NULL), 0);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"3\"}}", NULL), 0);
	assert_int_equal(tagged(&s, "red"), 2);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"tag\":{\"S\":\"blue\"}}", NULL), 0);
	assert_int_equal(tagged(&s, "red"), 1);
	assert_int_equal(tagged(&s, "blue"), 1);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"}}", NULL), 0);
	assert_int_equal(tagged(&s, "blue"), 0);
	assert_int_equal(item_delete(s.db, &s.t, parsed(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"2\"}}"), &s.a, NULL), 0);
	assert_int_equal(tagged(&s, "red"), 0);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"3\"},\"tag\":{\"S\":\"red\"}}", NULL), 0);
	assert_int_equal(tagged(&s, "red"), 1);
	close_shelf(&s);
}

static void an_item_that_breaks_the_schema_or_a_limit_is_refused(void **state)
{
	static const struct { const char *json; int rc; } cases[] = {
		{ "{\"who\":{\"S\":\"a\"}}", E_BAD_INPUT },
		{ "{\"who\":{\"N\":\"1\"},\"n\":{\"N\":\"1\"}}", E_BAD_INPUT },
		{ "{\"who\":{\"S\":\"\"},\"n\":{\"N\":\"1\"}}", E_BAD_INPUT },
		{ "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"tag\":{\"N\":\"1\"}}", E_BAD_INPUT },
		{ "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"tag\":{\"S\":\"\"}}", E_BAD_INPUT },
		{ "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"x\":{\"Q\":\"1\"}}", E_BAD_INPUT },
		{ "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"x\":{\"SS\":[]}}", E_BAD_INPUT },
		{ "[]", E_BAD_INPUT },
	};
	struct str item = {0};
	struct buf b = {0};
	struct shelf s;
	struct table t;

	open_shelf(state, &s);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (put(&s, cases[i].json, &item) != cases[i].rc)
			fail_msg("%s", cases[i].json);
	for (int extra = 0; extra < 2; extra++) {	/* 3+1 + 1+2 + 1, the rest is the text */
		b.len = 0;
		buf_printf(&b, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"x\":{\"S\":\"%0*d\"}}", ITEM_SIZE_MAX - 8 + extra, 0);
		assert_int_equal(put(&s, b.data, NULL), extra ? E_TOO_LARGE : 0);
	}
	assert_int_equal(table_open(s.db, STR("notes"), &s.a, &t), 0);
	assert_int_equal(t.bytes, ITEM_SIZE_MAX);
	buf_clear(&b);
	close_shelf(&s);
}

static void maps_nest_32_deep_and_no_deeper(void **state)
{
	struct shelf s;
	struct buf b = {0};

	open_shelf(state, &s);
	for (int depth = 32; depth <= 33; depth++) {
		b.len = 0;
		buf_puts(&b, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"x\":");
		for (int i = 0; i < depth; i++)
			buf_puts(&b, "{\"M\":{\"x\":");
		buf_puts(&b, "{\"S\":\"\"}");
		for (int i = 0; i < depth; i++)
			buf_puts(&b, "}}");
		buf_puts(&b, "}");
		assert_int_equal(put(&s, b.data, NULL), depth == 32 ? 0 : E_TOO_LARGE);
	}
	buf_clear(&b);
	close_shelf(&s);
}

static int collect(void *owner, struct str name)
{
	struct buf *b = owner;

	buf_printf(b, "%.*s ", STR_ARG(name));
	return 0;
}

static void tables_are_listed_by_name_and_a_deleted_name_is_free_again(void **state)
{
	struct buf names = {0};
	struct shelf s;
	struct table t;

	open_shelf(state, &s);
	assert_int_equal(table_create(s.db, STR("notes"), str_of(NOTES), &s.a, &t), E_EXISTS);
	assert_int_equal(table_create(s.db, STR("no"), str_of(NOTES), &s.a, &t), E_BAD_INPUT);
	assert_int_equal(table_create(s.db, STR("not es"), str_of(NOTES), &s.a, &t), E_BAD_INPUT);
	assert_int_equal(table_create(s.db, STR("-other"), str_of(NOTES), &s.a, &t), 0);
	assert_int_equal(table_create(s.db, STR("zzz"), STR("{\"KeySchema\":[]}"), &s.a, &t), E_BAD_INPUT);
	assert_int_equal(table_list(s.db, (struct str){0}, 10, collect, &names), 0);
	assert_string_equal(names.data, "-other notes ");
	names.len = 0;
	assert_int_equal(table_list(s.db, STR("-other"), 10, collect, &names), 0);
	assert_string_equal(names.data, "notes ");
	assert_int_equal(table_delete(s.db, STR("notes")), 0);
	assert_int_equal(table_delete(s.db, STR("notes")), E_NOT_FOUND);
	assert_int_equal(table_open(s.db, STR("notes"), &s.a, &t), E_NOT_FOUND);
	assert_int_equal(table_create(s.db, STR("notes"), str_of(NOTES), &s.a, &t), 0);
	assert_int_not_equal(t.id, s.t.id);
	buf_clear(&names);
	close_shelf(&s);
}

static void a_large_table_is_removed_in_bounded_steps(void **state)
{
	struct arena scratch = {0};
	struct shelf s;
	struct table t;
	char json[128];
	int steps = 0, rc;

	open_shelf(state, &s);
	for (int i = 0; i < 2 * TABLE_SWEEP_MAX + 5; i++) {
		struct json_value *v;

		snprintf(json, sizeof json, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"%d\"},\"tag\":{\"S\":\"t\"}}", i);
		assert_int_equal(json_parse(&scratch, str_of(json), &v), 0);
		assert_int_equal(item_put(s.db, &s.t, v, &scratch, NULL), 0);
		arena_clear(&scratch);
	}
	assert_int_equal(table_delete(s.db, STR("notes")), 0);
	assert_int_equal(table_create(s.db, STR("notes"), str_of(NOTES), &s.a, &t), 0);
	assert_int_equal(tagged(&s, "t"), 2 * TABLE_SWEEP_MAX + 5 - TABLE_SWEEP_MAX);
	while ((rc = table_sweep(s.db)) == 1)
		steps++;
	assert_int_equal(rc, 0);
	assert_in_range(steps, 3, 6);
	assert_int_equal(tagged(&s, "t"), 0);
	s.t = t;
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"3\"},\"tag\":{\"S\":\"t\"}}", NULL), 0);
	assert_int_equal(tagged(&s, "t"), 1);
	close_shelf(&s);
}

/* Two commits with an item in two places each; what is wrong is told by a number. */
static int put_twice(void *path)
{
	static const char *const items[] = {
		"{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"tag\":{\"S\":\"red\"}}",
		"{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"2\"},\"tag\":{\"S\":\"red\"}}",
	};
	struct shelf s = {0};
	struct json_value *v;
	int rc;

	if ((rc = db_open(&s.db, path, DB_WRITER)) < 0)
		return 1;
	if (db_begin(s.db) < 0 || table_create(s.db, STR("notes"), str_of(NOTES), &s.a, &s.t) < 0)
		return 2;
	for (int i = 0; i < 2; i++) {
		if (i > 0 && db_begin(s.db) < 0)
			return 3;
		if (json_parse(&s.a, str_of(items[i]), &v) < 0 || item_put(s.db, &s.t, v, &s.a, NULL) < 0)
			return 4;
		if (db_commit(s.db) < 0)
			return 5;
	}
	db_close(s.db);
	arena_clear(&s.a);
	return 0;
}

static void a_crash_leaves_an_item_with_its_index_entry_and_its_count_or_without_all(void **state)
{
	int dir = test_dir(state), seen = 0;
	char path[4096];

	snprintf(path, sizeof path, "%s/meta.db", test_path(state));
	EACH_CRASH(c, put_twice, path) {
		struct shelf s = {0};
		struct table_query q = { .table = &s.t };
		struct table_page page;

		assert_int_equal(db_open(&s.db, path, DB_WRITER), 0);
		if (table_open(s.db, STR("notes"), &s.a, &s.t) == 0) {
			assert_int_equal(table_query(s.db, &q, &s.a, &page), 0);
			assert_int_equal(page.count, s.t.items);
			assert_int_equal(page.bytes, s.t.bytes);
			assert_int_equal(tagged(&s, "red"), page.count);
			seen |= 1 << page.count;
		} else {
			seen |= 1;
		}
		db_close(s.db);
		arena_clear(&s.a);
		t_wipe(dir);
	}
	assert_int_equal(seen, 7);
}

#define BY_MOOD ",{\"IndexName\":\"byMood\",\"KeySchema\":[{\"AttributeName\":\"mood\",\"KeyType\":\"HASH\"}]," \
	"\"Projection\":{\"ProjectionType\":\"ALL\"}}]}"
#define MOOD ",{\"AttributeName\":\"mood\",\"AttributeType\":\"S\"}]"

/* NOTES with an index more, after its own. */
static struct str more_notes(struct shelf *s)
{
	struct str notes = STR(NOTES);
	size_t n = (size_t)(strstr(NOTES, "],\"KeySchema\"") - NOTES);

	return str_of(arena_printf(&s->a, "%.*s" MOOD "%.*s" BY_MOOD, (int)n, NOTES, (int)(notes.n - n - 3), NOTES + n + 1));
}

static int count_in(struct shelf *s, int index, const char *key, const char *value)
{
	struct json_value *v = parsed(s, arena_printf(&s->a, "{\"%s\":{\"S\":\"%s\"}}", key, value));
	struct table_query q = { .table = &s->t, .index = &s->t.indexes[index], .hash = v->first };
	struct table_page page;

	assert_int_equal(table_query(s->db, &q, &s->a, &page), 0);
	return page.count;
}

static void a_table_gets_indexes_for_what_is_written_from_then_on(void **state)
{
	struct shelf s;

	open_shelf(state, &s);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"tag\":{\"S\":\"t\"}}", NULL), 0);
	assert_int_equal(table_add_indexes(s.db, &s.t, more_notes(&s)), 0);
	assert_int_equal(table_open(s.db, STR("notes"), &s.a, &s.t), 0);
	assert_int_equal(s.t.index_count, 2);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"b\"},\"n\":{\"N\":\"1\"},\"mood\":{\"S\":\"glad\"}}", NULL), 0);
	assert_int_equal(count_in(&s, 0, "tag", "t"), 1);
	assert_int_equal(count_in(&s, 1, "mood", "glad"), 1);
	assert_int_equal(put(&s, "{\"who\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"mood\":{\"S\":\"glad\"}}", NULL), 0);
	assert_int_equal(count_in(&s, 0, "tag", "t"), 0);
	assert_int_equal(count_in(&s, 1, "mood", "glad"), 2);
	close_shelf(&s);
}

static void a_table_changes_in_nothing_else(void **state)
{
	static const char *const bad[] = {
		"{", TABLE_WITHOUT_INDEX,
		"{\"AttributeDefinitions\":[{\"AttributeName\":\"other\",\"AttributeType\":\"S\"}],"
			"\"KeySchema\":[{\"AttributeName\":\"other\",\"KeyType\":\"HASH\"}]}",
	};
	struct shelf s;

	open_shelf(state, &s);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(table_add_indexes(s.db, &s.t, str_of(bad[i])), E_BAD_INPUT);
	assert_int_equal(table_open(s.db, STR("notes"), &s.a, &s.t), 0);
	assert_int_equal(s.t.index_count, 1);
	close_shelf(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_item_comes_back_with_its_numbers_in_one_form),
		T(overwriting_and_deleting_tell_what_was_there),
		T(the_table_counts_its_items_and_their_sizes),
		T(an_index_follows_its_items),
		T(an_item_that_breaks_the_schema_or_a_limit_is_refused),
		T(maps_nest_32_deep_and_no_deeper),
		T(tables_are_listed_by_name_and_a_deleted_name_is_free_again),
		T(a_large_table_is_removed_in_bounded_steps),
		T(a_table_gets_indexes_for_what_is_written_from_then_on),
		T(a_table_changes_in_nothing_else),
		T(a_crash_leaves_an_item_with_its_index_entry_and_its_count_or_without_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
