/* What is known of functions: read once, read anew after a change, handed out as the qualifier says. */
#include "tests/unit/pipeline/functions_rig.h"

struct asked {
	struct catalog_query q;
	bool done;
};

static void on_found(struct catalog_query *q)
{
	container_of(q, struct asked, q)->done = true;
}

/* True: it came at once. */
static bool start(struct rig *r, struct asked *k, const char *name, const char *qualifier)
{
	*k = (struct asked){ .q = { .name = str_of(name), .qualifier = str_of(qualifier), .done = on_found } };
	k->done = catalog_find(r->m.catalog, &k->q) == 0;
	return k->done;
}

static struct catalog_version *find(struct rig *r, const char *name, const char *qualifier, bool *at_once)
{
	struct asked k;
	bool now = start(r, &k, name, qualifier);

	if (at_once)
		*at_once = now;
	rig_until(r, &k.done);
	assert_true(k.q.rc == 0 || k.q.version == NULL);
	return k.q.version;
}

static void changed(struct rig *r, int64_t function, bool gone)
{
	catalog_changed(r->m.catalog, function, gone);
	while (lanes_pending(r->m.lanes) > 0)
		rig_turn(r);
}

static void a_function_is_read_once(void **state)
{
	struct catalog_version *v, *again;
	bool at_once;
	struct rig r;

	rig_open(&r, test_path(state));
	rig_function(&r, "f", "1", ",\"Timeout\":7,\"MemorySize\":256,\"Environment\":{\"Variables\":{\"A\":\"1\"}},\"LoggingConfig\":{\"LogFormat\":\"JSON\"}");
	v = find(&r, "f", "", &at_once);
	assert_non_null(v);
	assert_false(at_once);
	assert_true(v->ready);
	assert_int_equal(v->timeout_ms, 7000);
	assert_int_equal(v->memory_mb, 256);
	assert_string_equal(v->version, "$LATEST");
	assert_true(str_is(v->recipe->arn, RIG_ARN "f"));
	assert_true(str_is(v->log_group, "/aws/lambda/f"));
	assert_true(v->recipe->log_json);
	assert_int_equal(v->recipe->variable_count, 1);
	assert_true(str_ends(v->recipe->code, STR("/code/" RIG_PACKAGE)));
	again = find(&r, "f", "", &at_once);
	assert_true(at_once);
	assert_ptr_equal(again, v);
	catalog_give(v);
	catalog_give(again);
	rig_close(&r);
}

static void what_is_not_there_is_not_found_and_not_remembered(void **state)
{
	struct catalog_version *v;
	struct rig r;

	rig_open(&r, test_path(state));
	assert_null(find(&r, "f", "", NULL));
	rig_function(&r, "f", "1", "");
	assert_null(find(&r, "f", "7", NULL));
	assert_null(find(&r, "f", "alias", NULL));
	v = find(&r, "f", "", NULL);
	assert_non_null(v);
	catalog_give(v);
	rig_close(&r);
}

static void a_change_is_seen_by_whoever_asks_after_it(void **state)
{
	struct catalog_version *before, *after;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", ",\"Timeout\":1");
	before = find(&r, "f", "", NULL);
	rig_function(&r, "f", "2", ",\"Timeout\":2");
	catalog_changed(r.m.catalog, id, false);
	after = find(&r, "f", "", NULL);
	assert_int_equal(after->timeout_ms, 2000);
	assert_int_equal(before->timeout_ms, 1000);	/* who has it keeps it */
	changed(&r, id, false);
	catalog_give(before);
	catalog_give(after);
	rig_close(&r);
}

static void what_did_not_change_stays_the_same(void **state)
{
	struct catalog_version *before, *after;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	before = find(&r, "f", "", NULL);
	rig_record(&r, RECORD_FUNCTION, id, "", "{\"Reserved\":5}");
	changed(&r, id, false);
	after = find(&r, "f", "", NULL);
	assert_ptr_equal(after->recipe, before->recipe);	/* so its environments stay warm */
	assert_int_equal(after->of->reserved, 5);
	assert_int_equal(concurrency_room(r.m.concurrency, id), 5);
	catalog_give(before);
	catalog_give(after);
	rig_close(&r);
}

static void who_asks_before_the_change_is_followed_enters_by_the_new_limit(void **state)
{
	struct catalog_version *v;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	catalog_give(find(&r, "f", "", NULL));
	rig_record(&r, RECORD_FUNCTION, id, "", "{\"Reserved\":0}");
	catalog_changed(r.m.catalog, id, false);
	v = find(&r, "f", "", NULL);
	assert_int_equal(concurrency_enter(r.m.concurrency, id, false), THROTTLE_RESERVED);
	catalog_give(v);
	rig_close(&r);
}

static void a_deleted_function_is_gone_at_once(void **state)
{
	struct catalog_version *v;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_FUNCTION, id, "", "{\"Reserved\":50}");
	changed(&r, id, false);
	v = find(&r, "f", "", NULL);
	rig_run(&r, (struct rig_change){ .what = RIG_DELETE, .id = id });
	changed(&r, id, true);
	assert_null(find(&r, "f", "", NULL));
	assert_string_equal(v->of->name, "f");		/* still good for who has it */
	assert_int_equal(concurrency_unreserved(r.m.concurrency), r.m.settings.concurrency_max);
	assert_true(r.pool.retired > 0);
	catalog_give(v);
	rig_close(&r);
}

/* What was read before the deletion comes back after it. */
static void a_function_that_is_deleted_while_it_is_read_does_not_come_back(void **state)
{
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	for (int i = 0; i < 20; i++) {
		id = rig_function(&r, "f", "1", "");
		rig_record(&r, RECORD_FUNCTION, id, "", "{\"Reserved\":50}");
		catalog_changed(r.m.catalog, id, false);
		rig_run(&r, (struct rig_change){ .what = RIG_DELETE, .id = id });
		changed(&r, id, true);
		assert_int_equal(concurrency_unreserved(r.m.concurrency), r.m.settings.concurrency_max);
		assert_null(find(&r, "f", "", NULL));
	}
	rig_close(&r);
}

static void versions_and_aliases_stand_for_what_they_say(void **state)
{
	struct catalog_version *v;
	struct asked k;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_VERSION, id, "0000000007", "{\"Runtime\":\"provided.al2\",\"Package\":\"" RIG_PACKAGE "\",\"RevisionId\":\"x\",\"Timeout\":9}");
	rig_record(&r, RECORD_ALIAS, id, "live", "{\"FunctionVersion\":\"7\"}");
	rig_record(&r, RECORD_EVENT_INVOKE, id, "live", "{\"MaximumRetryAttempts\":1,\"MaximumEventAgeInSeconds\":90,\"OnFailure\":\"arn\"}");
	v = find(&r, "f", "7", NULL);
	assert_string_equal(v->version, "7");
	assert_int_equal(v->timeout_ms, 9000);
	catalog_give(v);
	start(&r, &k, "f", "live");
	rig_until(&r, &k.done);
	assert_string_equal(k.q.version->version, "7");
	assert_int_equal(k.q.async.retries, 1);
	assert_int_equal(k.q.async.age_s, 90);
	assert_string_equal(k.q.async.on_failure, "arn");
	catalog_give(k.q.version);
	start(&r, &k, "f", "7");
	rig_until(&r, &k.done);
	assert_int_equal(k.q.async.retries, 2);		/* configured for the alias alone */
	catalog_give(k.q.version);
	rig_close(&r);
}

static void an_alias_with_weights_is_decided_by_lot(void **state)
{
	int second = 0;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_VERSION, id, "0000000001", "{\"Runtime\":\"provided.al2\",\"Package\":\"" RIG_PACKAGE "\",\"RevisionId\":\"x\"}");
	rig_record(&r, RECORD_VERSION, id, "0000000002", "{\"Runtime\":\"provided.al2\",\"Package\":\"" RIG_PACKAGE "\",\"RevisionId\":\"y\"}");
	rig_record(&r, RECORD_ALIAS, id, "live", "{\"FunctionVersion\":\"1\",\"Weights\":{\"2\":0.25}}");
	for (int i = 0; i < 2000; i++) {
		struct catalog_version *v = find(&r, "f", "live", NULL);

		second += strcmp(v->version, "2") == 0;
		catalog_give(v);
	}
	assert_in_range(second, 350, 650);	/* 500; so far off in one of ten thousand million runs */
	rig_close(&r);
}

static void many_who_ask_at_once_share_one_look(void **state)
{
	struct asked k[50];
	struct rig r;

	rig_open(&r, test_path(state));
	rig_function(&r, "f", "1", "");
	for (int i = 0; i < 50; i++)
		assert_false(start(&r, &k[i], "f", ""));
	assert_int_equal(lanes_pending(r.m.lanes), 1);
	for (int i = 0; i < 50; i++) {
		rig_until(&r, &k[i].done);
		assert_ptr_equal(k[i].q.version, k[0].q.version);
	}
	for (int i = 0; i < 50; i++)
		catalog_give(k[i].q.version);
	rig_close(&r);
}

static void code_that_is_not_there_makes_a_version_that_is_not_ready(void **state)
{
	struct catalog_version *v;
	bool at_once;
	struct rig r;

	rig_open(&r, test_path(state));
	rig_run(&r, (struct rig_change){ .what = RIG_FUNCTION, .name = STR("f"), .body = STR("{\"Runtime\":\"python3.12\",\"Handler\":\"h\",\"Package\":"
			"\"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\",\"RevisionId\":\"1\"}") });
	v = find(&r, "f", "", NULL);
	assert_false(v->ready);
	catalog_give(v);
	v = find(&r, "f", "", &at_once);
	assert_false(at_once);			/* it may be there another time */
	catalog_give(v);
	rig_close(&r);
}

static void what_is_provisioned_is_told_to_the_pool_at_start_and_on_change(void **state)
{
	struct catalog_version *v;
	struct rig r;
	int64_t id;

	rig_open(&r, test_path(state));
	id = rig_function(&r, "f", "1", "");
	rig_record(&r, RECORD_VERSION, id, "0000000003", "{\"Runtime\":\"provided.al2\",\"Package\":\"" RIG_PACKAGE "\",\"RevisionId\":\"x\"}");
	rig_record(&r, RECORD_PROVISIONED, id, "3", "{\"Requested\":4}");
	changed(&r, id, false);
	assert_int_equal(r.pool.provisioned, 4);
	assert_non_null(strstr(r.pool.provisioned_key, ":3:x"));
	rig_close(&r);
	rig_open(&r, test_path(state));
	while (lanes_pending(r.m.lanes) > 0)
		rig_turn(&r);
	assert_int_equal(r.pool.provisioned, 4);
	v = find(&r, "f", "3", NULL);
	assert_int_equal(v->provisioned, 4);
	assert_int_equal(concurrency_unreserved(r.m.concurrency), r.m.settings.concurrency_max - 4);
	rig_record(&r, RECORD_PROVISIONED, id, "3", "{\"Requested\":0}");
	changed(&r, id, false);
	assert_int_equal(r.pool.provisioned, 0);
	assert_int_equal(v->provisioned, 0);
	assert_int_equal(concurrency_unreserved(r.m.concurrency), r.m.settings.concurrency_max);
	catalog_give(v);
	rig_close(&r);
}

static void functions_beyond_what_is_kept_are_read_again(void **state)
{
	struct catalog_version *first;
	bool at_once;
	struct rig r;
	char name[32];

	rig_open(&r, test_path(state));
	for (int i = 0; i <= CATALOG_MAX; i++) {
		snprintf(name, sizeof name, "f%d", i);
		rig_function(&r, name, "1", "");
		catalog_give(find(&r, name, "", NULL));
	}
	catalog_give(find(&r, name, "", &at_once));
	assert_true(at_once);
	first = find(&r, "f0", "", &at_once);
	assert_false(at_once);
	catalog_give(first);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_function_is_read_once),
		T(what_is_not_there_is_not_found_and_not_remembered),
		T(a_change_is_seen_by_whoever_asks_after_it),
		T(what_did_not_change_stays_the_same),
		T(who_asks_before_the_change_is_followed_enters_by_the_new_limit),
		T(a_deleted_function_is_gone_at_once),
		T(a_function_that_is_deleted_while_it_is_read_does_not_come_back),
		T(versions_and_aliases_stand_for_what_they_say),
		T(an_alias_with_weights_is_decided_by_lot),
		T(many_who_ask_at_once_share_one_look),
		T(code_that_is_not_there_makes_a_version_that_is_not_ready),
		T(what_is_provisioned_is_told_to_the_pool_at_start_and_on_change),
		T(functions_beyond_what_is_kept_are_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
