#include "tests/lib/t.h"

#include <math.h>

#include "base/codec.h"
#include "functions/runner/look/color.h"
#include "functions/runner/look/thumbhash.h"

static struct picture filled(int width, int height, int bands, const uint8_t *pixel)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = 8, .alpha = bands == 4 };
	uint8_t *at;

	picture_alloc(&p);
	at = p.pixels;
	for (int i = 0; i < width * height; i++, at += bands)
		memcpy(at, pixel, (size_t)bands);
	return p;
}

/* Decoded from base64. */
static struct buf hash_of(struct picture *p)
{
	struct buf text = { 0 }, bytes = { 0 };

	thumbhash(p, &text);
	assert_int_equal(base64_decode(&bytes, str_n(text.data, text.len)), 0);
	buf_clear(&text);
	picture_clear(p);
	return bytes;
}

/* Worked out by hand from the format: averages 0, 1/2, 1/2; 7 across; no scale; 27 + 5 + 5 nibbles of 0. */
static void black_has_the_hash_that_the_format_gives_it(void **state)
{
	static const uint8_t want[24] = { 0x00, 0x08, 0x02, 0x07 };
	struct picture p = filled(8, 8, 3, (const uint8_t *)"\0\0\0");
	struct buf h = hash_of(&p);

	(void)state;
	assert_int_equal(h.len, sizeof want);
	assert_memory_equal(h.data, want, sizeof want);
	buf_clear(&h);
}

/* White, half of it invisible: luminance 63, alpha 8/15 on average. */
static void alpha_adds_its_own_part(void **state)
{
	struct picture p = filled(10, 5, 4, (const uint8_t *)"\xff\xff\xff\xff");
	struct buf h;

	(void)state;
	for (int y = 0; y < 5; y++)
		for (int x = 5; x < 10; x++)
			((uint8_t *)picture_row(&p, y))[4 * x + 3] = 0;
	h = hash_of(&p);
	assert_int_equal(h.data[0] & 63, 63);
	assert_int_equal(h.data[2] & 0x80, 0x80);
	assert_int_equal((uint8_t)h.data[4] & 0x80, 0x80);	/* landscape */
	assert_int_equal(h.data[3] & 7, 3);			/* 5 x 5/10, at the shorter side */
	assert_int_equal(h.data[5] & 15, 8);
	buf_clear(&h);
}

/* The average colour comes back from the head as a reader of the format computes it. */
static void the_head_tells_the_average_colour(void **state)
{
	static const uint8_t colours[][3] = { { 255, 0, 0 }, { 20, 200, 90 }, { 255, 255, 255 }, { 13, 77, 240 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct picture p = filled(30, 40, 3, colours[i]);
		struct buf h = hash_of(&p);
		uint32_t head = (uint8_t)h.data[0] | (uint32_t)(uint8_t)h.data[1] << 8 | (uint32_t)(uint8_t)h.data[2] << 16;
		double l = (head & 63) / 63.0, yb = (head >> 6 & 63) / 31.5 - 1, rg = (head >> 12 & 63) / 31.5 - 1;
		double b = l - 2.0 / 3 * yb, r = (3 * l - b + rg) / 2, g = r - rg;

		assert_true(fabs(r * 255 - colours[i][0]) < 12);
		assert_true(fabs(g * 255 - colours[i][1]) < 12);
		assert_true(fabs(b * 255 - colours[i][2]) < 12);
		buf_clear(&h);
	}
}

static void any_shape_has_a_hash(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { 100, 1 }, { 1, 100 }, { 100, 100 }, { 3, 97 } };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		for (int bands = 1; bands <= 4; bands += bands == 1 ? 2 : 1) {
			struct picture p = filled(sizes[i][0], sizes[i][1], bands, (const uint8_t *)"\x40\x80\xc0\x7f");
			struct buf h = hash_of(&p);

			assert_in_range(h.len, 10, 30);
			buf_clear(&h);
		}
}

static void the_commonest_colour_wins(void **state)
{
	struct picture p = filled(10, 10, 3, (const uint8_t *)"\x10\x20\xf0");
	char text[COLOR_TEXT_MAX];

	(void)state;
	memset(p.pixels, 0xff, 49 * 3);
	color_dominant(&p, text);
	assert_string_equal(text, "#1020f0");
	memset(p.pixels, 0xff, 51 * 3);
	color_dominant(&p, text);
	assert_string_equal(text, "#ffffff");
	picture_clear(&p);
}

static void invisible_pixels_have_no_say(void **state)
{
	struct picture p = filled(10, 10, 4, (const uint8_t *)"\xff\0\0\0"), grey = filled(1, 1, 1, (const uint8_t *)"\x99");
	char text[COLOR_TEXT_MAX];

	(void)state;
	memcpy(p.pixels, "\0\xff\0\xff", 4);
	color_dominant(&p, text);
	assert_string_equal(text, "#00ff00");
	color_dominant(&grey, text);
	assert_string_equal(text, "#999999");
	picture_clear(&p);
	picture_clear(&grey);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(black_has_the_hash_that_the_format_gives_it),
		T(alpha_adds_its_own_part),
		T(the_head_tells_the_average_colour),
		T(any_shape_has_a_hash),
		T(the_commonest_colour_wins),
		T(invisible_pixels_have_no_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
