/* Reserved and provisioned concurrency against a real database: what is left of the account's, and numbers that no account has. */
#include "base/err.h"
#include "tests/unit/web/lambda_place.h"

#define RESERVED(n) "{\"ReservedConcurrentExecutions\":" n "}"
#define PROVISIONED(n) "{\"ProvisionedConcurrentExecutions\":" n "}"
#define NO_INTEGER "NUMBER_VALUE can not be converted to an Integer"

/* "": it was done. */
static const char *reserve(struct place *h, const char *body)
{
	return ask(h, "PUT", "/2017-10-31/functions/fn/concurrency", NULL, body) ? "" : rig_said(&h->rig);
}

static const char *provision(struct place *h, const char *query, const char *body)
{
	return ask(h, "PUT", "/2019-09-30/functions/fn/provisioned-concurrency", query, body) ? "" : rig_said(&h->rig);
}

static void at_least_a_hundred_of_the_account_stay_unreserved(void **state)
{
	struct place h;

	open_place(&h, state);
	assert_string_equal(reserve(&h, RESERVED("900")), "");
	assert_string_equal(reserve(&h, RESERVED("901")), "Specified ReservedConcurrentExecutions for function decreases account's "
			    "UnreservedConcurrentExecution below its minimum value of [100].");
	close_place(&h);
}

/* Sums with them would be less than nothing, and so little is always there. */
static void numbers_beyond_an_integer_are_refused(void **state)
{
	struct place h;

	open_place(&h, state);
	assert_non_null(ask(&h, "POST", FUNCTION "/versions", NULL, NULL));
	assert_non_null(ask(&h, "POST", FUNCTION "/aliases", NULL, "{\"Name\":\"live\",\"FunctionVersion\":\"1\"}"));
	change_function(&h, 4, 2);
	assert_non_null(ask(&h, "POST", FUNCTION "/versions", NULL, NULL));
	assert_string_equal(reserve(&h, RESERVED("10")), "");
	assert_string_equal(provision(&h, "Qualifier=2", PROVISIONED("2")), "");
	assert_string_equal(provision(&h, "Qualifier=live", PROVISIONED("9223372036854775807")), NO_INTEGER);
	assert_string_equal(provision(&h, "Qualifier=live", PROVISIONED("2147483647")),
			    "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function");
	assert_string_equal(provision(&h, "Qualifier=live", PROVISIONED("8")), "");
	assert_string_equal(reserve(&h, RESERVED("9223372036854775807")), NO_INTEGER);
	assert_string_equal(reserve(&h, RESERVED("-2147483649")), NO_INTEGER);
	close_place(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(at_least_a_hundred_of_the_account_stay_unreserved),
		T(numbers_beyond_an_integer_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
