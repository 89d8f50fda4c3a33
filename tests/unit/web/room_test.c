/* Room for bodies: first come, first served, and never more than there is. */
#include "web/room.h"

#include "tests/lib/t.h"

static int granted;
static struct room_guest *last;

static void on_granted(struct room_guest *g)
{
	granted++;
	last = g;
}

static void guests_wait_in_order_until_there_is_room(void **state)
{
	struct room_guest g[4];
	struct room r;

	(void)state;
	granted = 0;
	room_init(&r, 100);
	for (int i = 0; i < 4; i++)
		g[i] = (struct room_guest){ .granted = on_granted };
	assert_true(room_take(&r, &g[0], 60));
	assert_false(room_take(&r, &g[1], 50));
	assert_false(room_take(&r, &g[2], 10));		/* it would fit, but it is not its turn */
	assert_int_equal(r.used, 60);
	room_give(&r, &g[0]);
	assert_int_equal(granted, 2);
	assert_ptr_equal(last, &g[2]);
	assert_int_equal(r.used, 60);
	assert_false(room_take(&r, &g[3], 41));
	room_give(&r, &g[3]);				/* gave up waiting */
	room_give(&r, &g[3]);
	room_give(&r, &g[1]);
	room_give(&r, &g[2]);
	assert_int_equal(granted, 2);
	assert_int_equal(r.used, 0);
	assert_null(r.first);
}

static void one_larger_than_the_room_is_let_in_alone(void **state)
{
	struct room_guest large = { .granted = on_granted }, small = { .granted = on_granted };
	struct room r;

	(void)state;
	granted = 0;
	room_init(&r, 100);
	assert_true(room_take(&r, &small, 1));
	assert_false(room_take(&r, &large, 1000));
	room_give(&r, &small);
	assert_int_equal(granted, 1);
	small = (struct room_guest){ .granted = on_granted };
	assert_false(room_take(&r, &small, 1));
	room_give(&r, &large);
	assert_int_equal(granted, 2);
	room_give(&r, &small);
}

static int emptied;

static void on_emptied(struct room *r)
{
	(void)r;
	emptied++;
}

static void the_last_to_leave_is_told(void **state)
{
	struct room r;

	(void)state;
	emptied = 0;
	room_init(&r, 1);
	room_enter(&r);
	room_leave(&r);
	room_enter(&r);
	room_enter(&r);
	r.emptied = on_emptied;
	room_leave(&r);
	assert_int_equal(emptied, 0);
	room_leave(&r);
	assert_int_equal(emptied, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(guests_wait_in_order_until_there_is_room),
		T(one_larger_than_the_room_is_let_in_alone),
		T(the_last_to_leave_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
