#include "tests/lib/t.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "pipeline/logs.h"
#include "storage/function.h"
#include "storage/logs.h"

static struct db *open_db(void **state)
{
	char path[4096];
	struct db *db;

	snprintf(path, sizeof path, "%s/meta.db", test_path(state));
	assert_int_equal(db_open(&db, path, DB_WRITER), 0);
	assert_int_equal(db_begin(db), 0);
	return db;
}

static void close_db(struct db *db)
{
	assert_int_equal(db_commit(db), 0);
	db_close(db);
}

static void add_function(struct db *db, const char *name, const char *config)
{
	int64_t id;

	assert_int_equal(function_put(db, str_of(name), str_of(config), &id), 0);
}

static void log_some(struct db *db, const char *group, int64_t at_ms, const char *text, int n)
{
	struct log_line l = { .at_ms = at_ms, .text = str_of(text) };

	for (int i = 0; i < n; i++)
		assert_int_equal(log_write(db, str_of(group), STR("stream"), &l, 1), 0);
}

/* How many lines there are from `place` on, in one page; `next` becomes where to go on. */
static int gathered(struct db *db, const char *function, char next[LOGS_PLACE_MAX], char last[64])
{
	struct json_value *v;
	struct arena a = {0};
	struct buf json = {0};
	const struct json_value *lines;
	int n = 0, rc = logs_gather(db, str_of(function), str_of(next), &json);

	if (rc == 0) {
		assert_int_equal(json_parse(&a, str_n(json.data, json.len), &v), 0);
		lines = json_get(v, "lines");
		n = lines->count;
		for (const struct json_value *l = lines->first; l; l = l->next)
			snprintf(last, 64, "%.*s", STR_ARG(json_text(l, "line")));
		snprintf(next, LOGS_PLACE_MAX, "%.*s", STR_ARG(json_text(v, "next")));
	}
	buf_clear(&json);
	arena_clear(&a);
	return rc < 0 ? rc : n;
}

static void a_log_is_gathered_page_by_page_in_the_order_of_time(void **state)
{
	char next[LOGS_PLACE_MAX] = "", last[64] = "";
	struct db *db = open_db(state);

	add_function(db, "f", "{}");
	assert_int_equal(gathered(db, "f", next, last), 0);
	assert_string_equal(next, "");
	log_some(db, "/aws/lambda/f", 20, "late", 3);
	log_some(db, "/aws/lambda/f", 10, "early", LOGS_PAGE);
	assert_int_equal(gathered(db, "f", next, last), LOGS_PAGE);
	assert_string_equal(last, "early");
	assert_string_equal(next, "10.500");
	assert_int_equal(gathered(db, "f", next, last), 3);
	assert_string_equal(last, "late");
	assert_string_equal(next, "");
	close_db(db);
}

static void a_page_ends_when_it_is_large(void **state)
{
	char next[LOGS_PLACE_MAX] = "", last[64] = "";
	struct str text = t_bytes(LOG_LINE_MAX, 1);
	struct db *db = open_db(state);

	memset((char *)(uintptr_t)text.p, 'a', text.n);
	((char *)(uintptr_t)text.p)[text.n - 1] = '\0';
	add_function(db, "f", "{}");
	log_some(db, "/aws/lambda/f", 10, text.p, 7);
	assert_int_equal(gathered(db, "f", next, last), 4);
	assert_int_equal(gathered(db, "f", next, last), 3);
	assert_string_equal(next, "");
	free((char *)(uintptr_t)text.p);
	close_db(db);
}

static void the_group_is_the_one_that_is_configured_or_of_the_functions_name(void **state)
{
	char next[LOGS_PLACE_MAX] = "", last[64] = "";
	struct db *db = open_db(state);

	add_function(db, "own", "{\"LoggingConfig\":{\"LogGroup\":\"/my/group\"}}");
	log_some(db, "/my/group", 10, "mine", 1);
	log_some(db, "/aws/lambda/gone", 10, "of a deleted one", 1);
	assert_int_equal(gathered(db, "own", next, last), 1);
	assert_string_equal(last, "mine");
	assert_int_equal(gathered(db, "gone", next, last), 1);
	assert_string_equal(last, "of a deleted one");
	assert_int_equal(gathered(db, "never", next, last), E_NOT_FOUND);
	close_db(db);
}

static void what_is_no_place_is_refused(void **state)
{
	static const char *const bad[] = { "10", "10.", ".1", "a.b", "1.2.3", "-1.2" };
	char next[LOGS_PLACE_MAX], last[64];
	struct db *db = open_db(state);

	add_function(db, "f", "{}");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(next, sizeof next, "%s", bad[i]);
		assert_int_equal(gathered(db, "f", next, last), E_BAD_INPUT);
	}
	close_db(db);
}

static void each_line_is_printed_as_one(void **state)
{
	char next[LOGS_PLACE_MAX] = "", *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	(void)state;
	assert_int_equal(logs_print(STR("{\"lines\":[{\"at\":\"T\",\"stream\":\"s\",\"line\":\"one\\n\"},{\"at\":\"U\",\"stream\":\"s\","
					"\"line\":\"two\"}],\"next\":\"5.6\"}"), to, next), 0);
	fclose(to);
	assert_string_equal(text, "T s one\nU s two\n");
	assert_string_equal(next, "5.6");
	free(text);
	assert_int_equal(logs_print(STR("{"), stderr, next), E_BAD_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_log_is_gathered_page_by_page_in_the_order_of_time),
		T(a_page_ends_when_it_is_large),
		T(the_group_is_the_one_that_is_configured_or_of_the_functions_name),
		T(what_is_no_place_is_refused),
		T(each_line_is_printed_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
