#include "storage/record.h"

#include "tests/unit/storage/house.h"

struct putting_record {
	enum record_kind kind;
	int64_t owner;
	struct str name, body;
};

static int put(struct db *db, void *arg)
{
	struct putting_record *p = arg;

	return record_put(db, p->kind, p->owner, p->name, p->body);
}

static int put_record(struct house *h, enum record_kind kind, int64_t owner, const char *name, const char *body)
{
	struct putting_record p = { kind, owner, str_of(name), str_of(body) };

	return house_do(h, put, &p);
}

static int delete(struct db *db, void *arg)
{
	struct putting_record *p = arg;

	return record_delete(db, p->kind, p->owner, p->name);
}

static int drop(struct db *db, void *arg)
{
	return record_drop(db, *(int64_t *)arg);
}

static int add(void *owner, const struct record *r)
{
	assert_true(r->modified_ms > 0);
	buf_printf(owner, "%d/%lld/%.*s=%.*s ", r->kind, (long long)r->owner, STR_ARG(r->name), STR_ARG(r->body));
	return 0;
}

static int stop(void *owner, const struct record *r)
{
	(void)r;
	return ++*(int *)owner == 2 ? 7 : 0;
}

/* The listing as one text, which lives until the next one. */
static const char *listed(struct house *h, enum record_kind kind, int64_t owner, struct str after, int max)
{
	static char text[1000];
	struct buf b = {0};

	buf_printf(&b, "%s", "");
	assert_int_equal(record_list(h->r, kind, owner, after, max, add, &b), 0);
	snprintf(text, sizeof text, "%s", b.data);
	buf_clear(&b);
	return text;
}

static void a_record_is_created_replaced_and_deleted(void **state)
{
	struct putting_record gone = { RECORD_ALIAS, 3, STR("prod"), {0} };
	struct arena a = {0};
	struct house h;
	struct str body;

	house_new(&h, test_path(state));
	assert_int_equal(record_get(h.r, RECORD_ALIAS, 3, STR("prod"), &a, &body), E_NOT_FOUND);
	assert_int_equal(put_record(&h, RECORD_ALIAS, 3, "prod", "{\"a\":1}"), 0);
	assert_int_equal(put_record(&h, RECORD_ALIAS, 3, "prod", "{\"a\":2}"), 0);
	assert_int_equal(record_get(h.r, RECORD_ALIAS, 3, STR("prod"), &a, &body), 0);
	assert_true(str_is(body, "{\"a\":2}"));
	assert_int_equal(record_get(h.r, RECORD_ALIAS, 3, STR("Prod"), &a, &body), E_NOT_FOUND);
	assert_int_equal(record_get(h.r, RECORD_ALIAS, 4, STR("prod"), &a, &body), E_NOT_FOUND);
	assert_int_equal(record_get(h.r, RECORD_POLICY, 3, STR("prod"), &a, &body), E_NOT_FOUND);
	assert_int_equal(house_do(&h, delete, &gone), 0);
	assert_int_equal(house_do(&h, delete, &gone), E_NOT_FOUND);
	assert_int_equal(record_get(h.r, RECORD_ALIAS, 3, STR("prod"), &a, &body), E_NOT_FOUND);
	arena_clear(&a);
	house_close(&h);
}

static void an_absent_name_is_the_empty_one(void **state)
{
	struct putting_record p = { RECORD_POLICY, 3, {0}, STR("{}") };
	struct arena a = {0};
	struct house h;
	struct str body;

	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, put, &p), 0);
	assert_int_equal(record_get(h.r, RECORD_POLICY, 3, STR(""), &a, &body), 0);
	assert_int_equal(record_get(h.r, RECORD_POLICY, 3, (struct str){0}, &a, &body), 0);
	assert_string_equal(listed(&h, RECORD_POLICY, 3, (struct str){0}, 10), "3/3/={} ");
	assert_string_equal(listed(&h, RECORD_POLICY, 3, STR(""), 10), "");
	arena_clear(&a);
	house_close(&h);
}

static void records_are_listed_in_pages_in_the_order_of_names(void **state)
{
	struct house h;
	int64_t n;
	int seen = 0;

	house_new(&h, test_path(state));
	assert_int_equal(put_record(&h, RECORD_ALIAS, 3, "b", "2"), 0);
	assert_int_equal(put_record(&h, RECORD_ALIAS, 3, "c", "3"), 0);
	assert_int_equal(put_record(&h, RECORD_ALIAS, 3, "B", "1"), 0);
	assert_int_equal(put_record(&h, RECORD_ALIAS, 4, "a", "no"), 0);
	assert_int_equal(put_record(&h, RECORD_VERSION, 3, "a", "no"), 0);
	assert_string_equal(listed(&h, RECORD_ALIAS, 3, (struct str){0}, 2), "2/3/B=1 2/3/b=2 ");
	assert_string_equal(listed(&h, RECORD_ALIAS, 3, STR("b"), 2), "2/3/c=3 ");
	assert_string_equal(listed(&h, RECORD_ALIAS, 5, (struct str){0}, 2), "");
	assert_int_equal(record_list(h.r, RECORD_ALIAS, 3, (struct str){0}, 10, stop, &seen), 7);
	assert_int_equal(seen, 2);
	assert_int_equal(record_count(h.r, RECORD_ALIAS, 3, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(record_count(h.r, RECORD_URL, 3, &n), 0);
	assert_int_equal(n, 0);
	house_close(&h);
}

static void what_belongs_to_a_function_goes_together_and_nothing_else(void **state)
{
	int64_t function = 3;
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(put_record(&h, RECORD_VERSION, 3, "0000000001", "v"), 0);
	assert_int_equal(put_record(&h, RECORD_FUNCTION, 3, "", "f"), 0);
	assert_int_equal(put_record(&h, RECORD_VERSION, 4, "0000000001", "other"), 0);
	assert_int_equal(put_record(&h, RECORD_LAYER, 0, "layer", "l"), 0);
	assert_int_equal(house_do(&h, drop, &function), 0);
	assert_string_equal(listed(&h, RECORD_VERSION, 3, (struct str){0}, 10), "");
	assert_string_equal(listed(&h, RECORD_FUNCTION, 3, (struct str){0}, 10), "");
	assert_string_equal(listed(&h, RECORD_VERSION, 4, (struct str){0}, 10), "1/4/0000000001=other ");
	assert_string_equal(listed(&h, RECORD_LAYER, 0, (struct str){0}, 10), "33/0/layer=l ");
	house_close(&h);
}

static void names_and_bodies_have_limits(void **state)
{
	static char name[RECORD_NAME_MAX + 1], body[RECORD_BODY_MAX + 1];
	struct putting_record p = { RECORD_LAYER, 0, str_n(name, RECORD_NAME_MAX), str_n(body, RECORD_BODY_MAX) };
	struct house h;

	memset(name, 'n', sizeof name);
	memset(body, 'b', sizeof body);
	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, put, &p), 0);
	p.name.n++;
	assert_int_equal(house_do(&h, put, &p), E_TOO_LARGE);
	p.name.n--;
	p.body.n++;
	assert_int_equal(house_do(&h, put, &p), E_TOO_LARGE);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_record_is_created_replaced_and_deleted),
		T(an_absent_name_is_the_empty_one),
		T(records_are_listed_in_pages_in_the_order_of_names),
		T(what_belongs_to_a_function_goes_together_and_nothing_else),
		T(names_and_bodies_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
