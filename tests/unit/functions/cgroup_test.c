/* A tree of plain files stands for /proc and cgroupfs: what is written where, and what is undone. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "functions/cgroup.h"
#include "tests/lib/t.h"

#define BASE "sys/fs/cgroup/system.slice/minilab.service"

static void put(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static bool holds(int dir, const char *path, const char *text)
{
	char have[256] = "";
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, have, sizeof have - 1);
	close(fd);
	return n >= 0 && strcmp(have, text) == 0;
}

static void make_dirs(int dir, const char *path)
{
	char part[256];

	for (const char *p = path; p; ) {
		const char *slash = strchr(p + 1, '/');

		snprintf(part, sizeof part, "%.*s", (int)(slash ? slash - path : (long)strlen(path)), path);
		mkdirat(dir, part, 0755);
		p = slash;
	}
}

static int machine(void **state, const char *own, const char *controllers)
{
	int dir = test_dir(state);

	make_dirs(dir, "proc/self");
	make_dirs(dir, BASE);
	put(dir, "proc/self/cgroup", own);
	put(dir, "proc/self/mountinfo",
	    "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
	    "35 22 0:30 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
	put(dir, BASE "/cgroup.controllers", controllers);
	return dir;
}

static void a_delegated_group_is_split_into_host_and_environments(void **state)
{
	int dir = machine(state, "0::/system.slice/minilab.service\n", "cpuset cpu io memory pids\n");
	struct cage_limits l = { .memory_bytes = 256 << 20 };
	struct cgroup g;

	assert_int_equal(cgroup_open(&g, test_path(state)), 0);
	assert_true(holds(dir, BASE "/minilab-host/cgroup.procs", "0"));
	assert_true(holds(dir, BASE "/cgroup.subtree_control", "+memory +pids"));
	assert_int_equal(cgroup_make(&g, &l), 0);
	assert_true(holds(dir, BASE "/minilab-environment-2/memory.max", "268435456"));
	assert_true(holds(dir, BASE "/minilab-environment-2/memory.oom.group", "1"));
	assert_true(holds(dir, BASE "/minilab-environment-2/pids.max", "64"));
	assert_true(strstr(l.cgroup, BASE "/minilab-environment-2") != NULL);
}

static void peak_and_out_of_memory_are_read(void **state)
{
	int dir = machine(state, "0::/system.slice/minilab.service\n", "memory pids\n");
	struct cage_limits l = { .memory_bytes = 256 << 20 };
	struct cgroup g;

	assert_int_equal(cgroup_open(&g, test_path(state)), 0);
	assert_int_equal(cgroup_make(&g, &l), 0);
	assert_int_equal(cgroup_peak_kb(l.cgroup), -1);
	assert_false(cgroup_oom_killed(l.cgroup));
	put(dir, BASE "/minilab-environment-2/memory.peak", "10485760\n");
	put(dir, BASE "/minilab-environment-2/memory.events", "low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\noom_group_kill 0\n");
	assert_int_equal(cgroup_peak_kb(l.cgroup), 10240);
	assert_false(cgroup_oom_killed(l.cgroup));
	assert_int_equal(cgroup_oom_kills(l.cgroup), 0);
	put(dir, BASE "/minilab-environment-2/memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 12\noom_group_kill 1\n");
	assert_true(cgroup_oom_killed(l.cgroup));
	assert_int_equal(cgroup_oom_kills(l.cgroup), 12);
}

static void a_restart_inside_the_leaf_finds_the_same_group(void **state)
{
	int dir = machine(state, "1:name=systemd:/x\n0::/system.slice/minilab.service/minilab-host\n", "memory pids\n");
	struct cgroup g;

	mkdirat(dir, BASE "/minilab-environment-77", 0755);
	assert_int_equal(cgroup_open(&g, test_path(state)), 0);
	assert_true(strstr(g.base, "minilab.service") != NULL);
	assert_true(strstr(g.base, "minilab-host") == NULL);
	assert_false(exists(dir, BASE "/minilab-environment-77"));
}

static void without_the_memory_controller_nothing_is_touched(void **state)
{
	int dir = machine(state, "0::/system.slice/minilab.service\n", "hugetlb pids memoryless\n");
	struct cgroup g;

	assert_int_equal(cgroup_open(&g, test_path(state)), E_NOT_FOUND);
	assert_string_equal(g.base, "");
	assert_false(exists(dir, BASE "/minilab-host"));
}

static void a_machine_without_version_two_has_none(void **state)
{
	struct cgroup g;

	machine(state, "4:memory:/\n3:cpu:/\n", "memory pids\n");
	assert_int_equal(cgroup_open(&g, test_path(state)), E_NOT_FOUND);
}

/* As when other processes live in our group: the kernel says EBUSY. A directory in the way says EISDIR. */
static void a_group_that_is_not_ours_to_split_is_left_as_it_was(void **state)
{
	int dir = machine(state, "0::/system.slice/minilab.service\n", "memory pids\n");
	struct cgroup g;

	mkdirat(dir, BASE "/cgroup.subtree_control", 0755);
	assert_true(cgroup_open(&g, test_path(state)) < 0);
	assert_string_equal(g.base, "");
	assert_true(holds(dir, BASE "/cgroup.procs", "0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_delegated_group_is_split_into_host_and_environments),
		T(peak_and_out_of_memory_are_read),
		T(a_restart_inside_the_leaf_finds_the_same_group),
		T(without_the_memory_controller_nothing_is_touched),
		T(a_machine_without_version_two_has_none),
		T(a_group_that_is_not_ours_to_split_is_left_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
