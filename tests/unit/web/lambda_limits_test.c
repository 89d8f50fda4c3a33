/* How many versions and provisioned configs one function may have, against a real database. */
#include "base/err.h"
#include "storage/record.h"
#include "tests/unit/web/lambda_place.h"
#include "web/lambda/version.h"

static void put(struct place *h, enum record_kind kind, const char *name, const char *body)
{
	assert_int_equal(record_put(h->db, kind, h->id, str_of(name), str_of(body)), 0);
}

/* As if they had been published, the last one with another configuration than $LATEST has. */
static void publish(struct place *h, int from, int to)
{
	char name[16], last[64];

	for (int n = from; n <= to; n++) {
		snprintf(name, sizeof name, "%010d", n);
		put(h, RECORD_VERSION, name, "{\"Runtime\":\"python3.12\"}");
	}
	snprintf(last, sizeof last, "{\"LastVersion\":%d}", to);
	put(h, RECORD_FUNCTION, "", last);
}

static void a_function_has_at_most_10000_versions(void **state)
{
	const struct json_value *v;
	struct place h;

	open_place(&h, state);
	publish(&h, 1, VERSIONS_MAX - 1);
	v = ask(&h, "POST", FUNCTION "/versions", NULL, NULL);
	assert_non_null(v);
	assert_true(str_is(json_text(v, "Version"), "10000"));
	assert_non_null(ask(&h, "POST", FUNCTION "/versions", NULL, NULL));	/* nothing changed: it is the same */
	change_function(&h, 4, 2);
	assert_null(ask(&h, "POST", FUNCTION "/versions", NULL, NULL));
	assert_int_equal(h.rig.l.code, LAMBDA_CODE_STORAGE);
	assert_string_equal(rig_said(&h.rig), "A function has at most 10000 versions. Delete some that are not used.");
	assert_int_equal(record_delete(h.db, RECORD_VERSION, h.id, STR("0000000007")), 0);
	v = ask(&h, "POST", FUNCTION "/versions", NULL, NULL);
	assert_true(v && str_is(json_text(v, "Version"), "10001"));
	close_place(&h);
}

static const struct json_value *provision(struct place *h, int version)
{
	char query[64];

	snprintf(query, sizeof query, "Qualifier=%d", version);
	return ask(h, "PUT", "/2019-09-30/functions/fn/provisioned-concurrency", query, "{\"ProvisionedConcurrentExecutions\":1}");
}

static void a_function_has_at_most_100_provisioned_configs(void **state)
{
	struct place h;

	open_place(&h, state);
	publish(&h, 1, CATALOG_PROVISIONED_MAX + 1);
	for (int n = 1; n <= CATALOG_PROVISIONED_MAX; n++)
		assert_non_null(provision(&h, n));
	assert_null(provision(&h, CATALOG_PROVISIONED_MAX + 1));
	assert_int_equal(h.rig.l.code, LAMBDA_BAD_PARAMETER);
	assert_string_equal(rig_said(&h.rig), "A function has at most 100 provisioned concurrency configurations");
	assert_non_null(provision(&h, 50));	/* one that is there may be changed */
	assert_non_null(ask(&h, "DELETE", "/2019-09-30/functions/fn/provisioned-concurrency", "Qualifier=50", NULL));
	assert_non_null(provision(&h, CATALOG_PROVISIONED_MAX + 1));
	close_place(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_function_has_at_most_10000_versions),
		T(a_function_has_at_most_100_provisioned_configs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
