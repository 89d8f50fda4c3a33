#include "tests/lib/t.h"

#include "base/check.h"
#include "pipeline/builtin.h"
#include "pipeline/registry.h"
#include "pipeline/setup.h"
#include "storage/record.h"

static struct store *open_store(void **state)
{
	struct store *s;

	assert_int_equal(store_open(&s, &(struct store_spec){ .dir = test_path(state), .region = "us-east-1", .account = "000000000000",
							      .segment_size = 1 << 20 }), 0);
	return s;
}

struct putting {
	struct change change;
	const char *name, *config;
	int64_t id;
};

static int put(struct change *c, struct db *db)
{
	struct putting *p = container_of(c, struct putting, change);

	return function_put(db, str_of(p->name), str_of(p->config), &p->id);
}

static int64_t add(struct store *s, const char *name, const char *config)
{
	struct putting p = { .change = { .apply = put }, .name = name, .config = config };

	assert_int_equal(store_run(s, &p.change), 0);
	return p.id;
}

static void the_default_pipelines_function_has_a_whole_document(void **state)
{
	static const char *const names[] = { "Runtime", "Handler", "Role", "PackageType", "CodeSha256", "LastModified", "RevisionId" };
	struct store *s = open_store(state);
	struct function_row row;
	struct json_value *v;
	struct arena a = {0};
	struct db *db;

	assert_int_equal(setup_default(s, true), 0);
	assert_int_equal(store_reader(s, &db), 0);
	assert_int_equal(function_get(db, STR("thumbnail"), &a, &row), 0);
	assert_int_equal(json_parse(&a, row.config, &v), 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_true(json_text(v, names[i]).n > 0);
	assert_int_equal(json_text(v, "LastModified").n, 28);
	assert_int_equal(json_number(v, "Timeout", 0), 30);
	db_close(db);
	arena_clear(&a);
	store_close(s);
}

static void a_row_of_before_is_written_anew_once(void **state)
{
	struct store *s = open_store(state);
	int64_t id = add(s, "pictures", "{\"kind\":\"native\",\"memory_mb\":256,\"timeout_ms\":1500,\"concurrency\":3,\"retries\":1,"
					"\"environment\":{\"TABLE\":\"t\"}}");
	struct function_row row, again;
	struct arena a = {0};
	struct function f;
	struct str body;
	struct db *db;

	add(s, "other", "{\"Runtime\":\"python3.12\"}");
	assert_int_equal(builtin_upgrade(s), 0);
	assert_int_equal(store_reader(s, &db), 0);
	assert_int_equal(function_get(db, STR("pictures"), &a, &row), 0);
	assert_int_equal(row.id, id);
	assert_int_equal(registry_parse(&row, &f), 0);
	assert_int_equal(f.memory_mb, 256);
	assert_int_equal(f.timeout_ms, 2000);
	assert_string_equal(f.environment.data, "{\"TABLE\":\"t\"}");
	assert_int_equal(record_get(db, RECORD_FUNCTION, id, STR(""), &a, &body), 0);
	assert_true(str_is(body, "{\"Reserved\":3}"));
	assert_int_equal(record_get(db, RECORD_EVENT_INVOKE, id, STR("$LATEST"), &a, &body), 0);
	assert_true(str_is(body, "{\"MaximumRetryAttempts\":1}"));
	assert_int_equal(function_get(db, STR("other"), &a, &again), 0);
	assert_true(str_is(again.config, "{\"Runtime\":\"python3.12\"}"));
	assert_int_equal(builtin_upgrade(s), 0);
	assert_int_equal(function_get(db, STR("pictures"), &a, &again), 0);
	assert_true(str_eq(again.config, row.config));
	function_clear(&f);
	db_close(db);
	arena_clear(&a);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_default_pipelines_function_has_a_whole_document),
		T(a_row_of_before_is_written_anew_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
