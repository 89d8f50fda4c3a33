/* Room for bodies: nobody is held up for long by those who stall, and those who all wait for each other come to an end. */
#include "web/room.h"

#include "base/check.h"
#include "tests/lib/t.h"

#define GUESTS 100
#define K ROOM_FREE		/* who holds less goes on in any case */

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
static struct room_part *const part = &r.part[ROOM_UPLOADS];
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
	room_init(&r, 2 * max);		/* of which they have half */
	r.crowded = on_crowded;
	crowds = 0;
	for (int i = 0; i < GUESTS; i++)
		b[i] = (struct body){ .g = { .granted = on_granted, .cut = on_cut }, .r = &r };
}

static void close_room(void)
{
	for (int i = 0; i < GUESTS; i++)
		room_give(&r, &b[i].g);
	assert_int_equal(part->used, 0);
	assert_int_equal(part->going, 0);
	assert_int_equal(part->working, 0);
	assert_int_equal(part->waiting, 0);
	assert_null(part->first);
	assert_null(part->oldest);
	assert_null(part->loose);
}

static bool came(struct body *c, int64_t n)
{
	c->came += n;
	return room_came(&r, &c->g, n, c->g.bytes + n);
}

static void what_is_announced_costs_nothing_and_what_came_does(void **state)
{
	(void)state;
	open_room(100 * K);
	for (int i = 0; i < GUESTS; i++)
		room_begin(&r, &b[i].g);
	assert_int_equal(part->used, 0);
	assert_true(came(&b[0], 99 * K));
	assert_false(came(&b[1], 1 * K));
	assert_int_equal(crowds, 1);
	assert_int_equal(part->used, 100 * K);
	room_keep(&r, &b[0].g, 98 * K);
	assert_int_equal(b[1].granted, 1);
	close_room();
}

static void guests_wait_in_order_until_there_is_room(void **state)
{
	(void)state;
	open_room(100 * K);
	assert_true(room_take(&r, &b[0].g, 60 * K));
	assert_true(room_take(&r, &b[1].g, 50 * K));	/* one may go beyond */
	assert_false(room_take(&r, &b[2].g, 10 * K));
	assert_false(room_take(&r, &b[3].g, 200 * K));
	assert_false(room_take(&r, &b[4].g, 0));
	room_give(&r, &b[2].g);				/* gave up waiting */
	room_give(&r, &b[0].g);
	assert_int_equal(b[3].granted, 1);
	assert_int_equal(b[4].granted, 0);		/* the one before took all of it */
	assert_int_equal(part->used, 250 * K);
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
		room_begin(&r, &b[i].g);
	}
	assert_true(came(&b[0], 0));
	assert_true(came(&b[1], ROOM_SQUEEZE_LEAST));
	assert_true(came(&b[2], ROOM_SQUEEZE_LEAST));
	assert_int_equal(r.squeezed, 0);
	assert_false(came(&b[3], ROOM_SQUEEZE_LEAST));
	assert_int_equal(b[1].squeezed, 1);		/* the oldest of those who hold much, and no more than is needed */
	assert_int_equal(r.squeezed, 1);
	assert_int_equal(b[3].granted, 0);
	room_keep(&r, &b[1].g, 0 * K);
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
	open_room(100 * K);
	b[0].g.squeeze = give_at_once;
	room_begin(&r, &b[0].g);
	room_begin(&r, &b[1].g);
	came(&b[0], 90 * K);
	assert_true(came(&b[1], 50 * K));
	assert_int_equal(b[0].squeezed, 1);
	assert_int_equal(b[1].granted, 0);		/* nobody is told what its own call answers */
	assert_int_equal(part->waiting, 0);
	close_room();
}

static void of_those_who_cannot_the_slowest_is_cut_after_a_whole_window(void **state)
{
	(void)state;
	open_room(100 * K);
	for (int i = 0; i < 3; i++)
		room_begin(&r, &b[i].g);
	came(&b[0], 40 * K);
	came(&b[1], 20 * K);
	came(&b[2], 20 * K);
	room_sweep(&r, 1000);
	assert_int_equal(r.cut, 0);			/* nobody waits */
	assert_false(room_take(&r, &b[3].g, 1 * K) && room_take(&r, &b[4].g, 100 * K) && room_take(&r, &b[5].g, 1 * K));
	came(&b[0], 3 * K);
	room_sweep(&r, 1000 + 3 * ROOM_WINDOW_MS);
	assert_int_equal(r.cut, 0);			/* the sweep is late: that was us */
	came(&b[1], 2 * K);
	room_sweep(&r, 1000 + 4 * ROOM_WINDOW_MS);
	assert_int_equal(b[2].cut, 1);			/* it brought nothing */
	room_give(&r, &b[2].g);
	close_room();
}

static void who_is_fast_or_was_made_to_wait_is_not_cut(void **state)
{
	(void)state;
	open_room(100 * K);
	room_begin(&r, &b[0].g);
	room_begin(&r, &b[1].g);
	came(&b[0], 1 * K);
	room_take(&r, &b[3].g, 100 * K);
	assert_false(came(&b[1], 1 * K));
	assert_false(room_take(&r, &b[4].g, 1 * K));
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
	open_room(1000 * K);
	for (int i = 0; i < GUESTS; i++)
		room_begin(&r, &b[i].g);
	for (int round = 0; done < GUESTS && round < 100000; round++) {
		struct body *c = &b[(unsigned)round * 37 % GUESTS];

		if (c->done || c->g.waits)
			continue;
		came(c, 10 * K);
		most = part->used > most ? part->used : most;
		if (c->came < 100 * K)
			continue;
		c->done = true;
		done++;
		room_give(&r, &c->g);
	}
	assert_int_equal(done, GUESTS);
	assert_true(most <= (1000 + GUESTS * 10 + 100) * K);
	close_room();
}

static void one_kind_does_not_wait_for_another(void **state)
{
	(void)state;
	open_room(100 * K);
	b[1].g.use = ROOM_DOCUMENTS;
	b[2].g.use = ROOM_WORK;
	for (int i = 0; i < 3; i++) {
		assert_true(room_take(&r, &b[i].g, 200 * K));
		b[i + 3].g.use = b[i].g.use;
		assert_false(room_take(&r, &b[i + 3].g, 1));
	}
	assert_int_equal(room_used(&r), 600 * K);
	assert_int_equal(room_waiting(&r), 3);
	room_give(&r, &b[1].g);
	assert_int_equal(b[4].granted, 1);
	assert_int_equal(b[3].granted + b[5].granted, 0);
	close_room();
}

static void the_first_bytes_of_a_body_do_not_wait(void **state)
{
	(void)state;
	open_room(100 * K);
	assert_true(room_take(&r, &b[0].g, 100 * K));
	room_begin(&r, &b[1].g);
	assert_true(room_came(&r, &b[1].g, K - 1, K - 1));
	assert_false(room_came(&r, &b[1].g, 1, K));
	close_room();
}

static void a_guest_may_end_while_it_waits_is_squeezed_or_is_cut(void **state)
{
	(void)state;
	open_room(100 * K);
	b[0].g.squeeze = on_squeezed;
	room_begin(&r, &b[0].g);
	room_begin(&r, &b[1].g);
	came(&b[1], 50 * K);
	assert_false(came(&b[0], 60 * K));
	assert_int_equal(b[0].squeezed, 1);
	room_end(&r, &b[0].g);
	assert_int_equal(part->going, 0);
	assert_int_equal(part->waiting, 0);
	assert_int_equal(b[0].granted, 0);
	room_end(&r, &b[0].g);				/* nothing happens */
	assert_int_equal(part->used, 110 * K);
	close_room();
}

/* The clock of the sweeps is one for all: a line that comes and goes does not keep it from those who wait longer. */
static void sweeps_are_asked_for_once_until_nobody_waits(void **state)
{
	(void)state;
	open_room(100 * K);
	b[0].g.use = b[1].g.use = ROOM_DOCUMENTS;
	room_take(&r, &b[0].g, 200 * K);
	assert_false(room_take(&r, &b[1].g, 1));
	assert_int_equal(crowds, 1);
	for (int i = 0; i < 3; i++) {
		room_take(&r, &b[2].g, 200 * K);
		assert_false(room_take(&r, &b[3].g, 1));
		room_give(&r, &b[3].g);
		room_give(&r, &b[2].g);
	}
	assert_int_equal(crowds, 1);
	assert_true(room_sweep(&r, 1000));
	room_give(&r, &b[1].g);
	assert_false(room_sweep(&r, 1000 + ROOM_WINDOW_MS));
	assert_false(room_take(&r, &b[1].g, 1));
	assert_int_equal(crowds, 2);
	close_room();
}

static int inside, inside_most;

static void give_when_granted(struct room_guest *g)
{
	inside++;
	inside_most = inside > inside_most ? inside : inside_most;
	body_of(g)->granted++;
	room_give(&r, g);
	inside--;
}

static void a_line_of_those_who_give_back_at_once_is_not_gone_through_from_inside_itself(void **state)
{
	(void)state;
	inside_most = 0;
	open_room(100 * K);
	room_take(&r, &b[0].g, 100 * K);
	for (int i = 1; i < GUESTS; i++) {
		b[i].g.granted = give_when_granted;
		assert_false(room_take(&r, &b[i].g, 100 * K));
	}
	room_give(&r, &b[0].g);
	for (int i = 1; i < GUESTS; i++)
		assert_int_equal(b[i].granted, 1);
	assert_int_equal(inside_most, 1);
	close_room();
}

static void who_was_squeezed_is_again_when_it_holds_more(void **state)
{
	(void)state;
	open_room(100 * K);
	b[0].g.squeeze = b[1].g.squeeze = on_squeezed;
	room_begin(&r, &b[0].g);
	room_begin(&r, &b[1].g);
	came(&b[0], 90 * K);
	assert_false(room_take(&r, &b[2].g, 100 * K) && room_take(&r, &b[3].g, 1));
	assert_int_equal(b[0].squeezed, 1);
	assert_ptr_equal(part->loose, NULL);
	room_keep(&r, &b[0].g, 0);
	assert_true(came(&b[0], K - 1));		/* the first of it does not wait */
	assert_ptr_equal(part->loose, &b[0].g);
	assert_false(came(&b[0], K));
	assert_int_equal(b[0].squeezed, 2);
	assert_int_equal(b[1].squeezed, 0);		/* it holds nothing */
	close_room();
}

static void those_who_are_cut_are_the_slowest_and_no_more_than_are_needed(void **state)
{
	(void)state;
	open_room(201 * K);
	for (int i = 0; i < 4; i++) {
		room_begin(&r, &b[i].g);
		assert_true(came(&b[i], 50 * K));
	}
	assert_false(room_take(&r, &b[5].g, 1 * K) && room_take(&r, &b[4].g, 1));
	room_sweep(&r, 1000);
	room_sweep(&r, 1000 + ROOM_WINDOW_MS);		/* from here on they are watched */
	assert_int_equal(r.cut, 1);			/* nobody brought anything: the oldest */
	assert_int_equal(b[0].cut, 1);
	room_give(&r, &b[0].g);
	assert_int_equal(b[4].granted, 1);
	b[1].g.came = ROOM_FAST;
	b[2].g.came = ROOM_FAST - 1;
	b[3].g.came = 3;
	assert_false(room_take(&r, &b[6].g, 50 * K) && room_take(&r, &b[7].g, 1));
	room_sweep(&r, 1000 + 2 * ROOM_WINDOW_MS);
	assert_int_equal(r.cut, 2);
	assert_int_equal(b[3].cut, 1);
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
	open_room(1 * K);
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
		T(one_kind_does_not_wait_for_another),
		T(the_first_bytes_of_a_body_do_not_wait),
		T(a_guest_may_end_while_it_waits_is_squeezed_or_is_cut),
		T(sweeps_are_asked_for_once_until_nobody_waits),
		T(a_line_of_those_who_give_back_at_once_is_not_gone_through_from_inside_itself),
		T(who_was_squeezed_is_again_when_it_holds_more),
		T(those_who_are_cut_are_the_slowest_and_no_more_than_are_needed),
		T(the_last_call_to_leave_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
