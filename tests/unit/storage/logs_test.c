#include "storage/logs.h"

#include "tests/unit/storage/house.h"

#define DAY_MS 86400000LL

struct call {				/* any of the calls in a change, by its arguments */
	int (*run)(struct db *db, struct call *c);
	struct str group, stream;
	int64_t id;
	int number;
	const struct log_line *lines;
};

static int run_call(struct db *db, void *arg)
{
	struct call *c = arg;

	return c->run(db, c);
}

static int create_group(struct db *db, struct call *c)
{
	return log_group_create(db, c->group, &c->id);
}

static int delete_group(struct db *db, struct call *c)
{
	return log_group_delete(db, c->group);
}

static int retain(struct db *db, struct call *c)
{
	return log_group_retain(db, c->group, c->number);
}

static int create_stream(struct db *db, struct call *c)
{
	return log_stream_create(db, c->id, c->stream);
}

static int delete_stream(struct db *db, struct call *c)
{
	return log_stream_delete(db, c->id, c->stream);
}

static int write_lines(struct db *db, struct call *c)
{
	return log_write(db, c->group, c->stream, c->lines, c->number);
}

static int trim(struct db *db, struct call *c)
{
	c->number = logs_trim(db, clock_wall_ms(), c->number);
	return c->number < 0 ? c->number : 0;
}

static int on_group(struct house *h, int (*run)(struct db *db, struct call *c), const char *group, int number)
{
	struct call c = { .run = run, .group = str_of(group), .number = number };

	return house_do(h, run_call, &c);
}

static int64_t group_id(struct house *h, const char *name)
{
	struct arena a = {0};
	struct log_group g;
	int rc = log_group_get(h->r, str_of(name), &a, &g);

	arena_clear(&a);
	return rc < 0 ? rc : g.id;
}

static int on_stream(struct house *h, int (*run)(struct db *db, struct call *c), const char *group, const char *stream)
{
	struct call c = { .run = run, .id = group_id(h, group), .stream = str_of(stream) };

	return house_do(h, run_call, &c);
}

static int write_one(struct house *h, const char *group, const char *stream, int64_t at_ms, const char *text)
{
	struct log_line l = { .at_ms = at_ms, .text = str_of(text) };
	struct call c = { .run = write_lines, .group = str_of(group), .stream = str_of(stream), .lines = &l, .number = 1 };

	return house_do(h, run_call, &c);
}

static int trimmed(struct house *h, int max)
{
	struct call c = { .run = trim, .number = max };
	int rc = house_do(h, run_call, &c);

	return rc < 0 ? rc : c.number;
}

/* Listings as text, good until the next one. */

static struct buf told;

static void begin(void)
{
	told.len = 0;
	buf_puts(&told, "");
}

static int tell_group(void *owner, const struct log_group *g)
{
	(void)owner;
	buf_printf(&told, "%.*s=%lld/%d ", STR_ARG(g->name), (long long)g->bytes, g->retention_days);
	return 0;
}

static const char *groups(struct house *h, const char *prefix, const char *after, int max)
{
	begin();
	assert_int_equal(log_group_list(h->r, str_of(prefix), str_of(after), max, tell_group, NULL), 0);
	return told.data ? told.data : "";
}

static int tell_stream(void *owner, const struct log_stream *s)
{
	(void)owner;
	buf_printf(&told, "%.*s=%lld-%lld ", STR_ARG(s->name), (long long)s->first_ms, (long long)s->last_ms);
	return 0;
}

static const char *streams(struct house *h, struct log_stream_query q)
{
	begin();
	assert_int_equal(log_stream_list(h->r, &q, tell_stream, NULL), 0);
	return told.data ? told.data : "";
}

static int tell_line(void *owner, const struct log_line *l)
{
	(void)owner;
	assert_true(l->ingested_ms > 0);
	buf_printf(&told, "%lld.%lld %.*s/%.*s ", (long long)l->at_ms, (long long)l->id, STR_ARG(l->stream), STR_ARG(l->text));
	return 0;
}

static const char *lines(struct house *h, struct log_query q)
{
	begin();
	assert_int_equal(log_lines(h->r, &q, tell_line, NULL), 0);
	return told.data ? told.data : "";
}

static int64_t stream_id(struct house *h, const char *group, const char *name)
{
	struct arena a = {0};
	struct log_stream s;
	int rc = log_stream_get(h->r, group_id(h, group), str_of(name), &a, &s);

	arena_clear(&a);
	return rc < 0 ? rc : s.id;
}

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

static int forget_told(void **state)
{
	(void)state;
	buf_clear(&told);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(groups_are_created_once_listed_by_name_and_deleted),
		T(names_that_are_empty_blank_or_too_long_are_refused),
		T(streams_are_listed_by_name_or_by_their_last_line),
		T(lines_are_read_both_ways_from_any_place),
		T(a_deleted_stream_is_not_seen_and_its_lines_go_in_steps),
		T(a_deleted_group_goes_in_steps_and_its_name_is_free_at_once),
		T(lines_over_the_retention_go_and_streams_that_lost_all_with_them),
		T(a_full_group_loses_its_oldest_lines_when_others_come),
		T(a_full_group_makes_as_much_room_as_a_large_line_needs),
		T(a_long_line_is_cut_between_characters_and_bytes_are_kept_as_they_are),
		T(whatever_fails_a_write_is_whole_or_did_not_happen),
	};

	return cmocka_run_group_tests(tests, NULL, forget_told);
}
