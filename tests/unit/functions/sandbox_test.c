/* The life of a cage: made, processes started in it and ended, frozen, killed. */
#include <errno.h>

#include "base/err.h"
#include "tests/unit/functions/sandbox_rig.h"

static void a_program_runs_and_its_exit_is_told(void **state)
{
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	assert_int_equal(box_sh(&b, "echo hello $COLOUR; pwd; exit 7"), 7);
	assert_string_equal(b.output, "hello blue\n/tmp\n");
	box_close(&b);
}

static void a_program_that_is_not_there_says_why(void **state)
{
	static const char *const absent[] = { "/var/task/bootstrap", NULL }, *const directory[] = { "/tmp", NULL };
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	assert_int_equal(box_exec(&b, absent, -1), 0);
	while (b.exits == 0)
		box_turn(&b);
	assert_int_equal(b.how.error, ENOENT);
	assert_int_equal(box_exec(&b, directory, -1), 1);
	while (b.exits == 1)
		box_turn(&b);
	assert_int_equal(b.how.error, EACCES);
	box_close(&b);
}

static void after_a_kill_only_its_end_is_told(void **state)
{
	static const char *const sleeper[] = { "/bin/sleep", "1000", NULL };
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	assert_true(box_exec(&b, sleeper, -1) >= 0);
	sandbox_kill(b.s);
	assert_false(b.gone);
	while (!b.gone)
		box_turn(&b);
	assert_int_equal(b.exits, 0);
	assert_string_equal(b.why, "");
	assert_int_equal(b.how.status, SIGKILL);
	box_close(&b);
}

static void it_runs_as_the_user_that_functions_have_on_aws(void **state)
{
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	assert_int_equal(box_sh(&b, "id; uname -n; ulimit -n; ulimit -c; umask"), 0);
	assert_string_equal(b.output, "uid=993(sbx_user1051) gid=990(sbx_user1051) groups=990(sbx_user1051)\n169.254.76.1\n1024\n0\n0022\n");
	box_close(&b);
}

static void what_runs_in_it_can_be_signalled(void **state)
{
	static const char *const sleeper[] = { "/bin/sleep", "1000", NULL };
	struct box b;
	int other, number;

	box_open(&b, state, NULL);
	box_start(&b);
	other = box_exec(&b, sleeper, -1);
	number = box_exec(&b, sleeper, -1);
	sandbox_signal(b.s, number, SIGTERM);
	while (b.exits == 0)
		box_turn(&b);
	assert_int_equal(b.last_exit, number);
	assert_int_not_equal(b.last_exit, other);
	assert_int_equal(b.how.status, SIGTERM);
	box_close(&b);
}

static void a_reset_ends_all_processes_and_keeps_tmp(void **state)
{
	static const char *const family[] = { "/bin/sh", "-c", "echo kept >/tmp/file; setsid sleep 1000 & setsid sleep 1000 & sleep 1000", NULL };
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	assert_true(box_exec(&b, family, -1) >= 0);
	assert_true(box_exec(&b, family, -1) >= 0);
	while (box_sh(&b, "cat /tmp/file") != 0 || !*b.output)
		;
	b.exits = 0;
	sandbox_reset(b.s);
	assert_int_equal(box_sh(&b, "cat /tmp/file; set -- /proc/[0-9]*; echo $#"), 0);
	assert_int_equal(b.exits, 3);		/* the two families, then the shell */
	assert_string_equal(b.output, "kept\n2\n");	/* process 1 and the shell */
	box_close(&b);
}

static void no_more_processes_are_started_than_the_table_holds(void **state)
{
	static const char *const sleeper[] = { "/bin/sleep", "1000", NULL };
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	for (int i = 0; i < SANDBOX_PROCESSES_MAX; i++)
		assert_int_equal(box_exec(&b, sleeper, -1), i);
	assert_int_equal(box_exec(&b, sleeper, -1), E_BUSY);
	sandbox_signal(b.s, 3, SIGKILL);
	while (b.exits == 0)
		box_turn(&b);
	assert_int_equal(box_exec(&b, sleeper, -1), SANDBOX_PROCESSES_MAX);
	box_close(&b);
}

static void long_arguments_arrive_whole_and_longer_ones_are_refused(void **state)
{
	static char word[30000], longer[SANDBOX_ARGUMENTS_MAX];
	const char *const argv[] = { "/bin/sh", "-c", "test ${#0} = 29999", word, NULL };
	const char *const refused[] = { "/bin/true", longer, NULL };
	struct box b;

	memset(word, 'w', sizeof word - 1);
	memset(longer, 'w', sizeof longer - 1);
	box_open(&b, state, NULL);
	box_start(&b);
	assert_int_equal(box_exec(&b, refused, -1), E_TOO_LARGE);
	for (int i = 0; i < SANDBOX_PROCESSES_MAX; i++)		/* more than the socket takes at once */
		assert_int_equal(box_exec(&b, argv, -1), i);
	while (b.exits < SANDBOX_PROCESSES_MAX) {
		box_turn(&b);
		assert_int_equal(b.how.status, 0);
	}
	box_close(&b);
}

static off_t size_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

static void many_short_arguments_arrive_too(void **state)
{
	static const char *argv[16001];
	struct box b;
	int out;

	for (int i = 0; i < 16000; i++)
		argv[i] = "";
	memcpy(argv, (const char *[]){ "/bin/sh", "-c", "echo $#" }, 3 * sizeof argv[0]);
	box_open(&b, state, NULL);
	box_start(&b);
	assert_int_equal(box_exec(&b, argv, out = box_output_file(&b)), 0);
	while (b.exits == 0)
		box_turn(&b);
	box_read_output(&b, out);
	assert_string_equal(b.output, "15996\n");
	box_close(&b);
}

/* Two that write and fork all the while. */
static void nothing_runs_while_it_is_frozen(void **state)
{
	static const char *const busy[] = { "/bin/sh", "-c", "while :; do echo x; (:); done", NULL };
	off_t before[2];
	struct box b;
	int out[2];

	box_open(&b, state, NULL);
	box_start(&b);
	for (int i = 0; i < 2; i++)
		assert_true(box_exec(&b, busy, out[i] = box_output_file(&b)) >= 0);
	for (int round = 0; round < 20; round++) {
		while (size_of(out[0]) == 0 || size_of(out[1]) == 0)
			box_turn(&b);
		b.frozen = false;
		sandbox_freeze(b.s);
		while (!b.frozen)
			box_turn(&b);
		for (int i = 0; i < 2; i++)
			before[i] = size_of(out[i]);
		for (int i = 0; i < 5; i++)
			t_nap();
		for (int i = 0; i < 2; i++) {
			assert_int_equal(size_of(out[i]), before[i]);
			assert_int_equal(ftruncate(out[i], 0), 0);
		}
		sandbox_thaw(b.s);
	}
	close(out[0]);
	close(out[1]);
	box_close(&b);
}

static void a_freeze_that_was_taken_back_is_not_told(void **state)
{
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	sandbox_freeze(b.s);
	sandbox_thaw(b.s);
	assert_int_equal(box_sh(&b, "true"), 0);
	assert_false(b.frozen);
	sandbox_freeze(b.s);
	while (!b.frozen)
		box_turn(&b);
	box_close(&b);
}

static void a_cage_that_is_killed_before_it_is_up_is_gone_all_the_same(void **state)
{
	struct box b;

	box_open(&b, state, NULL);
	box_ask(&b);
	sandbox_kill(b.s);
	while (!b.gone)
		box_turn(&b);
	assert_false(b.ready);
	assert_string_equal(b.why, "");
	box_close(&b);
}

static void a_package_that_is_not_there_is_a_reason(void **state)
{
	struct box b;

	box_open(&b, state, NULL);
	b.plan.code = STR("/somewhere/else");
	box_ask(&b);
	while (!b.gone)
		box_turn(&b);
	assert_string_equal(b.why, "cage step \"plan\": malformed input");
	snprintf(b.output, sizeof b.output, "%s/absent", b.code);
	b.plan.code = str_of(b.output);
	box_ask(&b);
	while (!b.gone)
		box_turn(&b);
	assert_string_equal(b.why, "cage step \"mounts\": No such file or directory");
	box_close(&b);
}

static void outbound_is_refused_with_a_text(void **state)
{
	struct box b;

	box_open(&b, state, NULL);
	b.plan.outbound = true;
	box_ask(&b);
	while (!b.gone)
		box_turn(&b);
	assert_non_null(strstr(b.why, "outbound is not available"));
	box_close(&b);
}

/* Our youngest child, and how many there are. */
static pid_t youngest(int *count)
{
	char path[64], text[256] = "", *at = text, *end;
	pid_t last = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	assert_non_null(f = fopen(path, "re"));
	*count = 0;
	if (fgets(text, sizeof text, f))
		for (long pid; (pid = strtol(at, &end, 10)) > 0; at = end, (*count)++)
			last = (pid_t)pid;
	fclose(f);
	return last;
}

static void a_cage_that_was_made_ahead_is_like_any_other(void **state)
{
	struct box b;
	pid_t pid;
	int n;

	box_open(&b, state, NULL);
	box_start(&b);
	box_end(&b);
	while (pid = youngest(&n), n < 2)	/* the zygote, and what it has made meanwhile */
		box_turn(&b);
	box_start(&b);
	assert_int_equal(sandbox_pid(b.s), pid);
	assert_int_equal(box_sh(&b, "id -u; echo $COLOUR; ls -d /proc/[0-9]* | head -1"), 0);
	assert_string_equal(b.output, "993\nblue\n/proc/1\n");
	box_close(&b);
}

static void one_that_was_made_ahead_and_died_is_made_anew(void **state)
{
	siginfo_t ended = {0};
	struct box b;
	pid_t pid;
	int n;

	box_open(&b, state, NULL);
	box_start(&b);
	box_end(&b);
	while (pid = youngest(&n), n < 2)
		box_turn(&b);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT | __WALL), 0);
	box_start(&b);
	assert_int_not_equal(sandbox_pid(b.s), pid);
	assert_int_equal(box_sh(&b, "true"), 0);
	box_close(&b);
}

static void a_zygote_that_dies_is_replaced_and_its_cages_live_on(void **state)
{
	struct box b;
	pid_t zygote;
	int n;

	box_open(&b, state, NULL);
	zygote = youngest(&n);
	box_start(&b);
	assert_int_equal(kill(zygote, SIGKILL), 0);
	while (strcmp(zygote_state(b.zygote), "up") == 0)
		box_turn(&b);
	assert_int_equal(box_sh(&b, "echo alive"), 0);
	assert_string_equal(b.output, "alive\n");
	box_end(&b);
	box_start(&b);
	assert_int_equal(box_sh(&b, "true"), 0);
	box_close(&b);
}

static void process_one_that_dies_takes_all_along(void **state)
{
	static const char *const sleeper[] = { "/bin/sleep", "1000", NULL };
	struct box b;
	pid_t pid;

	box_open(&b, state, NULL);
	box_start(&b);
	assert_true(box_exec(&b, sleeper, -1) >= 0);
	assert_int_equal(box_sh(&b, "true"), 0);
	pid = sandbox_pid(b.s);
	assert_int_equal(kill(pid, SIGKILL), 0);
	while (!b.gone)
		box_turn(&b);
	assert_non_null(strstr(b.why, "the cage ended"));
	assert_int_equal(b.how.status, SIGKILL);
	assert_int_equal(kill(pid, 0), -1);
	box_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_program_runs_and_its_exit_is_told),
		T(a_program_that_is_not_there_says_why),
		T(after_a_kill_only_its_end_is_told),
		T(it_runs_as_the_user_that_functions_have_on_aws),
		T(what_runs_in_it_can_be_signalled),
		T(a_reset_ends_all_processes_and_keeps_tmp),
		T(no_more_processes_are_started_than_the_table_holds),
		T(long_arguments_arrive_whole_and_longer_ones_are_refused),
		T(many_short_arguments_arrive_too),
		T(nothing_runs_while_it_is_frozen),
		T(a_freeze_that_was_taken_back_is_not_told),
		T(a_cage_that_is_killed_before_it_is_up_is_gone_all_the_same),
		T(a_package_that_is_not_there_is_a_reason),
		T(outbound_is_refused_with_a_text),
		T(a_cage_that_was_made_ahead_is_like_any_other),
		T(one_that_was_made_ahead_and_died_is_made_anew),
		T(a_zygote_that_dies_is_replaced_and_its_cages_live_on),
		T(process_one_that_dies_takes_all_along),
	};

	return cmocka_run_group_tests(tests, box_warm_up, NULL);
}
