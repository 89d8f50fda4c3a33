#include "tests/unit/storage/logs_rig.h"

static int create_group(struct db *db, struct call *c)
{
	return log_group_create(db, c->group, &c->id);
}

/* Listings as text, good until the next one. */

static void groups_are_created_once_listed_by_name_and_deleted(void **state)
{
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(on_group(&h, create_group, "/b/2", 0), 0);
	assert_int_equal(on_group(&h, create_group, "/b/2", 0), E_EXISTS);
	assert_int_equal(on_group(&h, create_group, "/b/1", 0), 0);
	assert_int_equal(on_group(&h, create_group, "/a", 0), 0);
	assert_int_equal(on_group(&h, create_group, "/c", 0), 0);
	assert_int_equal(on_group(&h, retain, "/c", 7), 0);
	assert_int_equal(on_group(&h, retain, "/d", 7), E_NOT_FOUND);
	assert_string_equal(groups(&h, NULL, NULL, 10), "/a=0/0 /b/1=0/0 /b/2=0/0 /c=0/7 ");
	assert_string_equal(groups(&h, "/b", NULL, 10), "/b/1=0/0 /b/2=0/0 ");
	assert_string_equal(groups(&h, "/b", NULL, 1), "/b/1=0/0 ");
	assert_string_equal(groups(&h, "/b", "/b/1", 10), "/b/2=0/0 ");
	assert_string_equal(groups(&h, NULL, "/b/2", 10), "/c=0/7 ");
	assert_int_equal(on_group(&h, delete_group, "/b/2", 0), 0);
	assert_int_equal(on_group(&h, delete_group, "/b/2", 0), E_NOT_FOUND);
	assert_int_equal(group_id(&h, "/b/2"), E_NOT_FOUND);
	assert_string_equal(groups(&h, NULL, NULL, 10), "/a=0/0 /b/1=0/0 /c=0/7 ");
	house_close(&h);
}

static void names_that_are_empty_blank_or_too_long_are_refused(void **state)
{
	static char long_name[LOG_GROUP_NAME_MAX + 2];
	struct house h;

	memset(long_name, 'n', LOG_GROUP_NAME_MAX + 1);
	house_new(&h, test_path(state));
	assert_int_equal(on_group(&h, create_group, "", 0), E_BAD_INPUT);
	assert_int_equal(on_group(&h, create_group, " 1", 0), E_BAD_INPUT);
	assert_int_equal(on_group(&h, create_group, long_name, 0), E_TOO_LARGE);
	assert_int_equal(on_group(&h, create_group, "g", 0), 0);
	assert_int_equal(on_group(&h, delete_group, "g", 0), 0);
	assert_int_equal(on_group(&h, delete_group, " 1", 0), E_NOT_FOUND);	/* which that one is called now */
	assert_int_equal(group_id(&h, " 1"), E_NOT_FOUND);
	assert_int_equal(write_one(&h, "", "s", 1, "x"), E_BAD_INPUT);
	assert_int_equal(write_one(&h, "g", "", 1, "x"), E_BAD_INPUT);
	assert_int_equal(group_id(&h, "g"), E_NOT_FOUND);
	house_close(&h);
}

static void streams_are_listed_by_name_or_by_their_last_line(void **state)
{
	struct log_stream_query q = { .max = 10 };
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(on_group(&h, create_group, "g", 0), 0);
	assert_int_equal(on_stream(&h, create_stream, "g", "b"), 0);
	assert_int_equal(on_stream(&h, create_stream, "g", "b"), E_EXISTS);
	assert_int_equal(write_one(&h, "g", "a1", 30, "x"), 0);
	assert_int_equal(write_one(&h, "g", "a1", 20, "x"), 0);
	assert_int_equal(write_one(&h, "g", "a2", 40, "x"), 0);
	assert_int_equal(write_one(&h, "g", "c", 30, "x"), 0);
	assert_int_equal(write_one(&h, "other", "a", 99, "x"), 0);
	q.group = group_id(&h, "g");
	assert_string_equal(streams(&h, q), "a1=20-30 a2=40-40 b=0-0 c=30-30 ");
	q.after = STR("a2");
	assert_string_equal(streams(&h, q), "b=0-0 c=30-30 ");
	q.descending = true;
	assert_string_equal(streams(&h, q), "a1=20-30 ");
	q.after = (struct str){0};
	assert_string_equal(streams(&h, q), "c=30-30 b=0-0 a2=40-40 a1=20-30 ");
	q.prefix = STR("a");
	assert_string_equal(streams(&h, q), "a2=40-40 a1=20-30 ");
	q.descending = false;
	assert_string_equal(streams(&h, q), "a1=20-30 a2=40-40 ");
	q.after = STR("a1");
	assert_string_equal(streams(&h, q), "a2=40-40 ");
	q = (struct log_stream_query){ .group = q.group, .by_time = true, .descending = true, .max = 2 };
	assert_string_equal(streams(&h, q), "a2=40-40 c=30-30 ");
	q.after_ms = 30;
	q.after = STR("c");
	assert_string_equal(streams(&h, q), "a1=20-30 b=0-0 ");
	q.after_ms = 0;
	q.after = STR("b");
	assert_string_equal(streams(&h, q), "");
	q.descending = false;
	assert_string_equal(streams(&h, q), "a1=20-30 c=30-30 ");
	q.after = (struct str){0};
	assert_string_equal(streams(&h, q), "b=0-0 a1=20-30 ");
	q = (struct log_stream_query){ .group = q.group, .max = 10 };
	assert_int_equal(on_stream(&h, delete_stream, "g", "a1"), 0);
	assert_int_equal(on_stream(&h, delete_stream, "g", "a1"), E_NOT_FOUND);
	assert_string_equal(streams(&h, q), "a2=40-40 b=0-0 c=30-30 ");
	house_close(&h);
}

static void lines_are_read_both_ways_from_any_place(void **state)
{
	struct log_query q = { .to_ms = INT64_MAX, .max = 10 };
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(write_one(&h, "g", "s", 20, "c"), 0);
	assert_int_equal(write_one(&h, "g", "s", 10, "a"), 0);
	assert_int_equal(write_one(&h, "g", "t", 10, "b"), 0);
	assert_int_equal(write_one(&h, "g", "s", 30, "d"), 0);
	assert_int_equal(write_one(&h, "other", "s", 15, "no"), 0);
	q.group = group_id(&h, "g");
	assert_string_equal(lines(&h, q), "10.1 s/a 10.2 t/b 20.1 s/c 30.1 s/d ");
	q.newest_first = true;
	assert_string_equal(lines(&h, q), "30.1 s/d 20.1 s/c 10.2 t/b 10.1 s/a ");
	q.after_ms = 20;
	q.after_id = 1;
	assert_string_equal(lines(&h, q), "10.2 t/b 10.1 s/a ");
	q.newest_first = false;
	assert_string_equal(lines(&h, q), "30.1 s/d ");
	q.after_ms = 10;
	assert_string_equal(lines(&h, q), "10.2 t/b 20.1 s/c 30.1 s/d ");
	q.stream = stream_id(&h, "g", "s");
	assert_string_equal(lines(&h, q), "20.1 s/c 30.1 s/d ");
	q.max = 1;
	assert_string_equal(lines(&h, q), "20.1 s/c ");
	q = (struct log_query){ .group = q.group, .stream = q.stream, .from_ms = 10, .to_ms = 30, .max = 10 };
	assert_string_equal(lines(&h, q), "10.1 s/a 20.1 s/c ");
	q.from_ms = 11;
	q.after_ms = 10;		/* a place before the beginning is the beginning */
	q.after_id = 1;
	assert_string_equal(lines(&h, q), "20.1 s/c ");
	q.newest_first = true;
	q.after_ms = 30;
	assert_string_equal(lines(&h, q), "20.1 s/c ");
	house_close(&h);
}

static int count_bytes(void *owner, const struct log_line *l)
{
	*(size_t *)owner = l->text.n;
	return 3;
}

static void a_long_line_is_cut_between_characters_and_bytes_are_kept_as_they_are(void **state)
{
	struct str text = t_bytes(LOG_LINE_MAX + 10, 4);
	struct log_query q = { .to_ms = INT64_MAX, .max = 10 };
	struct log_line l = { .at_ms = 1, .text = text };
	struct call c = { .run = write_lines, .group = STR("g"), .stream = STR("s"), .lines = &l, .number = 1 };
	struct house h;
	size_t n;

	memset((char *)(uintptr_t)text.p, 'a', text.n);
	memcpy((char *)(uintptr_t)text.p + LOG_LINE_MAX - 1, "\xc3\xa4", 2);
	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, run_call, &c), 0);
	q.group = group_id(&h, "g");
	assert_int_equal(log_lines(h.r, &q, count_bytes, &n), 3);
	assert_int_equal(n, LOG_LINE_MAX - 1);
	l.text = str_n("a\0b\xff", 4);
	l.at_ms = 2;
	assert_int_equal(house_do(&h, run_call, &c), 0);
	q.from_ms = 2;
	assert_int_equal(log_lines(h.r, &q, count_bytes, &n), 3);
	assert_int_equal(n, 4);
	free((char *)(uintptr_t)text.p);
	house_close(&h);
}

/* Whatever fails: all lines of a write are there, and counted, or none. */

static int write_two(struct house *h, void *arg)
{
	struct log_line two[] = { { .at_ms = 5, .text = STR("one") }, { .at_ms = 6, .text = STR("two") } };
	struct call c = { .run = write_lines, .group = str_of(arg), .stream = STR("s"), .lines = two, .number = 2 };

	return house_do(h, run_call, &c);
}

static void a_write_is_whole_or_did_not_happen(struct trial *t, int number)
{
	char name[32], want[64];
	struct told end;
	struct house h;
	bool there;

	snprintf(name, sizeof name, "group-%d", number);
	snprintf(want, sizeof want, "%s=58/0 ", name);
	t->arg = name;
	end = trial_run(t);
	assert_int_equal(house_open(&h, t->path), 0);
	there = group_id(&h, name) > 0;
	assert_string_equal(groups(&h, name, NULL, 1), there ? want : "");
	if (there)
		assert_string_equal(lines(&h, (struct log_query){ .group = group_id(&h, name), .to_ms = 9, .max = 9 }), "5.1 s/one 6.1 s/two ");
	if (end.returned)
		assert_int_equal(there, end.rc == 0);
	house_close(&h);
}

static void whatever_fails_a_write_is_whole_or_did_not_happen(void **state)
{
	struct trial t = { .path = test_path(state), .thing = write_two };

	each_trial(&t, a_write_is_whole_or_did_not_happen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(groups_are_created_once_listed_by_name_and_deleted),
		T(names_that_are_empty_blank_or_too_long_are_refused),
		T(streams_are_listed_by_name_or_by_their_last_line),
		T(lines_are_read_both_ways_from_any_place),
		T(a_long_line_is_cut_between_characters_and_bytes_are_kept_as_they_are),
		T(whatever_fails_a_write_is_whole_or_did_not_happen),
	};

	return cmocka_run_group_tests(tests, NULL, forget_told);
}
