/* What functions used: counted, summed, written, billed; and what they logged. */
#include "tests/unit/pipeline/functions_rig.h"

#include "pipeline/bill.h"
#include "storage/logs.h"

static const struct custom_report warm = { .duration_us = 1500 }, cold = { .duration_us = 20000, .init_us = 100200 };

static bool says(struct rig *r, const char *line)
{
	struct buf text = {0};
	bool there;

	meter_write(r->m.meter, &text);
	there = text.data && strstr(text.data, line) != NULL;
	buf_clear(&text);
	return there;
}

static void attempts_are_counted_by_function_and_duration(void **state)
{
	struct rig r;

	rig_open(&r, test_path(state));
	meter_ran(r.m.meter, "a", 128, &warm);
	meter_ran(r.m.meter, "a", 128, &cold);
	meter_ran(r.m.meter, "b", 128, &warm);
	meter_count(r.m.meter, "a", METER_ERRORS);
	meter_running(r.m.meter, "a", 2);
	meter_async_age(r.m.meter, "b", 2500);
	assert_true(says(&r, "minilab_function_invocations_total{function=\"a\"} 2\n"));
	assert_true(says(&r, "minilab_function_invocations_total{function=\"b\"} 1\n"));
	assert_true(says(&r, "minilab_function_errors_total{function=\"a\"} 1\n"));
	assert_true(says(&r, "minilab_function_cold_starts_total{function=\"a\"} 1\n"));
	assert_true(says(&r, "minilab_function_concurrency{function=\"a\"} 2\n"));
	assert_true(says(&r, "minilab_function_duration_seconds_bucket{function=\"a\",le=\"0.001\"} 0\n"));
	assert_true(says(&r, "minilab_function_duration_seconds_bucket{function=\"a\",le=\"0.002\"} 1\n"));
	assert_true(says(&r, "minilab_function_duration_seconds_bucket{function=\"a\",le=\"+Inf\"} 2\n"));
	assert_true(says(&r, "minilab_function_duration_seconds_sum{function=\"a\"} 0.021500\n"));
	assert_true(says(&r, "minilab_function_async_age_seconds_sum{function=\"b\"} 2.500\n"));
	rig_close(&r);
}

struct found {
	struct meter_month m;
	char function[65];
	int count;
};

static int take(void *owner, const struct meter_month *m)
{
	struct found *f = owner;

	f->m = *m;
	snprintf(f->function, sizeof f->function, "%.*s", STR_ARG(m->function));
	f->count++;
	return 0;
}

/* 1.5 ms are 2; 20 ms and an init of 100.2 ms are 121. */
static void the_bill_is_durable_after_the_stop_and_counts_whole_milliseconds(void **state)
{
	char month[BILL_MONTH];
	struct found f = {0};
	struct rig r;

	bill_this_month(month);
	for (int i = 0; i < 2; i++) {
		rig_open(&r, test_path(state));
		meter_ran(r.m.meter, "a", 512, i ? &cold : &warm);
		rig_close(&r);
	}
	rig_open(&r, test_path(state));
	assert_int_equal(meter_list(r.reader, str_of(month), take, &f), 0);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.function, "a");
	assert_int_equal(f.m.requests, 2);
	assert_int_equal(f.m.billed_ms, 2 + 121);
	assert_int_equal(f.m.mb_ms, 512 * (2 + 121));
	f.count = 0;
	assert_int_equal(meter_list(r.reader, STR("2001-01"), take, &f), 0);
	assert_int_equal(f.count, 0);
	assert_int_equal(meter_list(r.reader, STR("2001-13"), take, &f), E_BAD_INPUT);
	assert_int_equal(meter_list(r.reader, STR("January"), take, &f), E_BAD_INPUT);
	rig_close(&r);
}

static void init_of_provisioned_environments_is_not_billed_with_the_first_attempt(void **state)
{
	struct custom_report provisioned = cold;
	char month[BILL_MONTH];
	struct found f = {0};
	struct rig r;

	provisioned.provisioned = true;
	bill_this_month(month);
	rig_open(&r, test_path(state));
	meter_ran(r.m.meter, "a", 128, &provisioned);
	rig_close(&r);
	rig_open(&r, test_path(state));
	assert_int_equal(meter_list(r.reader, str_of(month), take, &f), 0);
	assert_int_equal(f.m.billed_ms, 20);
	rig_close(&r);
}

static void a_bill_has_awss_price_beside_ours(void **state)
{
	struct custom_report hour = { .duration_us = 3600000000 };
	struct buf json = {0};
	struct json_value *v;
	struct arena a = {0};
	char month[BILL_MONTH];
	struct rig r;

	bill_this_month(month);
	rig_open(&r, test_path(state));
	for (int i = 0; i < 10; i++)
		meter_ran(r.m.meter, "a", 1024, &hour);		/* 3600 GB-seconds each */
	rig_close(&r);
	rig_open(&r, test_path(state));
	assert_int_equal(bill_gather(r.reader, str_of(month), &json), 0);
	assert_int_equal(json_parse(&a, str_n(json.data, json.len), &v), 0);
	assert_int_equal(json_number(v, "requests", 0), 10);
	assert_int_equal(json_number(v, "gb_seconds", 0), 36000);
	assert_true(str_starts(json_get(json_get(v, "aws"), "compute")->text, STR("0.600001")));
	assert_true(str_is(json_get(json_get(v, "aws"), "total_after_free_tier")->text, "0"));
	assert_true(str_is(json_get(v, "here")->text, "0"));
	arena_clear(&a);
	buf_clear(&json);
	rig_close(&r);
}

static void a_deleted_functions_numbers_go_and_its_bill_stays(void **state)
{
	char month[BILL_MONTH];
	struct found f = {0};
	struct rig r;

	bill_this_month(month);
	rig_open(&r, test_path(state));
	meter_ran(r.m.meter, "a", 128, &warm);
	meter_forget(r.m.meter, "a");
	rig_close(&r);
	rig_open(&r, test_path(state));
	assert_int_equal(meter_list(r.reader, str_of(month), take, &f), 0);
	assert_int_equal(f.m.requests, 1);
	assert_false(says(&r, "function=\"a\""));
	rig_close(&r);
}

static void write_often(uv_handle_t *h, void *owner)
{
	if (h->type != UV_TIMER || h->data != owner)
		return;
	uv_timer_set_repeat((uv_timer_t *)h, 1);
	uv_timer_again((uv_timer_t *)h);
}

/* Once what ran is written; also when nothing is to be written. */
static void numbers_of_a_function_that_was_deleted_while_it_ran_go_too(void **state)
{
	struct rig r;

	rig_open(&r, test_path(state));
	meter_running(r.m.meter, "ran", 1);
	meter_forget(r.m.meter, "ran");
	meter_running(r.m.meter, "ran", -1);
	meter_ran(r.m.meter, "ran", 128, &warm);
	meter_count(r.m.meter, "never", METER_THROTTLES);
	meter_forget(r.m.meter, "never");
	meter_running(r.m.meter, "again", 1);
	meter_forget(r.m.meter, "again");
	meter_running(r.m.meter, "again", -1);
	meter_running(r.m.meter, "again", 1);
	uv_walk(&r.loop, write_often, r.m.meter);
	while (says(&r, "function=\"ran\"") || says(&r, "function=\"never\""))
		rig_turn(&r);
	assert_true(says(&r, "function=\"again\""));
	meter_running(r.m.meter, "again", -1);
	rig_close(&r);
}

/* Log lines */

struct seen {
	char text[8192];
	int count;
};

static int see(void *owner, const struct log_line *l)
{
	struct seen *s = owner;

	s->count++;
	snprintf(s->text + strlen(s->text), sizeof s->text - strlen(s->text), "%.*s|", STR_ARG(l->text));
	return 0;
}

static struct seen lines_of(struct rig *r, const char *group)
{
	struct log_query q = { .to_ms = INT64_MAX, .max = 100000 };
	struct seen s = {0};
	struct log_group g;
	struct arena a = {0};

	if (log_group_get(r->reader, str_of(group), &a, &g) == 0) {
		q.group = g.id;
		assert_int_equal(log_lines(r->reader, &q, see, &s), 0);
	}
	arena_clear(&a);
	return s;
}

static void lines_are_written_together_in_their_order(void **state)
{
	struct seen s;
	struct rig r;

	rig_open(&r, test_path(state));
	log_sink_add(r.m.log_sink, STR("/g"), STR("one"), 1000, STR("a\n"));
	log_sink_add(r.m.log_sink, STR("/g"), STR("two"), 1000, STR("b"));
	log_sink_add(r.m.log_sink, STR("/g"), STR("one"), 1001, STR("c"));
	log_sink_add(r.m.log_sink, STR("/h"), STR("one"), 1001, STR("d"));
	while (lines_of(&r, "/g").count < 3)
		rig_turn(&r);
	s = lines_of(&r, "/g");
	assert_int_equal(s.count, 3);
	assert_true(str_ends(str_of(s.text), STR("c|")));
	assert_int_equal(lines_of(&r, "/h").count, 1);
	rig_close(&r);
}

static void the_last_lines_are_written_at_the_stop(void **state)
{
	struct rig r;

	rig_open(&r, test_path(state));
	log_sink_add(r.m.log_sink, STR("/g"), STR("s"), 1000, STR("last"));
	rig_close(&r);
	rig_open(&r, test_path(state));
	assert_string_equal(lines_of(&r, "/g").text, "last|");
	rig_close(&r);
}

static void more_than_can_be_written_is_dropped_and_told(void **state)
{
	struct str big = t_bytes(200000, 1);
	int most = LOG_PENDING_BYTES / 200000 + 2;
	struct seen s;
	struct rig r;

	for (size_t i = 0; i < big.n; i++)
		((char *)(uintptr_t)big.p)[i] = 'x';
	rig_open(&r, test_path(state));
	for (int i = 0; i < 2 * most; i++)
		log_sink_add(r.m.log_sink, STR("/g"), STR("s"), 1000, big);
	while (lines_of(&r, "/g").count < 3)
		rig_turn(&r);
	log_sink_add(r.m.log_sink, STR("/h"), STR("s"), 1000, STR("after"));
	rig_close(&r);
	rig_open(&r, test_path(state));
	s = lines_of(&r, "/h");
	assert_int_equal(s.count, 2);
	assert_non_null(strstr(s.text, "lines of functions were dropped"));
	assert_true(lines_of(&r, "/g").count < 2 * most);
	rig_close(&r);
	free((char *)(uintptr_t)big.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(attempts_are_counted_by_function_and_duration),
		T(the_bill_is_durable_after_the_stop_and_counts_whole_milliseconds),
		T(init_of_provisioned_environments_is_not_billed_with_the_first_attempt),
		T(a_bill_has_awss_price_beside_ours),
		T(a_deleted_functions_numbers_go_and_its_bill_stays),
		T(numbers_of_a_function_that_was_deleted_while_it_ran_go_too),
		T(lines_are_written_together_in_their_order),
		T(the_last_lines_are_written_at_the_stop),
		T(more_than_can_be_written_is_dropped_and_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
