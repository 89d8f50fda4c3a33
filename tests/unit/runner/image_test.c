#include "tests/lib/t.h"

#include <math.h>
#include <string.h>

#include "functions/runner/image.h"

/* Slow colours over quick luma, as photos have them. */
static struct picture scene(int width, int height)
{
	struct picture p = { .width = width, .height = height, .bands = 3, .depth = 8 };

	picture_alloc(&p);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			double v = 120 + 30 * sin(x * 0.9) * cos(y * 0.7), slow = 40 * sin(x * 0.03) + 30 * cos(y * 0.02);
			uint8_t *at = (uint8_t *)picture_row(&p, y) + 3 * x;

			at[0] = (uint8_t)(v + slow);
			at[1] = (uint8_t)v;
			at[2] = (uint8_t)(v - slow);
		}
	return p;
}

static struct image planar(const struct picture *p, bool half)
{
	struct image i = { .planar = true };

	planes_from_picture(p, half, &i.planes);
	return i;
}

static double mean_difference(const struct picture *a, const struct picture *b)
{
	size_t n = picture_row_bytes(a) * (size_t)a->height;
	double sum = 0;

	assert_true(a->width == b->width && a->height == b->height && a->bands == b->bands && a->depth == b->depth);
	for (size_t i = 0; i < n; i++)
		sum += abs(((uint8_t *)a->pixels)[i] - ((uint8_t *)b->pixels)[i]);
	return sum / (double)n;
}

static void both_forms_scale_to_the_same_picture(void **state)
{
	static const int cases[][4] = {
		{ 200, 150, 100, 75 }, { 201, 151, 77, 59 }, { 199, 150, 199, 150 }, { 301, 203, 41, 27 }, { 61, 47, 122, 95 }, { 33, 21, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < 4 * sizeof cases / sizeof cases[0]; i++) {
		const int *c = cases[i / 4];
		struct image in = { .picture = scene(c[0], c[1]) }, in_planes = planar(&in.picture, i & 1), a, b;
		struct image_part part = { c[0] / 7.0, c[1] / 9.0, c[0] / 1.5, c[1] / 1.25 };
		double off;

		image_scale(&in, i & 2 ? &part : NULL, c[2], c[3], true, &a);
		image_scale(&in_planes, i & 2 ? &part : NULL, c[2], c[3], (i & 1) == 0, &b);
		assert_true(b.planar && !a.planar);
		assert_int_equal(image_width(&b), c[2]);
		assert_int_equal(image_height(&b), c[3]);
		assert_int_equal(b.planes.plane[1].width, i & 1 ? planes_half(c[2]) : c[2]);
		image_interleave(&b);
		assert_false(b.planar);
		off = mean_difference(&a.picture, &b.picture);
		if (off > (c[2] == 1 ? 1.5 : 0.75))	/* of one pixel there is no mean */
			fail_msg("case %zu: %.3f", i, off);
		image_clear(&in);
		image_clear(&in_planes);
		image_clear(&a);
		image_clear(&b);
	}
}

/* A ramp of colour over an odd width: samples of both planes stand in the middle of what they cover, the last ones half outside. */
static void colour_does_not_shift_against_luma(void **state)
{
	static const int widths[][2] = { { 201, 100 }, { 201, 101 }, { 200, 67 }, { 99, 98 }, { 99, 99 }, { 51, 127 } };

	(void)state;
	for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
		int w = widths[i][0], to = widths[i][1], half = planes_half(w);
		struct image in = { .planar = true, .planes = { .n = 3, .plane = { { .width = w, .height = 8 },
				    { .width = half, .height = 4 }, { .width = half, .height = 4 } } } }, out;
		double luma = 0, colour = 0;

		planes_alloc(&in.planes);
		for (int k = 0; k < 3; k++)
			for (int y = 0; y < in.planes.plane[k].height; y++)
				for (int x = 0; x < in.planes.plane[k].width; x++)
					in.planes.plane[k].pixels[(size_t)y * in.planes.plane[k].stride + (size_t)x] =
						(uint8_t)(k == 0 ? x : 2 * x + 20);
		image_scale(&in, NULL, to, 8, false, &out);
		for (int x = 8; x < to - 8; x++)
			luma += out.planes.plane[0].pixels[x] - ((x + 0.5) * w / to - 0.5);
		for (int x = 4; x < planes_half(to) - 4; x++)
			colour += out.planes.plane[1].pixels[x] - (20 + 2 * ((2 * x + 1.0) * w / to / 2 - 0.5));
		luma /= to - 16;
		colour /= planes_half(to) - 8;
		if (fabs(luma) > 0.51 || fabs(colour) > 0.51)
			fail_msg("%d to %d: luma by %.3f, colour by %.3f pixels", w, to, luma, colour);
		image_clear(&in);
		image_clear(&out);
	}
}

static void an_image_turns_in_both_forms(void **state)
{
	(void)state;
	for (int o = 1; o <= 8; o++) {
		struct image a = { .picture = scene(64, 40) }, b = planar(&a.picture, false);

		image_turn(&a, o);
		image_turn(&b, o);
		assert_int_equal(image_width(&a), o >= 5 ? 40 : 64);
		assert_int_equal(image_width(&b), image_width(&a));
		assert_int_equal(image_height(&b), image_height(&a));
		image_interleave(&b);
		image_interleave(&b);
		assert_true(mean_difference(&a.picture, &b.picture) < 0.5);
		image_clear(&a);
		image_clear(&b);
	}
}

static void grey_planes_stay_grey(void **state)
{
	struct image in = { .planar = true, .planes = { .n = 1, .plane = { { .width = 90, .height = 70 } } } }, out;

	(void)state;
	planes_alloc(&in.planes);
	memset(in.planes.plane[0].pixels, 77, in.planes.plane[0].stride * 70);
	image_scale(&in, NULL, 30, 20, false, &out);
	assert_int_equal(out.planes.n, 1);
	image_interleave(&out);
	assert_int_equal(out.picture.bands, 1);
	for (int i = 0; i < 600; i++)
		assert_int_equal(((uint8_t *)out.picture.pixels)[i], 77);
	image_clear(&in);
	image_clear(&out);
	image_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(both_forms_scale_to_the_same_picture),
		T(colour_does_not_shift_against_luma),
		T(an_image_turns_in_both_forms),
		T(grey_planes_stay_grey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
