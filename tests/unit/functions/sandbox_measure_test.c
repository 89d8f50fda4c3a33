/* Limits of a cage in a cgroup, on a tree of the test's own. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "functions/sandbox_measure.h"
#include "functions/sandbox_wire.h"
#include "tests/lib/t.h"

static bool has(int dir, const char *file, const char *text)
{
	char path[256], found[256] = "";
	int fd;

	snprintf(path, sizeof path, "minilab-environment-1/%s", file);
	if ((fd = openat(dir, path, O_RDONLY | O_CLOEXEC)) < 0 || read(fd, found, sizeof found - 1) < 0)
		found[0] = '\0';
	if (fd >= 0)
		close(fd);
	return strcmp(found, text) == 0;
}

static void a_group_has_memory_for_tmp_too_and_a_share_by_memory(void **state)
{
	int dir = test_dir(state);
	struct cage_limits l = {0};
	struct cgroup g = {0};

	snprintf(g.base, sizeof g.base, "%s", test_path(state));
	assert_int_equal(measure_limit(&g, 1769, 512, &l), 0);
	assert_int_equal(l.memory_bytes, (1769LL + 512 + 16) << 20);
	assert_true(has(dir, "memory.max", "2408579072"));
	assert_true(has(dir, "pids.max", "1024"));
	assert_true(has(dir, "memory.oom.group", "0"));
	assert_true(has(dir, "cpu.weight", "100"));
}

static void without_a_group_only_numbers_are_filled_in(void **state)
{
	struct cage_limits l = {0};

	(void)state;
	assert_int_equal(measure_limit(NULL, 128, 512, &l), 0);
	assert_int_equal(l.memory_bytes, (128LL + 512 + 16) << 20);
	assert_string_equal(l.cgroup, "");
}

/* Holds 32 MB until the other end closes. */
static _Noreturn void hold(int end)
{
	volatile char *p = malloc(32 << 20);
	char byte = 1;

	for (size_t i = 0; i < 32 << 20; i += 4096)
		p[i] = 1;
	if (write(end, &byte, 1) == 1 && read(end, &byte, 1) == 0)
		_exit(0);
	_exit(1);
}

static void of_children_the_largest_counts(void **state)
{
	int64_t before_kb, during_kb;
	int ends[2], status;
	pid_t pid;
	char byte;

	(void)state;
	before_kb = measure_children_kb(getpid());
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	if ((pid = fork()) == 0) {
		close(ends[0]);
		hold(ends[1]);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	during_kb = measure_children_kb(getpid());
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(before_kb, 0);
	assert_true(during_kb >= 32 << 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_group_has_memory_for_tmp_too_and_a_share_by_memory),
		T(without_a_group_only_numbers_are_filled_in),
		T(of_children_the_largest_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
