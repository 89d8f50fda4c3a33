/* Packages that want out, in, or more than there is room for. */
#include "tests/unit/functions/unpack_rig.h"

/* Refused with this verdict; and nothing of it is left. */
static void refuses(void **state, const struct zip_entry *m, int n, enum unpack_verdict want)
{
	int dir = test_dir(state);
	struct unpack_result r = unpack_made(state, m, n);

	if (r.verdict != want)
		fail_msg("%s: verdict %d, want %d: %s", n ? m[n - 1].name : "no entry", (int)r.verdict, (int)want, r.message);
	assert_true(r.message[0] != '\0');
	assert_false(unpack_is_ready(test_path(state), ID));
	assert_int_equal(t_entries(dir), 0);
}
#define REFUSES(want, ...) \
	refuses(state, (const struct zip_entry[]){ __VA_ARGS__ }, (int)(sizeof (const struct zip_entry[]){ __VA_ARGS__ } / sizeof(struct zip_entry)), want)

static void paths_that_leave_are_refused(void **state)
{
	static const char *const bad[] = { "/etc/passwd", "../a", "a/../../b", "a/..", "a/b/../c", "..", "a\\b", "..\\a", "C:\\a" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		REFUSES(UNPACK_PATH, { .name = "fine", .bytes = "x" }, { .name = bad[i], .bytes = "x" });
}

static void paths_too_long_or_too_deep_are_refused(void **state)
{
	char longest[UNPACK_PATH_MAX + 2], deep[2 * UNPACK_DEPTH_MAX + 2], name[257];

	memset(longest, 'a', sizeof longest);
	for (size_t i = 100; i < sizeof longest; i += 100)
		longest[i] = '/';
	longest[sizeof longest - 1] = '\0';
	REFUSES(UNPACK_PATH, { .name = longest, .bytes = "x" });
	memset(name, 'n', sizeof name);
	name[256] = '\0';
	REFUSES(UNPACK_PATH, { .name = name, .bytes = "x" });
	for (size_t i = 0; i < sizeof deep; i += 2)
		memcpy(deep + i, "d/", 2);
	deep[sizeof deep - 1] = '\0';
	REFUSES(UNPACK_PATH, { .name = deep, .bytes = "x" });
	deep[2 * UNPACK_DEPTH_MAX - 1] = '\0';
	assert_int_equal(unpack_made(state, &(struct zip_entry){ .name = deep, .bytes = "x" }, 1).files, UNPACK_DEPTH_MAX);
}

static void entries_of_the_same_name_are_refused(void **state)
{
	REFUSES(UNPACK_TWICE, { .name = "a", .bytes = "1" }, { .name = "a", .bytes = "2" });
	REFUSES(UNPACK_TWICE, { .name = "a", .bytes = "1" }, { .name = "a/", .bytes = "" });
	REFUSES(UNPACK_TWICE, { .name = "a/", .bytes = "" }, { .name = "a", .bytes = "1" });
	REFUSES(UNPACK_TWICE, { .name = "a/", .bytes = "" }, { .name = "a/", .bytes = "" });
	REFUSES(UNPACK_TWICE, { .name = "a", .bytes = "1" }, { .name = "a/b", .bytes = "2" });
	REFUSES(UNPACK_TWICE, { .name = "a", .bytes = "1" }, { .name = "./a", .bytes = "2" });
	REFUSES(UNPACK_TWICE, { .name = "a", .bytes = "b", .mode = 0120777 }, { .name = "a", .bytes = "2" });
}

static void links_that_leave_are_refused(void **state)
{
	static const char *const bad[] = { "/etc/passwd", "/", "..", "../a", "x/../../a", "/opt/../etc", "/optional", "/var/task/../../etc" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		REFUSES(UNPACK_LINK, { .name = "link", .bytes = bad[i], .mode = 0120777 });
	REFUSES(UNPACK_LINK, { .name = "a/b/link", .bytes = "../../../c", .mode = 0120777 });
	REFUSES(UNPACK_LINK, { .name = "link", .bytes = "", .mode = 0120777 });
	/* Its words stay below, its way does not: up is the top, and up/.. is above. */
	REFUSES(UNPACK_LINK, { .name = "a/b/up", .bytes = "../..", .mode = 0120777 }, { .name = "a/b/out", .bytes = "up/../etc", .mode = 0120777 });
}

static void nothing_is_written_through_a_link(void **state)
{
	REFUSES(UNPACK_TWICE, { .name = "link", .bytes = "/tmp", .mode = 0120777 }, { .name = "link/minilab-was-here", .bytes = "x" });
	REFUSES(UNPACK_TWICE, { .name = "sub/a", .bytes = "" }, { .name = "link", .bytes = "sub", .mode = 0120777 },
		{ .name = "link/b", .bytes = "x" });
	assert_int_not_equal(access("/tmp/minilab-was-here", F_OK), 0);
}

static void what_is_no_file_folder_or_link_is_refused(void **state)
{
	static const uint32_t kinds[] = { 0020666, 0060666, 0010666, 0140666 };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		REFUSES(UNPACK_KIND, { .name = "device", .bytes = "", .mode = kinds[i] });
	REFUSES(UNPACK_KIND, { .name = "secret", .bytes = "0123456789abc", .flags = 1 });
	REFUSES(UNPACK_KIND, { .name = "link/", .bytes = "x", .mode = 0120777 });
	REFUSES(UNPACK_KIND, { .name = "full/", .bytes = "x", .mode = 040755 });
}

static void set_id_bits_are_dropped(void **state)
{
	static const struct zip_entry m = { .name = "su", .bytes = "x", .mode = 0106755 };

	assert_int_equal(unpack_made(state, &m, 1).verdict, UNPACK_OK);
	mode_is(test_dir(state), "0123abcd/su", 0100755);
}

static void what_is_not_a_zip_or_is_damaged_is_refused(void **state)
{
	static const char *const texts[] = { "x", "PK\x05\x06", "not a zip at all, but long enough to look for the end of one in it" };
	int dir = test_dir(state);

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_int_equal(unpack_fd(state, file_of(str_of(texts[i]))).verdict, UNPACK_NOT_ZIP);
	REFUSES(UNPACK_NOT_ZIP, { .name = "a", .bytes = "x", .bad_crc = true });
	REFUSES(UNPACK_NOT_ZIP, { .name = "a", .bytes = "x", .method = 12 });
	REFUSES(UNPACK_NOT_ZIP, { .name = "a", .bytes = "not deflated", .method = 8 });
	refuses(state, NULL, 0, UNPACK_EMPTY);
	assert_int_equal(unpack_fd(state, file_of(STR(""))).verdict, UNPACK_EMPTY);
	assert_int_equal(t_entries(dir), 0);
}

static void a_bomb_is_measured_by_what_comes_out(void **state)
{
	int dir = test_dir(state);
	struct unpack_result r;

	/* 251 MB, as it says. */
	r = unpack_fd(state, python_zip(state, "z.writestr('zeros', bytes(251 << 20))"));
	assert_int_equal(r.verdict, UNPACK_TOO_LARGE);
	assert_string_equal(r.message, "Unzipped size must be smaller than 262144000 bytes");
	/* It says 1 byte, in both headers, and is 300 MB. */
	r = unpack_fd(state, python_zip(state,
		"z.writestr('zeros', bytes(300 << 20))\nz.close()\n"
		"b = open(sys.argv[1], 'rb').read().replace((300 << 20).to_bytes(4, 'little'), (1).to_bytes(4, 'little'))\n"
		"open(sys.argv[1], 'wb').write(b)"));
	assert_true(r.verdict == UNPACK_TOO_LARGE || r.verdict == UNPACK_NOT_ZIP);
	assert_int_equal(t_entries(dir), 0);
}

/* In memory: twenty thousand folders come and go, and none of them matters. */
static void too_many_folders_are_refused(void **state)
{
	char dir[] = "/dev/shm/minilab-test.XXXXXX";
	int fd = python_zip(state,
		"for i in range(201): z.writestr('/'.join('%d' % (i if d == 0 else d) for d in range(100)) + '/', '')");
	struct unpack_result r;
	struct stat st;

	if (!mkdtemp(dir)) {
		close(fd);
		skip();
	}
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(unpack(program(), fd, st.st_size, dir, ID, &r), 0);
	close(fd);
	assert_int_equal(r.verdict, UNPACK_FILES);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(paths_that_leave_are_refused),
		T(paths_too_long_or_too_deep_are_refused),
		T(entries_of_the_same_name_are_refused),
		T(links_that_leave_are_refused),
		T(nothing_is_written_through_a_link),
		T(what_is_no_file_folder_or_link_is_refused),
		T(set_id_bits_are_dropped),
		T(what_is_not_a_zip_or_is_damaged_is_refused),
		T(a_bomb_is_measured_by_what_comes_out),
		T(too_many_folders_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
