#include "tests/lib/t.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_new(int dir, const char *name)
{
	return sys_openat(dir, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
}

static void an_open_gives_a_descriptor_or_a_negated_errno(void **state)
{
	int dir = test_dir(state), fd = open_new(dir, "a");

	assert_true(fd >= 0);
	assert_int_equal(open_new(dir, "a"), -EEXIST);
	assert_int_equal(sys_openat(dir, "none", O_RDONLY, 0), -ENOENT);
	close(fd);
}

static void bytes_written_in_pieces_read_back(void **state)
{
	int fd = open_new(test_dir(state), "a");
	struct iovec v[3] = { { .iov_base = (char[]){ "one" }, .iov_len = 3 }, { .iov_base = NULL, .iov_len = 0 },
			      { .iov_base = (char[]){ "two" }, .iov_len = 3 } };
	char to[32] = "";

	assert_int_equal(sys_write_all(fd, "0123456789", 10), 0);
	assert_int_equal(sys_pwrite_all(fd, "AB", 2, 3), 0);
	assert_int_equal(sys_pwritev_all(fd, v, 3, 20), 0);
	assert_int_equal(sys_pread(fd, to, sizeof to, 0), 26);
	assert_memory_equal(to, "012AB56789\0\0\0\0\0\0\0\0\0\0onetwo", 26);
	assert_int_equal(sys_pread(fd, to, 4, 24), 2);
	assert_int_equal(sys_pread(fd, to, 4, 1000), 0);
	close(fd);
}

static void more_vectors_than_the_kernel_takes_at_once_are_written(void **state)
{
	enum { MANY = 3000 };	/* above IOV_MAX, which is 1024 */
	static char byte[MANY], back[MANY];
	static struct iovec v[MANY];
	int fd = open_new(test_dir(state), "a");

	for (int i = 0; i < MANY; i++) {
		byte[i] = (char)('a' + i % 26);
		v[i] = (struct iovec){ .iov_base = &byte[i], .iov_len = 1 };
	}
	assert_int_equal(sys_pwritev_all(fd, v, MANY, 0), 0);
	assert_int_equal(sys_pread(fd, back, MANY, 0), MANY);
	assert_memory_equal(byte, back, MANY);
	close(fd);
}

static void making_and_removing_are_repeatable(void **state)
{
	int dir = test_dir(state);

	assert_int_equal(sys_mkdirat(dir, "d", 0700), 0);
	assert_int_equal(sys_mkdirat(dir, "d", 0700), 0);
	assert_int_equal(sys_unlinkat(dir, "d", AT_REMOVEDIR), 0);
	assert_int_equal(sys_unlinkat(dir, "d", AT_REMOVEDIR), 0);
	assert_int_equal(sys_renameat(dir, "none", "other"), -ENOENT);
	assert_int_equal(sys_fsync_dir(dir, "."), 0);
	assert_int_equal(sys_fsync_dir(dir, "none"), -ENOENT);
}

static void space_can_be_given_ahead_and_back(void **state)
{
	int fd = open_new(test_dir(state), "a");
	char to[4];
	struct stat st;

	assert_int_equal(sys_allocate(fd, 1 << 20), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(sys_pwrite_all(fd, "abcd", 4, 0), 0);
	assert_int_equal(sys_fdatasync(fd), 0);
	assert_int_equal(sys_fsync(fd), 0);
	assert_int_equal(sys_sync_range(fd, 0, 4), 0);
	if (sys_punch(fd, 0, 4096) == 0) {	/* not every file system can */
		assert_int_equal(sys_pread(fd, to, 4, 0), 4);
		assert_memory_equal(to, "\0\0\0\0", 4);
	}
	close(fd);
}

static void each_fault_meets_every_call_once(void **state)
{
	int dir = test_dir(state), failed = 0, fine = 0;

	EACH_FAULT(f) {
		int fd = open_new(dir, "a"), rc = fd < 0 ? fd : sys_write_all(fd, "x", 1);

		if (rc == 0)
			rc = sys_fsync(fd);
		if (rc < 0) {
			assert_true(t_faulted(&f));
			assert_int_equal(rc, -EIO);
			failed++;
		} else {
			assert_false(t_faulted(&f));
			fine++;
		}
		if (fd >= 0)
			close(fd);
		unlinkat(dir, "a", 0);
	}
	assert_int_equal(failed, 3);
	assert_int_equal(fine, 1);
	assert_int_equal(sys_mkdirat(dir, "after", 0700), 0);	/* disarmed */
}

static void a_full_disk_stays_full(void **state)
{
	int dir = test_dir(state), fd = open_new(dir, "a");

	sys_set_fault((struct sys_fault){ .fail_at = 2, .fail_with = ENOSPC, .forever = true });
	assert_int_equal(sys_pwrite_all(fd, "a", 1, 0), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(sys_pwrite_all(fd, "a", 1, 0), -ENOSPC);
	sys_set_fault((struct sys_fault){ 0 });
	assert_int_equal(sys_pwrite_all(fd, "a", 1, 0), 0);
	close(fd);
}

static int make_three(void *arg)
{
	int dir = *(int *)arg;

	return sys_mkdirat(dir, "1", 0700) < 0 || sys_mkdirat(dir, "2", 0700) < 0 || sys_mkdirat(dir, "3", 0700) < 0;
}

static void a_crash_leaves_what_was_done_before_it(void **state)
{
	int dir = test_dir(state), ends = 0;

	EACH_CRASH(c, make_three, &dir) {
		assert_int_equal(t_entries(dir), c.n - 1);
		assert_int_equal(c.died, c.n <= 3);
		ends++;
		t_wipe(dir);
	}
	assert_int_equal(ends, 4);
}

static void a_rename_replaces_nothing_whatever_the_file_system_can_do(void **state)
{
	static const struct sys_fault can[] = {
		{ 0 },
		{ .fail_at = 1, .fail_with = EINVAL },			/* no renaming without replacing */
		{ .fail_at = 1, .fail_with = EINVAL, .forever = true },	/* and no second names */
	};
	int dir = test_dir(state);

	for (size_t i = 0; i < sizeof can / sizeof can[0]; i++) {
		close(open_new(dir, "mine"));
		close(open_new(dir, "other"));
		sys_set_fault(can[i]);
		assert_int_equal(sys_rename_new(dir, "mine", dir, "other"), -EEXIST);
		sys_set_fault(can[i]);
		assert_int_equal(sys_rename_new(dir, "mine", dir, "free"), 0);
		sys_set_fault((struct sys_fault){ 0 });
		assert_int_equal(t_entries(dir), 2);
		assert_true(exists(dir, "free") && exists(dir, "other"));
		t_wipe(dir);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_open_gives_a_descriptor_or_a_negated_errno),
		T(bytes_written_in_pieces_read_back),
		T(more_vectors_than_the_kernel_takes_at_once_are_written),
		T(making_and_removing_are_repeatable),
		T(space_can_be_given_ahead_and_back),
		T(each_fault_meets_every_call_once),
		T(a_full_disk_stays_full),
		T(a_rename_replaces_nothing_whatever_the_file_system_can_do),
		T(a_crash_leaves_what_was_done_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
