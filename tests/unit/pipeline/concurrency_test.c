#include "tests/lib/t.h"

#include "base/clock.h"
#include "pipeline/concurrency.h"

static int enter(struct concurrency *c, int64_t function, int n)
{
	int in = 0;

	while (n-- > 0)
		in += concurrency_enter(c, function, false) == THROTTLE_NONE;
	return in;
}

static void functions_share_the_accounts_limit(void **state)
{
	struct concurrency *c;

	(void)state;
	concurrency_open(&c, 200);
	assert_int_equal(enter(c, 1, 150), 150);
	assert_int_equal(concurrency_room(c, 2), 50);
	assert_int_equal(enter(c, 2, 60), 50);
	assert_int_equal(concurrency_enter(c, 3, false), THROTTLE_ACCOUNT);
	assert_string_equal(throttle_reason(THROTTLE_ACCOUNT), "ConcurrentInvocationLimitExceeded");
	concurrency_leave(c, 1, false);
	assert_int_equal(concurrency_enter(c, 3, false), THROTTLE_NONE);
	assert_int_equal(concurrency_running(c, 0), 200);
	assert_int_equal(concurrency_running(c, 1), 149);
	assert_int_equal(concurrency_running(c, 4), 0);
	concurrency_close(c);
}

static void reserved_is_a_guarantee_and_a_cap(void **state)
{
	struct concurrency *c;

	(void)state;
	concurrency_open(&c, 200);
	concurrency_reserve(c, 1, 50);
	assert_int_equal(concurrency_unreserved(c), 150);
	assert_int_equal(enter(c, 2, 200), 150);
	assert_int_equal(enter(c, 1, 60), 50);
	assert_int_equal(concurrency_enter(c, 1, false), THROTTLE_RESERVED);
	assert_string_equal(throttle_reason(THROTTLE_RESERVED), "ReservedFunctionConcurrentInvocationLimitExceeded");
	concurrency_close(c);
}

static void reserved_zero_lets_nobody_in(void **state)
{
	struct concurrency *c;

	(void)state;
	concurrency_open(&c, 200);
	concurrency_reserve(c, 1, 0);
	assert_int_equal(concurrency_room(c, 1), 0);
	assert_int_equal(concurrency_enter(c, 1, false), THROTTLE_RESERVED);
	assert_int_equal(concurrency_unreserved(c), 200);
	concurrency_close(c);
}

static void what_runs_moves_with_a_reservation(void **state)
{
	struct concurrency *c;

	(void)state;
	concurrency_open(&c, 200);
	assert_int_equal(enter(c, 1, 20), 20);
	concurrency_reserve(c, 1, 30);
	assert_int_equal(concurrency_room(c, 1), 10);
	assert_int_equal(concurrency_room(c, 2), 170);
	concurrency_reserve(c, 1, -1);
	assert_int_equal(concurrency_room(c, 1), 180);
	assert_int_equal(concurrency_room(c, 2), 180);
	concurrency_close(c);
}

static void what_is_provisioned_is_kept_from_the_rest_of_its_function(void **state)
{
	struct concurrency *c;

	(void)state;
	concurrency_open(&c, 200);
	concurrency_reserve(c, 1, 3);
	concurrency_provision(c, 1, 3);
	assert_int_equal(concurrency_enter(c, 1, false), THROTTLE_RESERVED);
	assert_int_equal(concurrency_room(c, 1), 3);
	assert_int_equal(concurrency_enter(c, 1, true), THROTTLE_NONE);
	assert_int_equal(concurrency_room(c, 1), 2);
	concurrency_reserve(c, 1, 5);
	assert_int_equal(enter(c, 1, 4), 2);
	concurrency_leave(c, 1, true);
	assert_int_equal(concurrency_enter(c, 1, false), THROTTLE_RESERVED);
	assert_int_equal(concurrency_running(c, 1), 2);
	concurrency_close(c);
}

static void what_is_provisioned_without_reservation_is_the_accounts(void **state)
{
	struct concurrency *c;

	(void)state;
	concurrency_open(&c, 200);
	concurrency_provision(c, 1, 50);
	assert_int_equal(concurrency_unreserved(c), 150);
	assert_int_equal(concurrency_enter(c, 1, true), THROTTLE_NONE);
	assert_int_equal(concurrency_room(c, 2), 150);
	assert_int_equal(enter(c, 2, 200), 150);
	concurrency_leave(c, 1, true);
	concurrency_provision(c, 1, 0);
	assert_int_equal(concurrency_room(c, 2), 50);
	concurrency_close(c);
}

static void growth_is_limited_and_refilled(void **state)
{
	struct concurrency *c;

	(void)state;
	concurrency_open(&c, 5000);
	assert_int_equal(enter(c, 1, CONCURRENCY_SCALING), CONCURRENCY_SCALING);
	clock_advance_ms(1000);
	assert_true(enter(c, 1, 5000) >= CONCURRENCY_SCALING / 10);
	assert_int_equal(concurrency_enter(c, 1, false), THROTTLE_RATE);
	assert_int_equal(concurrency_enter(c, 2, false), THROTTLE_NONE);
	concurrency_close(c);
}

static void environments_that_are_there_already_are_no_growth(void **state)
{
	struct concurrency *c;

	(void)state;
	concurrency_open(&c, 5000);
	assert_int_equal(enter(c, 1, CONCURRENCY_SCALING), CONCURRENCY_SCALING);
	for (int i = 0; i < CONCURRENCY_SCALING; i++)
		concurrency_leave(c, 1, false);
	assert_int_equal(enter(c, 1, CONCURRENCY_SCALING), CONCURRENCY_SCALING);
	concurrency_close(c);
}

static void a_forgotten_function_frees_what_it_had_reserved(void **state)
{
	struct concurrency *c;

	(void)state;
	concurrency_open(&c, 200);
	concurrency_reserve(c, 1, 50);
	assert_int_equal(enter(c, 1, 1), 1);
	concurrency_forget(c, 1);
	assert_int_equal(concurrency_unreserved(c), 200);
	assert_int_equal(concurrency_room(c, 2), 199);
	concurrency_leave(c, 1, false);
	assert_int_equal(concurrency_room(c, 2), 200);
	concurrency_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(functions_share_the_accounts_limit),
		T(reserved_is_a_guarantee_and_a_cap),
		T(reserved_zero_lets_nobody_in),
		T(what_runs_moves_with_a_reservation),
		T(what_is_provisioned_is_kept_from_the_rest_of_its_function),
		T(what_is_provisioned_without_reservation_is_the_accounts),
		T(growth_is_limited_and_refilled),
		T(environments_that_are_there_already_are_no_growth),
		T(a_forgotten_function_frees_what_it_had_reserved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
