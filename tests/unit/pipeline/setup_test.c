#include "tests/lib/t.h"

#include "base/err.h"
#include "pipeline/setup.h"
#include "storage/function.h"
#include "storage/writer.h"

static struct store *open_in(void **state, int64_t free_floor)
{
	struct store_spec spec = { .dir = test_path(state), .region = "us-east-1", .account = "000000000000",
				   .segment_size = SEGMENT_SIZE_MIN, .free_floor = free_floor };
	struct store *s;

	assert_int_equal(store_open(&s, &spec), 0);
	return s;
}

static int64_t thumbnail(struct store *s)
{
	struct function_row row;
	struct arena a = {0};
	struct db *db;
	int rc;

	assert_int_equal(store_reader(s, &db), 0);
	rc = function_get(db, STR("thumbnail"), &a, &row);
	db_close(db);
	arena_clear(&a);
	return rc < 0 ? rc : row.id;
}

static int drop_function(struct change *c, struct db *db)
{
	struct function_row row;
	struct arena a = {0};
	int rc = function_get(db, STR("thumbnail"), &a, &row);

	(void)c;
	arena_clear(&a);
	return rc < 0 ? rc : function_delete(db, row.id, NULL, NULL);
}

static void what_was_removed_does_not_come_back(void **state)
{
	struct store *s = open_in(state, 0);
	struct change c = { .apply = drop_function };

	assert_int_equal(setup_default(s, true), 0);
	assert_true(thumbnail(s) > 0);
	assert_int_equal(store_run(s, &c), 0);
	assert_int_equal(setup_default(s, true), 0);
	assert_int_equal(thumbnail(s), E_NOT_FOUND);
	store_close(s);
}

static void a_full_disk_does_not_keep_the_house_closed(void **state)
{
	struct store *s = open_in(state, INT64_MAX / 4);

	assert_int_equal(setup_default(s, true), 0);
	assert_int_equal(setup_near(s), 0);
	assert_true(thumbnail(s) > 0);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_removed_does_not_come_back),
		T(a_full_disk_does_not_keep_the_house_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
