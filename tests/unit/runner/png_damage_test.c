/* PNG files that are cut, broken or not what they said. */
#include "tests/unit/runner/png_rig.h"

/* A copy of exactly that length, so that the sanitizers see a byte read too far. */
static struct shot take_cut(struct str file, size_t n)
{
	char *copy = malloc(n);
	struct shot s;

	assert_non_null(copy);
	memcpy(copy, file.p, n);
	s = take(str_n(copy, n), 64, 80, false);
	free(copy);
	return s;
}

static void a_file_cut_anywhere_gives_the_rows_before(void **state)
{
	struct spec s = { .width = 64, .height = 80, .color = PNG_RGB, .depth = 8, .level = 1, .grainy = true, .idat = 700 };
	struct str file = png_of(&s);
	struct picture whole;

	(void)state;
	assert_true(png_pixels_own(file, false, &whole));
	for (size_t n = 33; n < file.n - 16; n += 97) {
		struct shot got = take_cut(file, n);
		double part = (double)n / (double)file.n;

		if (part < 0.08)
			assert_int_equal(got.why, REASON_TRUNCATED);
		if (part > 0.15)
			assert_int_equal(got.why, REASON_NONE);
		if (got.why == REASON_NONE) {
			size_t rows = (size_t)lround(got.m.read * 80);

			assert_true(got.m.degraded);
			assert_true(fabs(got.m.read - part) < 0.06);
			assert_memory_equal(got.m.image.picture.pixels, whole.pixels, rows * 64 * 3);
			assert_int_equal(*((uint8_t *)got.m.image.picture.pixels + rows * 64 * 3 + 100), 128);
		}
		image_clear(&got.m.image);
	}
	picture_clear(&whole);
	lose(file);
}

static void a_chunk_with_a_wrong_checksum_ends_the_picture_before_it(void **state)
{
	struct spec s = { .width = 64, .height = 80, .color = PNG_RGB, .depth = 8, .level = 1, .grainy = true, .idat = 700 };
	struct str file = png_of(&s);
	struct shot got;

	(void)state;
	((char *)(uintptr_t)file.p)[file.n / 2] ^= 1;
	got = take_cut(file, file.n);
	assert_int_equal(got.why, REASON_NONE);
	assert_true(got.m.degraded && got.m.read > 0.4 && got.m.read <= 0.5);
	image_clear(&got.m.image);
	lose(file);
}

/* In one large chunk nobody knows where the fault is: all that can be inflated is taken. */
static void a_large_chunk_with_a_wrong_checksum_is_still_used(void **state)
{
	struct spec s = { .width = 300, .height = 200, .color = PNG_RGB, .depth = 8, .level = 0, .grainy = true };
	struct str file = png_of(&s), one = rebuilt(file, file.n, false, NULL);
	struct shot got;

	(void)state;
	((char *)(uintptr_t)one.p)[one.n / 2] ^= 1;
	got = take_cut(one, one.n);
	assert_int_equal(got.why, REASON_NONE);
	assert_true(got.m.degraded && got.m.read == 1);
	image_clear(&got.m.image);
	lose(one);
	lose(file);
}

static void what_follows_a_large_chunk_with_a_wrong_checksum_is_not_used(void **state)
{
	struct spec s = { .width = 300, .height = 200, .color = PNG_RGB, .depth = 8, .level = 0, .grainy = true };
	struct str file = png_of(&s), two = rebuilt(file, 100000, false, NULL);
	struct shot got;

	(void)state;
	((char *)(uintptr_t)two.p)[50000] ^= 1;
	got = take_cut(two, two.n);
	assert_int_equal(got.why, REASON_NONE);
	assert_true(got.m.degraded && got.m.read > 0.5 && got.m.read < 0.56);
	image_clear(&got.m.image);
	lose(two);
	lose(file);
}

static void an_impossible_filter_ends_the_picture_before_it(void **state)
{
	struct spec s = { .width = 64, .height = 80, .color = PNG_RGB, .depth = 8, .level = 0, .filters = PNG_FILTER_NONE };
	struct str file = png_of(&s), one = rebuilt(file, file.n, false, NULL);
	size_t head = 2 + 5;				/* zlib's, and a stored block's */
	struct shot got;

	(void)state;
	change(one, "IDAT", head + 40 * (1 + 64 * 3), 5, true);
	got = take_cut(one, one.n);
	assert_int_equal(got.why, REASON_NONE);
	assert_true(got.m.degraded);
	assert_true(got.m.read == 0.5);
	image_clear(&got.m.image);
	lose(one);
	lose(file);
}

/* The first pass shows everything roughly; the later ones refine it. */
static void a_cut_interlaced_picture_is_coarse_and_has_no_holes(void **state)
{
	struct spec s = { .width = 64, .height = 80, .color = PNG_RGB, .depth = 8, .level = 0, .interlaced = true };
	struct str file = png_of(&s);
	struct picture whole;

	(void)state;
	assert_true(png_pixels_own(file, false, &whole));
	for (size_t n = file.n / 40; n < file.n; n += file.n / 40) {
		struct shot got = take_cut(file, n);
		double off = 0;

		assert_int_equal(got.why, REASON_NONE);
		assert_true(got.m.degraded && got.m.read == 1);
		for (size_t i = 0; i < 64 * 80 * 3; i++) {
			int d = abs(((uint8_t *)got.m.image.picture.pixels)[i] - ((uint8_t *)whole.pixels)[i]);

			off += d < 128 ? d : 256 - d;		/* the samples count round and round */
		}
		assert_true(off / (64 * 80 * 3) < 25 * (1 - (double)n / (double)file.n) + 1);
		image_clear(&got.m.image);
	}
	picture_clear(&whole);
	lose(file);
}

static void another_size_than_the_header_told_is_damage(void **state)
{
	struct spec s = { .width = 64, .height = 80, .color = PNG_RGB, .depth = 8, .level = 6 };
	struct str file = png_of(&s);
	struct header h = { .format = FORMAT_PNG, .width = 64, .height = 81 };
	struct reading r = { .photo = file, .h = &h, .need = { .width = 64, .height = 81 } };
	struct master m = { .degraded = false };
	char message[SAY_MAX];

	(void)state;
	assert_int_equal(png_read(&r, &m, message), REASON_DAMAGED);
	assert_null(m.image.picture.pixels);
	lose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_file_cut_anywhere_gives_the_rows_before),
		T(a_chunk_with_a_wrong_checksum_ends_the_picture_before_it),
		T(a_large_chunk_with_a_wrong_checksum_is_still_used),
		T(what_follows_a_large_chunk_with_a_wrong_checksum_is_not_used),
		T(an_impossible_filter_ends_the_picture_before_it),
		T(a_cut_interlaced_picture_is_coarse_and_has_no_holes),
		T(another_size_than_the_header_told_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
