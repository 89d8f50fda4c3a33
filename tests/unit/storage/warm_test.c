#include "tests/lib/t.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "storage/blobs.h"

#define EACH (1 << 20)
#define ROOM 3			/* files that may stay */

struct rig {
	char path[4096];
	int dir;
	struct warm warm;
};

static struct extent extent_of(char name)
{
	struct extent e = { .kind = EXTENT_FILE, .len = EACH };

	memset(e.file, name, sizeof e.file);
	return e;
}

static int open_it(const struct rig *r, char name, int flags)
{
	struct extent e = extent_of(name);
	char path[OBJ_PATH_MAX];
	int fd = openat(r->dir, obj_path(path, e.file), flags | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

/* As blob_commit does. */
static void write_it(struct rig *r, char name, size_t len)
{
	struct extent e = extent_of(name);
	struct str bytes = t_bytes(len, (uint32_t)name);
	char folder[OBJ_PATH_MAX];
	int fd;

	*strrchr(obj_path(folder, e.file), '/') = '\0';
	assert_int_equal(sys_mkdirat(r->dir, folder, 0700), 0);
	fd = open_it(r, name, O_RDWR | O_CREAT | O_EXCL);
	assert_int_equal(sys_write_all(fd, bytes.p, bytes.n), 0);
	assert_int_equal(fdatasync(fd), 0);
	warm_wrote(&r->warm, fd, e.file, len);
	close(fd);
	free((void *)(uintptr_t)bytes.p);
}

static void had(struct rig *r, char name)
{
	struct extent e = extent_of(name);

	warm_had(&r->warm, &e);
}

/* Of its pages, how many are in the cache. */
static size_t pages_of(const struct rig *r, char name)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = EACH / page, in = 0;
	unsigned char *each = malloc(n);
	int fd = open_it(r, name, O_RDONLY);
	void *p = mmap(NULL, EACH, PROT_READ, MAP_SHARED, fd, 0);

	assert_true(p != MAP_FAILED);
	assert_int_equal(mincore(p, EACH, each), 0);
	for (size_t i = 0; i < n; i++)
		in += each[i] & 1;
	munmap(p, EACH);
	close(fd);
	free(each);
	return in;
}

static bool stays(const struct rig *r, char name)
{
	return pages_of(r, name) > 0;
}

/* Beside this program: the directories of tests may be in memory, which is nothing but cache. */
static void make_dir(struct rig *r)
{
	ssize_t n = readlink("/proc/self/exe", r->path, sizeof r->path - sizeof ".XXXXXX");

	assert_true(n > 0);
	memcpy(r->path + n, ".XXXXXX", sizeof ".XXXXXX");
	assert_non_null(mkdtemp(r->path));
	r->dir = open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(r->dir >= 0);
}

static void rig_down(struct rig *r)
{
	warm_clear(&r->warm);
	t_wipe(r->dir);
	close(r->dir);
	assert_int_equal(rmdir(r->path), 0);
}

/* With A, B and C, which is all there is room for. */
static struct rig *rig_up(void)
{
	static struct rig r;

	r = (struct rig){ .dir = -1 };
	make_dir(&r);
	assert_int_equal(sys_mkdirat(r.dir, "obj", 0700), 0);
	warm_init(&r.warm, r.dir);
	assert_true(r.warm.max > 0 && r.warm.max <= WARM_BYTES_MAX);
	r.warm.max = 0;
	write_it(&r, 'x', EACH);
	if (stays(&r, 'x')) {	/* this program is in memory, too */
		rig_down(&r);
		skip();
	}
	r.warm.max = ROOM * EACH;
	for (char name = 'A'; name < 'A' + ROOM; name++)
		write_it(&r, name, EACH);
	return &r;
}

static void what_was_had_makes_room_the_oldest_first(void **state)
{
	struct rig *r = rig_up();

	(void)state;
	had(r, 'C');
	had(r, 'B');
	assert_true(stays(r, 'B') && stays(r, 'C'));	/* nobody needs the room yet */
	write_it(r, 'D', EACH);
	assert_false(stays(r, 'B'));
	assert_true(stays(r, 'A') && stays(r, 'C') && stays(r, 'D'));
	write_it(r, 'E', EACH);
	assert_false(stays(r, 'C'));
	assert_true(stays(r, 'A') && stays(r, 'D') && stays(r, 'E'));
	rig_down(r);
}

static void where_all_wait_the_newest_leaves(void **state)
{
	struct rig *r = rig_up();

	(void)state;
	write_it(r, 'D', EACH);
	assert_false(stays(r, 'D'));
	assert_true(stays(r, 'A') && stays(r, 'B') && stays(r, 'C'));
	rig_down(r);
}

static void one_larger_than_all_pushes_nobody_out(void **state)
{
	struct rig *r = rig_up();

	(void)state;
	had(r, 'A');
	write_it(r, 'D', ROOM * EACH + 1);
	assert_false(stays(r, 'D'));
	assert_true(stays(r, 'A'));
	rig_down(r);
}

static void nobody_is_waited_for_forever(void **state)
{
	struct rig *r = rig_up();

	(void)state;
	clock_advance_ms(WARM_MS + 1);
	write_it(r, 'D', EACH);
	assert_false(stays(r, 'A'));
	assert_true(stays(r, 'B') && stays(r, 'C') && stays(r, 'D'));
	rig_down(r);
}

static void one_that_left_is_read_ahead_and_leaves_again(void **state)
{
	struct rig *r = rig_up();
	struct extent d = extent_of('D');
	int fd;

	(void)state;
	write_it(r, 'D', EACH);
	assert_false(stays(r, 'D'));
	fd = open_it(r, 'D', O_RDONLY);
	warm_want(&r->warm, fd, &d);
	WAIT_UNTIL(pages_of(r, 'D') == EACH / (size_t)sysconf(_SC_PAGESIZE), 20000);
	close(fd);
	had(r, 'D');
	assert_false(stays(r, 'D'));
	assert_true(stays(r, 'A') && stays(r, 'B') && stays(r, 'C'));
	rig_down(r);
}

static void a_deleted_one_gives_its_room(void **state)
{
	struct rig *r = rig_up();
	struct extent a = extent_of('A');
	char path[OBJ_PATH_MAX];

	(void)state;
	assert_int_equal(unlinkat(r->dir, obj_path(path, a.file), 0), 0);
	had(r, 'A');
	write_it(r, 'D', EACH);
	assert_true(stays(r, 'B') && stays(r, 'C') && stays(r, 'D'));
	assert_int_equal(r->warm.held, ROOM * EACH);
	rig_down(r);
}

static void needles_are_none_of_its_business(void **state)
{
	struct rig *r = rig_up();
	struct extent needle = extent_of('A');

	(void)state;
	needle.kind = EXTENT_NEEDLE;
	warm_had(&r->warm, &needle);
	write_it(r, 'D', EACH);
	assert_false(stays(r, 'D'));
	rig_down(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_had_makes_room_the_oldest_first),
		T(where_all_wait_the_newest_leaves),
		T(one_larger_than_all_pushes_nobody_out),
		T(nobody_is_waited_for_forever),
		T(one_that_left_is_read_ahead_and_leaves_again),
		T(a_deleted_one_gives_its_room),
		T(needles_are_none_of_its_business),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
