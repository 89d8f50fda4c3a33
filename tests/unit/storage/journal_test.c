#include "tests/unit/storage/house.h"

struct lines {
	struct arena arena;
	struct journal_line l[16];
	int n;
};

static int keep_line(void *owner, const struct journal_line *l)
{
	struct lines *k = owner;

	k->l[k->n] = *l;
	k->l[k->n].key = arena_str(&k->arena, l->key);
	k->l[k->n].code = arena_str(&k->arena, l->code);
	k->l[k->n].detail = arena_str(&k->arena, l->detail);
	k->n++;
	return 0;
}

static int add_line(struct db *db, void *arg)
{
	return journal_add(db, arg);
}

static void a_line_comes_back_with_its_time(void **state)
{
	struct journal_line l = { .what = JOURNAL_FAILED, .bucket = 3, .key = STR("a\0b"), .seq = 9, .job = 11, .attempt = 2,
		.code = STR("Runtime.ExitError"), .detail = STR("signal 11") };
	struct journal_line bare = { .what = JOURNAL_STARTED, .bucket = 3, .key = STR("a\0b"), .seq = 9 };
	int64_t before = clock_wall_ms();
	struct lines k = {0};
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, add_line, &l), 0);
	assert_int_equal(house_do(&h, add_line, &bare), 0);
	assert_int_equal(journal_of_object(h.r, 3, STR("a\0b"), keep_line, &k), 0);
	assert_int_equal(k.n, 2);
	assert_true(k.l[0].at_ms >= before && k.l[0].what == JOURNAL_FAILED && k.l[0].seq == 9 && k.l[0].job == 11);
	assert_int_equal(k.l[0].attempt, 2);
	assert_true(str_eq(k.l[0].code, l.code) && str_eq(k.l[0].detail, l.detail) && str_eq(k.l[0].key, l.key));
	assert_true(k.l[1].id > k.l[0].id && !str_is_set(k.l[1].code) && !str_is_set(k.l[1].detail));
	assert_string_equal(journal_text(JOURNAL_BURIED), "dead letter");
	arena_clear(&k.arena);
	house_close(&h);
}

struct trimming {
	int64_t before_ms;
	int max, count;
};

static int trim(struct db *db, void *arg)
{
	struct trimming *t = arg;

	t->count = journal_trim(db, t->before_ms, t->max);
	return t->count < 0 ? t->count : 0;
}

static void old_lines_go_in_bounded_steps(void **state)
{
	struct journal_line l = { .what = JOURNAL_STARTED, .bucket = 3, .key = STR("k"), .seq = 9 };
	struct trimming t = { .max = 3 };
	struct lines k = {0};
	struct house h;

	house_new(&h, test_path(state));
	for (int i = 0; i < 5; i++)
		house_do(&h, add_line, &l);
	clock_advance_ms(1000);
	t.before_ms = clock_wall_ms() - 500;
	house_do(&h, add_line, &l);
	house_do(&h, trim, &t);
	assert_int_equal(t.count, 3);
	house_do(&h, trim, &t);
	assert_int_equal(t.count, 2);
	house_do(&h, trim, &t);
	assert_int_equal(t.count, 0);
	journal_of_object(h.r, 3, STR("k"), keep_line, &k);
	assert_int_equal(k.n, 1);
	arena_clear(&k.arena);
	house_close(&h);
}

struct long_life {
	int64_t first, last;
	int n, max;
};

static int add_long_life(struct db *db, void *arg)
{
	struct journal_line l = { .what = JOURNAL_UPLOADED, .bucket = 3, .key = STR("k") };
	int rc = 0;

	(void)arg;
	for (l.seq = 1; l.seq <= JOURNAL_OF_OBJECT_MAX + 5 && rc == 0; l.seq++) {
		l.code = str_of(l.seq % 2 ? "odd" : "even");
		rc = journal_add(db, &l);
	}
	return rc;
}

static int note_line(void *owner, const struct journal_line *l)
{
	struct long_life *life = owner;

	if (life->n++ == 0)
		life->first = l->seq;
	life->last = l->seq;
	return life->n == life->max;
}

static void of_a_long_life_the_newest_lines_are_shown(void **state)
{
	struct long_life shown = { .max = -1 }, back = { .max = 3 }, all = { .max = -1 };
	struct arena a = {0};
	struct house h;
	struct str door;

	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, add_long_life, NULL), 0);
	assert_int_equal(journal_of_object(h.r, 3, STR("k"), note_line, &shown), 0);
	assert_int_equal(shown.n, JOURNAL_OF_OBJECT_MAX);
	assert_true(shown.first == 6 && shown.last == JOURNAL_OF_OBJECT_MAX + 5);
	assert_int_equal(journal_back(h.r, 3, STR("k"), note_line, &back), 0);
	assert_true(back.n == 3 && back.first == JOURNAL_OF_OBJECT_MAX + 5 && back.last == JOURNAL_OF_OBJECT_MAX + 3);
	assert_int_equal(journal_back(h.r, 3, STR("k"), note_line, &all), 0);
	assert_true(all.n == JOURNAL_OF_OBJECT_MAX + 5 && all.last == 1);
	assert_int_equal(journal_door(h.r, 3, STR("k"), 2, &a, &door), 0);
	assert_true(str_is(door, "even"));
	arena_clear(&a);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_line_comes_back_with_its_time),
		T(old_lines_go_in_bounded_steps),
		T(of_a_long_life_the_newest_lines_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
