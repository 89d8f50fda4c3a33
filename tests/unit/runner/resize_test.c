#include "tests/unit/runner/photos.h"

#include <math.h>

#include "functions/runner/resize.h"
#include "functions/runner/general/rows.h"

/* Smooth waves, an edge and some texture: what a photo has. */
static struct picture scene(int width, int height, int bands)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = 8 };
	uint8_t *at;

	picture_alloc(&p);
	at = p.pixels;
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			for (int b = 0; b < bands; b++) {
				double v = 128 + 60 * sin(x * 0.05 + b) + 40 * cos(y * 0.07 - b) + (x > y ? 20 : -20);

				*at++ = (uint8_t)(v + (x * 7 + y * 13) % 5);
			}
	return p;
}

/* In decibel, leaving out a frame of `edge` pixels: libvips and we treat what is outside differently. */
static double psnr(const struct picture *a, const struct picture *b, int edge)
{
	double sum = 0;
	long n = 0;

	assert_true(a->width == b->width && a->height == b->height && a->bands == b->bands);
	for (int y = edge; y < a->height - edge; y++) {
		const uint8_t *p = picture_row(a, y), *q = picture_row(b, y);

		for (int i = edge * a->bands; i < (a->width - edge) * a->bands; i++, n++)
			sum += (p[i] - q[i]) * (p[i] - q[i]);
	}
	return sum == 0 ? 99 : 10 * log10(255.0 * 255.0 * (double)n / sum);
}

static struct picture by_libvips(const struct picture *p, int width, int height)
{
	VipsImage *in = rows_image(p), *out = NULL;
	struct picture to;

	assert_int_equal(vips_resize(in, &out, (double)width / p->width, "vscale", (double)height / p->height, NULL), 0);
	assert_true(rows_picture(out, &to));
	g_object_unref(out);
	g_object_unref(in);
	return to;
}

static void it_agrees_with_libvips(void **state)
{
	static const struct {
		int w, h, bands, to_w, to_h;
	} cases[] = {
		{ 800, 600, 3, 508, 381 }, { 800, 600, 3, 320, 240 }, { 800, 600, 1, 250, 188 }, { 1200, 900, 3, 160, 120 },
		{ 1999, 1001, 3, 100, 50 }, { 640, 480, 3, 639, 479 }, { 500, 700, 4, 100, 140 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct picture p = scene(cases[i].w, cases[i].h, cases[i].bands), ours;
		struct picture theirs = by_libvips(&p, cases[i].to_w, cases[i].to_h);
		double db;

		picture_resize(&p, cases[i].to_w, cases[i].to_h, &ours);
		db = psnr(&ours, &theirs, 4);
		if (db < 40)
			fail_msg("%dx%d to %dx%d: %.1f dB", cases[i].w, cases[i].h, cases[i].to_w, cases[i].to_h, db);
		picture_clear(&p);
		picture_clear(&ours);
		picture_clear(&theirs);
	}
}

static void a_flat_colour_stays_what_it_is(void **state)
{
	static const int sizes[][4] = {
		{ 1, 1, 1, 1 }, { 2, 2, 1, 1 }, { 7, 5, 3, 2 }, { 100, 1, 10, 1 }, { 1, 1000, 1, 3 }, { 5000, 3, 100, 1 },
		{ 257, 129, 256, 128 }, { 3000, 2000, 1, 1 }, { 64, 64, 64, 64 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		for (int depth = 8; depth <= 16; depth += 8) {
			struct picture p = { .width = sizes[i][0], .height = sizes[i][1], .bands = 3, .depth = depth }, out;
			size_t n;

			picture_alloc(&p);
			memset(p.pixels, 0xc3, picture_row_bytes(&p) * (size_t)p.height);
			picture_resize(&p, sizes[i][2], sizes[i][3], &out);
			n = picture_row_bytes(&out) * (size_t)out.height;
			for (size_t k = 0; k < n; k++)
				if (((uint8_t *)out.pixels)[k] != 0xc3)
					fail_msg("size %zu depth %d byte %zu is %02x", i, depth, k, ((uint8_t *)out.pixels)[k]);
			picture_clear(&p);
			picture_clear(&out);
		}
}

/* The left half is opaque red, the right half is green that nobody sees. */
static void what_is_invisible_lends_no_colour(void **state)
{
	struct picture p = { .width = 400, .height = 40, .bands = 4, .depth = 8, .alpha = true }, out;
	uint8_t *at;

	(void)state;
	picture_alloc(&p);
	at = p.pixels;
	for (int i = 0; i < p.width * p.height; i++, at += 4)
		memcpy(at, i % 400 < 201 ? "\xff\0\0\xff" : "\0\xff\0\0", 4);
	picture_resize(&p, 100, 10, &out);
	at = out.pixels;
	for (int i = 0; i < out.width * out.height; i++, at += 4)
		if (at[3] > 0 && (at[0] < 250 || at[1] > 5))
			fail_msg("pixel %d: %d %d %d %d", i, at[0], at[1], at[2], at[3]);
	assert_int_equal(((uint8_t *)out.pixels)[3], 255);
	assert_int_equal(((uint8_t *)out.pixels)[4 * 99 + 3], 0);
	picture_clear(&p);
	picture_clear(&out);
}

static void sixteen_bits_come_out_as_eight(void **state)
{
	struct resize_spec spec = { .in_width = 4, .in_height = 2, .bands = 1, .in_depth = 16, .out_depth = 8, .width = 4,
				    .height = 2 };
	static const uint16_t row[4] = { 0, 0x8080, 0xffff, 0x0101 };
	struct picture out;
	struct resize r;

	(void)state;
	resize_begin(&r, &spec);
	resize_row(&r, row);
	resize_row(&r, row);
	resize_end(&r, &out);
	assert_memory_equal(out.pixels, "\0\x80\xff\1\0\x80\xff\1", 8);
	picture_clear(&out);
}

static void one_can_stop_in_the_middle(void **state)
{
	struct resize_spec spec = { .in_width = 100, .in_height = 100, .bands = 4, .alpha = true, .in_depth = 8, .out_depth = 8,
				    .width = 10, .height = 10 };
	uint8_t row[400] = { 0 };
	struct resize r;

	(void)state;
	resize_begin(&r, &spec);
	for (int y = 0; y < 50; y++)
		resize_row(&r, row);
	resize_abort(&r);
	resize_abort(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_agrees_with_libvips),
		T(a_flat_colour_stays_what_it_is),
		T(what_is_invisible_lends_no_colour),
		T(sixteen_bits_come_out_as_eight),
		T(one_can_stop_in_the_middle),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
