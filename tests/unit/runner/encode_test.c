/* The picture that comes out of each encoder, against the one that went in. */
#include "tests/unit/runner/encode_rig.h"

static const struct size { int width, height; } sizes[] = {
	{ 1, 1 }, { 1, 9 }, { 9, 1 }, { 2, 2 }, { 8, 8 }, { 17, 16 }, { 16, 17 }, { 33, 31 }, { 64, 48 }, { 1, 400 }, { 300, 1 }, { 150, 101 },
};
#define EACH_SIZE(s) for (const struct size *s = sizes; s < sizes + sizeof sizes / sizeof *sizes; s++)

/* Narrower than a block of samples: rounding is shared with what is not seen. */
static bool is_thin(const struct size *s)
{
	return s->width < 8 || s->height < 8;
}

static void come_back(enum form f, const struct rendition *r, int width, int height, double most)
{
	struct image i = paint_form(f, width, height);
	struct picture before = shown(&i, r->format == RENDITION_JPEG ? r->background : NULL), after;
	struct buf file = { 0 };
	double d;

	assert_true(encode(&i, r, &nothing, &file));
	after = decode(r->format, &file);
	d = delta_e(&before, &after);
	if (d > most)
		fail_msg("format %d form %d %dx%d: %.2f", r->format, f, width, height, d);
	picture_clear(&before);
	picture_clear(&after);
	buf_clear(&file);
	drop(&i);
}

static void every_form_and_size_comes_back_from_jpeg(void **state)
{
	(void)state;
	for (int f = 0; f < FORMS; f++)
		EACH_SIZE(s)
			for (int k = 0; k < 4; k++) {
				struct rendition r = wanted(RENDITION_JPEG);

				r.quality = 95;
				r.progressive = k & 1;
				r.chroma = k & 2 ? CHROMA_444 : CHROMA_420;
				come_back((enum form)f, &r, s->width, s->height, is_thin(s) ? 2 : 1.5);
			}
}

static void every_form_and_size_comes_back_from_webp(void **state)
{
	(void)state;
	for (int f = 0; f < FORMS; f++)
		EACH_SIZE(s) {
			struct rendition r = wanted(RENDITION_WEBP);

			r.quality = 95;
			come_back((enum form)f, &r, s->width, s->height, is_thin(s) ? 3 : 2);
		}
}

static void lossless_comes_back_as_it_was(void **state)
{
	(void)state;
	for (int f = 0; f < FORMS; f++)
		EACH_SIZE(s)
			for (int k = 0; k < 3; k++) {
				struct rendition r = wanted(k ? RENDITION_PNG : RENDITION_WEBP);

				r.lossless = k == 0;
				r.progressive = k == 2;
				come_back((enum form)f, &r, s->width, s->height, 0);
			}
}

static void alpha_comes_back_from_what_has_it(void **state)
{
	(void)state;
	for (int k = 0; k < 3; k++) {
		struct rendition r = wanted(k ? RENDITION_WEBP : RENDITION_PNG);
		struct image i = paint_form(RGBA, 150, 101);
		struct picture after;
		struct buf file = { 0 };

		r.lossless = k == 2;
		assert_true(encode(&i, &r, &nothing, &file));
		after = decode(r.format, &file);
		for (int y = 0; y < 101; y++)
			for (int x = 0; x < 150; x++)
				assert_int_equal(((uint8_t *)picture_row(&after, y))[4 * x + 3],
						 ((uint8_t *)picture_row(&i.picture, y))[4 * x + 3]);
		picture_clear(&after);
		buf_clear(&file);
		drop(&i);
	}
}

/* Where along x (or y) a step of red against blue stands: the centre of its slope. */
static double edge_of(const struct picture *p, bool down)
{
	double sum = 0, at = 0;

	for (int k = 1; k < (down ? p->height : p->width); k++) {
		const uint8_t *a = (uint8_t *)picture_row(p, down ? k - 1 : 20) + 4 * (down ? 20 : k - 1);
		const uint8_t *b = (uint8_t *)picture_row(p, down ? k : 20) + 4 * (down ? 20 : k);
		double d = fabs((a[0] - a[2]) - (double)(b[0] - b[2]));

		sum += d;
		at += d * k;
	}
	return at / sum;
}

/* Left (or above) reddish, else bluish, of one luma: the border lies between two colour samples of 4:2:0, at 32. */
static struct image two_halves(enum form f, bool down)
{
	struct image i = { .planar = true, .planes = { .n = 3 } };
	int half = f == PLANES_420 ? 2 : 1;

	for (int c = 0; c < 3; c++) {
		i.planes.plane[c].width = c ? 64 / half : 64;
		i.planes.plane[c].height = c ? 64 / half : 64;
	}
	planes_alloc(&i.planes);
	for (int c = 0; c < 3; c++)
		for (int y = 0; y < i.planes.plane[c].height; y++)
			for (int x = 0; x < i.planes.plane[c].width; x++)
				i.planes.plane[c].pixels[(size_t)y * i.planes.plane[c].stride + (size_t)x] =
					c == 0 ? 120 : ((down ? y : x) * half < 32) == (c == 2) ? 170 : 100;
	if (f == RGB) {
		struct picture p;

		planes_to_picture(&i.planes, &p);
		planes_clear(&i.planes);
		i = (struct image){ .picture = p };
	}
	return i;
}

static void colour_stands_where_it_stood(void **state)
{
	static const enum form forms[] = { PLANES_420, PLANES_444, RGB };

	(void)state;
	for (int k = 0; k < 12; k++) {
		struct rendition r = wanted(k % 2 ? RENDITION_WEBP : RENDITION_JPEG);
		bool down = k / 2 % 2;
		struct image i = two_halves(forms[k / 4], down);
		struct picture after;
		struct buf file = { 0 };
		double at;

		r.quality = 95;
		assert_true(encode(&i, &r, &nothing, &file));
		after = decode(r.format, &file);
		at = edge_of(&after, down);
		if (fabs(at - 32) > 0.2)
			fail_msg("%d: %.2f", k, at);
		picture_clear(&after);
		buf_clear(&file);
		drop(&i);
	}
}

static void what_lies_behind_rows_does_not_matter(void **state)
{
	(void)state;
	for (int k = 0; k < 6; k++) {
		struct rendition r = wanted(k % 2 ? RENDITION_WEBP : RENDITION_JPEG);
		struct buf first = { 0 }, second = { 0 };
		struct image i = paint_form((enum form)(k / 2), 37, 29);

		assert_true(encode(&i, &r, &nothing, &first));
		for (int c = 0; c < i.planes.n; c++)
			for (int y = 0; y < i.planes.plane[c].height; y++)
				memset(i.planes.plane[c].pixels + (size_t)y * i.planes.plane[c].stride + i.planes.plane[c].width, 0xc3,
				       i.planes.plane[c].stride - (size_t)i.planes.plane[c].width);
		assert_true(encode(&i, &r, &nothing, &second));
		assert_int_equal(first.len, second.len);
		assert_memory_equal(first.data, second.data, first.len);
		buf_clear(&first);
		buf_clear(&second);
		drop(&i);
	}
}

static void a_background_shows_through_where_there_is_no_alpha(void **state)
{
	struct rendition r = wanted(RENDITION_JPEG);
	struct image i = { .picture = rgba_of(16, 16) };
	struct picture after;
	struct buf file = { 0 };
	const uint8_t *middle;

	(void)state;
	memset(i.picture.pixels, 0, 16 * 16 * 4);
	memcpy(r.background, (uint8_t[]){ 200, 40, 90, 255 }, 4);
	assert_true(encode(&i, &r, &nothing, &file));
	after = decode(r.format, &file);
	middle = (uint8_t *)picture_row(&after, 8) + 4 * 8;
	assert_in_range(middle[0], 197, 203);
	assert_in_range(middle[1], 37, 43);
	assert_in_range(middle[2], 87, 93);
	picture_clear(&after);
	buf_clear(&file);
	drop(&i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_form_and_size_comes_back_from_jpeg),
		T(every_form_and_size_comes_back_from_webp),
		T(lossless_comes_back_as_it_was),
		T(alpha_comes_back_from_what_has_it),
		T(colour_stands_where_it_stood),
		T(what_lies_behind_rows_does_not_matter),
		T(a_background_shows_through_where_there_is_no_alpha),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
