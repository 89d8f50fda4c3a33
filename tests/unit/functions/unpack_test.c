/* Packages that are fine, archives that are not, and what is left after each. The zips are made by hand, byte by byte, or by
 * python3 where compression matters. */
#include "tests/unit/functions/unpack_rig.h"

static void content_is(int dir, const char *path, const char *want)
{
	char got[256];
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		fail_msg("%s is not there", path);
	n = read(fd, got, sizeof got - 1);
	assert_true(n >= 0);
	got[n] = '\0';
	close(fd);
	assert_string_equal(got, want);
}

static void link_is(int dir, const char *path, const char *want)
{
	char got[256];
	ssize_t n = readlinkat(dir, path, got, sizeof got - 1);

	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, want);
}

static void a_package_is_unpacked_with_its_modes_and_links(void **state)
{
	static const struct zip_entry m[] = {
		{ .name = "bootstrap", .bytes = "#!/bin/sh\n", .mode = 0100755 },
		{ .name = "lib/", .bytes = "", .mode = 040750 },
		{ .name = "lib/deep/er/a.txt", .bytes = "a", .mode = 0100640 },
		{ .name = "lib/b.txt", .bytes = "bb", .mode = 0600 },
		{ .name = "plain.txt", .bytes = "p" },
		{ .name = "folder/", .bytes = "" },
		{ .name = "lib/link", .bytes = "../bootstrap", .mode = 0120777 },
		{ .name = "cache", .bytes = "/tmp/cache", .mode = 0120777 },
		{ .name = "nowhere", .bytes = "lib/deep/none", .mode = 0120777 },
	};
	struct unpack_result r = unpack_made(state, m, 9);
	int dir = test_dir(state);

	assert_string_equal(r.message, "");
	assert_int_equal(r.verdict, UNPACK_OK);
	assert_int_equal(r.bytes, 14);
	assert_int_equal(r.files, 11);
	assert_true(unpack_is_ready(test_path(state), ID));
	content_is(dir, "0123abcd/bootstrap", "#!/bin/sh\n");
	content_is(dir, "0123abcd/lib/link", "#!/bin/sh\n");
	content_is(dir, "0123abcd/lib/deep/er/a.txt", "a");
	mode_is(dir, "0123abcd", 040755);
	mode_is(dir, "0123abcd/bootstrap", 0100755);
	mode_is(dir, "0123abcd/lib", 040750);
	mode_is(dir, "0123abcd/lib/deep", 040755);
	mode_is(dir, "0123abcd/lib/deep/er/a.txt", 0100640);
	mode_is(dir, "0123abcd/lib/b.txt", 0100600);
	mode_is(dir, "0123abcd/plain.txt", 0100644);
	mode_is(dir, "0123abcd/folder", 040755);
	link_is(dir, "0123abcd/cache", "/tmp/cache");
	link_is(dir, "0123abcd/nowhere", "lib/deep/none");
	assert_int_equal(t_entries(dir), 1);
}

static void what_is_ready_is_left_alone_and_can_be_removed(void **state)
{
	static const struct zip_entry first = { .name = "a", .bytes = "1" }, second = { .name = "a", .bytes = "2" };
	static const struct zip_entry deep[] = { { .name = "x/y/z/a", .bytes = "", .mode = 0100400 }, { .name = "x/", .bytes = "", .mode = 040500 },
					    { .name = "x/link", .bytes = "y", .mode = 0120777 } };
	int dir = test_dir(state);

	assert_int_equal(unpack_made(state, &first, 1).files, 1);
	assert_int_equal(unpack_made(state, &second, 1).files, 0);
	content_is(dir, "0123abcd/a", "1");
	assert_int_equal(unpack_remove(test_path(state), ID), 0);
	assert_int_equal(unpack_remove(test_path(state), ID), 0);
	assert_int_equal(t_entries(dir), 0);
	assert_int_equal(unpack_made(state, deep, 3).verdict, UNPACK_OK);
	assert_int_equal(unpack_remove(test_path(state), ID), 0);
	assert_int_equal(t_entries(dir), 0);
}

static void a_name_is_what_zip_tools_take_it_for(void **state)
{
	static const struct zip_entry m[] = {
		{ .name = "./dot//two", .bytes = "1" },
		{ .name = "nul\0.txt", .name_length = 8, .bytes = "2" },
		{ .name = "caf\x82.txt", .bytes = "3" },	/* CP437 */
		{ .name = "caf\xc3\xa8.txt", .bytes = "4", .flags = 0x800 },
		{ .name = "Case", .bytes = "5" },
		{ .name = "case", .bytes = "6" },
	};
	struct unpack_result r = unpack_made(state, m, 6);
	int dir = test_dir(state);

	assert_string_equal(r.message, "");
	content_is(dir, "0123abcd/dot/two", "1");
	content_is(dir, "0123abcd/nul .txt", "2");
	content_is(dir, "0123abcd/caf\xc3\xa9.txt", "3");
	content_is(dir, "0123abcd/caf\xc3\xa8.txt", "4");
	content_is(dir, "0123abcd/Case", "5");
	content_is(dir, "0123abcd/case", "6");
	assert_int_equal(t_entries(dir), 1);
}

static void zip64_and_deflate_are_read(void **state)
{
	int fd = python_zip(state,
		"zipfile.ZIP_FILECOUNT_LIMIT = 10\n"	/* from here on it writes what 65,536 entries take */
		"with z.open('big', 'w', force_zip64=True) as f: f.write(b'abc' * 50)\n"
		"for i in range(200): z.writestr('many/%d/%d' % (i % 3, i), '')\n"
		"link('many/link', '1')");
	struct unpack_result r = unpack_fd(state, fd);

	assert_string_equal(r.message, "");
	assert_int_equal(r.files, 206);
	assert_int_equal(r.bytes, 150);
	mode_is(test_dir(state), "0123abcd/many/link/199", 0100600);
}

/* The second as Info-ZIP writes it: the extra field knows the odd second. */
static void times_are_the_zips(void **state)
{
	struct unpack_result r = unpack_fd(state, python_zip(state,
		"i = zipfile.ZipInfo('plain', (2026, 1, 2, 3, 4, 6))\nz.writestr(i, 'x')\n"
		"i = zipfile.ZipInfo('exact', (2026, 1, 2, 3, 4, 6))\n"
		"i.extra = b'UT' + (5).to_bytes(2, 'little') + b'\\x01' + (1767323047).to_bytes(4, 'little')\nz.writestr(i, 'x')\n"));
	struct stat st;

	assert_string_equal(r.message, "");
	assert_int_equal(fstatat(test_dir(state), "0123abcd/plain", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1767323046);
	assert_int_equal(fstatat(test_dir(state), "0123abcd/exact", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1767323047);
}

static void the_message_names_the_entry_harmlessly(void **state)
{
	static const struct zip_entry m = { .name = "../a\n\x01\"b", .bytes = "x" };
	struct unpack_result r = unpack_made(state, &m, 1);

	assert_non_null(strstr(r.message, "../a"));
	assert_true(utf8_valid(str_of(r.message)));
	for (const char *p = r.message; *p; p++)
		assert_true((unsigned char)*p >= ' ');
}

static void a_failed_call_leaves_no_half_package(void **state)
{
	static const struct zip_entry m[] = { { .name = "a", .bytes = "1" }, { .name = "b/c", .bytes = "2" } };
	struct buf zip = zip_made(m, 2);
	int dir = test_dir(state), fd = file_of(str_n(zip.data, zip.len));

	for (long n = 1, calls = n; calls >= n; n++) {
		struct unpack_result r;
		int rc;

		sys_set_fault((struct sys_fault){ .fail_at = n });
		rc = unpack(program(), fd, (int64_t)zip.len, test_path(state), ID, &r);
		calls = sys_calls();
		sys_set_fault((struct sys_fault){0});
		assert_int_equal(rc < 0, calls >= n);
		assert_true(rc < 0 || r.verdict == UNPACK_OK);
		if (unpack_is_ready(test_path(state), ID)) {	/* only the last sync can fail after it has its name */
			content_is(dir, "0123abcd/a", "1");
			content_is(dir, "0123abcd/b/c", "2");
		}
		assert_int_equal(unpack_clean(test_path(state)), 0);
		assert_int_equal(unpack_remove(test_path(state), ID), 0);
		assert_int_equal(t_entries(dir), 0);
	}
	close(fd);
	buf_clear(&zip);
}

static int crashing_unpack(void *arg)
{
	void **state = arg;
	static const struct zip_entry m[] = { { .name = "a", .bytes = "1" }, { .name = "b/c", .bytes = "2" } };
	struct buf zip = zip_made(m, 2);
	struct unpack_result r;
	int fd = memfd_create("zip", MFD_CLOEXEC);

	CHECK(write(fd, zip.data, zip.len) == (ssize_t)zip.len);
	CHECK(unpack(program(), fd, (int64_t)zip.len, test_path(state), ID, &r) == 0);
	close(fd);
	buf_clear(&zip);
	return r.verdict == UNPACK_OK ? 0 : 1;
}

static void a_crash_leaves_nothing_or_everything_and_a_clean_start(void **state)
{
	int dir = test_dir(state);

	EACH_CRASH(c, crashing_unpack, state) {
		bool ready = unpack_is_ready(test_path(state), ID);

		assert_int_equal(unpack_clean(test_path(state)), 0);
		assert_int_equal(t_entries(dir), ready ? 1 : 0);
		if (ready)
			content_is(dir, "0123abcd/b/c", "2");
		assert_int_equal(unpack_remove(test_path(state), ID), 0);
	}
}

/* Started here, with a full pipe to tell its answer in: so it waits at the end, and can be looked at. */
static pid_t start_waiting(void **state, int pipes[2], int zip)
{
	char length[24], byte = 0;
	struct stat st;
	pid_t pid;

	assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(pipes[1], &byte, 1) == 1)
		;
	assert_int_equal(fcntl(pipes[1], F_SETFL, 0), 0);
	assert_int_equal(fstat(zip, &st), 0);
	snprintf(length, sizeof length, "%lld", (long long)st.st_size);
	if ((pid = fork()) == 0) {
		int dir = fcntl(test_dir(state), F_DUPFD, 16), told = fcntl(pipes[1], F_DUPFD, 16);

		dup2(fcntl(zip, F_DUPFD, 16), UNPACK_FD_ZIP);
		dup2(dir, UNPACK_FD_DIR);
		dup2(told, UNPACK_FD_TOLD);
		close_range(UNPACK_FDS_END, ~0U, 0);
		execl(program(), "minilab-unpack", length, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static bool status_has(pid_t pid, const char *line)
{
	char path[64], text[8192];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, line) != NULL;
}

static void what_unpacks_has_given_up_its_rights(void **state)
{
	static const struct zip_entry m = { .name = "a", .bytes = "1" };
	struct buf zip = zip_made(&m, 1);
	int fd = file_of(str_n(zip.data, zip.len)), pipes[2], status;
	pid_t pid = start_waiting(state, pipes, fd);

	WAIT_UNTIL(exists(test_dir(state), "a"), 20000);
	assert_true(status_has(pid, "Seccomp:\t2\n"));
	assert_true(status_has(pid, "NoNewPrivs:\t1\n"));
	assert_true(status_has(pid, "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"));
	assert_true(status_has(pid, "Threads:\t1\n"));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
	buf_clear(&zip);
}

static void a_program_that_is_not_there_is_an_error(void **state)
{
	struct unpack_result r;
	int fd = file_of(STR("x"));

	assert_true(unpack("/nonexistent", fd, 1, test_path(state), ID, &r) < 0);
	assert_int_equal(unpack("/bin/true", fd, 1, test_path(state), ID, &r), 0);
	assert_int_equal(r.verdict, UNPACK_FAILED);
	assert_int_equal(t_entries(test_dir(state)), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_package_is_unpacked_with_its_modes_and_links),
		T(what_is_ready_is_left_alone_and_can_be_removed),
		T(a_name_is_what_zip_tools_take_it_for),
		T(zip64_and_deflate_are_read),
		T(times_are_the_zips),
		T(the_message_names_the_entry_harmlessly),
		T(a_failed_call_leaves_no_half_package),
		T(a_crash_leaves_nothing_or_everything_and_a_clean_start),
		T(what_unpacks_has_given_up_its_rights),
		T(a_program_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
