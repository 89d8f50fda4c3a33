#include "tests/unit/runner/photos.h"

#include <math.h>

#include "functions/runner/look/blurhash.h"
#include "functions/runner/look/phash.h"
#include "functions/runner/look/swatches.h"
#include "functions/runner/look/thumbhash.h"

static struct picture blank(int width, int height, int bands)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = 8, .alpha = bands == 4 };

	picture_alloc(&p);
	return p;
}

static void fill(struct picture *p, int from, int rows, const char *pixel)
{
	for (int y = from; y < from + rows; y++)
		for (int x = 0; x < p->width; x++)
			memcpy((char *)picture_row(p, y) + x * p->bands, pixel, (size_t)p->bands);
}

/* A scene of slow waves and a few edges, the same at every size. */
static struct picture scene(int width, int height, uint32_t seed, double brightness)
{
	struct picture p = blank(width, height, 3);
	struct str dice = t_bytes(64, seed);
	const uint8_t *d = (const uint8_t *)dice.p;

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			uint8_t *to = (uint8_t *)picture_row(&p, y) + 3 * x;
			double u = (x + 0.5) / width, v = (y + 0.5) / height, light = 0.5;

			for (int k = 0; k < 6; k++)
				light += 0.12 * cos(2 * M_PI * ((d[k] % 5) * u + (d[8 + k] % 5) * v) + d[16 + k]);
			for (int k = 0; k < 3; k++)
				if (fabs(u - d[32 + k] / 255.0) < 0.15 && fabs(v - d[40 + k] / 255.0) < 0.15)
					light += k % 2 ? 0.3 : -0.3;
			for (int b = 0; b < 3; b++)
				to[b] = (uint8_t)(255 * fmin(1, fmax(0, brightness * light * (0.7 + 0.1 * b))));
		}
	free((void *)dice.p);
	return p;
}

static uint64_t hash_of(struct picture p)
{
	char text[PHASH_TEXT_MAX];

	phash(&p, text);
	picture_clear(&p);
	assert_int_equal(strlen(text), 16);
	return strtoull(text, NULL, 16);
}

static int apart(uint64_t a, uint64_t b)
{
	return __builtin_popcountll(a ^ b);
}

static void the_hash_survives_scaling_and_brightness(void **state)
{
	static const int sizes[][2] = { { 75, 100 }, { 64, 64 }, { 50, 37 }, { 100, 20 }, { 33, 31 } };

	(void)state;
	for (uint32_t seed = 1; seed <= 20; seed++) {
		uint64_t h = hash_of(scene(100, 75, seed, 1));

		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
			assert_in_range(apart(h, hash_of(scene(sizes[i][0], sizes[i][1], seed, 1))), 0, 6);
		assert_in_range(apart(h, hash_of(scene(100, 75, seed, 0.8))), 0, 4);
	}
}

static struct picture through_jpeg(struct picture p, const char *suffix)
{
	VipsImage *image = vips_image_new_from_memory_copy(p.pixels, (size_t)p.height * picture_row_bytes(&p), p.width, p.height, 3,
							   VIPS_FORMAT_UCHAR);
	VipsImage *back = NULL;
	struct str photo = saved(image, suffix);
	size_t n;
	void *pixels;

	assert_int_equal(vips_jpegload_buffer((void *)photo.p, photo.n, &back, NULL), 0);
	pixels = vips_image_write_to_memory(back, &n);
	assert_int_equal(n, (size_t)p.height * picture_row_bytes(&p));
	memcpy(p.pixels, pixels, n);
	g_free(pixels);
	g_object_unref(back);
	lose(photo);
	return p;
}

static void the_hash_survives_compression(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 20; seed++)
		assert_in_range(apart(hash_of(scene(100, 75, seed, 1)), hash_of(through_jpeg(scene(100, 75, seed, 1), ".jpg[Q=30]"))), 0, 4);
}

static void other_pictures_have_other_hashes(void **state)
{
	uint64_t hashes[20];

	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		hashes[i] = hash_of(scene(100, 75, i + 1, 1));
		for (uint32_t k = 0; k < i; k++)
			assert_in_range(apart(hashes[i], hashes[k]), 11, 64);
	}
}

/* Worked out by hand: a plain picture has its average only; half white, half black one sine wave down and no frequency across. */
static void the_hash_is_what_its_definition_says(void **state)
{
	struct picture p = blank(40, 40, 1), plain = blank(17, 90, 4);

	(void)state;
	assert_int_equal(hash_of(blank(9, 9, 3)), 0);
	fill(&p, 0, 40, "\x80");
	assert_int_equal(hash_of(p), 0x8000000000000000);
	p = blank(40, 40, 1);
	fill(&p, 0, 20, "\xff");
	/* rows of frequency 0, 1, 5 are positive at the first column, 3 and 7 negative, even ones nothing */
	assert_int_equal(hash_of(p), 0x8080000000800000);
	assert_int_equal(hash_of(plain), 0x8000000000000000);	/* invisible is white */
}

static void a_picture_without_alpha_has_the_hash_of_the_same_with(void **state)
{
	struct picture a = scene(60, 40, 3, 1), b = blank(60, 40, 4);
	char one[BLURHASH_TEXT_MAX], other[BLURHASH_TEXT_MAX];

	(void)state;
	for (int i = 0; i < 60 * 40; i++) {
		memcpy((uint8_t *)b.pixels + 4 * i, (uint8_t *)a.pixels + 3 * i, 3);
		((uint8_t *)b.pixels)[4 * i + 3] = 255;
	}
	blurhash(&a, one);
	blurhash(&b, other);
	assert_string_equal(one, other);
	assert_int_equal(hash_of(a), hash_of(b));
}

/* Black by hand from the format: 4 x 3, no scale, average 0, and eleven times 9, 9, 9. */
static void black_has_the_blurhash_that_the_format_gives_it(void **state)
{
	struct picture p = blank(10, 8, 3), tall = blank(8, 10, 1);
	char text[BLURHASH_TEXT_MAX];

	(void)state;
	blurhash(&p, text);
	assert_string_equal(text, "L00000fQfQfQfQfQfQfQfQfQfQfQ");
	blurhash(&tall, text);
	assert_string_equal(text, "T00000fQfQfQfQfQfQfQfQfQfQfQ");
	picture_clear(&p);
	picture_clear(&tall);
}

static int digit(char c)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
	const char *at = strchr(letters, c);

	assert_non_null(at);
	return (int)(at - letters);
}

static double light(double v)
{
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* As a reader of the format does it: the average, and the sum of all waves at a place. */
static double shown(const char *text, int band, double u, double v)
{
	int across = digit(text[0]) % 9 + 1, down = digit(text[0]) / 9 + 1, average = 0;
	double scale = (digit(text[1]) + 1) / 166.0, sum = 0;

	for (int i = 2; i < 6; i++)
		average = average * 83 + digit(text[i]);
	for (int i = 0; i < across * down; i++) {
		double wave = cos(M_PI * u * (i % across)) * cos(M_PI * v * (i / across)), c = light((average >> (16 - 8 * band) & 255) / 255.0);

		if (i > 0) {
			int part = (digit(text[4 + 2 * i]) * 83 + digit(text[5 + 2 * i])) / (band == 0 ? 361 : band == 1 ? 19 : 1) % 19 - 9;

			c = copysign(part * part / 81.0, part) * scale;
		}
		sum += c * wave;
	}
	return sum;
}

static void a_reader_of_the_blurhash_sees_where_it_is_bright(void **state)
{
	struct picture p = blank(40, 30, 3);
	char text[BLURHASH_TEXT_MAX];

	(void)state;
	fill(&p, 0, 15, "\xff\x20\x20");
	fill(&p, 15, 15, "\x20\x20\xff");
	blurhash(&p, text);
	assert_int_equal(strlen(text), 28);
	for (double u = 0.1; u < 1; u += 0.2) {
		assert_true(shown(text, 0, u, 0.1) > 0.6 && shown(text, 2, u, 0.1) < 0.4);
		assert_true(shown(text, 0, u, 0.9) < 0.4 && shown(text, 2, u, 0.9) > 0.6);
	}
	picture_clear(&p);
}

static void swatches_tell_colours_and_shares(void **state)
{
	struct picture p = blank(10, 100, 3);
	struct swatch s[SWATCHES_MAX];

	(void)state;
	fill(&p, 0, 50, "\xff\xff\xff");
	fill(&p, 50, 30, "\xd0\x10\x20");
	fill(&p, 80, 20, "\x10\x20\xb0");
	assert_int_equal(swatches(&p, s), 3);
	assert_string_equal(s[0].color, "#ffffff");
	assert_string_equal(s[1].color, "#d01020");
	assert_string_equal(s[2].color, "#1020b0");
	assert_near(s[0].share, 0.5, 1e-9);
	assert_near(s[1].share, 0.3, 1e-9);
	assert_near(s[2].share, 0.2, 1e-9);
	picture_clear(&p);
}

static void what_looks_alike_is_one_swatch_and_what_is_rare_none(void **state)
{
	struct picture p = blank(10, 1000, 3);
	struct swatch s[SWATCHES_MAX];

	(void)state;
	fill(&p, 0, 500, "\x40\x80\x40");
	fill(&p, 500, 495, "\x42\x7f\x43");
	fill(&p, 995, 5, "\xff\x00\x00");
	assert_int_equal(swatches(&p, s), 1);
	assert_near(s[0].share, 0.995, 1e-9);
	picture_clear(&p);
}

static void swatches_count_what_is_visible(void **state)
{
	struct picture p = blank(10, 10, 4), grey = blank(3, 3, 1);
	struct swatch s[SWATCHES_MAX];

	(void)state;
	assert_int_equal(swatches(&p, s), 0);
	fill(&p, 0, 5, "\x00\xff\x00\xff");
	fill(&p, 5, 5, "\xff\x00\x00\x00");
	assert_int_equal(swatches(&p, s), 1);
	assert_string_equal(s[0].color, "#00ff00");
	fill(&grey, 0, 3, "\x99");
	assert_int_equal(swatches(&grey, s), 1);
	assert_string_equal(s[0].color, "#999999");
	picture_clear(&p);
	picture_clear(&grey);
}

/* Four stripes of 40, 30, 20 and 10 parts of a hundred, each sample off by up to 7. */
static void noise_and_size_change_no_swatches(void **state)
{
	static const struct { int from, rows; uint8_t rgb[3]; } stripes[] = {
		{ 0, 4, { 200, 180, 150 } }, { 4, 3, { 40, 60, 90 } }, { 7, 2, { 60, 140, 60 } }, { 9, 1, { 210, 60, 40 } },
	};

	(void)state;
	for (int times = 1; times <= 10; times += 3) {
		struct picture p = blank(100, 10 * times, 3);
		struct str noise_bytes = t_bytes((size_t)(3000 * times), (uint32_t)times);
		struct swatch s[SWATCHES_MAX];

		for (int i = 0; i < 4; i++)
			fill(&p, stripes[i].from * times, stripes[i].rows * times, (const char *)stripes[i].rgb);
		for (size_t i = 0; i < noise_bytes.n; i++)
			((uint8_t *)p.pixels)[i] += (uint8_t)(noise_bytes.p[i] % 8);
		assert_int_equal(swatches(&p, s), 4);
		for (int i = 0; i < 4; i++) {
			long rgb = strtol(s[i].color + 1, NULL, 16);

			assert_near(s[i].share, stripes[i].rows / 10.0, 0.005);
			for (int b = 0; b < 3; b++)
				assert_near((double)(rgb >> (16 - 8 * b) & 255), stripes[i].rgb[b], 3);
		}
		free((void *)noise_bytes.p);
		picture_clear(&p);
	}
}

static void any_shape_is_looked_at(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { THUMBHASH_SIDE_MAX, 1 }, { 1, THUMBHASH_SIDE_MAX }, { 3, 97 } };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (int bands = 1; bands <= 4; bands += bands == 1 ? 2 : 1) {
			struct picture p = blank(sizes[i][0], sizes[i][1], bands);
			struct swatch s[SWATCHES_MAX];
			char text[BLURHASH_TEXT_MAX];

			fill(&p, 0, p.height, "\x40\x80\xc0\x7f");
			blurhash(&p, text);
			assert_int_equal(strlen(text), 28);
			assert_int_equal(swatches(&p, s), 1);
			hash_of(p);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_hash_survives_scaling_and_brightness),
		T(the_hash_survives_compression),
		T(other_pictures_have_other_hashes),
		T(the_hash_is_what_its_definition_says),
		T(a_picture_without_alpha_has_the_hash_of_the_same_with),
		T(black_has_the_blurhash_that_the_format_gives_it),
		T(a_reader_of_the_blurhash_sees_where_it_is_bright),
		T(swatches_tell_colours_and_shares),
		T(what_looks_alike_is_one_swatch_and_what_is_rare_none),
		T(swatches_count_what_is_visible),
		T(noise_and_size_change_no_swatches),
		T(any_shape_is_looked_at),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
