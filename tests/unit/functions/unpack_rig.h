/* unpack_rig.h - packages made by hand, and what becomes of them. */
#ifndef TESTS_UNPACK_RIG_H
#define TESTS_UNPACK_RIG_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/codec.h"
#include "functions/unpack.h"
#include "functions/unpack_wire.h"
#include "tests/lib/t.h"
#include "tests/lib/zip.h"

#define ID STR("0123abcd")

static inline const char *program(void)
{
	static char path[4096];
	const char *runner = t_runner();

	snprintf(path, sizeof path, "%.*s/minilab-unpack", (int)(strrchr(runner, '/') - runner), runner);
	return path;
}

static inline int file_of(struct str bytes)
{
	int fd = memfd_create("zip", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
	return fd;
}

static inline struct unpack_result unpack_fd(void **state, int fd)
{
	struct unpack_result r;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(unpack(program(), fd, st.st_size, test_path(state), ID, &r), 0);
	close(fd);
	return r;
}

static inline struct unpack_result unpack_made(void **state, const struct zip_entry *m, int n)
{
	struct buf zip = zip_made(m, n);
	int fd = file_of(str_n(zip.data, zip.len));

	buf_clear(&zip);
	return unpack_fd(state, fd);
}

/* A zip that python3 writes: `script` finds zipfile imported, `z` open, and `link(name, target)`. */
static inline int python_zip(void **state, const char *script)
{
	char path[4096];
	struct buf text = {0};
	pid_t pid;
	int status, fd;

	snprintf(path, sizeof path, "%s/made.zip", test_path(state));
	buf_puts(&text, "import sys, zipfile\n"
			"z = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)\n"
			"def link(name, target):\n"
			"\ti = zipfile.ZipInfo(name)\n"
			"\ti.create_system, i.external_attr = 3, 0o120777 << 16\n"
			"\tz.writestr(i, target)\n");
	buf_puts(&text, script);
	buf_puts(&text, "\nz.close()\n");
	if ((pid = fork()) == 0) {
		execl("/usr/bin/python3", "python3", "-I", "-c", text.data, path, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	buf_clear(&text);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	return fd;
}

static inline void mode_is(int dir, const char *path, mode_t want)
{
	struct stat st;

	assert_int_equal(fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, want);
}

#endif
