#include "tests/lib/t.h"

#include <math.h>

#include "functions/runner/sharpen.h"

static struct picture random_picture(int width, int height, int bands)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = 8, .alpha = bands == 4 };
	size_t n = (size_t)width * (size_t)height * (size_t)bands;
	struct str bytes = t_bytes(n, (uint32_t)(width * 31 + height));

	picture_alloc(&p);
	memcpy(p.pixels, bytes.p, n);
	free((void *)(uintptr_t)bytes.p);
	return p;
}

static double sample(const struct picture *p, int x, int y, int b)
{
	x = x < 0 ? 0 : x >= p->width ? p->width - 1 : x;
	y = y < 0 ? 0 : y >= p->height ? p->height - 1 : y;
	return ((const uint8_t *)picture_row(p, y))[x * p->bands + b];
}

/* The definition, in doubles. */
static double sharpened(const struct picture *p, int x, int y, int b, int percent)
{
	double blurred = 0, at = sample(p, x, y, b), v;

	if (b == 3)
		return at;
	for (int dy = -1; dy <= 1; dy++)
		for (int dx = -1; dx <= 1; dx++)
			blurred += (2 - abs(dx)) * (2 - abs(dy)) * sample(p, x + dx, y + dy, b) / 16;
	v = at + (at - blurred) * percent / 100;
	return v < 0 ? 0 : v > 255 ? 255 : v;
}

static void every_sample_is_what_the_definition_says(void **state)
{
	static const struct { int width, height, bands, percent; } cases[] = {
		{ 1, 1, 3, 100 }, { 1, 9, 1, 40 }, { 9, 1, 4, 100 }, { 37, 23, 1, 100 }, { 37, 23, 3, 40 }, { 64, 5, 4, 1 }, { 2, 2, 3, 99 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct picture before = random_picture(cases[i].width, cases[i].height, cases[i].bands);
		struct image after = { .picture = random_picture(cases[i].width, cases[i].height, cases[i].bands) };

		sharpen(&after, cases[i].percent);
		for (int y = 0; y < before.height; y++)
			for (int x = 0; x < before.width; x++)
				for (int b = 0; b < before.bands; b++)
					if (fabs(sample(&after.picture, x, y, b) - sharpened(&before, x, y, b, cases[i].percent)) > 1)
						fail_msg("%zu: %d,%d band %d", i, x, y, b);
		picture_clear(&before);
		picture_clear(&after.picture);
	}
}

static void nothing_is_what_nothing_asks_for_and_flat_stays_flat(void **state)
{
	struct picture before = random_picture(20, 10, 3);
	struct image i = { .picture = random_picture(20, 10, 3) };

	(void)state;
	sharpen(&i, 0);
	assert_memory_equal(i.picture.pixels, before.pixels, 600);
	memset(i.picture.pixels, 77, 600);
	memset(before.pixels, 77, 600);
	sharpen(&i, 100);
	assert_memory_equal(i.picture.pixels, before.pixels, 600);
	picture_clear(&before);
	picture_clear(&i.picture);
}

static void planes_are_sharpened_in_luma_alone(void **state)
{
	struct picture p = random_picture(33, 17, 3), grey = { .width = 33, .height = 17, .bands = 1, .depth = 8 };
	struct image i = { .planar = true }, alone = { .picture = grey };
	struct planes before;

	(void)state;
	planes_from_picture(&p, true, &i.planes);
	planes_from_picture(&p, true, &before);
	picture_alloc(&alone.picture);
	for (int y = 0; y < 17; y++)
		memcpy(picture_row(&alone.picture, y), before.plane[0].pixels + (size_t)y * before.plane[0].stride, 33);
	sharpen(&i, 60);
	sharpen(&alone, 60);
	for (int y = 0; y < 17; y++)
		assert_memory_equal(i.planes.plane[0].pixels + (size_t)y * i.planes.plane[0].stride, picture_row(&alone.picture, y), 33);
	for (int c = 1; c < 3; c++)
		for (int y = 0; y < 9; y++)
			assert_memory_equal(i.planes.plane[c].pixels + (size_t)y * i.planes.plane[c].stride,
					    before.plane[c].pixels + (size_t)y * before.plane[c].stride, 17);
	planes_clear(&i.planes);
	planes_clear(&before);
	picture_clear(&p);
	picture_clear(&alone.picture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_sample_is_what_the_definition_says),
		T(nothing_is_what_nothing_asks_for_and_flat_stays_flat),
		T(planes_are_sharpened_in_luma_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
