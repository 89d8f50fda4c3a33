#include "tests/unit/runner/scenes.h"

#include <string.h>

#include <vips/vips.h>

#include "functions/runner/scale/lanes.h"
#include "functions/runner/scale/scale.h"

/* A crop is what cutting out of the whole result gives, at its borders too. */
static void what_is_beyond_the_part_counts(void **state)
{
	struct picture p = noise(200, 160, 1, false), whole, cut;
	struct image_part part = { 40, 80, 80, 40 };

	(void)state;
	scale_picture(&p, NULL, 100, 80, &whole);
	scale_picture(&p, &part, 40, 20, &cut);
	for (int y = 0; y < 20; y++)
		assert_memory_equal(picture_row(&cut, y), (uint8_t *)picture_row(&whole, y + 40) + 20, 40);
	picture_clear(&p);
	picture_clear(&whole);
	picture_clear(&cut);
}

/* A ramp of `slope` per source sample along one axis stays that ramp: how far off it is, in source samples. */
static double shift_of(int in, int out, int depth, bool down)
{
	struct picture p = new_picture(in, in, 1, depth), small;
	int edge = 4 + 4 * out / in, slope = depth == 8 ? 2 : 500;
	double sum = 0;

	for (int y = 0; y < in; y++)
		for (int x = 0; x < in; x++) {
			int v = slope * (down ? y : x);

			if (depth == 8)
				((uint8_t *)picture_row(&p, y))[x] = (uint8_t)v;
			else
				((uint16_t *)picture_row(&p, y))[x] = (uint16_t)v;
		}
	scale_picture(&p, NULL, out, out, &small);
	for (int k = edge; k < out - edge; k++)
		sum += (down ? sample(&small, out / 2, k, 0) : sample(&small, k, out / 2, 0)) / slope -
		       ((k + 0.5) * in / out - 0.5);
	picture_clear(&p);
	picture_clear(&small);
	return sum / (out - 2 * edge);
}

static void a_ramp_does_not_shift(void **state)
{
	static const int sizes[][2] = { { 120, 60 }, { 120, 77 }, { 120, 30 }, { 120, 20 }, { 119, 19 }, { 100, 230 } };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		for (int k = 0; k < 4; k++) {
			double off = shift_of(sizes[i][0], sizes[i][1], k < 2 ? 8 : 16, k % 2 != 0);

			if (fabs(off) > (k < 2 ? 0.26 : 0.01))	/* half a level, rounded one way */
				fail_msg("%d to %d: %.3f samples %s", sizes[i][0], sizes[i][1], off, k % 2 ? "down" : "across");
		}
}

/* Boxes are laid from the top: an edge inside of one is not quite the mirror of its twin. */
static void a_dot_in_the_middle_stays_there(void **state)
{
	(void)state;
	for (int in = 31; in <= 331; in += 50)
		for (int out = 7; out <= 61; out += 6) {
			struct picture p = new_picture(in, in, 1, 8), small;
			double sum = 0, at_x = 0, at_y = 0;

			memset(p.pixels, 40, (size_t)in * (size_t)in);
			for (int y = in / 2 - in / 10; y <= in / 2 + in / 10; y++)
				memset((uint8_t *)picture_row(&p, y) + in / 2 - in / 10, 240, (size_t)(2 * (in / 10) + 1));
			scale_picture(&p, NULL, out, out, &small);
			for (int y = 0; y < out; y++)
				for (int x = 0; x < out; x++) {
					double v = sample(&small, x, y, 0) - 40;

					if (in < 6 * out) {
						assert_true(fabs(v + 40 - sample(&small, out - 1 - x, y, 0)) <= 1);
						assert_true(fabs(v + 40 - sample(&small, y, x, 0)) <= 1);
					}
					sum += v;
					at_x += v * (x - out / 2);
					at_y += v * (y - out / 2);
				}
			if (fabs(at_x / sum) > 0.03 || fabs(at_y / sum) > 0.03)
				fail_msg("%d to %d: %.3f %.3f", in, out, at_x / sum, at_y / sum);
			assert_true(sample(&small, out / 2, out / 2, 0) > 200);
			picture_clear(&p);
			picture_clear(&small);
		}
}

static void a_flat_colour_stays_what_it_is(void **state)
{
	static const int sizes[][4] = {
		{ 1, 1, 1, 1 }, { 2, 2, 1, 1 }, { 7, 5, 3, 2 }, { 100, 1, 10, 1 }, { 1, 1000, 1, 3 }, { 5000, 3, 100, 1 },
		{ 257, 129, 256, 128 }, { 3000, 200, 1, 1 }, { 64, 64, 64, 64 }, { 1, 1, 300, 200 }, { 3, 2, 40, 50 },
		{ 65500, 1, 160, 1 }, { 1, 65500, 1, 160 }, { 65500, 2, 65499, 1 }, { 2, 65500, 1, 65499 }, { 1, 1, 65500, 1 },
		{ 1, 1, 1, 65500 }, { 65500, 1, 1, 1 }, { 3, 65500, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		for (int depth = 8; depth <= 16; depth += 8)
			for (int bands = 1; bands <= 4; bands++) {
				struct picture p = new_picture(sizes[i][0], sizes[i][1], bands, depth), out;
				size_t n;

				memset(p.pixels, 0xc3, picture_row_bytes(&p) * (size_t)p.height);
				scale_picture(&p, NULL, sizes[i][2], sizes[i][3], &out);
				n = picture_row_bytes(&out) * (size_t)out.height;
				for (size_t k = 0; k < n; k++)
					if (((uint8_t *)out.pixels)[k] != 0xc3)
						fail_msg("size %zu depth %d bands %d byte %zu is %02x", i, depth, bands, k,
							 ((uint8_t *)out.pixels)[k]);
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
	scale_picture(&p, NULL, 100, 10, &out);
	at = out.pixels;
	for (int i = 0; i < out.width * out.height; i++, at += 4)
		if (at[3] > 0 && (at[0] < 250 || at[1] > 5))
			fail_msg("pixel %d: %d %d %d %d", i, at[0], at[1], at[2], at[3]);
	assert_int_equal(((uint8_t *)out.pixels)[3], 255);
	assert_int_equal(((uint8_t *)out.pixels)[4 * 99 + 3], 0);
	picture_clear(&p);
	picture_clear(&out);
}

/* Opaque alpha must not change colours, nor must 16 bits: both go another way through the scaler. */
static void every_way_through_gives_the_same_picture(void **state)
{
	static const int sizes[][2] = { { 90, 70 }, { 31, 20 }, { 300, 222 } };
	struct picture rgb = scene(200, 150, 3), rgba = new_picture(200, 150, 4, 8), wide = new_picture(200, 150, 3, 16);

	(void)state;
	rgba.alpha = true;
	for (size_t i = 0; i < 200 * 150; i++) {
		memcpy((uint8_t *)rgba.pixels + 4 * i, (uint8_t *)rgb.pixels + 3 * i, 3);
		((uint8_t *)rgba.pixels)[4 * i + 3] = 255;
	}
	for (size_t i = 0; i < 200 * 150 * 3; i++)
		((uint16_t *)wide.pixels)[i] = (uint16_t)(((uint8_t *)rgb.pixels)[i] * 257);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct picture a, b, c;

		scale_picture(&rgb, NULL, sizes[i][0], sizes[i][1], &a);
		scale_picture(&rgba, NULL, sizes[i][0], sizes[i][1], &b);
		scale_picture(&wide, NULL, sizes[i][0], sizes[i][1], &c);
		for (int y = 0; y < a.height; y++)
			for (int x = 0; x < a.width; x++) {
				assert_int_equal(sample(&b, x, y, 3), 255);
				for (int k = 0; k < 3; k++) {
					assert_true(fabs(sample(&a, x, y, k) - sample(&b, x, y, k)) <= 1);
					assert_true(fabs(sample(&a, x, y, k) - sample(&c, x, y, k) / 257) <= 0.6);
				}
			}
		picture_clear(&a);
		picture_clear(&b);
		picture_clear(&c);
	}
	picture_clear(&rgb);
	picture_clear(&rgba);
	picture_clear(&wide);
}

static void sixteen_bits_come_out_as_eight(void **state)
{
	static const uint16_t row[4] = { 0, 0x8080, 0xffff, 0x0101 };
	struct picture out = new_picture(4, 2, 1, 8);
	struct scale_spec spec = { .in_width = 4, .in_height = 2, .bands = 1, .in_depth = 16, .out_depth = 8, .out_width = 4,
				   .out_height = 2, .row = scale_to_picture, .owner = &out };
	struct scale *s = scale_begin(&spec);

	(void)state;
	scale_row(s, row);
	scale_row(s, row);
	scale_end(s);
	assert_memory_equal(out.pixels, "\0\x80\xff\1\0\x80\xff\1", 8);
	picture_clear(&out);
}

static void one_can_stop_in_the_middle(void **state)
{
	struct picture out = new_picture(10, 10, 4, 8);
	struct scale_spec spec = { .in_width = 100, .in_height = 100, .bands = 4, .alpha = true, .in_depth = 8, .out_depth = 8,
				   .out_width = 10, .out_height = 10, .row = scale_to_picture, .owner = &out };
	uint8_t row[400] = { 0 };
	struct scale *s = scale_begin(&spec);

	(void)state;
	for (int y = 0; y < 50; y++)
		scale_row(s, row);
	scale_end(s);
	scale_end(NULL);
	picture_clear(&out);
}

static void rows_below_the_part_are_not_needed(void **state)
{
	struct picture in = noise(60, 200, 1, false), whole, out = new_picture(30, 20, 1, 8);
	struct scale_spec spec = { .in_width = 60, .in_height = 200, .bands = 1, .in_depth = 8, .out_depth = 8, .width = 60,
				   .top = 40, .height = 40, .out_width = 30, .out_height = 20, .row = scale_to_picture, .owner = &out };
	struct scale *s = scale_begin(&spec);

	(void)state;
	assert_true(scale_rows_wanted(s) >= 80 && scale_rows_wanted(s) <= 90);
	for (int y = 0; y < scale_rows_wanted(s); y++)
		scale_row(s, picture_row(&in, y));
	scale_end(s);
	scale_picture(&in, NULL, 30, 100, &whole);
	for (int y = 0; y < 20; y++)
		assert_memory_equal(picture_row(&out, y), picture_row(&whole, y + 20), 30);
	picture_clear(&in);
	picture_clear(&out);
	picture_clear(&whole);
}

/* Every kind of vectors on the same job, from 1 to 4 bands, sizes around every vector's length. */
static void scale_by(const struct lanes *lanes, const struct picture *in, struct picture *out)
{
	struct scale_spec spec = { .in_width = in->width, .in_height = in->height, .bands = in->bands, .in_depth = in->depth,
				   .out_depth = out->depth, .alpha = in->alpha, .out_width = out->width, .out_height = out->height,
				   .row = scale_to_picture, .owner = out, .lanes = lanes };
	struct scale *s = scale_begin(&spec);

	for (int y = 0; y < in->height; y++)
		scale_row(s, picture_row(in, y));
	scale_end(s);
}

static void every_kind_of_vectors_gives_the_same_bytes(void **state)
{
	static const int widths[] = { 1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 129, 200, 257, 391 };

	(void)state;
	for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++)
		for (int k = 0; k < 24; k++) {
			int bands = 1 + k % 4, factor = k / 8;	/* the same, smaller, much smaller */
			struct picture in = k % 5 == 0 ? deep_noise(widths[i], 30 + k, bands) : noise(widths[i], 30 + k, bands, k % 3 == 0);
			struct picture want, got;
			const int height[] = { 30 + k, 21, 6 };

			in.alpha = bands % 2 == 0 && k % 8 >= 4;
			want = new_picture((widths[i] + 2 * factor) / (1 + 2 * factor), height[factor], bands, k % 16 == 7 ? 16 : 8);
			got = want;
			picture_alloc(&got);
			scale_by(&lanes_plain, &in, &want);
			for (const struct lanes *const *l = lanes_all(); *l; l++) {
				scale_by(*l, &in, &got);
				if (memcmp(want.pixels, got.pixels, picture_row_bytes(&got) * (size_t)got.height) != 0)
					fail_msg("%s: %dx%dx%d to %dx%d", (*l)->name, in.width, in.height, bands, got.width, got.height);
			}
			picture_clear(&in);
			picture_clear(&want);
			picture_clear(&got);
		}
}

/* In decibel, leaving out a frame of `edge` pixels: libvips and we treat what is outside differently. */
static double psnr(const struct picture *a, const struct picture *b, int edge)
{
	double sum = 0;
	long n = 0;

	for (int y = edge; y < a->height - edge; y++)
		for (int x = edge; x < a->width - edge; x++)
			for (int k = 0; k < a->bands; k++, n++)
				sum += pow(sample(a, x, y, k) - sample(b, x, y, k), 2);
	return sum == 0 ? 99 : 10 * log10(255.0 * 255.0 * (double)n / sum);
}

static struct picture by_libvips(const struct picture *p, int width, int height)
{
	VipsImage *in = vips_image_new_from_memory(p->pixels, picture_row_bytes(p) * (size_t)p->height, p->width, p->height, p->bands,
						   VIPS_FORMAT_UCHAR), *out = NULL;
	struct picture to = *p;
	size_t n;

	assert_int_equal(vips_resize(in, &out, (double)width / p->width, "vscale", (double)height / p->height, NULL), 0);
	to.width = out->Xsize;
	to.height = out->Ysize;
	to.pixels = vips_image_write_to_memory(out, &n);
	assert_true(to.width == width && to.height == height && n == picture_row_bytes(&to) * (size_t)height);
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
	assert_int_equal(VIPS_INIT("scale_test"), 0);
	vips_concurrency_set(1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct picture p = scene(cases[i].w, cases[i].h, cases[i].bands), ours;
		struct picture theirs = by_libvips(&p, cases[i].to_w, cases[i].to_h);
		double db;

		scale_picture(&p, NULL, cases[i].to_w, cases[i].to_h, &ours);
		db = psnr(&ours, &theirs, 4);
		if (db < 40)
			fail_msg("%dx%d to %dx%d: %.1f dB", cases[i].w, cases[i].h, cases[i].to_w, cases[i].to_h, db);
		picture_clear(&p);
		picture_clear(&ours);
		g_free(theirs.pixels);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_beyond_the_part_counts),
		T(a_ramp_does_not_shift),
		T(a_dot_in_the_middle_stays_there),
		T(a_flat_colour_stays_what_it_is),
		T(what_is_invisible_lends_no_colour),
		T(every_way_through_gives_the_same_picture),
		T(sixteen_bits_come_out_as_eight),
		T(one_can_stop_in_the_middle),
		T(rows_below_the_part_are_not_needed),
		T(every_kind_of_vectors_gives_the_same_bytes),
		T(it_agrees_with_libvips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
