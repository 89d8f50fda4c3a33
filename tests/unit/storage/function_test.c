#include "storage/function.h"

#include "base/err.h"
#include "storage/record.h"
#include "tests/unit/storage/house.h"

#define ARN_OF(name) "arn:aws:lambda:us-east-1:000000000000:function:" name

struct function_test {
	struct str name, config;
	int64_t id;
};

static int put(struct db *db, void *arg)
{
	struct function_test *t = arg;

	return function_put(db, t->name, t->config, &t->id);
}

static int64_t create(struct house *h, const char *name)
{
	struct function_test t = { .name = str_of(name), .config = STR("{}") };

	assert_int_equal(house_do(h, put, &t), 0);
	return t.id;
}

static int delete(struct db *db, void *arg)
{
	return function_delete(db, *(int64_t *)arg, NULL, NULL);
}

static int sweep(struct db *db, void *arg)
{
	*(int *)arg = functions_sweep(db, NULL, NULL);
	return *(int *)arg < 0 ? *(int *)arg : 0;
}

static int add_function(void *owner, const struct function_row *f)
{
	buf_printf(owner, "%.*s=%.*s ", STR_ARG(f->name), STR_ARG(f->config));
	return 0;
}

static void a_function_is_replaced_under_its_id(void **state)
{
	struct function_test t = { .name = STR("resize"), .config = STR("{\"a\":1}") };
	struct arena a = {0};
	struct function_row f;
	struct house h;
	int64_t id;

	house_new(&h, test_path(state));
	assert_int_equal(function_get(h.r, STR("resize"), &a, &f), E_NOT_FOUND);
	assert_int_equal(house_do(&h, put, &t), 0);
	id = t.id;
	t.config = STR("{\"a\":2}");
	assert_int_equal(house_do(&h, put, &t), 0);
	assert_int_equal(t.id, id);
	assert_int_equal(function_get(h.r, STR("resize"), &a, &f), 0);
	assert_true(f.id == id && str_is(f.config, "{\"a\":2}") && f.modified_ms > 0);
	assert_int_equal(function_get_id(h.r, id, &a, &f), 0);
	assert_true(str_is(f.name, "resize") && str_is(f.config, "{\"a\":2}"));
	assert_int_equal(function_get_id(h.r, id + 1, &a, &f), E_NOT_FOUND);
	t.name = STR("");
	assert_int_equal(house_do(&h, put, &t), E_BAD_INPUT);
	arena_clear(&a);
	house_close(&h);
}

static void functions_are_listed_by_name_whole_or_in_pages(void **state)
{
	struct buf b = {0};
	struct house h;

	house_new(&h, test_path(state));
	create(&h, "b");
	create(&h, "a");
	assert_int_equal(function_list(h.r, add_function, &b), 0);
	assert_string_equal(b.data, "a={} b={} thumbnail={} ");
	b.len = 0;
	assert_int_equal(function_page(h.r, (struct str){0}, 2, add_function, &b), 0);
	assert_string_equal(b.data, "a={} b={} ");
	b.len = 0;
	assert_int_equal(function_page(h.r, STR("b"), 2, add_function, &b), 0);
	assert_string_equal(b.data, "thumbnail={} ");
	buf_clear(&b);
	house_close(&h);
}

static void the_id_of_a_deleted_function_never_comes_back(void **state)
{
	struct arena a = {0};
	struct function_row f;
	struct house h;
	int64_t id;

	house_new(&h, test_path(state));
	id = create(&h, "last");
	assert_int_equal(house_do(&h, delete, &id), 0);
	assert_int_equal(house_do(&h, delete, &id), E_NOT_FOUND);
	assert_int_equal(function_get(h.r, STR("last"), &a, &f), E_NOT_FOUND);
	assert_true(create(&h, "last") > id);
	arena_clear(&a);
	house_close(&h);
}

/* Records. */

static int add_records(struct db *db, void *arg)
{
	int64_t id = *(int64_t *)arg;
	int rc = record_put(db, RECORD_VERSION, id, STR("0000000001"), STR("{}"));

	rc = rc < 0 ? rc : record_put(db, RECORD_URL, id, STR(""), STR("{\"Id\":\"abc\"}"));
	rc = rc < 0 ? rc : record_put(db, RECORD_URL, id, STR("prod"), STR("{\"Id\":\"def\"}"));
	rc = rc < 0 ? rc : record_put(db, RECORD_URL_ID, 0, STR("abc"), STR("{}"));
	rc = rc < 0 ? rc : record_put(db, RECORD_URL_ID, 0, STR("def"), STR("{}"));
	return rc < 0 ? rc : record_put(db, RECORD_URL_ID, 0, STR("other"), STR("{}"));
}

static void a_deleted_function_takes_its_records_and_urls_with_it(void **state)
{
	struct arena a = {0};
	struct house h;
	struct str body;
	int64_t id;

	house_new(&h, test_path(state));
	id = create(&h, "resize");
	assert_int_equal(house_do(&h, add_records, &id), 0);
	assert_int_equal(house_do(&h, delete, &id), 0);
	assert_int_equal(record_get(h.r, RECORD_VERSION, id, STR("0000000001"), &a, &body), E_NOT_FOUND);
	assert_int_equal(record_get(h.r, RECORD_URL, id, STR("prod"), &a, &body), E_NOT_FOUND);
	assert_int_equal(record_get(h.r, RECORD_URL_ID, 0, STR("abc"), &a, &body), E_NOT_FOUND);
	assert_int_equal(record_get(h.r, RECORD_URL_ID, 0, STR("def"), &a, &body), E_NOT_FOUND);
	assert_int_equal(record_get(h.r, RECORD_URL_ID, 0, STR("other"), &a, &body), 0);
	arena_clear(&a);
	house_close(&h);
}

/* Rules and jobs. */

struct ruling {
	struct house *h;
	const char *arn;
	int64_t function;
};

static int set_rule(struct db *db, void *arg)
{
	const struct ruling *r = arg;
	struct rule rule = { .id = STR("one"), .arn = str_of(r->arn), .function = r->function, .events = STR("s3:ObjectCreated:*"),
			     .set = event_set(STR("s3:ObjectCreated:*")) };

	return rules_replace(db, r->h->photos, &rule, 1);
}

static int64_t under_rule(struct house *h, const char *name, const char *arn)
{
	struct ruling r = { h, arn, create(h, name) };

	assert_int_equal(house_do(h, set_rule, &r), 0);
	return r.function;
}

struct job_seen {
	int count;
	int64_t function;
	enum job_state state;
	char code[32], qualifier[32];
};

static int see_job(void *owner, const struct job_row *j)
{
	struct job_seen *s = owner;

	s->count++;
	s->function = j->function;
	s->state = j->state;
	snprintf(s->code, sizeof s->code, "%.*s", STR_ARG(j->code));
	snprintf(s->qualifier, sizeof s->qualifier, "%.*s", STR_ARG(j->qualifier));
	return 0;
}

static struct job_seen job_of(struct house *h, const char *key)
{
	struct job_seen s = {0};

	assert_int_equal(queue_of_object(h->r, h->photos, str_of(key), see_job, &s), 0);
	return s;
}

static void an_event_carries_the_qualifier_of_its_rule(void **state)
{
	struct house h;

	house_new(&h, test_path(state));
	under_rule(&h, "resize", ARN_OF("resize:prod"));
	assert_true(house_put(&h, "photos", "a", "1") > 0);
	assert_string_equal(job_of(&h, "a").qualifier, "prod");
	under_rule(&h, "resize", ARN_OF("resize"));
	assert_true(house_put(&h, "photos", "b", "1") > 0);
	assert_string_equal(job_of(&h, "b").qualifier, "");
	house_close(&h);
}

struct burial {
	int64_t id;
	int count;
	char key[8];
	int rc;
};

static int see_buried(void *owner, const struct job_row *j)
{
	struct burial *b = owner;

	b->count++;
	snprintf(b->key, sizeof b->key, "%.*s", STR_ARG(j->key));
	return j->state == JOB_DEAD && j->kind == EVENT_CREATED_PUT && str_eq(j->code, STR(JOB_FUNCTION_GONE)) ? b->rc : E_CORRUPT;
}

static int delete_seen(struct db *db, void *arg)
{
	struct burial *b = arg;

	b->count = 0;
	return function_delete(db, b->id, see_buried, b);
}

static void each_dead_letter_of_a_deletion_is_shown_in_its_change(void **state)
{
	struct burial b = { .rc = E_FULL };
	struct house h;

	house_new(&h, test_path(state));
	b.id = under_rule(&h, "resize", ARN_OF("resize"));
	assert_true(house_put(&h, "photos", "a", "1") > 0);
	assert_int_equal(house_do(&h, delete_seen, &b), E_FULL);
	assert_int_equal(job_of(&h, "a").state, JOB_READY);	/* who is shown it can undo it */
	b.rc = 0;
	assert_int_equal(house_do(&h, delete_seen, &b), 0);
	assert_int_equal(b.count, 1);
	assert_string_equal(b.key, "a");
	assert_int_equal(job_of(&h, "a").state, JOB_DEAD);
	house_close(&h);
}

static void waiting_events_of_a_deleted_function_become_dead_letters(void **state)
{
	struct job_seen seen;
	struct house h;
	int64_t id;

	house_new(&h, test_path(state));
	id = under_rule(&h, "resize", ARN_OF("resize"));
	assert_true(house_put(&h, "photos", "a", "1") > 0);
	assert_int_equal(house_do(&h, delete, &id), 0);
	seen = job_of(&h, "a");
	assert_true(seen.count == 1 && seen.state == JOB_DEAD && seen.function == id);
	assert_string_equal(seen.code, JOB_FUNCTION_GONE);
	assert_true(house_journal_is(&h, h.photos, "a", "uploaded, queued, dead letter"));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void an_event_under_the_rule_of_a_deleted_function_is_journaled_as_dropped(void **state)
{
	struct house h;
	int64_t id;

	house_new(&h, test_path(state));
	id = under_rule(&h, "resize", ARN_OF("resize"));
	assert_int_equal(house_do(&h, delete, &id), 0);
	assert_true(house_put(&h, "photos", "a", "1") > 0);
	assert_int_equal(job_of(&h, "a").count, 0);
	assert_true(house_journal_is(&h, h.photos, "a", "uploaded, event dropped"));
	house_close(&h);
}

static void a_function_of_the_same_name_gets_the_rules_that_name_it(void **state)
{
	struct house h;
	int64_t id;

	house_new(&h, test_path(state));
	id = under_rule(&h, "resize", ARN_OF("resize:prod"));
	assert_int_equal(house_do(&h, delete, &id), 0);
	create(&h, "resize_");
	create(&h, "siz");
	create(&h, "prod");
	assert_true(house_put(&h, "photos", "a", "1") > 0);
	assert_int_equal(job_of(&h, "a").count, 0);
	id = create(&h, "resize");
	assert_true(house_put(&h, "photos", "b", "1") > 0);
	assert_true(job_of(&h, "b").function == id);
	assert_string_equal(job_of(&h, "b").qualifier, "prod");
	house_close(&h);
}

struct many {
	int64_t function, backfill;
	int count;
};

static int put_many(struct db *db, void *arg)
{
	const struct many *m = arg;
	char request[JOB_REQUEST_ID + 1];
	int rc = 0;

	for (int i = 0; i < m->count && rc == 0; i++) {
		struct job_row j = { .function = m->function, .payload = STR("{}"), .backfill = m->backfill };

		queue_request_make(request);
		j.request = str_of(request);
		rc = queue_put(db, &j);
	}
	return rc;
}

static void what_deletion_leaves_in_the_queue_is_buried_step_by_step(void **state)
{
	struct many events = { .function = 77, .count = FUNCTION_PURGE_MAX + 3 }, anew = { .function = 78, .backfill = 5, .count = 2 };
	struct many alive = { .function = 1, .count = 4 };
	struct house h;
	int n;

	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, put_many, &events), 0);
	assert_int_equal(house_do(&h, put_many, &anew), 0);
	assert_int_equal(house_do(&h, put_many, &alive), 0);
	assert_int_equal(house_do(&h, sweep, &n), 0);
	assert_int_equal(n, FUNCTION_PURGE_MAX);
	assert_int_equal(house_do(&h, sweep, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(house_do(&h, sweep, &n), 0);
	assert_int_equal(n, 0);
	assert_true(house_counts(&h).ready == 4 && house_counts(&h).dead == FUNCTION_PURGE_MAX + 5);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_function_is_replaced_under_its_id),
		T(functions_are_listed_by_name_whole_or_in_pages),
		T(the_id_of_a_deleted_function_never_comes_back),
		T(a_deleted_function_takes_its_records_and_urls_with_it),
		T(an_event_carries_the_qualifier_of_its_rule),
		T(each_dead_letter_of_a_deletion_is_shown_in_its_change),
		T(waiting_events_of_a_deleted_function_become_dead_letters),
		T(an_event_under_the_rule_of_a_deleted_function_is_journaled_as_dropped),
		T(a_function_of_the_same_name_gets_the_rules_that_name_it),
		T(what_deletion_leaves_in_the_queue_is_buried_step_by_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
