#include "tests/unit/runner/photos.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys.h"

static const char *const suffixes[] = { ".jpg", ".jpg[interlace]", ".png", ".webp", ".gif", ".tif", ".heic", ".avif[effort=0]" };

enum { PHOTOS = sizeof suffixes / sizeof suffixes[0] };

/* One that waited for a thread of its parent would hang; the alarm ends it. */
static int in_a_fork(int (*fn)(int dir), int dir)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		alarm(100);
		_exit(fn(dir));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int write_photos(int dir)
{
	for (int i = 0; i < PHOTOS; i++) {
		VipsImage *image = quarters(300, 200, 3);
		char name[16];
		void *p;
		size_t n;
		int fd;

		if (vips_image_write_to_buffer(image, suffixes[i], &p, &n, NULL) != 0)
			continue;	/* a format that this libvips cannot write */
		snprintf(name, sizeof name, "%d", i);
		fd = sys_openat(dir, name, O_WRONLY | O_CREAT, 0600);
		if (fd < 0 || sys_write_all(fd, p, n) < 0)
			return 1;
		close(fd);
	}
	return 0;
}

static int make_all(int dir)
{
	struct buf answer = { 0 }, files = { 0 };
	static char photo[1 << 20];
	char message[512];
	int made = 0;

	for (int i = 0; i < PHOTOS; i++) {
		char name[16];
		ssize_t n;
		int fd;

		snprintf(name, sizeof name, "%d", i);
		fd = sys_openat(dir, name, O_RDONLY, 0);
		if (fd < 0)
			continue;
		n = sys_pread(fd, photo, sizeof photo, 0);
		close(fd);
		if (n < 0 || thumbnail_make(str_n(photo, (size_t)n), NULL, &answer, &files, message) != REASON_NONE)
			return 1;
		made++;
	}
	buf_clear(&answer);
	buf_clear(&files);
	return made < 5;
}

/* The zygote's life: prepare, then fork again and again; this process starts no thread, its forks may. */
static void forks_of_a_prepared_process_decode_every_format(void **state)
{
	int dir = test_dir(state);

	assert_int_equal(in_a_fork(write_photos, dir), 0);
	assert_int_equal(in_a_fork(make_all, dir), 0);
	assert_int_equal(make_all(dir), 0);
	assert_int_equal(in_a_fork(make_all, dir), 0);
}

static void versions_are_one_line_each(void **state)
{
	struct buf b = { 0 };

	(void)state;
	general_versions(&b);
	assert_non_null(strstr(b.data, "\nlibvips 8."));
	assert_non_null(strstr(b.data, "libjpeg-turbo "));
	assert_int_equal(b.data[b.len - 1], '\n');
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(forks_of_a_prepared_process_decode_every_format),
		T(versions_are_one_line_each),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
