/* Files that are not what they should be: cut, lost and swapped restarts, impossible codes, kinds that are not for us. */
#include "tests/lib/t.h"

#include "tests/unit/runner/jpeg_oracle.h"

static const int eighth[] = { 8, 8, 8 }, half[] = { 2, 2, 2 }, full[] = { 1, 1, 1 };

static struct oracle_file restarts = { .width = 128, .height = 64, .n = 3, .h = { 2 }, .v = { 2 }, .restart = 8 };

static enum jpeg_end end_of(struct str file, const int shrink[JPEG_COMPONENTS_MAX], struct jpeg_result *r)
{
	struct oracle_planes p;
	enum jpeg_end end = oracle_ours(file, shrink, &p, r);

	oracle_lose(&p);
	return end;
}

/* Of a copy, for the caller to change and free. */
static uint8_t *copy_of(struct str file)
{
	uint8_t *p = malloc(file.n);

	assert_non_null(p);
	memcpy(p, file.p, file.n);
	return p;
}

/* The `which`th time (from 0) that a marker with this code stands in the file. */
static size_t marker_at(struct str file, int code, int which)
{
	for (size_t at = 0; at + 1 < file.n; at++)
		if ((uint8_t)file.p[at] == 0xff && (uint8_t)file.p[at + 1] == code && which-- == 0)
			return at;
	fail_msg("no marker %02x", code);
	return 0;
}

static void a_file_cut_anywhere_is_told_from_a_whole_one(void **state)
{
	(void)state;
	for (int progressive = 0; progressive < 2; progressive++) {
		struct oracle_file f = { .width = 70, .height = 50, .n = 3, .h = { 2 }, .v = { 2 }, .progressive = progressive, .restart = 3 };
		struct str file = oracle_make(&f);
		struct jpeg_result r;
		int most = 0;

		for (size_t n = 0; n < file.n; n++) {
			uint8_t *p = malloc(n ? n : 1);	/* exact, so that a byte too far is seen */

			assert_non_null(p);
			memcpy(p, file.p, n);
			assert_int_not_equal(end_of(str_n(p, n), n % 3 == 0 ? full : n % 3 == 1 ? half : eighth, &r), JPEG_COMPLETE);
			assert_true(r.mcu_rows_read >= most);
			most = r.mcu_rows_read;
			free(p);
		}
		assert_int_equal(most, 4);
		free((void *)file.p);
	}
}

static void cut_in_the_middle(const int shrink[JPEG_COMPONENTS_MAX])
{
	size_t width = 128 / (size_t)shrink[0], height = 96 / (size_t)shrink[0], block = 8 / (size_t)shrink[0], reached;
	struct oracle_file f = { .width = 128, .height = 96, .n = 1, .quality = 95 };
	struct str file = oracle_make(&f);
	struct oracle_planes whole, part;
	struct jpeg_result r;

	assert_int_equal(oracle_ours(file, shrink, &whole, &r), JPEG_COMPLETE);
	assert_int_equal(oracle_ours(str_n(file.p, file.n / 2), shrink, &part, &r), JPEG_CUT);
	assert_true(r.mcu_rows_read > 2 && r.mcu_rows_read < 10);
	reached = (size_t)r.mcu_rows_read * block * width;
	assert_memory_equal(whole.samples[0], part.samples[0], reached);
	for (size_t i = reached + block * width; i < width * height; i++)
		assert_int_equal(part.samples[0][i], 128);
	oracle_lose(&whole);
	oracle_lose(&part);
	free((void *)file.p);
}

static void what_was_reached_before_a_cut_is_right_and_the_rest_grey(void **state)
{
	(void)state;
	cut_in_the_middle(half);
	cut_in_the_middle(full);
}

/* Rows of MCUs (16 samples of luma each, 2 at 1/8) that are the same in two pictures. */
static int rows_alike(const struct oracle_planes *a, const struct oracle_planes *b)
{
	int n = 0;

	for (int row = 0; row < 4; row++)
		n += memcmp(a->samples[0] + row * 32, b->samples[0] + row * 32, 32) == 0;
	return n;
}

/* Every interval is a row of MCUs; one change in the bytes costs the rows given. */
static void after_change(void (*change)(struct str file, uint8_t *p, size_t *n), int alike, int read)
{
	struct str file = oracle_make(&restarts);
	uint8_t *p = copy_of(file);
	size_t n = file.n;
	struct oracle_planes whole, part;
	struct jpeg_result r;

	assert_int_equal(oracle_ours(file, eighth, &whole, &r), JPEG_COMPLETE);
	change(file, p, &n);
	assert_int_equal(oracle_ours(str_n(p, n), eighth, &part, &r), JPEG_DAMAGED);
	assert_int_equal(rows_alike(&whole, &part), alike);
	assert_int_equal(r.mcu_rows_read, read);
	oracle_lose(&whole);
	oracle_lose(&part);
	free(p);
	free((void *)file.p);
}

static void lose_second_interval(struct str file, uint8_t *p, size_t *n)
{
	size_t from = marker_at(file, 0xd0, 0), to = marker_at(file, 0xd1, 0);

	memmove(p + from, p + to, *n - to);
	*n -= to - from;
}

static void a_lost_interval_costs_its_own_blocks_only(void **state)
{
	(void)state;
	after_change(lose_second_interval, 3, 3);
}

static void repeat_second_interval(struct str file, uint8_t *p, size_t *n)
{
	size_t from = marker_at(file, 0xd0, 0), to = marker_at(file, 0xd1, 0);

	/* The third one is overwritten with a copy of the second, marker and all, as far as there is room. */
	(void)n;
	memcpy(p + to, p + from, to - from);
}

static void an_old_interval_that_comes_again_is_passed_by(void **state)
{
	struct str file = oracle_make(&restarts);
	size_t second = marker_at(file, 0xd1, 0) - marker_at(file, 0xd0, 0), third = marker_at(file, 0xd2, 0) - marker_at(file, 0xd1, 0);
	struct oracle_planes part;
	struct jpeg_result r;
	uint8_t *p = copy_of(file);
	size_t n = file.n;

	(void)state;
	assert_true(second < third);	/* else the third one's marker would be gone too */
	repeat_second_interval(file, p, &n);
	assert_int_equal(oracle_ours(str_n(p, n), eighth, &part, &r), JPEG_DAMAGED);
	assert_true(r.mcu_rows_read >= 2);
	oracle_lose(&part);
	free(p);
	free((void *)file.p);
}

static void wipe_second_interval(struct str file, uint8_t *p, size_t *n)
{
	size_t from = marker_at(file, 0xd0, 0), to = marker_at(file, 0xd1, 0);

	(void)n;
	memset(p + from + 2, 0xfe, to - from - 2);
}

static void nonsense_in_an_interval_does_not_reach_the_next(void **state)
{
	(void)state;
	after_change(wipe_second_interval, 3, 3);
}

static void put_bytes_before_a_restart(struct str file, uint8_t *p, size_t *n)
{
	size_t at = marker_at(file, 0xd1, 0);
	uint8_t *copy = copy_of(file);

	/* Their room is taken from the end, where only the picture's end stands. */
	memcpy(p + at + 2, copy + at, *n - at - 2);
	memset(p + at, 0x55, 2);
	free(copy);
}

static void bytes_too_many_before_a_restart_are_left_out(void **state)
{
	struct str file = oracle_make(&restarts);
	struct oracle_planes whole, part;
	struct jpeg_result r;
	uint8_t *p = copy_of(file);
	size_t n = file.n;

	(void)state;
	assert_int_equal(oracle_ours(file, eighth, &whole, &r), JPEG_COMPLETE);
	put_bytes_before_a_restart(file, p, &n);
	assert_int_equal(oracle_ours(str_n(p, n), eighth, &part, &r), JPEG_CUT);
	assert_int_equal(rows_alike(&whole, &part), 4);
	oracle_lose(&whole);
	oracle_lose(&part);
	free(p);
	free((void *)file.p);
}

static void what_is_wrong_is_found_at_every_shrink(void **state)
{
	struct oracle_file f = { .width = 200, .height = 100, .n = 3, .h = { 2 }, .v = { 2 }, .optimize = true, .quality = 40 };
	struct str file = oracle_make(&f);
	size_t scan = marker_at(file, 0xda, 0) + 14;
	int damaged = 0;

	(void)state;
	for (size_t at = scan; at < file.n - 2; at++) {
		uint8_t *p = copy_of(file);
		struct jpeg_result r8, r2, r1;
		enum jpeg_end end;

		p[at] = 0xfe;
		end = end_of(str_n(p, file.n), eighth, &r8);
		assert_int_equal(end_of(str_n(p, file.n), half, &r2), end);
		assert_int_equal(end_of(str_n(p, file.n), full, &r1), end);
		assert_int_equal(r8.mcu_rows_read, r2.mcu_rows_read);
		assert_int_equal(r8.mcu_rows_read, r1.mcu_rows_read);
		damaged += end == JPEG_DAMAGED;
		free(p);
	}
	assert_true(damaged > 100);
	free((void *)file.p);
}

static void a_code_that_is_not_in_its_table_is_told(void **state)
{
	struct oracle_file f = { .width = 64, .height = 64, .n = 1, .optimize = true };
	struct str file = oracle_make(&f);
	size_t scan = marker_at(file, 0xda, 0) + 10;
	uint8_t *p = copy_of(file);
	struct jpeg_result r;

	(void)state;
	memset(p + scan, 0xff, 20);
	for (size_t i = 1; i < 20; i += 2)
		p[scan + i] = 0;	/* stuffed: ten bytes of ones, and no code is of ones alone */
	assert_int_equal(end_of(str_n(p, file.n), eighth, &r), JPEG_DAMAGED);
	assert_int_equal(end_of(str_n(p, file.n), half, &r), JPEG_DAMAGED);
	assert_int_equal(end_of(str_n(p, file.n), full, &r), JPEG_DAMAGED);
	free(p);
	free((void *)file.p);
}

static enum jpeg_end end_with_byte(size_t after_frame_marker, int value)
{
	struct str file = oracle_make(&restarts);
	uint8_t *p = copy_of(file);
	struct jpeg_result r;
	enum jpeg_end end;

	p[marker_at(file, 0xc0, 0) + after_frame_marker] = (uint8_t)value;
	end = end_of(str_n(p, file.n), eighth, &r);
	free(p);
	free((void *)file.p);
	return end;
}

static void what_is_not_for_us_is_left_to_others(void **state)
{
	static const int kinds[] = { 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf };

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		assert_int_equal(end_with_byte(1, kinds[i]), JPEG_OTHER);
	assert_int_equal(end_with_byte(4, 12), JPEG_OTHER);	/* bits */
}

/* Behind the first scan: where SOF leaves it open, which is for others; where it does not, it says nothing new. */
static void a_height_told_late_is_only_for_us_when_it_was_told_before(void **state)
{
	static const char dnl[] = "\xff\xdc\0\4\0\x40\xff\xd9";
	struct str file = oracle_make(&restarts);
	uint8_t *p = malloc(file.n + sizeof dnl);
	size_t n = file.n - 2 + sizeof dnl - 1, height = marker_at(file, 0xc0, 0) + 5;
	struct jpeg_result r;

	(void)state;
	assert_non_null(p);
	memcpy(p, file.p, file.n - 2);
	memcpy(p + file.n - 2, dnl, sizeof dnl - 1);
	assert_int_equal(end_of(str_n(p, n), eighth, &r), JPEG_COMPLETE);
	p[height] = p[height + 1] = 0;
	assert_int_equal(end_of(str_n(p, n), eighth, &r), JPEG_OTHER);
	free(p);
	free((void *)file.p);
}

static void a_frame_that_cannot_be_is_damage(void **state)
{
	(void)state;
	assert_int_equal(end_with_byte(7, 0xff), JPEG_DAMAGED);		/* 65,408 wide */
	assert_int_equal(end_with_byte(11, 0x50), JPEG_DAMAGED);	/* factors */
	assert_int_equal(end_with_byte(11, 0x44), JPEG_DAMAGED);	/* 18 blocks in an MCU */
	assert_int_equal(end_with_byte(3, 18), JPEG_DAMAGED);		/* the segment's length */
	assert_int_equal(end_with_byte(12, 9), JPEG_OTHER);		/* a quantization table that there is not */
}

static void a_picture_that_takes_too_much_memory_is_refused_before_it_takes_it(void **state)
{
	struct oracle_file f = { .width = 64, .height = 64, .n = 1, .progressive = true };
	struct str file = oracle_make(&f);
	uint8_t *p = copy_of(file);
	size_t at = marker_at(file, 0xc2, 0);
	struct jpeg_result r;

	(void)state;
	memcpy(p + at + 5, "\xff\xdc\xff\xdc", 4);	/* 65,500 x 65,500: 67 million blocks */
	assert_int_equal(end_of(str_n(p, file.n), half, &r), JPEG_OTHER);
	memcpy(p + at + 5, "\x4e\x20\x36\xb0", 4);	/* 20,000 x 14,000: 560 million bytes, at 1/2 a quarter of that */
	assert_int_equal(end_of(str_n(p, file.n), full, &r), JPEG_OTHER);
	memcpy(p + at + 5, "\xff\xdc\xff\xdc", 4);
	assert_int_equal(end_of(str_n(p, file.n), eighth, &r), JPEG_DAMAGED);
	free(p);
	free((void *)file.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_file_cut_anywhere_is_told_from_a_whole_one),
		T(what_was_reached_before_a_cut_is_right_and_the_rest_grey),
		T(a_lost_interval_costs_its_own_blocks_only),
		T(an_old_interval_that_comes_again_is_passed_by),
		T(nonsense_in_an_interval_does_not_reach_the_next),
		T(bytes_too_many_before_a_restart_are_left_out),
		T(what_is_wrong_is_found_at_every_shrink),
		T(a_code_that_is_not_in_its_table_is_told),
		T(what_is_not_for_us_is_left_to_others),
		T(a_height_told_late_is_only_for_us_when_it_was_told_before),
		T(a_frame_that_cannot_be_is_damage),
		T(a_picture_that_takes_too_much_memory_is_refused_before_it_takes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
