#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"
#include "tests/unit/functions/rig.h"

static struct pool_health health(struct rig *r)
{
	struct pool_health h;

	pool_get_health(r->pool, &h);
	return h;
}

static int sealed_input(const char *text)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void keep_output(struct call *c)
{
	char bytes[64] = "";

	assert_int_equal(pread(c->i.output, bytes, sizeof bytes - 1, 0), c->i.output_length);
	snprintf(c->answer, sizeof c->answer, "%s", bytes);
}

static void the_input_reaches_the_cage_and_comes_back_sealed(void **state)
{
	struct call c = { .i = { .input_length = 5 }, .then = keep_output };
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	c.i.input = sealed_input("hello");
	rig_call(&r, &c, "{\"probe\":\"input\"}");
	rig_wait(&r, &c);
	assert_int_equal(c.i.rc, 0);
	assert_string_equal(c.answer, "hello");
	assert_true(c.i.memory_peak_kb > 0);
	assert_true(c.i.duration_us > 0);
	assert_true(c.i.init_us > 0);
	rig_close(&r);
}

static void the_second_invocation_finds_it_warm(void **state)
{
	struct rig r;
	struct call c;

	(void)state;
	rig_open(&r, NULL);
	c = rig_run(&r, "{\"probe\":\"ok\"}");
	assert_true(c.i.init_us > 0);
	c = rig_run(&r, "{\"probe\":\"ok\"}");
	assert_int_equal(c.i.init_us, 0);
	rig_close(&r);
}

static void a_spare_is_kept_ready(void **state)
{
	struct call c = {0};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_call(&r, &c, "{\"probe\":\"nap\",\"ms\":50}");
	rig_wait(&r, &c);
	while (health(&r).idle < 2)
		rig_turn(&r);
	assert_int_equal(health(&r).spawned, 2);
	rig_close(&r);
}

static void more_than_there_are_environments_wait_in_order(void **state)
{
	static const char event[] = "{\"probe\":\"ok\"}";
	struct call calls[8] = {0};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	for (int i = 0; i < 8; i++)
		rig_call(&r, &calls[i], event);
	for (int i = 0; i < 8; i++) {
		rig_wait(&r, &calls[i]);
		assert_int_equal(calls[i].i.rc, 0);
		assert_true(i == 0 || calls[i - 1].calls == 1);
	}
	assert_int_equal(health(&r).spawned, 2);
	rig_close(&r);
}

static void functions_do_not_share_an_environment(void **state)
{
	struct call a = { .i = { .function = "a" } }, b = { .i = { .function = "b" } };
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	rig_open(&r, &s);
	rig_call(&r, &a, "{\"probe\":\"ok\"}");
	rig_call(&r, &b, "{\"probe\":\"ok\"}");
	rig_wait(&r, &a);
	rig_wait(&r, &b);
	assert_int_equal(b.i.rc, 0);
	assert_int_equal(health(&r).spawned, 2);
	rig_close(&r);
}

static void a_new_configuration_gets_a_new_environment(void **state)
{
	struct call a = { .i = { .generation = 1 } }, b = { .i = { .generation = 2 } };
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	rig_open(&r, &s);
	rig_call(&r, &a, "{\"probe\":\"ok\"}");
	rig_wait(&r, &a);
	rig_call(&r, &b, "{\"probe\":\"ok\"}");
	rig_wait(&r, &b);
	assert_int_equal(b.i.rc, 0);
	assert_true(b.i.init_us > 0);
	rig_close(&r);
}

static void an_environment_is_replaced_after_its_uses(void **state)
{
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	s.uses_max = 2;
	rig_open(&r, &s);
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	assert_int_equal(health(&r).spawned, 3);
	rig_close(&r);
}

static void an_idle_environment_ends(void **state)
{
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.idle_ms = 1;
	rig_open(&r, &s);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	while (health(&r).idle > 0)
		rig_turn(&r);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	rig_close(&r);
}

static void closing_ends_what_runs_and_what_waits(void **state)
{
	struct call calls[4] = {0};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	for (int i = 0; i < 4; i++)
		rig_call(&r, &calls[i], "{\"probe\":\"loop\"}");
	while (health(&r).busy < 2)
		rig_turn(&r);
	rig_close(&r);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(calls[i].calls, 1);
		assert_int_equal(calls[i].i.rc, E_CLOSED);
	}
}

static void closing_before_the_first_environment_is_up_is_fine(void **state)
{
	struct call c = {0};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_call(&r, &c, "{\"probe\":\"ok\"}");
	rig_close(&r);
	assert_int_equal(c.calls, 1);
	assert_int_equal(c.i.rc, E_CLOSED);
}

/* What the kernel tells about a child. */
struct status {
	pid_t pid;
	char name[16];		/* as much as the kernel keeps of it */
	bool zygote;		/* it has one id; environments have a second one, in their own namespace */
	unsigned uids[4], gids[4];
	unsigned long long permitted, effective;
};

static void read_status(struct status *s, pid_t pid)
{
	char path[64], line[256];
	int own, inner;
	FILE *f;

	*s = (struct status){ .pid = pid };
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	assert_non_null(f = fopen(path, "re"));
	while (fgets(line, sizeof line, f)) {
		sscanf(line, "Name: %15s", s->name);
		sscanf(line, "Uid: %u %u %u %u", &s->uids[0], &s->uids[1], &s->uids[2], &s->uids[3]);
		sscanf(line, "Gid: %u %u %u %u", &s->gids[0], &s->gids[1], &s->gids[2], &s->gids[3]);
		sscanf(line, "CapPrm: %llx", &s->permitted);
		sscanf(line, "CapEff: %llx", &s->effective);
		if (strncmp(line, "NSpid:", 6) == 0)
			s->zygote = sscanf(line, "NSpid: %d %d", &own, &inner) == 1;
	}
	fclose(f);
}

/* All children that live; at most `most`. */
static int read_children(struct status *s, int most)
{
	char path[64], text[256] = "";
	char *at = text, *end;
	int n = 0;
	long pid;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	assert_non_null(f = fopen(path, "re"));
	assert_non_null(fgets(text, sizeof text, f));
	fclose(f);
	for (; n < most && (pid = strtol(at, &end, 10)) > 0 && end != at; at = end)
		read_status(&s[n++], (pid_t)pid);
	return n;
}

static void kill_zygote(enum program which)
{
	struct status s[8];
	int n = read_children(s, 8), at = 0;

	while (at < n && !(s[at].zygote && strncmp(s[at].name, program_name(which), 15) == 0))
		at++;
	assert_true(at < n);
	assert_int_equal(kill(s[at].pid, SIGKILL), 0);
}

/* Seen from outside. A zygote that stays root is one without which there would be no namespaces. */
static void a_daemon_that_is_root_has_no_root_in_its_cages(void **state)
{
	struct status s[8];
	struct rig r;
	int n;

	(void)state;
	if (geteuid() != 0) {
		print_message("only a daemon that is root could have\n");
		skip();
	}
	rig_open(&r, NULL);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	/* One that is on its way into its cage may still hold what it drops there. */
	while ((n = read_children(s, 8)) - 1 != health(&r).idle)
		if (uv_run(&r.loop, UV_RUN_NOWAIT))
			t_nap();
	assert_true(n >= 2);
	for (int i = 0; i < n && health(&r).cage.not_root; i++) {
		if (s[i].zygote && !health(&r).cage.userns)
			continue;
		for (int k = 0; k < 4; k++) {
			assert_true(s[i].uids[k] == CAGE_UID_PLAIN);
			assert_true(s[i].gids[k] == CAGE_UID_PLAIN);
		}
		assert_true(s[i].permitted == 0);
		assert_true(s[i].effective == 0);
	}
	rig_close(&r);
}

static void a_dead_zygote_is_replaced(void **state)
{
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.uses_max = 1;
	rig_open(&r, &s);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	for (int i = 0; i < 2; i++) {
		kill_zygote(PROGRAM_FAST);
		assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
		assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	}
	rig_close(&r);
}

static void a_dead_environment_does_not_cost_the_next_invocation(void **state)
{
	struct call c;
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	for (int i = 0; i < 10; i++) {
		c = rig_run(&r, "{\"probe\":\"segv\"}");
		assert_int_equal(c.i.reason, REASON_CRASHED);
		c = rig_run(&r, "{\"probe\":\"ok\"}");
		assert_int_equal(c.i.rc, 0);
	}
	assert_int_equal(health(&r).crashed, 10);
	rig_close(&r);
}

static void too_much_text_is_refused_and_not_tried(void **state)
{
	static char event[70000];
	struct call c = {0};
	struct rig r;

	(void)state;
	memset(event, ' ', sizeof event - 1);
	event[0] = '{';
	event[sizeof event - 2] = '}';
	rig_open(&r, NULL);
	rig_call(&r, &c, event);
	rig_wait(&r, &c);
	assert_int_equal(c.i.rc, E_TOO_LARGE);
	assert_int_equal(c.i.reason, REASON_SETTINGS);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	rig_close(&r);
}

static void too_large_an_input_is_refused_at_once(void **state)
{
	struct call c = { .i = { .input_length = INVOKE_INPUT_MAX + 1 } };
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	c.i.input = sealed_input("x");
	rig_call(&r, &c, "{}");
	rig_wait(&r, &c);
	assert_int_equal(c.i.reason, REASON_BYTES);
	assert_int_equal(health(&r).spawned, 0);
	rig_close(&r);
}

static void a_missing_runner_is_told_at_the_start(void **state)
{
	uv_loop_t loop;
	struct pool_spec s = { .loop = &loop, .runner_path = "/nowhere/minilab-runner", .environments_max = 1,
			       .idle_ms = 1, .uses_max = 1 };
	struct pool *p;
	int rc;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	rc = pool_open(&p, &s);
	assert_true(rc == -ENOENT || rc == E_CLOSED);	/* the latter under Valgrind, which knows no vfork */
	s.runner_path = "/bin/true";
	assert_int_equal(pool_open(&p, &s), E_CLOSED);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void invoke_again(struct call *c)
{
	struct call *next = c + 1;

	rig_call(c->rig, next, "{\"probe\":\"ok\"}");
}

static void an_invocation_may_be_made_from_done(void **state)
{
	struct call calls[3] = { [0].then = invoke_again, [1].then = invoke_again };
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_call(&r, &calls[0], "{\"probe\":\"ok\"}");
	rig_wait(&r, &calls[2]);
	assert_int_equal(calls[2].i.rc, 0);
	rig_close(&r);
}

/* Two programs */

static const char elsewhere[] = "{\"probe\":\"elsewhere\"}";

static const char *general_state(struct rig *r)
{
	return health(r).programs[PROGRAM_GENERAL].state;
}

static void call_elsewhere(struct rig *r, struct call *c)
{
	*c = (struct call){ .i = { .input_length = 5 }, .then = keep_output };
	c->i.input = sealed_input("hello");
	rig_call(r, c, elsewhere);
}

static void a_photo_for_the_other_program_is_run_there(void **state)
{
	struct call c;
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	assert_string_equal(general_state(&r), "not started");
	call_elsewhere(&r, &c);
	rig_wait(&r, &c);
	assert_int_equal(c.i.rc, 0);
	assert_int_equal(c.i.reason, REASON_NONE);
	assert_int_equal(c.i.program, PROGRAM_GENERAL);
	assert_string_equal(c.answer, "hello");
	assert_string_equal(general_state(&r), "up");
	call_elsewhere(&r, &c);
	rig_wait(&r, &c);
	assert_string_equal(c.answer, "hello");
	assert_int_equal(c.i.init_us, 0);
	rig_close(&r);
}

static void a_photo_for_the_first_program_does_not_start_the_other(void **state)
{
	struct rig r;
	struct call c;

	(void)state;
	rig_open(&r, NULL);
	c = rig_run(&r, "{\"probe\":\"ok\"}");
	assert_int_equal(c.i.program, PROGRAM_FAST);
	assert_string_equal(general_state(&r), "not started");
	assert_int_equal(health(&r).programs[PROGRAM_GENERAL].spawned, 0);
	rig_close(&r);
}

static void without_the_other_program_the_format_is_unsupported(void **state)
{
	struct rig r;
	struct pool_spec s;
	struct call c;

	(void)state;
	s = rig_spec(&r);
	s.general_path = NULL;
	rig_open(&r, &s);
	assert_string_equal(general_state(&r), "absent");
	c = rig_run(&r, elsewhere);
	assert_int_equal(c.i.rc, E_BAD_INPUT);
	assert_int_equal(c.i.reason, REASON_UNSUPPORTED);
	assert_non_null(strstr(c.i.message, "minilab-runner-general"));
	rig_close(&r);
}

static void the_other_program_cannot_pass_it_on(void **state)
{
	struct rig r;
	struct call c;

	(void)state;
	rig_open(&r, NULL);
	c = rig_run(&r, "{\"probe\":\"nowhere\"}");
	assert_int_equal(c.i.rc, E_CRASHED);
	assert_int_equal(c.i.reason, REASON_ANSWER);
	assert_int_equal(c.i.program, PROGRAM_GENERAL);
	rig_close(&r);
}

static void the_other_program_that_does_not_come_up_costs_only_its_own_photos(void **state)
{
	struct rig r;
	struct pool_spec s;
	struct call c;

	(void)state;
	s = rig_spec(&r);
	s.general_path = "/nowhere/minilab-runner-general";
	rig_open(&r, &s);
	c = rig_run(&r, elsewhere);
	assert_int_equal(c.i.reason, REASON_START);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	rig_close(&r);
}

static void the_other_zygote_is_replaced_when_it_dies(void **state)
{
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.uses_max = 1;
	rig_open(&r, &s);
	assert_int_equal(rig_run(&r, elsewhere).i.rc, 0);
	for (int i = 0; i < 2; i++) {
		kill_zygote(PROGRAM_GENERAL);
		assert_int_equal(rig_run(&r, elsewhere).i.rc, 0);
		assert_int_equal(rig_run(&r, elsewhere).i.rc, 0);
	}
	rig_close(&r);
}

static void closing_does_not_wait_for_the_other_program_to_start(void **state)
{
	struct call c = {0};
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	rig_call(&r, &c, elsewhere);
	while (strcmp(general_state(&r), "not started") == 0)
		rig_turn(&r);
	assert_string_equal(general_state(&r), "starting");
	rig_close(&r);
	assert_int_equal(c.calls, 1);
	assert_int_equal(c.i.rc, E_CLOSED);
}

static void look_at_the_last(struct call *c)
{
	snprintf(c->answer, sizeof c->answer, "%d", c[1].calls);
}

/* One environment, and all others that wait are for the first program. */
static void one_that_needs_another_program_gets_its_turn(void **state)
{
	struct call others[8] = {0}, late[2] = { [0].then = look_at_the_last };
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	rig_open(&r, &s);
	rig_call(&r, &late[0], elsewhere);
	for (int i = 0; i < 8; i++)
		rig_call(&r, &others[i], "{\"probe\":\"ok\"}");
	rig_call(&r, &late[1], "{\"probe\":\"ok\"}");
	rig_wait(&r, &late[1]);
	assert_int_equal(late[0].i.rc, 0);
	assert_string_equal(late[0].answer, "0");
	rig_close(&r);
}

/* What is not used again */

static void an_environment_that_met_damage_is_replaced(void **state)
{
	static const struct { const char *event; int new_ones; } cases[] = {
		{ "{\"probe\":\"ok\"}", 0 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.NotAnImage\"}", 0 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.TooManyPixels\"}", 0 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.Damaged\"}", 1 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.Truncated\"}", 1 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.TooManyScans\"}", 1 },
		{ "{\"probe\":\"damage\",\"reason\":\"Image.ProfileTooLarge\"}", 1 },
		{ "{\"probe\":\"damage\",\"reason\":\"Runtime.OutOfMemory\"}", 1 },
		{ "{\"probe\":\"degraded\"}", 1 },
	};
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	rig_open(&r, &s);
	rig_run(&r, "{\"probe\":\"ok\"}");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t before = health(&r).spawned;

		rig_run(&r, cases[i].event);
		assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
		if (health(&r).spawned != before + cases[i].new_ones)
			fail_msg("%s: %d new", cases[i].event, (int)(health(&r).spawned - before));
	}
	rig_close(&r);
}

static void in_isolation_no_environment_serves_two(void **state)
{
	struct rig r;
	struct pool_spec s;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	s.isolate = true;
	rig_open(&r, &s);
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.rc, 0);
	while (health(&r).idle < 1)		/* the one in advance */
		rig_turn(&r);
	assert_int_equal(health(&r).spawned, 6);
	assert_int_equal(rig_run(&r, "{\"probe\":\"ok\"}").i.init_us, 0);
	rig_close(&r);
}

static void in_isolation_no_more_are_busy_than_may_be(void **state)
{
	struct call calls[8] = {0};
	struct rig r;
	struct pool_spec s;
	int most = 0;

	(void)state;
	s = rig_spec(&r);
	s.isolate = true;
	rig_open(&r, &s);
	for (int i = 0; i < 8; i++)
		rig_call(&r, &calls[i], "{\"probe\":\"nap\",\"ms\":10}");
	while (calls[7].calls == 0) {
		rig_turn(&r);
		most = health(&r).busy > most ? health(&r).busy : most;
	}
	assert_int_equal(most, 2);
	for (int i = 0; i < 8; i++)
		assert_int_equal(calls[i].i.rc, 0);
	rig_close(&r);
}

/* Processor time */

static struct call run_for(struct rig *r, const char *event, int64_t cpu_ms)
{
	struct call c = { .i = { .cpu_ms = cpu_ms } };

	rig_call(r, &c, event);
	rig_wait(r, &c);
	return c;
}

static void too_much_processor_time_ends_it_for_good(void **state)
{
	struct rig r;
	struct call c;

	(void)state;
	rig_open(&r, NULL);
	c = run_for(&r, "{\"probe\":\"loop\"}", 100);
	assert_int_equal(c.i.rc, E_TIMEOUT);
	assert_int_equal(c.i.reason, REASON_CPU);
	assert_string_equal(c.i.message, "Task used more than 0.10 seconds of processor time");
	assert_false(reason_is(c.i.reason, REASON_RETRY));
	rig_close(&r);
}

static void processor_time_is_that_of_one_invocation_and_not_of_sleep(void **state)
{
	struct rig r;
	struct pool_spec s;
	struct call c;

	(void)state;
	s = rig_spec(&r);
	s.environments_max = 1;
	rig_open(&r, &s);
	for (int i = 0; i < 4; i++)
		if ((c = run_for(&r, "{\"probe\":\"spin\",\"ms\":60}", 100)).i.rc < 0)
			fail_msg("%s", c.i.message);
	assert_int_equal(run_for(&r, "{\"probe\":\"nap\",\"ms\":300}", 100).i.rc, 0);
	assert_int_equal(health(&r).spawned, 1);
	assert_int_equal(run_for(&r, "{\"probe\":\"spin\",\"ms\":200}", 100).i.reason, REASON_CPU);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_input_reaches_the_cage_and_comes_back_sealed),
		T(the_second_invocation_finds_it_warm),
		T(a_spare_is_kept_ready),
		T(more_than_there_are_environments_wait_in_order),
		T(functions_do_not_share_an_environment),
		T(a_new_configuration_gets_a_new_environment),
		T(an_environment_is_replaced_after_its_uses),
		T(an_idle_environment_ends),
		T(closing_ends_what_runs_and_what_waits),
		T(closing_before_the_first_environment_is_up_is_fine),
		T(a_daemon_that_is_root_has_no_root_in_its_cages),
		T(a_dead_zygote_is_replaced),
		T(a_dead_environment_does_not_cost_the_next_invocation),
		T(too_much_text_is_refused_and_not_tried),
		T(too_large_an_input_is_refused_at_once),
		T(a_missing_runner_is_told_at_the_start),
		T(an_invocation_may_be_made_from_done),
		T(a_photo_for_the_other_program_is_run_there),
		T(a_photo_for_the_first_program_does_not_start_the_other),
		T(without_the_other_program_the_format_is_unsupported),
		T(the_other_program_cannot_pass_it_on),
		T(the_other_program_that_does_not_come_up_costs_only_its_own_photos),
		T(the_other_zygote_is_replaced_when_it_dies),
		T(closing_does_not_wait_for_the_other_program_to_start),
		T(one_that_needs_another_program_gets_its_turn),
		T(an_environment_that_met_damage_is_replaced),
		T(in_isolation_no_environment_serves_two),
		T(in_isolation_no_more_are_busy_than_may_be),
		T(too_much_processor_time_ends_it_for_good),
		T(processor_time_is_that_of_one_invocation_and_not_of_sleep),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
