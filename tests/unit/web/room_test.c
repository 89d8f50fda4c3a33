/* Room for bodies: nobody is held up for long by those who stall, and those who all wait for each other come to an end. */
#include "web/room.h"

#include "base/check.h"
#include "tests/lib/t.h"

#define GUESTS 100

struct body {				/* of a client, as the doors have them */
	struct room_guest g;
	struct room *r;
	int64_t whole, came;
	int granted, squeezed, cut;
	bool writing;			/* what was squeezed out of it */
	bool done;
};

static struct body b[GUESTS];
static struct room r;
static int crowds;

static struct body *body_of(struct room_guest *g)
{
	return container_of(g, struct body, g);
}

static void on_granted(struct room_guest *g)
{
	body_of(g)->granted++;
}

static int64_t on_squeezed(struct room_guest *g)
{
	body_of(g)->squeezed++;
	body_of(g)->writing = true;
	return g->bytes;
}

static void on_cut(struct room_guest *g)
{
	body_of(g)->cut++;
}

static void on_crowded(struct room *room)
{
	(void)room;
	crowds++;
}

static void open_room(int64_t max)
{
	room_init(&r, max);
	r.crowded = on_crowded;
	crowds = 0;
	for (int i = 0; i < GUESTS; i++)
		b[i] = (struct body){ .g = { .granted = on_granted, .cut = on_cut }, .r = &r };
}

static void close_room(void)
{
	for (int i = 0; i < GUESTS; i++)
		room_give(&r, &b[i].g);
	assert_int_equal(r.used, 0);
	assert_int_equal(r.going, 0);
	assert_int_equal(r.working, 0);
	assert_int_equal(r.waiting, 0);
	assert_null(r.first);
	assert_null(r.oldest);
}

static bool came(struct body *c, int64_t n)
{
	c->came += n;
	return room_came(&r, &c->g, n, c->g.bytes + n);
}

static void what_is_announced_costs_nothing_and_what_came_does(void **state)
{
	(void)state;
	open_room(100);
	for (int i = 0; i < GUESTS; i++)
		assert_true(room_begin(&r, &b[i].g));
	assert_int_equal(r.used, 0);
	assert_true(came(&b[0], 99));
	assert_false(came(&b[1], 1));
	assert_int_equal(crowds, 1);
	assert_int_equal(r.used, 100);
	room_keep(&r, &b[0].g, 98);
	assert_int_equal(b[1].granted, 1);
	close_room();
}

static void guests_wait_in_order_until_there_is_room(void **state)
{
	(void)state;
	open_room(100);
	assert_true(room_take(&r, &b[0].g, 60));
	assert_true(room_take(&r, &b[1].g, 50));	/* one may go beyond */
	assert_false(room_take(&r, &b[2].g, 10));
	assert_false(room_take(&r, &b[3].g, 200));
	assert_false(room_begin(&r, &b[4].g));
	room_give(&r, &b[2].g);				/* gave up waiting */
	room_give(&r, &b[0].g);
	assert_int_equal(b[3].granted, 1);
	assert_int_equal(b[4].granted, 0);		/* the one before took all of it */
	assert_int_equal(r.used, 250);
	room_give(&r, &b[3].g);
	assert_int_equal(b[4].granted, 1);
	assert_int_equal(b[2].granted, 0);
	close_room();
}

static void who_waits_makes_those_who_can_put_what_they_hold_on_the_disk(void **state)
{
	(void)state;
	open_room(3 * ROOM_SQUEEZE_LEAST);
	for (int i = 0; i < 4; i++) {
		b[i].g.squeeze = on_squeezed;
		assert_true(room_begin(&r, &b[i].g));
	}
	assert_true(came(&b[0], 10));
	assert_true(came(&b[1], ROOM_SQUEEZE_LEAST));
	assert_true(came(&b[2], ROOM_SQUEEZE_LEAST));
	assert_int_equal(r.squeezed, 0);
	assert_false(came(&b[3], ROOM_SQUEEZE_LEAST));
	assert_int_equal(b[1].squeezed, 1);		/* the oldest of those who hold much, and no more than is needed */
	assert_int_equal(r.squeezed, 1);
	assert_int_equal(b[3].granted, 0);
	room_keep(&r, &b[1].g, 0);
	assert_int_equal(b[3].granted, 1);
	close_room();
}

static int64_t give_at_once(struct room_guest *g)
{
	body_of(g)->squeezed++;
	return 0;
}

static void who_can_give_room_at_once_does_not_make_another_wait(void **state)
{
	(void)state;
	open_room(100);
	b[0].g.squeeze = give_at_once;
	room_begin(&r, &b[0].g);
	room_begin(&r, &b[1].g);
	came(&b[0], 90);
	assert_true(came(&b[1], 50));
	assert_int_equal(b[0].squeezed, 1);
	assert_int_equal(b[1].granted, 0);		/* nobody is told what its own call answers */
	assert_int_equal(r.waiting, 0);
	close_room();
}

static void of_those_who_cannot_the_slowest_is_cut_after_a_whole_window(void **state)
{
	(void)state;
	open_room(100);
	for (int i = 0; i < 3; i++)
		room_begin(&r, &b[i].g);
	came(&b[0], 40);
	came(&b[1], 20);
	came(&b[2], 20);
	room_sweep(&r, 1000);
	assert_int_equal(r.cut, 0);			/* nobody waits */
	assert_false(room_take(&r, &b[3].g, 1) && room_take(&r, &b[4].g, 100) && room_take(&r, &b[5].g, 1));
	came(&b[0], 3);
	room_sweep(&r, 1000 + 3 * ROOM_WINDOW_MS);
	assert_int_equal(r.cut, 0);			/* the sweep is late: that was us */
	came(&b[1], 2);
	room_sweep(&r, 1000 + 4 * ROOM_WINDOW_MS);
	assert_int_equal(b[2].cut, 1);			/* it brought nothing */
	room_give(&r, &b[2].g);
	close_room();
}

static void who_is_fast_or_was_made_to_wait_is_not_cut(void **state)
{
	(void)state;
	open_room(100);
	room_begin(&r, &b[0].g);
	room_begin(&r, &b[1].g);
	came(&b[0], 1);
	room_take(&r, &b[3].g, 100);
	assert_false(came(&b[1], 1));
	assert_false(room_take(&r, &b[4].g, 1));
	room_sweep(&r, 1000);
	b[0].g.came = ROOM_FAST;
	room_sweep(&r, 1000 + ROOM_WINDOW_MS);
	assert_int_equal(r.cut, 0);
	room_sweep(&r, 1000 + 2 * ROOM_WINDOW_MS);
	assert_int_equal(b[0].cut, 1);
	assert_int_equal(b[1].cut, 0);
	close_room();
}

/* Half documents, all in need of more, and nobody at work: one after the other, and never more than one beyond the room. */
static void those_who_all_wait_for_each_other_come_to_an_end_one_by_one(void **state)
{
	int64_t most = 0;
	int done = 0;

	(void)state;
	open_room(1000);
	for (int i = 0; i < GUESTS; i++)
		room_begin(&r, &b[i].g);
	for (int round = 0; done < GUESTS && round < 100000; round++) {
		struct body *c = &b[(unsigned)round * 37 % GUESTS];

		if (c->done || c->g.waits)
			continue;
		came(c, 10);
		most = r.used > most ? r.used : most;
		if (c->came < 100)
			continue;
		c->done = true;
		done++;
		room_give(&r, &c->g);
	}
	assert_int_equal(done, GUESTS);
	assert_true(most <= 1000 + GUESTS * 10 + 100);
	close_room();
}

static void a_document_that_came_gets_room_to_be_parsed_among_others_that_wait_for_the_same(void **state)
{
	int done = 0;

	(void)state;
	open_room(100);
	for (int i = 0; i < 10; i++)
		room_begin(&r, &b[i].g);
	for (int i = 0; i < 10; i++)
		came(&b[i], 10);
	for (int i = 0; i < 10; i++) {
		room_end(&r, &b[i].g);
		if (room_take(&r, &b[i].g, 80))
			b[i].granted++;
	}
	for (int round = 0; round < 10; round++)
		for (int i = 0; i < 10; i++)
			if (b[i].granted && !b[i].done) {
				assert_true(r.used <= 100 + 80);
				b[i].done = true;
				done++;
				room_give(&r, &b[i].g);
			}
	assert_int_equal(done, 10);
	close_room();
}

static void a_guest_may_end_while_it_waits_is_squeezed_or_is_cut(void **state)
{
	(void)state;
	open_room(100);
	b[0].g.squeeze = on_squeezed;
	room_begin(&r, &b[0].g);
	room_begin(&r, &b[1].g);
	came(&b[1], 50);
	assert_false(came(&b[0], 60));
	assert_int_equal(b[0].squeezed, 1);
	room_end(&r, &b[0].g);
	assert_int_equal(r.going, 0);
	assert_int_equal(r.waiting, 0);
	assert_int_equal(b[0].granted, 0);
	room_end(&r, &b[0].g);				/* nothing happens */
	assert_int_equal(r.used, 110);
	close_room();
}

static int emptied;

static void on_emptied(struct room *room)
{
	(void)room;
	emptied++;
}

static void the_last_call_to_leave_is_told(void **state)
{
	(void)state;
	emptied = 0;
	open_room(1);
	room_enter(&r);
	room_leave(&r);
	room_enter(&r);
	room_enter(&r);
	r.emptied = on_emptied;
	room_leave(&r);
	assert_int_equal(emptied, 0);
	room_leave(&r);
	assert_int_equal(emptied, 1);
	close_room();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_announced_costs_nothing_and_what_came_does),
		T(guests_wait_in_order_until_there_is_room),
		T(who_waits_makes_those_who_can_put_what_they_hold_on_the_disk),
		T(who_can_give_room_at_once_does_not_make_another_wait),
		T(of_those_who_cannot_the_slowest_is_cut_after_a_whole_window),
		T(who_is_fast_or_was_made_to_wait_is_not_cut),
		T(those_who_all_wait_for_each_other_come_to_an_end_one_by_one),
		T(a_document_that_came_gets_room_to_be_parsed_among_others_that_wait_for_the_same),
		T(a_guest_may_end_while_it_waits_is_squeezed_or_is_cut),
		T(the_last_call_to_leave_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
