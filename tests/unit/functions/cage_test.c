/* The cage entered by a child of the test, whole and with pieces missing, and on kernels that refuse some. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "functions/cage.h"
#include "tests/lib/t.h"

static const struct cage_limits limits = { .memory_bytes = 256 << 20, .output_bytes = 4096 };

/* What `body` returns in a cage of these features, or -signal; 200: the cage was not entered. */
static int in_cage(const struct cage_features *f, int (*body)(void))
{
	struct cage_limits l = limits;
	int s[2], pidfd, status;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s), 0);
	pid = cage_clone(f, &l, false, &pidfd);
	assert_true(pid >= 0);
	if (pid == 0) {
		const char *step;

		_exit(cage_enter(f, &l, s[1], &step) < 0 ? 200 : body());
	}
	close(s[0]);
	close(s[1]);
	close(pidfd);
	assert_int_equal(waitpid(pid, &status, __WALL), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static struct cage_features probed(void)
{
	struct cage_features f;

	assert_int_equal(cage_prepare(), 0);
	cage_probe(&f);
	return f;
}

/* The filter is left out where a test wants to look around in the rest. */
static struct cage_features unfiltered(void)
{
	struct cage_features f = probed();

	f.seccomp = false;
	return f;
}

static int is_alone(void)
{
	return getpid() == 1 ? 0 : 1;
}

static int is_nobody(void)
{
	return getuid() == CAGE_UID && getgid() == CAGE_GID ? 0 : 1;
}

static int sees_no_files(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 && open("/proc/self/status", O_RDONLY) < 0 &&
	       open("/x", O_CREAT | O_WRONLY, 0600) < 0 ? 0 : 1;
}

static int has_four_descriptors(void)
{
	for (int fd = 4; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 1;
	return fcntl(3, F_GETFD) >= 0 && fcntl(0, F_GETFD) >= 0 && fcntl(2, F_GETFD) >= 0 ? 0 : 1;
}

static int memory_ends(void)
{
	return mmap(NULL, 1ULL << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 0 : 1;
}

static int becomes_nothing_more(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_CAPBSET_READ, 0) >= 0 && setuid(0) < 0 &&
	       prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1;
}

static int knows_no_network(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EACCES ? 0 : 1;
}

static int reboots(void)
{
	return (int)syscall(SYS_setns, 0, 0) * 0;
}

static void the_probe_finds_a_cage_here(void **state)
{
	struct cage_features f = probed();

	(void)state;
	assert_true(f.rung <= CAGE_D);
	assert_int_equal(f.rung, cage_rank(&f));
	assert_int_equal(in_cage(&f, knows_no_network), 0);
}

static void the_filter_ends_the_process(void **state)
{
	struct cage_features f = probed();

	(void)state;
	assert_int_equal(in_cage(&f, reboots), -SIGSYS);
}

static void namespaces_leave_it_alone_in_an_empty_root(void **state)
{
	struct cage_features f = unfiltered();

	(void)state;
	if (!f.namespaces || !f.pivot || !f.userns)
		skip();
	f.landlock = false;
	assert_int_equal(in_cage(&f, is_alone), 0);
	assert_int_equal(in_cage(&f, is_nobody), 0);
	assert_int_equal(in_cage(&f, sees_no_files), 0);
}

static void landlock_alone_hides_all_files(void **state)
{
	struct cage_features f = unfiltered();

	(void)state;
	if (!f.landlock)
		skip();
	f.userns = f.namespaces = f.pivot = false;
	assert_int_equal(in_cage(&f, sees_no_files), 0);
}

static void descriptors_limits_and_rights_are_gone_on_every_rung(void **state)
{
	struct cage_features f = unfiltered();

	(void)state;
	for (int rung = 0; rung < 3; rung++) {
		assert_int_equal(in_cage(&f, has_four_descriptors), 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)	/* whose shadows are larger than any limit */
		assert_int_equal(in_cage(&f, memory_ends), 0);
#endif
		assert_int_equal(in_cage(&f, becomes_nothing_more), 0);
		if (rung == 0)
			f.userns = f.namespaces = f.pivot = false;
		else
			f.landlock = false;
	}
	(void)memory_ends;
}

static void root_without_user_namespaces_does_not_stay_root(void **state)
{
	struct cage_features f = unfiltered();

	(void)state;
	if (geteuid() != 0)
		skip();
	f.userns = false;
	assert_int_equal(in_cage(&f, becomes_nothing_more), 0);
}

/* The descendants' half of what the zygote does once. */
static int cut_and_probe(void)
{
	struct cage_features f;

	cage_prepare();
	cage_cut_network();
	cage_probe(&f);
	return (int)f.rung | (f.userns ? 16 : 0) | (f.namespaces ? 32 : 0);
}

static void a_cut_network_costs_no_rung(void **state)
{
	struct cage_features f = probed();
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(cut_and_probe());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), (int)f.rung | (f.userns ? 16 : 0) | (f.namespaces ? 32 : 0));
}

/* A route is a line after the heading. */
static int has_no_route(void)
{
	char text[4096] = "";
	int fd = open("/proc/self/net/route", O_RDONLY);
	ssize_t n = read(fd, text, sizeof text - 1);

	return n == 0 || (n > 0 && strchr(text, '\n') == text + n - 1) ? 0 : 1;
}

static int cut_and_look(void)
{
	cage_cut_network();
	return has_no_route();
}

static void a_cut_network_leads_nowhere(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	if (!probed().userns)
		skip();
	if ((pid = fork()) == 0)
		_exit(cut_and_look());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Runs the probe under a filter that refuses `calls` as a container would; the rung, or -1. */
struct refusal {
	const char *call;
	uint32_t error;
	uint64_t flags;		/* of the first argument; 0: always */
};

static int rung_under(const struct refusal *r, size_t n)
{
	pid_t pid;
	int status;

	assert_int_equal(cage_prepare(), 0);
	assert_true((pid = fork()) >= 0);
	if (pid == 0) {
		scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
		struct cage_features f;

		for (size_t i = 0; i < n; i++) {
			struct scmp_arg_cmp cmp = { 0, SCMP_CMP_MASKED_EQ, r[i].flags, r[i].flags };

			seccomp_rule_add_array(c, SCMP_ACT_ERRNO(r[i].error), seccomp_syscall_resolve_name(r[i].call),
					       r[i].flags ? 1 : 0, &cmp);
		}
		seccomp_load(c);
		cage_probe(&f);
		_exit((int)f.rung | (f.userns ? 16 : 0) | (f.namespaces ? 32 : 0));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
#define RUNG(r) rung_under(r, sizeof(r) / sizeof((r)[0]))

static void inside_a_usual_container_it_is_rung_c(void **state)
{
	static const struct refusal container[] = {
		{ "clone3", ENOSYS, 0 },
		{ "clone", EPERM, CLONE_NEWUSER },
		{ "clone", EPERM, CLONE_NEWNS },
		{ "unshare", EPERM, 0 },
		{ "mount", EPERM, 0 },
	};

	(void)state;
	if (!probed().landlock)
		skip();
	assert_int_equal(RUNG(container), CAGE_C);
}

static void without_clone3_the_old_call_does_as_well(void **state)
{
	static const struct refusal old[] = { { "clone3", ENOSYS, 0 } };
	struct cage_features f = probed();

	(void)state;
	assert_int_equal(RUNG(old), (int)f.rung | (f.userns ? 16 : 0) | (f.namespaces ? 32 : 0));
}

static void without_mounts_it_is_rung_c_with_namespaces(void **state)
{
	static const struct refusal no_mount[] = { { "mount", EPERM, 0 } };

	(void)state;
	if (!probed().userns || !probed().landlock)
		skip();
	assert_int_equal(RUNG(no_mount), CAGE_C | 16 | 32);
}

static void without_landlock_it_is_rung_d(void **state)
{
	static const struct refusal old[] = { { "landlock_create_ruleset", ENOSYS, 0 } };

	(void)state;
	assert_int_equal(RUNG(old) & 15, CAGE_D);
}

static void without_seccomp_it_is_rung_e(void **state)
{
	static const struct refusal none[] = { { "seccomp", ENOSYS, 0 } };

	(void)state;
	assert_int_equal(RUNG(none) & 15, CAGE_E);
}

static void features_survive_as_json(void **state)
{
	struct cage_features f = { .seccomp = true, .no_new_privs = true, .landlock = true, .landlock_abi = 4 }, g;
	struct buf text = {0};

	(void)state;
	f.rung = cage_rank(&f);
	assert_int_equal(f.rung, CAGE_C);
	cage_describe(&f, &text);
	assert_int_equal(cage_parse(str_n(text.data, text.len), &g), 0);
	assert_memory_equal(&f, &g, sizeof f);
	assert_int_equal(cage_parse(STR("{\"rung\":1}"), &g), E_BAD_INPUT);
	assert_int_equal(cage_parse(STR("nonsense"), &g), E_BAD_INPUT);
	buf_clear(&text);
}

static void each_missing_piece_has_its_rung(void **state)
{
	const struct cage_features all = { true, true, true, true, true, true, true, 7, CAGE_A };
	struct cage_features f = all;

	(void)state;
	assert_int_equal(cage_rank(&f), CAGE_A);
	f.cgroup = false;
	assert_int_equal(cage_rank(&f), CAGE_B);
	f.userns = false;
	assert_int_equal(cage_rank(&f), CAGE_B);
	f.pivot = false;
	assert_int_equal(cage_rank(&f), CAGE_C);
	f = all;
	f.namespaces = false;
	assert_int_equal(cage_rank(&f), CAGE_C);
	f.landlock = false;
	assert_int_equal(cage_rank(&f), CAGE_D);
	f = all;
	f.seccomp = false;
	assert_int_equal(cage_rank(&f), CAGE_E);
	for (int r = CAGE_A; r <= CAGE_E; r++)
		assert_int_equal(cage_rung_text((enum cage_rung)r)[0], 'A' + r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_probe_finds_a_cage_here),
		T(the_filter_ends_the_process),
		T(namespaces_leave_it_alone_in_an_empty_root),
		T(landlock_alone_hides_all_files),
		T(descriptors_limits_and_rights_are_gone_on_every_rung),
		T(root_without_user_namespaces_does_not_stay_root),
		T(a_cut_network_costs_no_rung),
		T(a_cut_network_leads_nowhere),
		T(inside_a_usual_container_it_is_rung_c),
		T(without_clone3_the_old_call_does_as_well),
		T(without_mounts_it_is_rung_c_with_namespaces),
		T(without_landlock_it_is_rung_d),
		T(without_seccomp_it_is_rung_e),
		T(features_survive_as_json),
		T(each_missing_piece_has_its_rung),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
