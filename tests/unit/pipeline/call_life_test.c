/* Events of objects that custom functions get, as the life of the object tells of them. What goes back to the queue without having run, or
 * having been cut off, is told as that. */
#include "storage/ahead.h"
#include "storage/journal.h"
#include "tests/unit/pipeline/functions_rig.h"

#define KEY STR("a.jpg")

struct event {
	struct change change;
	int64_t function;
	struct str payload;
	struct ahead *ahead;
};

static int put_event(struct change *c, struct db *db)
{
	struct event *e = container_of(c, struct event, change);
	char request[JOB_REQUEST_ID + 1];
	struct job_row j = { .function = e->function, .due_ms = clock_wall_ms(), .bucket = 5, .key = KEY, .seq = 7, .kind = EVENT_CREATED_PUT, .payload = e->payload,
			     .request = { request, JOB_REQUEST_ID } };

	queue_request_make(request);
	return queue_put(db, &j);
}

static void put(struct rig *r, int64_t function, const char *payload)
{
	struct event e = { .change = { .apply = put_event }, .function = function, .payload = str_of(payload) };

	assert_int_equal(store_run(r->m.store, &e.change), 0);
}

/* A function of which one may run at a time. */
static int64_t open_scene(struct rig *r, void **state)
{
	int64_t id;

	rig_open(r, test_path(state));
	id = rig_function(r, "f", "1", "");
	rig_record(r, RECORD_FUNCTION, id, "", "{\"Reserved\":1}");
	return id;
}

struct life {
	char text[8 * JOB_MESSAGE_MAX];
	size_t n;
};

static int add_line(void *owner, const struct journal_line *l)
{
	struct life *f = owner;

	f->n += (size_t)snprintf(f->text + f->n, sizeof f->text - f->n, "%s %d %.*s|%.*s\n", journal_text(l->what), l->attempt,
				 STR_ARG(l->code), STR_ARG(l->detail));
	assert_true(f->n < sizeof f->text);
	return 0;
}

static struct life life_of(struct rig *r)
{
	struct life f = {0};

	assert_int_equal(journal_of_object(r->reader, 5, KEY, add_line, &f), 0);
	return f;
}

static void stop(struct rig *r)
{
	bool drained = false;

	pump_stop(r->m.pump, rig_on_closed, &drained);
	rig_release(r);
	rig_until(r, &drained);
}

static void an_event_that_waits_at_a_stop_is_put_back(void **state)
{
	struct rig r;
	int64_t id = open_scene(&r, state);

	rig_queue(&r, id, "", "{}");
	rig_drain(&r);		/* jobs of what takes so short are claimed ahead */
	rig_queue(&r, id, "", "{\"do\":\"stay\"}");
	put(&r, id, "{}");
	pump_wake(r.m.pump);
	while (!r.pool.staying || rig_counts(&r).leased < 2)
		rig_turn(&r);
	stop(&r);
	assert_string_equal(life_of(&r).text, "attempt started 1 |\nput back, the attempt not counted 1 |minilab was stopped before its turn came\n");
	rig_close(&r);
}

static int release(struct change *c, struct db *db)
{
	struct event *e = container_of(c, struct event, change);

	return ahead_release(e->ahead, db);
}

/* As the next start does, when the process was killed now. */
static void only_what_waits_is_listed_as_not_begun(void **state)
{
	struct rig r;
	int64_t id = open_scene(&r, state);
	struct event e = { .change = { .apply = release }, .ahead = store_ahead(r.m.store) };

	rig_queue(&r, id, "", "{}");
	rig_drain(&r);
	rig_queue(&r, id, "", "{\"do\":\"stay\"}");
	put(&r, id, "{}");
	pump_wake(r.m.pump);
	while (!r.pool.staying || rig_counts(&r).leased < 2)
		rig_turn(&r);
	assert_int_equal(store_run(r.m.store, &e.change), 0);
	assert_int_equal(rig_counts(&r).leased, 1);
	assert_string_equal(life_of(&r).text, "attempt started 1 |\nput back, the attempt not counted 1 |minilab ended before its turn came\n");
	stop(&r);
	rig_close(&r);
}

static void an_event_that_was_cut_off_is_put_back(void **state)
{
	struct rig r;
	int64_t id = open_scene(&r, state);

	put(&r, id, "{\"do\":\"close\"}");
	r.pool.hold = STR("f");
	pump_wake(r.m.pump);
	while (!r.pool.staying)
		rig_turn(&r);
	stop(&r);
	assert_string_equal(life_of(&r).text, "attempt started 1 |\nput back, the attempt not counted 1 |minilab was stopped before it was done\n");
	assert_int_equal(rig_counts(&r).ready, 1);
	rig_close(&r);
}

static void an_event_that_finds_no_room_is_put_back_with_the_reason(void **state)
{
	struct rig r;
	int64_t id = open_scene(&r, state);

	r.m.settings.retry_base_ms = 60000;
	put(&r, id, "{\"do\":\"crowd\"}");
	pump_wake(r.m.pump);
	while (rig_counts(&r).ready == 0 || r.pool.count == 0)
		rig_turn(&r);
	stop(&r);
	assert_true(str_starts(str_of(life_of(&r).text), STR("attempt started 1 |\nput back, the attempt not counted 1 Throttled|")));
	rig_close(&r);
}

static void what_a_function_says_of_its_failure_is_cut(void **state)
{
	struct rig r;
	const char *text;
	struct life f;
	int64_t id = open_scene(&r, state);

	put(&r, id, "{\"do\":\"fail at length\"}");
	rig_drain(&r);
	f = life_of(&r);
	assert_true(str_starts(str_of(f.text), STR("attempt started 1 |\nattempt failed 1 Boom|")));
	text = strchr(strchr(f.text, '\n'), '|') + 1;
	assert_int_equal(strcspn(text, "\n"), JOB_MESSAGE_MAX - 1);	/* the next character has two bytes */
	assert_int_equal(strspn(text, "\xc3\xa4x"), JOB_MESSAGE_MAX - 1);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_event_that_waits_at_a_stop_is_put_back),
		T(only_what_waits_is_listed_as_not_begun),
		T(an_event_that_was_cut_off_is_put_back),
		T(an_event_that_finds_no_room_is_put_back_with_the_reason),
		T(what_a_function_says_of_its_failure_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
