/* What a function that means ill tries (attacker.c), and what is left behind when its cage is killed: nothing. */
#include <arpa/inet.h>
#include <dirent.h>
#include <grp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/functions/sandbox_rig.h"

static void compile(struct box *b)
{
	char to[1100];
	const char *argv[] = { "cc", "-O1", "-D_GNU_SOURCE", "-o", to, "tests/unit/functions/attacker.c", NULL };

	snprintf(to, sizeof to, "%s/attacker", box_code(b, "1", "index.js", "", 0644));
	box_compile(to, argv);
}

static void open_hostile(struct box *b, void **state)
{
	static char package[1024];
	char link[1100];

	box_open(b, state, NULL);
	compile(b);
	snprintf(package, sizeof package, "%s/1", b->code);
	snprintf(link, sizeof link, "%s/link", package);
	assert_int_equal(symlink("/proc/1/root/etc/shadow", link), 0);
	snprintf(link, sizeof link, "%s/up", package);
	assert_int_equal(symlink("../../../../../../../../../etc/shadow", link), 0);
	b->plan.code = str_of(package);
	box_start(b);
}

static void attack(struct box *b, const char *name, const char *argument)
{
	char line[2048];

	snprintf(line, sizeof line, "/var/task/attacker %s '%s'", name, argument);
	if (box_sh(b, line) != 0)
		fail_msg("%s: %s", name, b->output);
}

static int start_attack(struct box *b, const char *name, const char *argument)
{
	const char *const argv[] = { "/var/task/attacker", name, argument, NULL };
	int number = box_exec(b, argv, -1);

	assert_true(number >= 0);
	return number;
}

/* What the host has and must not be reached: a socket on its loopback, and one of a name that is in no directory. */
static void listen_outside(int sockets[2], char port[16])
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t size = sizeof at;

	sockets[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(sockets[0], (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(sockets[0], 4), 0);
	assert_int_equal(getsockname(sockets[0], (struct sockaddr *)&at, &size), 0);
	snprintf(port, 16, "%d", ntohs(at.sin_port));
	sockets[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
	       (socklen_t)snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "minilab-test-%s", port);
	assert_int_equal(bind(sockets[1], (struct sockaddr *)&name, size), 0);
	assert_int_equal(listen(sockets[1], 4), 0);
}

static void every_attack_is_refused_and_the_cage_lives_on(void **state)
{
	static const char *const names[] = { "open_devices", "look_into_init", "command_line_tells_nothing", "signal_init", "cripple_init", "trace",
		"change_mounts", "make_namespaces", "call_the_kernel", "open_sockets", "take_our_ports", "write_files", "write_proc", "follow_links", "become_root", "has_no_descriptors" };
	char port[16], pid[16];
	int sockets[2];
	struct box b;

	open_hostile(&b, state);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		attack(&b, names[i], "");
	attack(&b, "read_host", b.code);
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	attack(&b, "signal_host", pid);
	listen_outside(sockets, port);
	attack(&b, "reach_the_host", port);
	close(sockets[0]);
	close(sockets[1]);
	box_close(&b);
}

static void tmp_holds_no_more_than_its_size(void **state)
{
	struct box b;

	open_hostile(&b, state);
	attack(&b, "fill_tmp", "16");
	attack(&b, "fill_tmp_with_files", "16");
	box_close(&b);
}

static void processes_past_the_limit_are_not_made(void **state)
{
	struct box b;

	open_hostile(&b, state);
	attack(&b, "fork_bomb", "");
	b.exits = 0;
	sandbox_reset(b.s);
	assert_int_equal(box_sh(&b, "set -- /proc/[0-9]*; echo $#"), 0);
	assert_string_equal(b.output, "2\n");
	box_close(&b);
}

static void many_sessions_have_one_processor(void **state)
{
	struct box b;

	open_hostile(&b, state);
	attack(&b, "work_in_sessions", "");
	box_close(&b);
}

static void who_uses_too_much_memory_is_ended_with_all_that_belongs_to_it(void **state)
{
	static const char *const names[] = { "hog", "hog_in_many", "hog_and_hide" };
	struct box b;

	open_hostile(&b, state);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		int number = start_attack(&b, names[i], "160");

		b.exits = 0;
		while (b.exits == 0)
			box_turn(&b);
		assert_int_equal(b.last_exit, number);
		assert_true(b.how.oom);
		assert_int_equal(b.how.status, SIGKILL);
		assert_int_equal(box_sh(&b, "set -- /proc/[0-9]*; echo $#"), 0);
		assert_string_equal(b.output, "2\n");
		assert_false(b.how.oom);
	}
	assert_int_equal(sandbox_memory_peak_kb(b.s), 128 << 10);
	box_close(&b);
}

static void a_process_that_its_parent_has_left_is_ended_for_memory_too(void **state)
{
	struct box b;

	open_hostile(&b, state);
	attack(&b, "hog_left_behind", "160");
	while (sandbox_memory_peak_kb(b.s) < 128 << 10)
		box_turn(&b);
	while (box_sh(&b, "set -- /proc/[0-9]*; echo $#") != 0 || strcmp(b.output, "2\n") != 0)
		box_turn(&b);
	box_close(&b);
}

static void memory_below_the_limit_is_nobodys_business(void **state)
{
	struct box b;

	open_hostile(&b, state);
	start_attack(&b, "hog", "100");
	while (sandbox_memory_peak_kb(b.s) < 100 << 10)
		box_turn(&b);
	sandbox_freeze(b.s);
	while (!b.frozen)
		box_turn(&b);
	assert_int_equal(b.exits, 0);
	assert_true(sandbox_memory_peak_kb(b.s) < 128 << 10);
	box_close(&b);
}

static void processes_that_wake_each_other_are_frozen_too(void **state)
{
	struct box b;

	open_hostile(&b, state);
	start_attack(&b, "resist_freezing", "");
	for (int i = 0; i < 20; i++) {
		b.frozen = false;
		sandbox_freeze(b.s);
		while (!b.frozen)
			box_turn(&b);
		sandbox_thaw(b.s);
	}
	box_close(&b);
}

/* Processes in that pid namespace, by what the host's /proc shows. */
static int processes_in(const char *namespace)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char path[300], link[64] = "";

		snprintf(path, sizeof path, "/proc/%.200s/ns/pid", e->d_name);
		if (readlink(path, link, sizeof link - 1) > 0 && strcmp(link, namespace) == 0)
			n++;
	}
	closedir(d);
	return n;
}

static void read_mounts(char to[65536])
{
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n;

	while ((n = read(fd, to + have, 65535 - have)) > 0)
		have += (size_t)n;
	to[have] = '\0';
	close(fd);
}

static void nothing_is_left_of_a_cage_that_is_killed(void **state)
{
	static char before[65536], after[65536];
	char path[64], namespace[64] = "";
	struct box b;

	read_mounts(before);
	open_hostile(&b, state);
	start_attack(&b, "fork_bomb", "");
	start_attack(&b, "resist_freezing", "");
	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)sandbox_pid(b.s));
	if (readlink(path, namespace, sizeof namespace - 1) > 0)	/* only root may look */
		while (processes_in(namespace) < 500)
			box_turn(&b);
	box_end(&b);
	assert_int_equal(processes_in(namespace), 0);
	read_mounts(after);
	assert_string_equal(before, after);
	box_close(&b);
}

/* Those who may not be root make cages all the same, and as tight: all of this once more. */
static void an_ordinary_user_has_the_same_cage(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		return;
	if ((pid = fork()) == 0) {
		if (setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0)
			execl("/proc/self/exe", "sandbox_hostile_test", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_attack_is_refused_and_the_cage_lives_on),
		T(tmp_holds_no_more_than_its_size),
		T(processes_past_the_limit_are_not_made),
		T(many_sessions_have_one_processor),
		T(who_uses_too_much_memory_is_ended_with_all_that_belongs_to_it),
		T(a_process_that_its_parent_has_left_is_ended_for_memory_too),
		T(memory_below_the_limit_is_nobodys_business),
		T(processes_that_wake_each_other_are_frozen_too),
		T(nothing_is_left_of_a_cage_that_is_killed),
		T(an_ordinary_user_has_the_same_cage),
	};

	return cmocka_run_group_tests(tests, box_warm_up, NULL);
}
