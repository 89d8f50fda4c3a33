/* How good thumbnails are: each fast way beside the photo decoded in full and scaled in doubles, and beside libvips'. */
#include "tests/unit/runner/quality_rig.h"
#include "tests/unit/runner/profiles.h"

#include <webp/encode.h>

#define WIDTH 499
#define HEIGHT 373

/* While decoding they are shrunk to 1/8 (just so), 1/4 (more would leave too little), 1/4, 1/2 and not at all. */
static const int scales[][2] = { { 41, 31 }, { 51, 38 }, { 81, 61 }, { 165, 123 }, { 325, 243 } };

enum { SCALES = sizeof scales / sizeof scales[0] };

/* Those that look different; then the same ones, the base-th, in other words. */
enum { FORMS = 6 };

static const struct kind {
	struct jpeg_wish wish;
	int base;
} kinds[] = {
	{ { .name = "4:4:4" }, 0 },
	{ { .name = "4:2:2", .h = 2 }, 1 },
	{ { .name = "4:2:0", .h = 2, .v = 2 }, 2 },
	{ { .name = "4:4:0", .v = 2 }, 3 },
	{ { .name = "4:1:1", .h = 4 }, 4 },
	{ { .name = "grey", .grey = true }, 5 },
	{ { .name = "4:2:0, restarts at each MCU", .h = 2, .v = 2, .restart = 1 }, 2 },
	{ { .name = "4:2:0, restarts at each third", .h = 2, .v = 2, .restart = 3 }, 2 },
	{ { .name = "4:2:2, restarts at each row", .h = 2, .restart_rows = 1 }, 1 },
	{ { .name = "4:4:4, restarts at each third", .restart = 3 }, 0 },
	{ { .name = "grey, restarts at each row", .grey = true, .restart_rows = 1 }, 5 },
	{ { .name = "4:2:0, progressive", .h = 2, .v = 2, .progressive = true }, 2 },
	{ { .name = "4:4:4, progressive, restarts at each row", .progressive = true, .restart_rows = 1 }, 0 },
	{ { .name = "4:1:1, progressive", .h = 4, .progressive = true }, 4 },
	{ { .name = "grey, progressive", .grey = true, .progressive = true }, 5 },
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* By pixels and by planes. */
struct pair {
	struct picture pixels, planes;
};

static struct pair pair_of(struct str file, int scale)
{
	return (struct pair){ ours(file, scales[scale][0], scales[scale][1]), ours_by_planes(file, scales[scale][0], scales[scale][1]) };
}

static void lose_pair(struct pair *p)
{
	picture_clear(&p->pixels);
	picture_clear(&p->planes);
}

static void assert_equal(const struct picture *a, const struct picture *b, const char *what)
{
	if (a->width != b->width || a->height != b->height || a->bands != b->bands ||
	    memcmp(a->pixels, b->pixels, picture_row_bytes(a) * (size_t)a->height) != 0)
		fail_msg("%s differs: %dx%d, %dx%d", what, a->width, a->height, b->width, b->height);
}

static void check_form(const char *name, struct str file, const struct pair *got, int scale)
{
	struct picture full = full_jpeg(file), peer = theirs(file, scales[scale][0], scales[scale][1], false);
	struct exact want;

	exact_scale(&full, full.width, full.height, scales[scale][0], scales[scale][1], &want);
	assert_alike(&got->pixels, &peer, &want, name);
	assert_alike(&got->planes, &peer, &want, name);
	exact_clear(&want);
	picture_clear(&full);
	picture_clear(&peer);
}

/* However the same coefficients are sent, the thumbnail is the same. */
static void every_kind_of_jpeg_is_as_good_as_by_libvips(void **state)
{
	struct picture color = landscape(WIDTH, HEIGHT, 3), grey = landscape(WIDTH, HEIGHT, 1);
	struct pair of_form[FORMS][SCALES];

	(void)state;
	for (int k = 0; k < KINDS; k++) {
		struct str file = jpeg_of(kinds[k].wish.grey ? &grey : &color, &kinds[k].wish);

		for (int scale = 0; scale < SCALES; scale++) {
			struct pair got = pair_of(file, scale), *form = &of_form[kinds[k].base][scale];

			if (k < FORMS) {
				check_form(kinds[k].wish.name, file, &got, scale);
				*form = got;
				continue;
			}
			assert_equal(&got.pixels, &form->pixels, kinds[k].wish.name);
			assert_equal(&got.planes, &form->planes, kinds[k].wish.name);
			lose_pair(&got);
		}
		free((void *)file.p);
	}
	for (int i = 0; i < FORMS * SCALES; i++)
		lose_pair(&of_form[i / SCALES][i % SCALES]);
	picture_clear(&color);
	picture_clear(&grey);
}

/* At each `step`-th scale. */
static void check_other(const struct picture *p, const char *suffix, int step)
{
	struct str file = saved(image_of(p), suffix);
	struct picture full = pixels_of(vips_image_new_from_buffer(file.p, file.n, "", NULL));

	for (int scale = 0; scale < SCALES; scale += step) {
		int w = scales[scale][0], h = scales[scale][1];
		struct picture got = ours(file, w, h), peer = theirs(file, w, h, false);
		struct exact want;

		exact_scale(&full, full.width, full.height, w, h, &want);
		assert_alike(&got, &peer, &want, suffix);
		exact_clear(&want);
		picture_clear(&got);
		picture_clear(&peer);
	}
	picture_clear(&full);
	lose(file);
}

static void other_formats_are_as_good_as_by_libvips(void **state)
{
	static const struct {
		const char *suffix;
		int step;
	} formats[] = {
		{ ".png", 2 }, { ".png[interlace]", 4 }, { ".webp[Q=95]", 1 }, { ".webp[lossless]", 3 }, { ".tif", 3 }, { ".heic[Q=90]", 3 },
		{ ".avif[Q=90,effort=0]", 3 },
	};
	struct picture color = landscape(WIDTH, HEIGHT, 3), grey = landscape(WIDTH, HEIGHT, 1);

	(void)state;
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		check_other(&color, formats[i].suffix, formats[i].step);
	check_other(&grey, ".png", 3);
	check_other(&grey, ".tif", 3);
	picture_clear(&color);
	picture_clear(&grey);
}

/* On white; gives up `p`. */
static struct picture flat(struct picture *p)
{
	struct picture to = new_picture(p->width, p->height, 3);
	const uint8_t *from = p->pixels;

	assert_true(p->alpha && p->bands == 4);
	for (int i = 0; i < p->width * p->height; i++)
		for (int b = 0; b < 3; b++)
			((uint8_t *)to.pixels)[3 * i + b] = (uint8_t)lrint(255 + (from[4 * i + b] - 255) * from[4 * i + 3] / 255.0);
	picture_clear(p);
	return to;
}

/* Scaling is linear: what is scaled and then put on white is what was put on white and then scaled. Colours that nobody
 * sees are loud here, and would show if they had a say. */
static struct picture veiled(int width, int height)
{
	struct picture p = new_picture(width, height, 4), color = landscape(width, height, 3), veil = landscape(width, height, 1);

	for (int i = 0; i < width * height; i++) {
		int a = (((uint8_t *)veil.pixels)[i] - 100) * 4;
		uint8_t *to = (uint8_t *)p.pixels + 4 * i;

		memcpy(to, (uint8_t *)color.pixels + 3 * i, 3);
		to[3] = (uint8_t)(a < 0 ? 0 : a > 255 ? 255 : a);
		if (to[3] == 0)
			memcpy(to, (uint8_t[]){ 0, 255, 0 }, 3);
	}
	p.alpha = true;
	picture_clear(&color);
	picture_clear(&veil);
	return p;
}

static void what_is_invisible_lends_no_colour(void **state)
{
	static const char *const suffixes[] = { ".png", ".png[interlace]", ".tif" };
	struct picture p = veiled(WIDTH, HEIGHT), seen;
	VipsImage *image = image_of(&p);

	(void)state;
	seen = flat(&p);
	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		struct str file;

		g_object_ref(image);
		file = saved(image, suffixes[i]);
		for (int scale = 0; scale < SCALES; scale += 3) {
			int w = scales[scale][0], h = scales[scale][1];
			struct picture got = ours(file, w, h), peer = theirs(file, w, h, false);
			struct exact want;

			got = flat(&got);
			peer = flat(&peer);
			exact_scale(&seen, seen.width, seen.height, w, h, &want);
			assert_alike(&got, &peer, &want, suffixes[i]);
			exact_clear(&want);
			picture_clear(&got);
			picture_clear(&peer);
		}
		lose(file);
	}
	g_object_unref(image);
	picture_clear(&seen);
}

/* Colours of the file brought to sRGB first, scaled in doubles then. */
static void check_profile(const char *name, struct str file)
{
	VipsImage *image = vips_image_new_from_buffer(file.p, file.n, "", NULL), *srgb = NULL;
	struct picture full;

	assert_int_equal(vips_icc_transform(image, &srgb, "srgb", "embedded", TRUE, "intent", VIPS_INTENT_RELATIVE, NULL), 0);
	g_object_unref(image);
	full = pixels_of(srgb);
	for (int scale = 0; scale < SCALES; scale += 3) {
		int w = scales[scale][0], h = scales[scale][1];
		struct picture got = ours(file, w, h), peer = theirs(file, w, h, true);
		struct exact want;

		exact_scale(&full, full.width, full.height, w, h, &want);
		assert_alike(&got, &peer, &want, name);
		exact_clear(&want);
		picture_clear(&got);
		picture_clear(&peer);
	}
	picture_clear(&full);
}

static void profiles_are_applied_as_libvips_does(void **state)
{
	struct picture p = landscape(WIDTH, HEIGHT, 3);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct str profile = rgb_profile(i), jpeg = jpeg_of(&p, &(struct jpeg_wish){ .h = 2, .v = 2, .profile = profile }), png;
		VipsImage *image = image_of(&p);

		check_profile(rgb_profiles[i].name, jpeg);
		vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, profile.p, profile.n);
		png = saved(image, ".png");
		check_profile(rgb_profiles[i].name, png);
		free((void *)profile.p);
		free((void *)jpeg.p);
		lose(png);
	}
	picture_clear(&p);
}

/* A soft spot of another colour: where its middle is, no kernel moves. */
#define SPOT_X 233.4
#define SPOT_Y 171.9
#define SPOT_SIZE 36.0

static struct picture spot(int bands)
{
	static const double ground[] = { 60, 190, 50 }, more[] = { 150, -130, 160 };
	struct picture p = new_picture(WIDTH, HEIGHT, bands);
	uint8_t *at = p.pixels;

	for (int y = 0; y < p.height; y++)
		for (int x = 0; x < p.width; x++) {
			double dx = x + 0.5 - SPOT_X, dy = y + 0.5 - SPOT_Y, v = exp(-(dx * dx + dy * dy) / (2 * SPOT_SIZE * SPOT_SIZE));

			for (int b = 0; b < bands; b++)
				*at++ = (uint8_t)lrint(ground[b] + v * more[b]);
		}
	return p;
}

/* Where a band has its middle, within three deviations of where it should be; in samples of `p`. */
static void middle_of(const struct picture *p, int band, double *x_mean, double *y_mean)
{
	const uint8_t *pixels = p->pixels;
	double scale_x = (double)WIDTH / p->width, scale_y = (double)HEIGHT / p->height, ground = pixels[band], sum = 0;

	*x_mean = *y_mean = 0;
	for (int y = 0; y < p->height; y++)
		for (int x = 0; x < p->width; x++) {
			double dx = (x + 0.5) * scale_x - SPOT_X, dy = (y + 0.5) * scale_y - SPOT_Y;
			double v = pixels[(y * p->width + x) * p->bands + band] - ground;

			if (dx * dx + dy * dy > 9 * SPOT_SIZE * SPOT_SIZE)
				continue;
			sum += v;
			*x_mean += v * (x + 0.5);
			*y_mean += v * (y + 0.5);
		}
	*x_mean /= sum;
	*y_mean /= sum;
}

static void assert_in_place(const struct picture *got, const char *what)
{
	for (int b = 0; b < got->bands; b++) {
		double x, y;

		middle_of(got, b, &x, &y);
		x -= SPOT_X * got->width / WIDTH;
		y -= SPOT_Y * got->height / HEIGHT;
		if (fabs(x) > 0.06 || fabs(y) > 0.06)
			fail_msg("%s to %dx%d, band %d: off by %.3f, %.3f of a sample", what, got->width, got->height, b, x, y);
	}
}

static void nothing_is_shifted(void **state)
{
	static const char *const suffixes[] = { ".png", ".webp[Q=95]", ".tif" };
	struct picture color = spot(3), grey = spot(1);

	(void)state;
	for (int k = 0; k < FORMS; k++) {
		struct str file = jpeg_of(kinds[k].wish.grey ? &grey : &color, &kinds[k].wish);

		for (int scale = 0; scale < SCALES; scale++) {
			struct pair got = pair_of(file, scale);

			assert_in_place(&got.pixels, kinds[k].wish.name);
			assert_in_place(&got.planes, kinds[k].wish.name);
			lose_pair(&got);
		}
		free((void *)file.p);
	}
	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		struct str file = saved(image_of(&color), suffixes[i]);

		for (int scale = 0; scale < SCALES; scale++) {
			struct picture got = ours(file, scales[scale][0], scales[scale][1]);

			assert_in_place(&got, suffixes[i]);
			picture_clear(&got);
		}
		lose(file);
	}
	picture_clear(&color);
	picture_clear(&grey);
}

/* So smooth that nothing but a wrong border makes a difference. */
static struct picture slope(int width, int height, int bands)
{
	struct picture p = new_picture(width, height, bands);
	uint8_t *at = p.pixels;

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			for (int b = 0; b < bands; b++)
				*at++ = (uint8_t)lrint(128 + 90 * sin(0.01 * x + b + 0.5) * cos(0.01 * y - b));
	return p;
}

static void assert_like_slope(const struct picture *got, const struct picture *full, const char *what)
{
	struct exact want;

	exact_scale(full, full->width, full->height, got->width, got->height, &want);
	for (int i = 0; i < got->width * got->height * got->bands; i++) {
		double off = fabs(((uint8_t *)got->pixels)[i] - want.samples[i]);

		if (off > 6)
			fail_msg("%s %dx%d to %dx%d, sample %d: off by %.1f", what, full->width, full->height, got->width, got->height, i, off);
	}
	exact_clear(&want);
}

static int part(int n, int of)
{
	return n / of > 0 ? n / of : 1;
}

static void check_borders(const struct picture *color, const struct picture *grey, int of)
{
	static const char *const suffixes[] = { ".png", ".tif", ".webp[lossless]" };
	bool is_long = color->width > WEBP_MAX_DIMENSION || color->height > WEBP_MAX_DIMENSION;
	int width = part(color->width, of), height = part(color->height, of);

	for (int k = 0; k < (is_long ? FORMS : KINDS); k++) {
		struct str file = jpeg_of(kinds[k].wish.grey ? grey : color, &kinds[k].wish);
		struct picture full = full_jpeg(file), got = ours(file, width, height);

		assert_like_slope(&got, &full, kinds[k].wish.name);
		picture_clear(&full);
		picture_clear(&got);
		free((void *)file.p);
	}
	for (int s = 0; s < (is_long ? 2 : 3); s++) {
		struct str file = saved(image_of(color), suffixes[s]);
		struct picture got = ours(file, width, height);

		assert_like_slope(&got, color, suffixes[s]);
		picture_clear(&got);
		lose(file);
	}
}

static void every_size_is_right_up_to_its_border(void **state)
{
	static const struct {
		int width, height, of[5];	/* the fractions it is scaled to */
	} sizes[] = {
		{ 1, 1, { 1 } }, { 1, 2, { 1, 2 } }, { 2, 1, { 1, 2 } }, { 3, 5, { 1, 2, 4 } }, { 7, 9, { 1, 2, 4, 8 } }, { 8, 8, { 1, 4, 8 } },
		{ 9, 8, { 1, 2, 8 } }, { 15, 17, { 1, 2, 4, 8, 16 } }, { 16, 16, { 1, 16 } }, { 17, 33, { 1, 2, 4, 8, 16 } },
		{ 1, 300, { 1, 2, 12 } }, { 257, 2, { 1, 3, 12 } }, { 65500, 1, { 13 } }, { 1, 65500, { 8 } }, { 65500, 3, { 9 } },
		{ 2, 65499, { 13 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct picture color = slope(sizes[i].width, sizes[i].height, 3), grey = slope(sizes[i].width, sizes[i].height, 1);

		for (int k = 0; k < 5 && sizes[i].of[k] > 0; k++)
			check_borders(&color, &grey, sizes[i].of[k]);
		picture_clear(&color);
		picture_clear(&grey);
	}
}

static void arithmetic_and_lossless_jpeg_are_refused_in_plain_words(void **state)
{
	struct picture p = landscape(64, 48, 3);
	struct str file = jpeg_of(&p, &(struct jpeg_wish){ .h = 2, .v = 2, .arithmetic = true });
	struct result r = make(file, NULL);
	char *frame;

	(void)state;
	assert_int_equal(r.why, REASON_UNSUPPORTED);
	assert_non_null(strstr(r.message, "arithmetic"));
	drop(&r);
	frame = memmem(file.p, file.n, "\xff\xc9", 2);
	assert_non_null(frame);
	frame[1] = (char)0xc3;
	r = make(file, NULL);
	assert_int_equal(r.why, REASON_UNSUPPORTED);
	assert_non_null(strstr(r.message, "lossless"));
	drop(&r);
	free((void *)file.p);
	picture_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_kind_of_jpeg_is_as_good_as_by_libvips),
		T(other_formats_are_as_good_as_by_libvips),
		T(what_is_invisible_lends_no_colour),
		T(profiles_are_applied_as_libvips_does),
		T(nothing_is_shifted),
		T(every_size_is_right_up_to_its_border),
		T(arithmetic_and_lossless_jpeg_are_refused_in_plain_words),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
