/* The cage entered by a child of the test, whole and with pieces missing, and on kernels that refuse some. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
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

/* What `body` returns in a cage that we made as we are, or -signal; 200: the cage was not entered. */
static int in_our_cage(const struct cage_features *f, int (*body)(void))
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

/* What `body` returns in a process that has settled as the zygote does: a test must not, it is for good. */
static int in_zygote(int (*body)(struct cage_features *f), struct cage_features *f)
{
	struct cage_features found;
	int status;
	pid_t pid;

	assert_int_equal(cage_prepare(), 0);
	assert_true((pid = fork()) >= 0);
	if (pid == 0) {
		cage_settle(&found);
		_exit(body(f ? f : &found));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* As a number: two sets of features are the same for these tests when it is. */
static int sum(struct cage_features *f)
{
	return (int)f->rung | (f->userns ? 16 : 0) | (f->namespaces ? 32 : 0) | (f->not_root ? 64 : 0);
}

static struct cage_features *shared;

static int share(struct cage_features *f)
{
	*shared = *f;
	return 0;
}

static struct cage_features probed(void)
{
	struct cage_features f;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared != MAP_FAILED);
	assert_int_equal(in_zygote(share, NULL), 0);
	f = *shared;
	munmap(shared, sizeof *shared);
	return f;
}

static int (*body_in_cage)(void);

static int enter(struct cage_features *f)
{
	int rc = in_our_cage(f, body_in_cage);

	return rc < 0 ? 100 - rc : rc;
}

/* As in_our_cage, in one that a zygote makes. */
static int in_cage(struct cage_features *f, int (*body)(void))
{
	int rc;

	body_in_cage = body;
	rc = in_zygote(enter, f);
	return rc > 100 && rc < 200 ? 100 - rc : rc;
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
	if (!f.not_root)
		skip();		/* then it can be what it is */
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

static int is_plain(void)
{
	return getuid() == CAGE_UID_PLAIN && getgid() == CAGE_GID_PLAIN && getgroups(0, NULL) == 0 ?
	       becomes_nothing_more() : 1;
}

static void root_without_user_namespaces_does_not_stay_root(void **state)
{
	struct cage_features f = unfiltered();

	(void)state;
	if (geteuid() != 0 || !f.not_root)
		skip();
	f.userns = false;
	assert_int_equal(in_our_cage(&f, is_plain), 0);
}

static int is_without_root(struct cage_features *f)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[2];
	uid_t uids[3];

	(void)f;
	if (getresuid(&uids[0], &uids[1], &uids[2]) < 0 || syscall(SYS_capget, &head, have) < 0)
		return 1;
	for (int i = 0; i < 3; i++)
		if (uids[i] != CAGE_UID_PLAIN)
			return 2;
	for (int i = 0; i < 2; i++)
		if (have[i].effective || have[i].permitted || have[i].inheritable)
			return 3;
	return setuid(0) < 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 4;
}

static void a_zygote_that_can_do_without_gives_up_root(void **state)
{
	(void)state;
	if (geteuid() != 0 || !probed().userns)
		skip();
	assert_int_equal(in_zygote(is_without_root, NULL), 0);
}

/* The zygote cuts it before it probes. */
static void a_cut_network_costs_no_rung(void **state)
{
	struct cage_features f = probed(), whole;

	(void)state;
	cage_probe(&whole);
	assert_int_equal(f.rung, whole.rung);
}

/* A route is a line after the heading. */
static int has_no_route(struct cage_features *f)
{
	char text[4096] = "";
	int fd = open("/proc/self/net/route", O_RDONLY);
	ssize_t n = read(fd, text, sizeof text - 1);

	(void)f;
	return n == 0 || (n > 0 && strchr(text, '\n') == text + n - 1) ? 0 : 1;
}

static void a_cut_network_leads_nowhere(void **state)
{
	(void)state;
	if (!probed().namespaces)
		skip();
	assert_int_equal(in_zygote(has_no_route, NULL), 0);
}

/* Settles under a filter that refuses `calls` as a container would; the sum, or -1. */
struct refusal {
	const char *call;
	uint32_t error;
	uint64_t flags;		/* of the first argument; 0: always */
};

static int settled_under(const struct refusal *r, size_t n)
{
	pid_t pid;
	int status;

	assert_int_equal(cage_prepare(), 0);
#ifdef __SANITIZE_THREAD__
	skip();			/* a cage cloned by such a child may wait for ever for a lock of ThreadSanitizer's own */
#endif
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
		cage_settle(&f);
		_exit(sum(&f));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
#define UNDER(r) settled_under(r, sizeof(r) / sizeof((r)[0]))

static void inside_a_usual_container_it_is_rung_c(void **state)
{
	static const struct refusal container[] = {
		{ "clone3", ENOSYS, 0 },
		{ "clone", EPERM, CLONE_NEWUSER },
		{ "clone", EPERM, CLONE_NEWNS },
		{ "unshare", EPERM, 0 },
		{ "mount", EPERM, 0 },
	};

	struct cage_features f = probed();

	(void)state;
	if (!f.landlock)
		skip();
	assert_int_equal(UNDER(container), CAGE_C | (f.not_root ? 64 : 0));
}

static void without_clone3_the_old_call_does_as_well(void **state)
{
	static const struct refusal old[] = { { "clone3", ENOSYS, 0 } };
	struct cage_features f = probed();

	(void)state;
	assert_int_equal(UNDER(old), sum(&f));
}

static void where_only_root_may_make_namespaces_it_stays_root_to_make_them(void **state)
{
	static const struct refusal users[] = {
		{ "clone3", ENOSYS, 0 },
		{ "clone", EPERM, CLONE_NEWUSER },
		{ "unshare", EPERM, CLONE_NEWUSER },
	};

	(void)state;
	if (geteuid() != 0 || !probed().not_root || probed().rung > CAGE_B)
		skip();
	assert_int_equal(UNDER(users), CAGE_B | 32 | 64);
}

static void root_that_can_become_nobody_else_says_so(void **state)
{
	static const struct refusal others[] = { { "setresuid", EPERM, 0 } };

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(UNDER(others) & 64, 0);
}

static void without_mounts_it_is_rung_c_with_namespaces(void **state)
{
	static const struct refusal no_mount[] = { { "mount", EPERM, 0 } };

	(void)state;
	if (!probed().userns || !probed().landlock)
		skip();
	assert_int_equal(UNDER(no_mount), CAGE_C | 16 | 32 | 64);
}

static void without_landlock_it_is_rung_d(void **state)
{
	static const struct refusal old[] = { { "landlock_create_ruleset", ENOSYS, 0 } };

	(void)state;
	assert_int_equal(UNDER(old) & 15, CAGE_D);
}

static void without_seccomp_it_is_rung_e(void **state)
{
	static const struct refusal none[] = { { "seccomp", ENOSYS, 0 } };

	(void)state;
	assert_int_equal(UNDER(none) & 15, CAGE_E);
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
	const struct cage_features all = { true, true, true, true, true, true, true, true, 7, CAGE_A };
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
		T(a_zygote_that_can_do_without_gives_up_root),
		T(a_cut_network_costs_no_rung),
		T(a_cut_network_leads_nowhere),
		T(inside_a_usual_container_it_is_rung_c),
		T(without_clone3_the_old_call_does_as_well),
		T(where_only_root_may_make_namespaces_it_stays_root_to_make_them),
		T(root_that_can_become_nobody_else_says_so),
		T(without_mounts_it_is_rung_c_with_namespaces),
		T(without_landlock_it_is_rung_d),
		T(without_seccomp_it_is_rung_e),
		T(features_survive_as_json),
		T(each_missing_piece_has_its_rung),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
