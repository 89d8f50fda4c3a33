#include "storage/token.h"

#include "tests/unit/storage/house.h"

#define HOUR_MS 3600000LL

struct using {
	struct str id, key, type;
	int64_t bucket, size;
	enum token_verdict verdict;
};

static int add(struct db *db, void *arg)
{
	return token_add(db, arg);
}

static int use(struct db *db, void *arg)
{
	struct using *u = arg;

	return token_use(db, u->id, u->bucket, u->key, u->size, u->type, &u->verdict);
}

static int take_back(struct db *db, void *arg)
{
	return token_revoke(db, *(struct str *)arg);
}

static int sweep(struct db *db, void *arg)
{
	*(int *)arg = token_sweep(db, clock_wall_ms(), *(int *)arg);
	return *(int *)arg < 0 ? *(int *)arg : 0;
}

static int drop_bucket(struct db *db, void *arg)
{
	return bucket_delete(db, str_of(arg));
}

static struct token of(struct house *h, const char *id)
{
	int64_t now = clock_wall_ms();

	return (struct token){ .id = str_of(id), .bucket = h->photos, .prefix = STR("in/"), .types = STR("image/*, Video/mp4"), .label = STR("a shop"),
			       .size_max = 1000, .uses_max = 2, .created_ms = now, .expires_ms = now + HOUR_MS };
}

static void a_token_cannot_be_guessed_and_is_kept_as_its_digest(void **state)
{
	char one[TOKEN_TEXT + 1], two[TOKEN_TEXT + 1], id[TOKEN_ID + 1], again[TOKEN_ID + 1];

	(void)state;
	token_make(one, id);
	token_make(two, again);
	assert_int_equal(strlen(one), TOKEN_TEXT);
	assert_memory_equal(one, "mlu_", 4);
	assert_string_not_equal(one, two);
	token_id(str_of(one), again);
	assert_string_equal(id, again);
	assert_int_equal(strlen(id), TOKEN_ID);
	assert_null(strstr(id, one + 4));
}

static void each_limit_has_its_verdict(void **state)
{
	static const struct {
		const char *key, *type;
		int64_t size, bucket_off, used, late_ms;
		enum token_verdict want;
	} cases[] = {
		{ "in/a", "image/jpeg", 1000, 0, 0, 0, TOKEN_FINE },
		{ "in/a", "IMAGE/png; charset=x", -1, 0, 1, HOUR_MS - 1, TOKEN_FINE },
		{ "in/a", "video/mp4", 0, 0, 0, 0, TOKEN_FINE },
		{ "in/a", "video/mp4v", 0, 0, 0, 0, TOKEN_OTHER_TYPE },
		{ "in/a", "text/html", 0, 0, 0, 0, TOKEN_OTHER_TYPE },
		{ "in/a", NULL, 0, 0, 0, 0, TOKEN_OTHER_TYPE },
		{ "in/a", "image", 0, 0, 0, 0, TOKEN_OTHER_TYPE },
		{ "in/a", "image/jpeg", 1001, 0, 0, 0, TOKEN_TOO_LARGE },
		{ "in/a", "image/jpeg", 1, 0, 2, 0, TOKEN_USED_UP },
		{ "in", "image/jpeg", 1, 0, 0, 0, TOKEN_OTHER_PREFIX },
		{ "In/a", "image/jpeg", 1, 0, 0, 0, TOKEN_OTHER_PREFIX },
		{ "in/a", "image/jpeg", 1, 1, 0, 0, TOKEN_OTHER_BUCKET },
		{ "in/a", "image/jpeg", 1, 0, 0, HOUR_MS, TOKEN_EXPIRED },
	};
	struct house h = { .photos = 7 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct token t = of(&h, "x");

		t.used = cases[i].used;
		assert_int_equal(token_judge(&t, 7 + cases[i].bucket_off, str_of(cases[i].key), cases[i].size, str_of(cases[i].type),
					     t.created_ms + cases[i].late_ms), cases[i].want);
		t.types = t.prefix = STR("");
		t.uses_max = 0;
		assert_int_equal(token_judge(&t, 7, STR("anything"), 1000, (struct str){ 0 }, t.created_ms), TOKEN_FINE);
	}
}

static int use_as(struct house *h, struct using *u)
{
	u->bucket = h->photos;
	return house_do(h, use, u);
}

static void uses_are_counted_and_end(void **state)
{
	struct using u = { .id = STR("t1"), .key = STR("in/a"), .type = STR("image/jpeg"), .size = 5 };
	struct arena a = { 0 };
	struct house h;
	struct token t;

	house_new(&h, test_path(state));
	t = of(&h, "t1");
	assert_int_equal(house_do(&h, add, &t), 0);
	u.size = 1001;
	assert_int_equal(use_as(&h, &u), E_PRECONDITION);
	assert_int_equal(u.verdict, TOKEN_TOO_LARGE);
	u.size = 5;
	assert_int_equal(use_as(&h, &u), 0);
	assert_int_equal(use_as(&h, &u), 0);
	assert_int_equal(use_as(&h, &u), E_PRECONDITION);
	assert_int_equal(u.verdict, TOKEN_USED_UP);
	assert_int_equal(token_get(h.r, STR("t1"), &a, &t), 0);
	assert_int_equal(t.used, 2);
	assert_true(str_is(t.prefix, "in/") && str_is(t.label, "a shop") && str_is(t.types, "image/*, Video/mp4"));
	assert_int_equal(house_do(&h, take_back, &u.id), 0);
	assert_int_equal(house_do(&h, take_back, &u.id), E_NOT_FOUND);
	assert_int_equal(use_as(&h, &u), E_PRECONDITION);
	assert_int_equal(u.verdict, TOKEN_UNKNOWN);
	assert_int_equal(token_get(h.r, STR("t1"), &a, &t), E_NOT_FOUND);
	arena_clear(&a);
	house_close(&h);
}

static int write_id(void *owner, const struct token *t)
{
	buf_printf(owner, "%.*s ", STR_ARG(t->id));
	return 0;
}

static void check_list(struct house *h, int64_t bucket, int max, const char *want)
{
	struct buf b = { 0 };

	buf_puts(&b, "");
	assert_int_equal(token_list(h->r, bucket, max, write_id, &b), 0);
	assert_string_equal(b.len ? b.data : "", want);
	buf_clear(&b);
}

static void lists_begin_with_the_newest(void **state)
{
	static const char *const ids[] = { "a", "b", "c" };
	struct house h;

	house_new(&h, test_path(state));
	for (int i = 0; i < 3; i++) {
		struct token t = of(&h, ids[i]);

		t.created_ms += i;
		t.bucket = i == 1 ? h.thumbs : h.photos;
		assert_int_equal(house_do(&h, add, &t), 0);
	}
	check_list(&h, h.photos, 10, "c a ");
	check_list(&h, h.photos, 1, "c ");
	check_list(&h, h.thumbs, 10, "b ");
	check_list(&h, 0, 10, "c b a ");
	check_list(&h, 99, 10, "");
	house_close(&h);
}

static void tokens_go_when_they_are_long_expired_or_their_bucket_does(void **state)
{
	static const char *const ids[] = { "a", "b", "c", "d" };
	struct house h;
	int n = 1;

	house_new(&h, test_path(state));
	for (int i = 0; i < 4; i++) {
		struct token t = of(&h, ids[i]);

		t.created_ms += i;
		t.bucket = i == 3 ? h.thumbs : h.photos;
		t.expires_ms = clock_wall_ms() - (i < 2 ? 25 : -25) * HOUR_MS;
		assert_int_equal(house_do(&h, add, &t), 0);
	}
	assert_int_equal(house_do(&h, sweep, &n), 0);
	assert_int_equal(n, 1);
	n = 10;
	assert_int_equal(house_do(&h, sweep, &n), 0);
	assert_int_equal(n, 1);
	check_list(&h, 0, 10, "d c ");
	assert_int_equal(house_do(&h, drop_bucket, (void *)"thumbs"), 0);
	check_list(&h, 0, 10, "c ");
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_token_cannot_be_guessed_and_is_kept_as_its_digest),
		T(each_limit_has_its_verdict),
		T(uses_are_counted_and_end),
		T(lists_begin_with_the_newest),
		T(tokens_go_when_they_are_long_expired_or_their_bucket_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
