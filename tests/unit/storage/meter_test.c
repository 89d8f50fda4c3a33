#include "storage/meter.h"

#include "tests/unit/storage/house.h"

struct adding {
	int64_t hour;
	struct meter_sum more;
};

static int add(struct db *db, void *arg)
{
	const struct adding *a = arg;

	return meter_add(db, a->hour, &a->more);
}

static void use(struct house *h, int64_t hour, const char *function, int64_t n)
{
	struct adding a = { hour, { str_of(function), n, 10 * n, 100 * n, 1000 * n } };

	assert_int_equal(house_do(h, add, &a), 0);
}

static int trim(struct db *db, void *arg)
{
	*(int *)arg = meter_trim(db, 11, 2);
	return 0;
}

static int tell(void *owner, const struct meter_sum *s)
{
	buf_printf(owner, "%.*s %lld %lld %lld %lld; ", STR_ARG(s->function), (long long)s->requests, (long long)s->billed_ms,
		   (long long)s->mb_ms, (long long)s->provisioned_mb_s);
	return 0;
}

static int stop(void *owner, const struct meter_sum *s)
{
	(void)owner;
	(void)s;
	return 9;
}

static void sums_grow_within_their_hour_and_are_read_over_hours(void **state)
{
	struct buf b = {0};
	struct house h;

	house_new(&h, test_path(state));
	use(&h, 10, "b", 1);
	use(&h, 10, "b", 2);
	use(&h, 11, "b", 4);
	use(&h, 11, "a", 5);
	use(&h, 12, "b", 100);
	assert_int_equal(meter_sum(h.r, 10, 12, tell, &b), 0);
	assert_string_equal(b.data, "a 5 50 500 5000; b 7 70 700 7000; ");
	assert_int_equal(meter_sum(h.r, 10, 12, stop, NULL), 9);
	b.len = 0;
	assert_int_equal(meter_sum(h.r, 13, 99, tell, &b), 0);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
	house_close(&h);
}

static void old_hours_go_in_bounded_steps(void **state)
{
	struct buf b = {0};
	struct house h;
	int n;

	house_new(&h, test_path(state));
	use(&h, 8, "a", 1);
	use(&h, 9, "a", 1);
	use(&h, 10, "a", 1);
	use(&h, 11, "a", 1);
	assert_int_equal(house_do(&h, trim, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(house_do(&h, trim, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(meter_sum(h.r, 0, 99, tell, &b), 0);
	assert_string_equal(b.data, "a 1 10 100 1000; ");
	buf_clear(&b);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(sums_grow_within_their_hour_and_are_read_over_hours),
		T(old_hours_go_in_bounded_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
