#include "tests/lib/t.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "storage/segment.h"
#include "storage/volume.h"

static struct volume *open_nth(void **state, uint64_t start)
{
	struct volume_spec spec = { .datadir = test_dir(state), .start = start, .segment_size = SEGMENT_SIZE_MIN };
	struct volume *v;

	assert_int_equal(sys_mkdirat(test_dir(state), "vol", 0700), 0);
	assert_int_equal(sys_mkdirat(test_dir(state), "tmp", 0700), 0);
	assert_int_equal(volume_open(&v, &spec), 0);
	return v;
}

static int append(struct volume *v, struct str data, struct extent *where)
{
	struct needle n = { .key = STR("bucket/key"), .data = data };
	struct needle *one = &n;
	int rc = volume_append(v, &one, 1);

	*where = n.where;
	return rc;
}

static struct extent appended(struct volume *v, struct str data)
{
	struct extent e;

	assert_int_equal(append(v, data, &e), 0);
	assert_int_equal(e.kind, EXTENT_NEEDLE);
	assert_int_equal(e.len, data.n);
	return e;
}

static int64_t read_back(void **state, struct volume *v, const struct extent *e, void *room)
{
	struct blobs *in;
	int64_t n;

	blobs_open(&in, test_dir(state), v);
	n = extent_read(in, e, 0, room, e->len);
	blobs_close(in);
	return n;
}

static bool holds(void **state, struct volume *v, const struct extent *e, struct str data)
{
	char *room = malloc(data.n + 1);
	bool yes = read_back(state, v, e, room) == (int64_t)data.n && memcmp(room, data.p, data.n) == 0;

	free(room);
	return yes;
}

static int open_segment(void **state, uint32_t seg)
{
	char path[SEGMENT_PATH_MAX];
	int fd = openat(test_dir(state), segment_path(path, seg), O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void a_group_is_read_back_needle_by_needle(void **state)
{
	struct str big = t_bytes(BLOB_NEEDLE_MAX, 1);
	struct needle n[4] = {
		{ .key = STR("a/1"), .data = STR("one") }, { .key = STR("a/2") },
		{ .key = STR(""), .data = STR("x") }, { .key = STR("a/4"), .data = big },
	};
	struct needle *group[] = { &n[0], &n[1], &n[2], &n[3] };
	struct volume *v = open_nth(state, 1);

	assert_int_equal(volume_append(v, group, 4), 0);
	assert_int_equal(n[1].where.kind, EXTENT_NONE);		/* no bytes, no place */
	assert_true(holds(state, v, &n[0].where, STR("one")));
	assert_true(holds(state, v, &n[2].where, STR("x")));
	assert_true(holds(state, v, &n[3].where, big));
	volume_close(v);
	free((void *)(uintptr_t)big.p);
}

static void after_a_restart_needles_go_behind_the_old_ones(void **state)
{
	struct volume *v = open_nth(state, 1);
	struct extent a = appended(v, STR("first")), b;

	volume_close(v);
	v = open_nth(state, 2);
	b = appended(v, STR("second"));
	assert_int_equal(b.seg, a.seg);
	assert_true(b.off > a.off);
	assert_true(holds(state, v, &a, STR("first")));
	assert_true(holds(state, v, &b, STR("second")));
	volume_close(v);
}

static void a_full_segment_is_followed_by_the_next(void **state)
{
	struct str data = t_bytes(300 << 10, 2);
	struct volume *v = open_nth(state, 1);
	struct extent e[10];

	for (int i = 0; i < 10; i++)
		e[i] = appended(v, data);
	volume_close(v);
	v = open_nth(state, 2);
	assert_int_equal(e[0].seg, 0);
	assert_int_equal(e[9].seg, 3);
	for (int i = 0; i < 10; i++)
		assert_true(holds(state, v, &e[i], data));
	assert_int_equal(appended(v, STR("x")).seg, 3);
	volume_close(v);
	free((void *)(uintptr_t)data.p);
}

static void a_group_may_span_segments(void **state)
{
	struct str data = t_bytes(400 << 10, 2);
	struct needle n[7], *group[7];
	struct volume *v = open_nth(state, 1);

	for (int i = 0; i < 7; i++) {
		n[i] = (struct needle){ .key = STR("k"), .data = data };
		group[i] = &n[i];
	}
	assert_int_equal(volume_append(v, group, 7), 0);
	for (int i = 0; i < 7; i++) {
		assert_int_equal(n[i].where.seg, i / 2);
		assert_true(holds(state, v, &n[i].where, data));
	}
	volume_close(v);
	free((void *)(uintptr_t)data.p);
}

static void after_a_failure_nothing_more_goes_to_that_segment(void **state)
{
	struct volume *v = open_nth(state, 1);
	struct extent a = appended(v, STR("first")), e;

	for (int n = 1; n <= 2; n++) {		/* the write, then the sync */
		sys_set_fault((struct sys_fault){ .fail_at = n });
		assert_int_equal(append(v, STR("lost"), &e), -EIO);
		sys_set_fault((struct sys_fault){ 0 });
		assert_int_equal(e.kind, EXTENT_NONE);
		assert_int_equal(appended(v, STR("kept")).seg, n);
	}
	assert_true(holds(state, v, &a, STR("first")));
	volume_close(v);
}

static void a_torn_group_ends_its_segment_at_the_next_start(void **state)
{
	struct volume *v = open_nth(state, 1);
	struct extent a = appended(v, STR("first")), b;
	int fd = open_segment(state, a.seg);

	volume_close(v);
	assert_int_equal(pwrite(fd, "half of a group", 15, (off_t)a.off + 5000), 15);
	close(fd);
	v = open_nth(state, 2);
	b = appended(v, STR("second"));
	assert_int_equal(b.seg, a.seg + 1);
	assert_true(holds(state, v, &a, STR("first")));
	assert_true(holds(state, v, &b, STR("second")));
	volume_close(v);
}

static void a_damaged_byte_is_told(void **state)
{
	struct volume *v = open_nth(state, 1);
	struct extent e[2] = { appended(v, STR("some bytes")), appended(v, STR("other bytes")) };
	const off_t spots[2] = { (off_t)e[0].off + 3, (off_t)e[1].off - 10 };	/* in the data, in the header */
	char room[16];
	int fd = open_segment(state, 0);

	for (int i = 0; i < 2; i++) {
		assert_int_equal(pwrite(fd, "#", 1, spots[i]), 1);
		assert_int_equal(read_back(state, v, &e[i], room), E_CORRUPT);
	}
	close(fd);
	volume_close(v);
}

static void a_segment_that_is_gone_is_not_found(void **state)
{
	struct extent e = { .kind = EXTENT_NEEDLE, .seg = 99, .off = NEEDLE_HEADER, .len = 4 };
	struct volume *v = open_nth(state, 1);
	char room[4];

	assert_int_equal(read_back(state, v, &e, room), E_NOT_FOUND);
	volume_close(v);
}

static void punching_gives_space_back_and_leaves_the_neighbours(void **state)
{
	struct str data = t_bytes(100 << 10, 4);
	struct volume *v = open_nth(state, 1);
	struct extent a = appended(v, data), b = appended(v, data), c = appended(v, data), d;
	struct stat before, after;
	int fd = open_segment(state, 0);

	assert_int_equal(fstat(fd, &before), 0);
	volume_punch(v, &b);
	assert_int_equal(fstat(fd, &after), 0);
	assert_true(after.st_blocks < before.st_blocks);
	close(fd);
	volume_close(v);
	v = open_nth(state, 2);
	d = appended(v, data);		/* the hole is not taken for the end */
	assert_int_equal(d.seg, 0);
	assert_true(d.off > c.off);
	assert_true(holds(state, v, &a, data));
	assert_true(holds(state, v, &c, data));
	assert_true(holds(state, v, &d, data));
	volume_close(v);
	free((void *)(uintptr_t)data.p);
}

static void a_segment_of_zeros_is_taken_up_at_the_next_start(void **state)
{
	struct str data = t_bytes(300 << 10, 2);
	struct volume *v = open_nth(state, 1);

	appended(v, data);
	WAIT_UNTIL(exists(test_dir(state), "vol/00/000001.seg"), 20000);
	volume_close(v);
	v = open_nth(state, 2);
	for (int i = 0; i < 3; i++)
		assert_int_equal(appended(v, data).seg, (i + 1) / 3);
	volume_close(v);
	v = open_nth(state, 3);
	assert_false(exists(test_dir(state), "vol/00/000003.seg"));
	volume_close(v);
	free((void *)(uintptr_t)data.p);
}

/* Three needles that need two segments, after one that is already there. */
static int append_three(void *arg)
{
	struct volume_spec spec = { .datadir = *(int *)arg, .start = 2, .segment_size = SEGMENT_SIZE_MIN };
	struct str data = t_bytes(400 << 10, 9);
	struct extent e;
	struct volume *v;

	if (volume_open(&v, &spec) == 0) {
		for (int i = 0; i < 3; i++)
			append(v, data, &e);
		volume_close(v);
	}
	free((void *)(uintptr_t)data.p);
	return 0;
}

static void look_after(void **state, const struct extent *old)
{
	struct volume *v = open_nth(state, 3);
	struct extent e = appended(v, STR("new"));

	assert_true(holds(state, v, old, STR("old")));
	assert_true(holds(state, v, &e, STR("new")));
	volume_close(v);
}

static void start_over(void **state, struct extent *old)
{
	struct volume *v;

	t_wipe(test_dir(state));
	v = open_nth(state, 1);
	*old = appended(v, STR("old"));
	volume_close(v);
}

static void dying_anywhere_leaves_a_volume_that_goes_on(void **state)
{
	int dir = test_dir(state);
	struct extent old;

	start_over(state, &old);
	EACH_CRASH(c, append_three, &dir) {
		look_after(state, &old);
		start_over(state, &old);
	}
}

static void failing_anywhere_leaves_a_volume_that_goes_on(void **state)
{
	int dir = test_dir(state);
	struct extent old;

	for (long n = 1, calls = 1; n <= calls; n++) {
		start_over(state, &old);
		sys_set_fault((struct sys_fault){ .fail_at = n });
		assert_int_equal(append_three(&dir), 0);
		calls = sys_calls();
		sys_set_fault((struct sys_fault){ 0 });
		look_after(state, &old);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_group_is_read_back_needle_by_needle),
		T(after_a_restart_needles_go_behind_the_old_ones),
		T(a_full_segment_is_followed_by_the_next),
		T(a_group_may_span_segments),
		T(after_a_failure_nothing_more_goes_to_that_segment),
		T(a_torn_group_ends_its_segment_at_the_next_start),
		T(a_damaged_byte_is_told),
		T(a_segment_that_is_gone_is_not_found),
		T(punching_gives_space_back_and_leaves_the_neighbours),
		T(a_segment_of_zeros_is_taken_up_at_the_next_start),
		T(dying_anywhere_leaves_a_volume_that_goes_on),
		T(failing_anywhere_leaves_a_volume_that_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
