/* All eight ways a photo can lie in its file, in every format that can say so: the thumbnail is, pixel by pixel, that of the same photo
 * lying straight, turned. */
#include "tests/unit/runner/quality_rig.h"

#include <libheif/heif.h>
#include <zlib.h>

#define WIDTH 122
#define HEIGHT 90

/* At another size and as it is. */
static const int sides[] = { 40, WIDTH };

/* By what Exif 3.0 says of each value: where row 0 and column 0 of what is stored are seen. */
static struct picture turned(const struct picture *p, int orientation)
{
	bool swap = orientation >= 5, from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8,
	     from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
	struct picture to = new_picture(swap ? p->height : p->width, swap ? p->width : p->height, p->bands);
	uint8_t *at = to.pixels;

	for (int y = 0; y < to.height; y++)
		for (int x = 0; x < to.width; x++, at += p->bands) {
			int column = swap ? y : x, row = swap ? x : y;

			column = from_right ? p->width - 1 - column : column;
			row = from_below ? p->height - 1 - row : row;
			memcpy(at, (uint8_t *)picture_row(p, row) + column * p->bands, (size_t)p->bands);
		}
	return to;
}

static void assert_turned(struct str straight, struct str lying, int orientation, int side, const char *what)
{
	char env[80];
	struct result a, b;
	struct picture flat, want, got;

	snprintf(env, sizeof env, "{\"RENDITIONS\":\"a.png=%d\"}", side);
	a = make(straight, env);
	b = make(lying, env);
	if (a.why != REASON_NONE || b.why != REASON_NONE)
		fail_msg("%s, orientation %d: %s%s", what, orientation, a.message, b.message);
	assert_int_equal(json_number(photo_of(&b), "width", 0), orientation < 5 ? WIDTH : HEIGHT);
	assert_int_equal(json_number(photo_of(&b), "height", 0), orientation < 5 ? HEIGHT : WIDTH);
	flat = pixels_of(decoded(&a, "a.png"));
	got = pixels_of(decoded(&b, "a.png"));
	want = turned(&flat, orientation);
	if (want.width != got.width || want.height != got.height || want.bands != got.bands ||
	    memcmp(want.pixels, got.pixels, picture_row_bytes(&want) * (size_t)want.height) != 0)
		fail_msg("%s, orientation %d, to %d: not the straight one turned", what, orientation, side);
	picture_clear(&flat);
	picture_clear(&want);
	picture_clear(&got);
	drop(&a);
	drop(&b);
}

/* The caller loses it. */
static struct str tagged(const struct picture *p, const char *suffix, int orientation)
{
	VipsImage *image = image_of(p);

	if (orientation)
		vips_image_set_int(image, VIPS_META_ORIENTATION, orientation);
	return saved(image, suffix);
}

static void what_exif_tells_is_obeyed_pixel_by_pixel(void **state)
{
	static const char *const suffixes[] = { ".jpg[Q=90]", ".jpg[Q=90,interlace]", ".webp[Q=90]", ".webp[lossless]", ".tif" };
	struct picture p = landscape(WIDTH, HEIGHT, 3);

	(void)state;
	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		struct str straight = tagged(&p, suffixes[i], 0);

		for (int o = 1; o <= 8; o++) {
			struct str lying = tagged(&p, suffixes[i], o);

			for (size_t s = 0; s < sizeof sides / sizeof sides[0]; s++)
				assert_turned(straight, lying, o, sides[s], suffixes[i]);
			lose(lying);
		}
		lose(straight);
	}
	picture_clear(&p);
}

static void big_endian(uint8_t to[4], uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A PNG with one more chunk right after its header; the caller frees it. */
static struct str with_exif(struct str png, int orientation)
{
	uint8_t chunk[] = {
		0, 0, 0, 26, 'e', 'X', 'I', 'f', 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1,	/* one entry */
		0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (uint8_t)orientation, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	};
	const size_t head = 8 + 25;
	char *to = malloc(png.n + sizeof chunk);

	assert_non_null(to);
	big_endian(chunk + 34, (uint32_t)crc32(0, chunk + 4, 4 + 26));
	memcpy(to, png.p, head);
	memcpy(to + head, chunk, sizeof chunk);
	memcpy(to + head + sizeof chunk, png.p + head, png.n - head);
	return str_n(to, png.n + sizeof chunk);
}

static void what_a_png_tells_is_obeyed_pixel_by_pixel(void **state)
{
	static const char *const suffixes[] = { ".png", ".png[interlace]" };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct picture p = landscape(WIDTH, HEIGHT, i < 2 ? 3 : 1);
		struct str straight = tagged(&p, suffixes[i % 2], 0);

		for (int o = 1; o <= 8; o++) {
			struct str lying = with_exif(straight, o);

			for (size_t s = 0; s < sizeof sides / sizeof sides[0]; s++)
				assert_turned(straight, lying, o, sides[s], suffixes[i % 2]);
			free((void *)lying.p);
		}
		lose(straight);
		picture_clear(&p);
	}
}

static struct heif_error on_write(struct heif_context *c, const void *p, size_t n, void *to)
{
	(void)c;
	buf_add(to, p, n);
	return (struct heif_error){ heif_error_Ok, heif_suberror_Unspecified, "" };
}

static void assert_ok(struct heif_error e)
{
	if (e.code != heif_error_Ok)
		fail_msg("libheif: %s", e.message);
}

/* Turned by properties of HEIF's own, as cameras write it. The same pixels give the same coded picture. */
static struct buf heif_of(const struct picture *p, enum heif_compression_format format, int orientation)
{
	struct heif_context *c = heif_context_alloc();
	struct heif_encoder *e;
	struct heif_image *image;
	struct heif_encoding_options *options = heif_encoding_options_alloc();
	struct heif_writer writer = { 1, on_write };
	struct buf to = { 0 };
	uint8_t *pixels;
	int stride;

	assert_ok(heif_context_get_encoder_for_format(c, format, &e));
	heif_encoder_set_lossy_quality(e, 90);
	if (format == heif_compression_AV1)
		heif_encoder_set_parameter_integer(e, "speed", 9);
	assert_ok(heif_image_create(p->width, p->height, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &image));
	assert_ok(heif_image_add_plane(image, heif_channel_interleaved, p->width, p->height, 8));
	pixels = heif_image_get_plane(image, heif_channel_interleaved, &stride);
	for (int y = 0; y < p->height; y++)
		memcpy(pixels + (size_t)y * (size_t)stride, picture_row(p, y), picture_row_bytes(p));
	options->image_orientation = (enum heif_orientation)orientation;
	assert_ok(heif_context_encode_image(c, image, e, options, NULL));
	assert_ok(heif_context_write(c, &writer, &to));
	heif_encoding_options_free(options);
	heif_image_release(image);
	heif_encoder_release(e);
	heif_context_free(c);
	return to;
}

/* At its own size only: libheif turns before we scale, and the last digit of a mean depends on the end it begins at. */
static void what_heif_tells_is_obeyed_pixel_by_pixel(void **state)
{
	static const enum heif_compression_format formats[] = { heif_compression_HEVC, heif_compression_AV1 };
	struct picture p = landscape(WIDTH, HEIGHT, 3);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct buf straight = heif_of(&p, formats[i], 1);

		for (int o = 1; o <= 8; o++) {
			struct buf lying = heif_of(&p, formats[i], o);

			assert_turned(str_n(straight.data, straight.len), str_n(lying.data, lying.len), o, WIDTH, i ? "AVIF" : "HEIC");
			buf_clear(&lying);
		}
		buf_clear(&straight);
	}
	picture_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_exif_tells_is_obeyed_pixel_by_pixel),
		T(what_a_png_tells_is_obeyed_pixel_by_pixel),
		T(what_heif_tells_is_obeyed_pixel_by_pixel),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
