/* Lines and streams that go: deleted, too old, or too many. */
#include "tests/unit/storage/logs_rig.h"

#define DAY_MS 86400000LL

static int trim(struct db *db, struct call *c)
{
	c->number = logs_trim(db, clock_wall_ms(), c->number);
	return c->number < 0 ? c->number : 0;
}

static int trimmed(struct house *h, int max)
{
	struct call c = { .run = trim, .number = max };
	int rc = house_do(h, run_call, &c);

	return rc < 0 ? rc : c.number;
}

static void a_deleted_stream_is_not_seen_and_its_lines_go_in_steps(void **state)
{
	struct log_query q = { .to_ms = INT64_MAX, .max = 10 };
	struct house h;

	house_new(&h, test_path(state));
	for (int i = 0; i < 5; i++)
		assert_int_equal(write_one(&h, "g", "gone", i, "12345678"), 0);
	assert_int_equal(write_one(&h, "g", "stays", 2, "1234"), 0);
	assert_string_equal(groups(&h, NULL, NULL, 1), "g=200/0 ");
	assert_int_equal(on_stream(&h, delete_stream, "g", "gone"), 0);
	q.group = group_id(&h, "g");
	assert_string_equal(lines(&h, q), "2.2 stays/1234 ");
	assert_int_equal(write_one(&h, "g", "gone", 7, "new"), 0);	/* another one of that name */
	assert_string_equal(lines(&h, q), "2.2 stays/1234 7.1 gone/new ");
	assert_int_equal(trimmed(&h, 3), 3);
	assert_string_equal(groups(&h, NULL, NULL, 1), "g=127/0 ");
	assert_int_equal(trimmed(&h, 100), 3);		/* two lines and the stream */
	assert_int_equal(trimmed(&h, 100), 0);
	assert_string_equal(groups(&h, NULL, NULL, 1), "g=59/0 ");
	assert_string_equal(lines(&h, q), "2.2 stays/1234 7.1 gone/new ");
	house_close(&h);
}

static int64_t count_streams(struct house *h, int64_t group)
{
	struct query q = db_query(h->r, SQL_LOG_STREAM_COUNT);
	int64_t n = 0;

	query_int(&q, 1, group);
	query_int(&q, 2, 100);
	if (query_step(&q) == QUERY_ROW)
		n = col_int(&q, 0);
	assert_int_equal(query_end(&q), 0);
	return n;
}

static void a_deleted_group_goes_in_steps_and_its_name_is_free_at_once(void **state)
{
	struct house h;
	int64_t old;

	house_new(&h, test_path(state));
	for (int i = 1; i <= 5; i++)
		assert_int_equal(write_one(&h, "g", i % 2 ? "a" : "b", i, "x"), 0);
	old = group_id(&h, "g");
	assert_int_equal(on_group(&h, delete_group, "g", 0), 0);
	assert_int_equal(write_one(&h, "g", "a", 9, "new"), 0);
	assert_true(group_id(&h, "g") != old);
	assert_int_equal(trimmed(&h, 4), 4);
	assert_string_equal(lines(&h, (struct log_query){ .group = old, .to_ms = INT64_MAX, .max = 9 }), "5.1 a/x ");
	assert_int_equal(trimmed(&h, 2), 2);		/* the last line and a stream */
	assert_int_equal(trimmed(&h, 100), 2);		/* a stream and the group */
	assert_int_equal(trimmed(&h, 100), 0);
	assert_int_equal(count_streams(&h, old), 0);
	assert_string_equal(groups(&h, NULL, NULL, 10), "g=29/0 ");
	assert_string_equal(streams(&h, (struct log_stream_query){ .group = group_id(&h, "g"), .max = 10 }), "a=9-9 ");
	house_close(&h);
}

static void lines_over_the_retention_go_and_streams_that_lost_all_with_them(void **state)
{
	int64_t now = clock_wall_ms();
	struct log_query q = { .from_ms = now - 90 * DAY_MS, .to_ms = INT64_MAX, .max = 10 };
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(write_one(&h, "g", "old", now - 8 * DAY_MS, "x"), 0);
	assert_int_equal(write_one(&h, "g", "both", now - 8 * DAY_MS, "x"), 0);
	assert_int_equal(write_one(&h, "g", "both", now - 6 * DAY_MS, "y"), 0);
	assert_int_equal(on_stream(&h, create_stream, "g", "empty"), 0);
	assert_int_equal(write_one(&h, "kept", "s", now - 80 * DAY_MS, "for ever"), 0);
	assert_int_equal(trimmed(&h, 10), 0);
	assert_int_equal(on_group(&h, retain, "g", 7), 0);
	assert_int_equal(trimmed(&h, 10), 2);
	q.group = group_id(&h, "g");
	assert_non_null(strstr(lines(&h, q), "both/y"));
	assert_string_equal(groups(&h, "g", NULL, 10), "g=27/7 ");
	assert_int_equal(stream_id(&h, "g", "old"), E_NOT_FOUND);
	assert_true(stream_id(&h, "g", "both") > 0 && stream_id(&h, "g", "empty") > 0);
	q.group = group_id(&h, "kept");
	assert_non_null(strstr(lines(&h, q), "for ever"));
	house_close(&h);
}

/* Says that the group is full but for some bytes. */
static int fill(struct db *db, struct call *c)
{
	struct query q = db_query(db, SQL_LOG_GROUP_GROW);

	query_int(&q, 1, c->id);
	query_int(&q, 2, LOG_GROUP_BYTES_MAX - c->number);
	return query_run(&q);
}

static void a_full_group_loses_its_oldest_lines_when_others_come(void **state)
{
	struct call c = { .run = fill, .number = 6 * 27 };
	struct log_query q = { .to_ms = INT64_MAX, .max = 10 };
	struct house h;

	house_new(&h, test_path(state));
	for (int i = 1; i <= 6; i++)
		assert_int_equal(write_one(&h, "g", i == 1 ? "first" : "s", i, "x"), 0);
	q.group = c.id = group_id(&h, "g");
	assert_int_equal(house_do(&h, run_call, &c), 0);
	assert_int_equal(write_one(&h, "g", "s", 7, "y"), 0);
	assert_string_equal(lines(&h, q), "3.1 s/x 4.1 s/x 5.1 s/x 6.1 s/x 7.1 s/y ");
	assert_int_equal(stream_id(&h, "g", "first"), E_NOT_FOUND);
	assert_int_equal(write_one(&h, "g", "s", 8, "z"), 0);		/* there is room now */
	assert_string_equal(lines(&h, q), "3.1 s/x 4.1 s/x 5.1 s/x 6.1 s/x 7.1 s/y 8.1 s/z ");
	house_close(&h);
}

static void a_full_group_makes_as_much_room_as_a_large_line_needs(void **state)
{
	struct call c = { .run = fill, .number = 6 * 27 };
	struct log_query q = { .to_ms = INT64_MAX, .max = 10 };
	struct house h;
	char large[61];

	memset(large, 'y', 60);
	large[60] = '\0';
	house_new(&h, test_path(state));
	for (int i = 1; i <= 6; i++)
		assert_int_equal(write_one(&h, "g", "s", i, "x"), 0);
	q.group = c.id = group_id(&h, "g");
	assert_int_equal(house_do(&h, run_call, &c), 0);
	assert_int_equal(write_one(&h, "g", "s", 7, large), 0);
	assert_non_null(strstr(lines(&h, q), "5.1 s/x"));
	assert_null(strstr(lines(&h, q), "4.1 s/x"));
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_deleted_stream_is_not_seen_and_its_lines_go_in_steps),
		T(a_deleted_group_goes_in_steps_and_its_name_is_free_at_once),
		T(lines_over_the_retention_go_and_streams_that_lost_all_with_them),
		T(a_full_group_loses_its_oldest_lines_when_others_come),
		T(a_full_group_makes_as_much_room_as_a_large_line_needs),
	};

	return cmocka_run_group_tests(tests, NULL, forget_told);
}
