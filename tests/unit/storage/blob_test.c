#include "tests/lib/t.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "storage/blobs.h"

struct rig {
	struct volume *volume;
	struct blobs *in;
};

static int open_rig(int dir, struct rig *r)
{
	struct volume_spec spec = { .datadir = dir, .start = 1, .segment_size = SEGMENT_SIZE_MIN };
	static const char *const folders[] = { "vol", "tmp", "obj" };
	int rc;

	for (int i = 0; i < 3; i++)
		if ((rc = sys_mkdirat(dir, folders[i], 0700)) < 0)
			return rc;
	if ((rc = volume_open(&r->volume, &spec)) < 0)
		return rc;
	blobs_open(&r->in, dir, r->volume);
	return 0;
}

static struct rig rig_up(void **state)
{
	struct rig r;

	assert_int_equal(open_rig(test_dir(state), &r), 0);
	return r;
}

static void rig_down(struct rig *r)
{
	blobs_close(r->in);
	volume_close(r->volume);
}

static int store_file(struct blobs *in, struct str bytes, struct extent *e)
{
	struct blob b;
	size_t done = 0;
	int rc = blob_stage(&b, in, bytes.n);

	while (rc == 0 && done < bytes.n) {
		size_t n = bytes.n - done < 300000 ? bytes.n - done : 300000;

		rc = blob_write(&b, bytes.p + done, n);
		done += n;
	}
	if (rc == 0)
		return blob_commit(&b, e);
	blob_abort(&b);
	return rc;
}

static struct extent stored(struct rig *r, struct str bytes)
{
	struct extent e;

	assert_int_equal(store_file(r->in, bytes, &e), 0);
	return e;
}

static struct extent needle_of(struct rig *r, struct str bytes)
{
	struct needle n = { .key = STR("b/k"), .data = bytes };
	struct needle *one = &n;

	assert_int_equal(volume_append(r->volume, &one, 1), 0);
	return n.where;
}

static bool reads_as(struct rig *r, const struct extent *e, struct str bytes)
{
	char *room = malloc(bytes.n + 8);
	bool yes = extent_read(r->in, e, 0, room, bytes.n + 8) == (int64_t)bytes.n && memcmp(room, bytes.p, bytes.n) == 0;

	free(room);
	return yes;
}

static bool fd_reads_as(int fd, uint64_t at, struct str bytes)
{
	char *room = malloc(bytes.n);
	bool yes = sys_pread(fd, room, bytes.n, at) == (ssize_t)bytes.n && memcmp(room, bytes.p, bytes.n) == 0;

	free(room);
	return yes;
}

static void release(struct str bytes)
{
	free((void *)(uintptr_t)bytes.p);
}

static bool file_exists(void **state, const struct extent *e)
{
	char path[OBJ_PATH_MAX];

	return exists(test_dir(state), obj_path(path, e->file));
}

static void a_committed_file_is_read_back_in_any_part(void **state)
{
	struct str bytes = t_bytes(9 << 20, 5);	/* write-back starts twice on the way */
	struct rig r = rig_up(state);
	struct extent e = stored(&r, bytes);
	char room[100];

	assert_int_equal(e.kind, EXTENT_FILE);
	assert_int_equal(e.len, bytes.n);
	assert_true(reads_as(&r, &e, bytes));
	assert_int_equal(extent_read(r.in, &e, 5000000, room, 100), 100);
	assert_memory_equal(room, bytes.p + 5000000, 100);
	assert_int_equal(extent_read(r.in, &e, bytes.n - 3, room, 100), 3);
	assert_int_equal(extent_read(r.in, &e, bytes.n, room, 100), 0);
	assert_int_equal(extent_read(r.in, &e, UINT64_MAX, room, 100), 0);
	rig_down(&r);
	release(bytes);
}

static void part_of_a_needle_is_read_without_the_rest(void **state)
{
	struct rig r = rig_up(state);
	struct extent e = needle_of(&r, STR("0123456789"));
	char room[10];

	assert_int_equal(extent_read(r.in, &e, 3, room, 4), 4);
	assert_memory_equal(room, "3456", 4);
	assert_int_equal(extent_read(r.in, &e, 8, room, 10), 2);
	rig_down(&r);
}

static void an_empty_blob_takes_no_place(void **state)
{
	struct rig r = rig_up(state);
	struct extent e = stored(&r, STR(""));
	char room[1];

	assert_int_equal(e.kind, EXTENT_NONE);
	assert_int_equal(extent_read(r.in, &e, 0, room, 1), 0);
	rig_down(&r);
}

static void an_aborted_blob_leaves_no_file(void **state)
{
	struct rig r = rig_up(state);
	struct extent e = { .kind = EXTENT_FILE };
	struct blob b;

	assert_int_equal(blob_stage(&b, r.in, 0), 0);
	assert_int_equal(blob_write(&b, "x", 1), 0);
	memcpy(e.file, b.file, sizeof e.file);
	assert_true(file_exists(state, &e));
	blob_abort(&b);
	blob_abort(&b);
	assert_false(file_exists(state, &e));
	rig_down(&r);
}

static void a_forgotten_blob_is_gone(void **state)
{
	struct rig r = rig_up(state);
	struct extent e = stored(&r, STR("bytes"));
	char room[5];

	blob_forget(r.in, &e);
	assert_false(file_exists(state, &e));
	assert_int_equal(extent_read(r.in, &e, 0, room, 5), E_NOT_FOUND);
	blob_forget(r.in, &e);
	rig_down(&r);
}

static void a_file_cut_short_is_told(void **state)
{
	struct rig r = rig_up(state);
	struct extent e = stored(&r, STR("bytes"));
	char path[OBJ_PATH_MAX], room[5];
	int fd = openat(test_dir(state), obj_path(path, e.file), O_WRONLY);

	assert_int_equal(ftruncate(fd, 3), 0);
	close(fd);
	assert_int_equal(extent_read(r.in, &e, 0, room, 5), E_CORRUPT);
	assert_int_equal(blob_isolate(r.in, &e, 1), E_CORRUPT);
	rig_down(&r);
}

static void an_extent_is_opened_with_the_offset_of_its_first_byte(void **state)
{
	struct rig r = rig_up(state);
	struct extent file = stored(&r, STR("in a file")), needle = needle_of(&r, STR("in a needle"));
	uint64_t first;
	int fd;

	fd = extent_open(r.in, &file, &first);
	assert_true(fd_reads_as(fd, first, STR("in a file")));
	close(fd);
	fd = extent_open(r.in, &needle, &first);
	assert_true(fd_reads_as(fd, first, STR("in a needle")));
	close(fd);
	rig_down(&r);
}

/* What a cage gets. */

static bool can_be_changed(int fd)
{
	void *p = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p != MAP_FAILED)
		munmap(p, 1);
	return p != MAP_FAILED || pwrite(fd, "x", 1, 0) >= 0 || ftruncate(fd, 0) == 0 || ftruncate(fd, 1 << 20) == 0;
}

static bool holds_exactly(int fd, struct str bytes)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (size_t)st.st_size == bytes.n && fd_reads_as(fd, 0, bytes);
}

static void a_small_blob_is_isolated_in_sealed_memory(void **state)
{
	struct rig r = rig_up(state);
	struct extent e[3] = { needle_of(&r, STR("one,")), stored(&r, STR("two,")), needle_of(&r, STR("three")) };
	int fd = blob_isolate(r.in, e, 3);

	assert_true(fd >= 0);
	assert_true(holds_exactly(fd, STR("one,two,three")));
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	assert_false(can_be_changed(fd));
	assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	close(fd);
	fd = blob_isolate(r.in, e, 0);
	assert_true(holds_exactly(fd, STR("")));
	close(fd);
	rig_down(&r);
}

static void a_file_is_isolated_as_itself_for_reading(void **state)
{
	struct str bytes = t_bytes(1 << 20, 6);
	struct rig r = rig_up(state);
	struct extent e = stored(&r, bytes);
	int fd = blob_isolate(r.in, &e, 1);

	assert_true(holds_exactly(fd, bytes));
	assert_false(can_be_changed(fd));
	close(fd);
	rig_down(&r);
	release(bytes);
}

static void many_parts_are_isolated_in_an_unnamed_file(void **state)
{
	struct str bytes = t_bytes(3 << 20, 8);
	struct rig r = rig_up(state);
	struct extent e[3] = {
		stored(&r, str_n(bytes.p, 2000000)), needle_of(&r, str_n(bytes.p + 2000000, 100000)),
		stored(&r, str_n(bytes.p + 2100000, bytes.n - 2100000)),
	};
	int fd = blob_isolate(r.in, e, 3);

	assert_true(holds_exactly(fd, bytes));
	assert_false(can_be_changed(fd));
	close(fd);
	assert_false(exists(test_dir(state), "tmp/blob"));
	rig_down(&r);
	release(bytes);
}

static void a_damaged_needle_is_not_isolated(void **state)
{
	struct rig r = rig_up(state);
	struct extent e = needle_of(&r, STR("photo"));
	int fd = openat(test_dir(state), "vol/00/000000.seg", O_WRONLY);

	assert_int_equal(pwrite(fd, "#", 1, (off_t)e.off), 1);
	close(fd);
	assert_int_equal(blob_isolate(r.in, &e, 1), E_CORRUPT);
	rig_down(&r);
}

/* Extents in rows. */

static void packed_extents_come_back_as_they_were(void **state)
{
	const struct extent in[] = {
		{ .kind = EXTENT_NONE },
		{ .kind = EXTENT_NEEDLE, .seg = 0, .off = 32, .len = 1 },
		{ .kind = EXTENT_NEEDLE, .seg = UINT32_MAX, .off = (1ull << 40) + 5, .len = BLOB_NEEDLE_MAX },
		{ .kind = EXTENT_FILE, .len = 5ull << 40, .file = { 0, 1, 2, 0xff } },
	};
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct extent *out;
	int n;

	(void)state;
	extents_pack(&b, in, 4);
	assert_int_equal(extents_unpack(&a, str_n(b.data, b.len), &out, &n), 0);
	assert_int_equal(n, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(out[i].kind, in[i].kind);
		assert_int_equal(out[i].seg, in[i].seg);
		assert_int_equal(out[i].off, in[i].off);
		assert_int_equal(out[i].len, in[i].len);
		assert_memory_equal(out[i].file, in[i].file, BLOB_FILE_ID);
	}
	assert_int_equal(extents_unpack(&a, STR(""), &out, &n), 0);
	assert_int_equal(n, 0);
	buf_clear(&b);
	arena_clear(&a);
}

static void damaged_extents_are_told(void **state)
{
	static const struct str bad[] = {
		{ "\3\0", 2 }, { "\1", 1 }, { "\1\1\1", 3 }, { "\2abc", 4 }, { "\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1", 13 },
		{ "\1\xff\xff\xff\xff\x7f\1\1", 8 },
	};
	struct arena a = { 0 };
	struct extent *e;
	int n;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(extents_unpack(&a, bad[i], &e, &n), E_CORRUPT);
	arena_clear(&a);
}

/* Faults and crashes. */

static int files_under(int dir)
{
	char path[32];
	int n = 0, fd;

	for (int i = 0; i < FOLDERS; i++) {
		snprintf(path, sizeof path, "obj/%02x", i & 0xff);
		fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		n += t_entries(fd);
		close(fd);
	}
	return n;
}

static void a_blob_that_fails_anywhere_has_no_extent_and_no_file(void **state)
{
	struct str bytes = t_bytes(5 << 20, 4);
	struct rig r = rig_up(state);
	struct extent e;
	int rc;

	WAIT_UNTIL(exists(test_dir(state), "vol/00/000000.seg"), 20000);	/* the helper is at rest */
	rig_down(&r);
	r = rig_up(state);
	EACH_FAULT_OF(f, ENOSPC, false) {
		e.kind = EXTENT_NONE;
		rc = store_file(r.in, bytes, &e);
		assert_int_equal(rc < 0, t_faulted(&f));
		assert_int_equal(e.kind, rc < 0 ? EXTENT_NONE : EXTENT_FILE);
	}
	assert_true(reads_as(&r, &e, bytes));
	assert_int_equal(files_under(test_dir(state)), 1);
	rig_down(&r);
	release(bytes);
}

/* mkdirat, openat of obj/, its fsync. */
static void a_folder_whose_name_was_not_synced_does_not_stay(void **state)
{
	struct rig r = rig_up(state);
	struct blob b;
	int obj;

	WAIT_UNTIL(exists(test_dir(state), "vol/00/000000.seg"), 20000);
	sys_set_fault((struct sys_fault){ .fail_at = 3 });
	assert_int_equal(blob_stage(&b, r.in, 0), -EIO);
	sys_set_fault((struct sys_fault){0});
	obj = openat(test_dir(state), "obj", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(t_entries(obj), 0);
	close(obj);
	rig_down(&r);
}

static int store_and_tell(void *arg)
{
	int dir = *(int *)arg, fd;
	struct extent e;
	struct rig r;

	if (open_rig(dir, &r) < 0)
		return 1;
	if (store_file(r.in, STR("survives"), &e) == 0) {
		fd = openat(dir, "told", O_WRONLY | O_CREAT, 0600);
		if (fd < 0 || write(fd, &e, sizeof e) != sizeof e)
			return 2;
		close(fd);
	}
	rig_down(&r);
	return 0;
}

static void dying_anywhere_keeps_a_committed_file(void **state)
{
	int dir = test_dir(state), fd;
	struct extent e;
	struct rig r;

	EACH_CRASH(c, store_and_tell, &dir) {
		r = rig_up(state);
		fd = openat(dir, "told", O_RDONLY);
		/* Half told is not told: the segments' own thread may die while this one writes it down. */
		if (fd >= 0 && read(fd, &e, sizeof e) == sizeof e)
			assert_true(reads_as(&r, &e, STR("survives")));
		if (fd >= 0)
			close(fd);
		rig_down(&r);
		t_wipe(dir);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_committed_file_is_read_back_in_any_part),
		T(part_of_a_needle_is_read_without_the_rest),
		T(an_empty_blob_takes_no_place),
		T(an_aborted_blob_leaves_no_file),
		T(a_forgotten_blob_is_gone),
		T(a_file_cut_short_is_told),
		T(an_extent_is_opened_with_the_offset_of_its_first_byte),
		T(a_small_blob_is_isolated_in_sealed_memory),
		T(a_file_is_isolated_as_itself_for_reading),
		T(many_parts_are_isolated_in_an_unnamed_file),
		T(a_damaged_needle_is_not_isolated),
		T(packed_extents_come_back_as_they_were),
		T(damaged_extents_are_told),
		T(a_blob_that_fails_anywhere_has_no_extent_and_no_file),
		T(a_folder_whose_name_was_not_synced_does_not_stay),
		T(dying_anywhere_keeps_a_committed_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
