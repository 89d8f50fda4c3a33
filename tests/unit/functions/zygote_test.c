/* A zygote that does its worst: this program is started again in its place. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "functions/wire.h"
#include "tests/unit/functions/rig.h"

#define DAEMON 3

static const char *self;

static void say_ready(void)
{
	const struct cage_features f = { .landlock = true, .seccomp = true, .no_new_privs = true, .not_root = true };
	struct buf text = {0};

	cage_describe(&f, &text);
	wire_send(DAEMON, (struct wire_header){ .kind = WIRE_READY }, str_n(text.data, text.len), -1);
	buf_clear(&text);
}

/* With --probes it never answers; else it makes a process, which never ends by itself, and dies before it tells. */
static int be_zygote(bool silent)
{
	static struct wire_message m;
	const struct cage_features none = {0};
	struct cage_limits l = {0};
	int pidfd;

	say_ready();
	if (wire_receive(DAEMON, &m) < 0)
		return 1;
	if (!silent && cage_clone(&none, &l, true, &pidfd) > 0)
		return 0;
	if (!silent)
		close(DAEMON);		/* as an environment does */
	for (;;)
		pause();
}

static struct pool_spec fake(struct rig *r, bool silent)
{
	struct pool_spec s = rig_spec(r);

	s.runner_path = self;
	s.probes = silent;
	return s;
}

/* rig_close looks for what is left. */
static void a_process_that_nobody_was_told_of_is_ended_and_reaped(void **state)
{
	struct rig r;
	struct pool_spec s = fake(&r, false);
	struct call c;

	(void)state;
	rig_open(&r, &s);
	c = rig_run(&r, "{}");
	assert_int_equal(c.i.reason, REASON_START);
	rig_close(&r);
}

static void closing_does_not_wait_for_a_zygote_that_is_silent(void **state)
{
	struct call c = {0};
	struct rig r;
	struct pool_spec s = fake(&r, true);

	(void)state;
	rig_open(&r, &s);
	rig_call(&r, &c, "{}");
	rig_turn(&r);
	rig_close(&r);
	assert_int_equal(c.calls, 1);
	assert_int_equal(c.i.rc, E_CLOSED);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(a_process_that_nobody_was_told_of_is_ended_and_reaped),
		T(closing_does_not_wait_for_a_zygote_that_is_silent),
	};

	self = argv[0];
	if (strcmp(argv[0], "minilab-runner") == 0)
		return be_zygote(argc > 1);
	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
