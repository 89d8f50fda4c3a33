#include "tests/unit/runner/photos.h"

static const struct {
	const char *suffix, *format;
	double tolerance;
} formats[] = {
	{ ".jpg[Q=95]", "jpeg", 12 },
	{ ".jpg[Q=95,interlace]", "jpeg", 12 },
	{ ".png", "png", 6 },
	{ ".png[interlace]", "png", 6 },
	{ ".png[palette]", "png", 8 },
	{ ".webp[Q=95]", "webp", 14 },
	{ ".webp[lossless]", "webp", 6 },
	{ ".gif", "gif", 12 },
	{ ".tif", "tiff", 6 },
	{ ".tif[tile,compression=lzw]", "tiff", 6 },
	{ ".tif[compression=jpeg,Q=95]", "tiff", 12 },
	{ ".heic[Q=90]", "heic", 14 },
	{ ".avif[Q=90,effort=0]", "avif", 14 },
};

#define PNGS "{\"RENDITIONS\":\"a.png=64 b.png=200\"}"

static void assert_quarters(VipsImage *image, double tolerance)
{
	assert_colour(image, 0.25, 0.25, RED, tolerance);
	assert_colour(image, 0.75, 0.25, GREEN, tolerance);
	assert_colour(image, 0.25, 0.75, BLUE, tolerance);
	assert_colour(image, 0.75, 0.75, YELLOW, tolerance);
}

/* Formats that this libvips cannot write are left out. */
static bool can_write(const char *suffix)
{
	char name[16];

	snprintf(name, sizeof name, "%.*s", (int)strcspn(suffix, "["), suffix);
	if (vips_foreign_find_save_buffer(name) != NULL)
		return true;
	vips_error_clear();
	return false;
}

static void every_format_becomes_renditions_of_the_right_size_and_colour(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct str photo;
		struct result r;
		VipsImage *image;

		if (!can_write(formats[i].suffix))
			continue;
		photo = saved(quarters(600, 400, 3), formats[i].suffix);
		r = make(photo, PNGS);
		if (r.why != REASON_NONE)
			fail_msg("%s: %s %s", formats[i].suffix, reason_code(r.why), r.message);
		assert_true(str_is(json_text(photo_of(&r), "format"), formats[i].format));
		assert_int_equal(json_number(photo_of(&r), "width", 0), 600);
		assert_int_equal(json_number(photo_of(&r), "height", 0), 400);
		assert_null(json_get(photo_of(&r), "degraded"));
		image = decoded(&r, "a.png");
		assert_int_equal(image->Xsize, 64);
		assert_int_equal(image->Ysize, 43);
		assert_quarters(image, formats[i].tolerance);
		g_object_unref(image);
		drop(&r);
		lose(photo);
	}
}

static void renditions_have_their_formats_types_and_places(void **state)
{
	static const struct {
		const char *name, *type, *loader;
		double tolerance;
	} want[] = {
		{ "w.webp", "image/webp", "webpload_buffer", 20 },
		{ "j.jpg", "image/jpeg", "jpegload_buffer", 12 },
		{ "k.jpeg", "image/jpeg", "jpegload_buffer", 12 },
		{ "p.png", "image/png", "pngload_buffer", 6 },
	};
	struct str photo = saved(quarters(300, 300, 3), ".png");
	struct result r = make(photo, "{\"RENDITIONS\":\"w.webp=100 j.jpg=200 k.jpeg=50 p.png=150\"}");
	size_t sum = 0;

	(void)state;
	assert_int_equal(r.why, REASON_NONE);
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		VipsImage *image = decoded(&r, want[i].name);
		const char *loader;

		assert_int_equal(vips_image_get_string(image, VIPS_META_LOADER, &loader), 0);
		assert_string_equal(loader, want[i].loader);
		assert_true(str_is(json_text(rendition_of(&r, want[i].name), "content_type"), want[i].type));
		assert_quarters(image, want[i].tolerance);
		sum += bytes_of(&r, want[i].name).n;
		g_object_unref(image);
	}
	assert_int_equal(sum, r.files.len);
	drop(&r);
	lose(photo);
}

static void a_photo_is_turned_as_its_orientation_says(void **state)
{
	/* What stands top left, top right, bottom left, bottom right when the stored picture is quarters(). */
	static const struct colour *const want[9][4] = {
		[1] = { &RED, &GREEN, &BLUE, &YELLOW }, [2] = { &GREEN, &RED, &YELLOW, &BLUE },
		[3] = { &YELLOW, &BLUE, &GREEN, &RED }, [4] = { &BLUE, &YELLOW, &RED, &GREEN },
		[5] = { &RED, &BLUE, &GREEN, &YELLOW }, [6] = { &BLUE, &RED, &YELLOW, &GREEN },
		[7] = { &YELLOW, &GREEN, &BLUE, &RED }, [8] = { &GREEN, &YELLOW, &RED, &BLUE },
	};
	static const char *const suffixes[] = { ".jpg[Q=95]", ".webp[Q=95]", ".tif" };

	(void)state;
	for (int k = 0; k < 3; k++)
		for (int o = 1; o <= 8; o++) {
			VipsImage *image = quarters(400, 200, 3);
			struct str photo;
			struct result r;

			vips_image_set_int(image, VIPS_META_ORIENTATION, o);
			photo = saved(image, suffixes[k]);
			r = make(photo, PNGS);
			assert_int_equal(r.why, REASON_NONE);
			assert_int_equal(json_number(photo_of(&r), "width", 0), o < 5 ? 400 : 200);
			assert_int_equal(json_number(photo_of(&r), "height", 0), o < 5 ? 200 : 400);
			image = decoded(&r, "b.png");
			for (int q = 0; q < 4; q++)
				assert_colour(image, q % 2 ? 0.75 : 0.25, q / 2 ? 0.75 : 0.25, *want[o][q], 14);
			g_object_unref(image);
			drop(&r);
			lose(photo);
		}
}

static void nothing_is_enlarged(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { 2, 1 }, { 1, 5 }, { 7, 7 }, { 159, 2 }, { 160, 160 }, { 161, 3 } };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		static const char *const suffixes[] = { ".jpg", ".png", ".webp", ".gif", ".tif" };

		for (size_t k = 0; k < sizeof suffixes / sizeof suffixes[0]; k++) {
			struct str photo = saved(quarters(sizes[i][0], sizes[i][1], 3), suffixes[k]);
			struct result r = make(photo, NULL);

			if (r.why != REASON_NONE)
				fail_msg("%dx%d%s: %s", sizes[i][0], sizes[i][1], suffixes[k], r.message);
			g_object_unref(decoded(&r, "small.webp"));
			assert_int_equal(json_number(rendition_of(&r, "large.jpg"), "width", 0), sizes[i][0]);
			assert_int_equal(json_number(rendition_of(&r, "large.jpg"), "height", 0), sizes[i][1]);
			drop(&r);
			lose(photo);
		}
	}
}

/* The right half of quarters() with four bands is transparent. */
static void alpha_is_kept_or_becomes_white(void **state)
{
	static const char *const suffixes[] = { ".png", ".webp[lossless]", ".tif" };

	(void)state;
	for (int k = 0; k < 3; k++) {
		struct str photo = saved(quarters(200, 100, 4), suffixes[k]);
		struct result r = make(photo, "{\"RENDITIONS\":\"a.webp=50 b.png=50 c.jpg=50\"}");
		VipsImage *webp, *png, *jpeg;

		assert_int_equal(r.why, REASON_NONE);
		webp = decoded(&r, "a.webp");
		png = decoded(&r, "b.png");
		jpeg = decoded(&r, "c.jpg");
		assert_int_equal(webp->Bands, 4);
		assert_int_equal(png->Bands, 4);
		assert_int_equal(jpeg->Bands, 3);
		assert_colour(png, 0.2, 0.2, RED, 6);
		assert_colour(jpeg, 0.2, 0.2, RED, 14);
		assert_colour(jpeg, 0.8, 0.2, (struct colour){ 255, 255, 255 }, 3);
		g_object_unref(webp);
		g_object_unref(png);
		g_object_unref(jpeg);
		drop(&r);
		lose(photo);
	}
}

/* Colours that can be printed. */
static VipsImage *pale(VipsImage *image)
{
	VipsImage *to = NULL;

	assert_int_equal(vips_linear1(image, &to, 0.4, 110, "uchar", TRUE, NULL), 0);
	g_object_unref(image);
	return to;
}

static struct colour paled(struct colour c)
{
	return (struct colour){ c.r * 2 / 5 + 110, c.g * 2 / 5 + 110, c.b * 2 / 5 + 110 };
}

static VipsImage *converted(VipsImage *image, const char *profile)
{
	VipsImage *to = NULL;

	assert_int_equal(vips_icc_transform(image, &to, profile, "input_profile", "srgb", NULL), 0);
	g_object_unref(image);
	return to;
}

/* Stored in another space with its profile, the colours must come out as they were. */
static void colours_go_through_the_profile(void **state)
{
	static const struct {
		const char *profile, *suffix;
		double tolerance;
	} cases[] = {
		{ "p3", ".jpg[Q=98,subsample-mode=off]", 4 }, { "p3", ".png", 2 }, { "cmyk", ".jpg[Q=98]", 12 },
		{ "cmyk", ".tif", 12 }, { "srgb", ".png", 1 }, { "p3", ".webp[lossless]", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str photo = saved(converted(pale(quarters(100, 100, 3)), cases[i].profile), cases[i].suffix);
		struct result r = make(photo, PNGS);
		VipsImage *image;

		if (r.why != REASON_NONE)
			fail_msg("%s%s: %s", cases[i].profile, cases[i].suffix, r.message);
		assert_true(str_is_set(json_text(photo_of(&r), "icc")));
		image = decoded(&r, "b.png");
		assert_int_equal(image->Bands, 3);
		assert_colour(image, 0.25, 0.25, paled(RED), cases[i].tolerance);
		assert_colour(image, 0.75, 0.25, paled(GREEN), cases[i].tolerance);
		assert_colour(image, 0.25, 0.75, paled(BLUE), cases[i].tolerance);
		assert_colour(image, 0.75, 0.75, paled(YELLOW), cases[i].tolerance);
		g_object_unref(image);
		drop(&r);
		lose(photo);
	}
}

/* In 8.14 asking for sRGB where there is no profile crushes the shadows: nothing may change here. */
static void without_a_profile_dark_colours_stay_as_they_are(void **state)
{
	VipsImage *dark = NULL, *image = quarters(100, 100, 3);
	struct str photo;
	struct result r;

	(void)state;
	assert_int_equal(vips_linear1(image, &dark, 0.1, 0, "uchar", TRUE, NULL), 0);
	g_object_unref(image);
	photo = saved(dark, ".png");
	r = make(photo, PNGS);
	image = decoded(&r, "b.png");
	assert_colour(image, 0.25, 0.25, (struct colour){ 20, 3, 4 }, 1);
	assert_colour(image, 0.75, 0.75, (struct colour){ 22, 21, 4 }, 1);
	g_object_unref(image);
	drop(&r);
	lose(photo);
}

static void grey_and_sixteen_bits_are_photos_too(void **state)
{
	VipsImage *image, *wide = NULL, *scaled = NULL;
	struct str photo;
	struct result r;

	(void)state;
	photo = saved(quarters(100, 100, 1), ".png");
	r = make(photo, PNGS);
	image = decoded(&r, "b.png");
	assert_int_equal(image->Bands, 1);
	assert_colour(image, 0.25, 0.25, (struct colour){ 200, 200, 200 }, 1);
	g_object_unref(image);
	drop(&r);
	lose(photo);

	image = quarters(100, 100, 3);
	assert_int_equal(vips_linear1(image, &scaled, 257, 0, NULL), 0);
	assert_int_equal(vips_cast(scaled, &wide, VIPS_FORMAT_USHORT, NULL), 0);
	g_object_unref(image);
	g_object_unref(scaled);
	assert_int_equal(vips_copy(wide, &image, "interpretation", VIPS_INTERPRETATION_RGB16, NULL), 0);
	g_object_unref(wide);
	photo = saved(image, ".png");
	r = make(photo, PNGS);
	image = decoded(&r, "b.png");
	assert_quarters(image, 1);
	g_object_unref(image);
	drop(&r);
	lose(photo);
}

static void an_animation_gives_its_first_frame_and_their_number(void **state)
{
	static const char *const suffixes[] = { ".gif", ".webp" };

	(void)state;
	for (int k = 0; k < 2; k++) {
		VipsImage *frames[2] = { quarters(80, 60, 3), noise(80, 60) }, *strip = NULL;
		struct str photo;
		struct result r;

		assert_int_equal(vips_arrayjoin(frames, &strip, 2, "across", 1, NULL), 0);
		g_object_unref(frames[0]);
		g_object_unref(frames[1]);
		vips_image_set_int(strip, VIPS_META_PAGE_HEIGHT, 60);
		photo = saved(strip, suffixes[k]);
		r = make(photo, PNGS);
		assert_int_equal(r.why, REASON_NONE);
		assert_int_equal(json_number(photo_of(&r), "frames", 0), 2);
		assert_int_equal(json_number(photo_of(&r), "height", 0), 60);
		strip = decoded(&r, "b.png");
		assert_quarters(strip, 24);
		g_object_unref(strip);
		drop(&r);
		r = make(photo, "{\"MAX_FRAMES\":\"1\"}");
		assert_int_equal(r.why, REASON_FRAMES);
		drop(&r);
		lose(photo);
	}
}

static VipsImage *with_facts(void)
{
	static const char *const fields[][2] = {
		{ "exif-ifd0-Make", "Canon" }, { "exif-ifd0-Model", "Canon EOS 5D" },
		{ "exif-ifd2-DateTimeOriginal", "2026:01:02 03:04:05" }, { "exif-ifd2-OffsetTimeOriginal", "+02:00" },
		{ "exif-ifd3-GPSLatitude", "52/1 30/1 0/1" }, { "exif-ifd3-GPSLatitudeRef", "S" },
		{ "exif-ifd3-GPSLongitude", "13/1 22/1 30/1" }, { "exif-ifd3-GPSLongitudeRef", "E" },
	};
	VipsImage *image = quarters(100, 100, 3);

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		vips_image_set_string(image, fields[i][0], fields[i][1]);
	return image;
}

static void facts_are_told_and_renditions_know_none_of_them(void **state)
{
	static const char *const suffixes[] = { ".jpg", ".webp" }, *const names[] = { "a.webp", "b.jpg", "c.png" };

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct str photo = saved(with_facts(), suffixes[k]);
		struct result r = make(photo, "{\"RENDITIONS\":\"a.webp=50 b.jpg=60 c.png=70\"}");

		assert_int_equal(r.why, REASON_NONE);
		assert_true(str_is(json_text(photo_of(&r), "camera"), "Canon EOS 5D"));
		assert_true(str_is(json_text(photo_of(&r), "taken_at"), "2026-01-02T03:04:05+02:00"));
		assert_true(str_is(json_get(photo_of(&r), "latitude")->text, "-52.5"));
		assert_true(str_is(json_get(photo_of(&r), "longitude")->text, "13.375"));
		for (int i = 0; i < 3; i++) {
			VipsImage *image = decoded(&r, names[i]);

			assert_int_equal(vips_image_get_typeof(image, VIPS_META_EXIF_NAME), 0);
			assert_int_equal(vips_image_get_typeof(image, VIPS_META_ICC_NAME), 0);
			assert_int_equal(vips_image_get_typeof(image, VIPS_META_XMP_NAME), 0);
			g_object_unref(image);
		}
		drop(&r);
		lose(photo);
	}
}

static void refusals_have_reasons(void **state)
{
	struct str photo = saved(quarters(100, 100, 3), ".png");
	static const struct {
		const char *env;
		enum reason why;
	} cases[] = {
		{ "{\"MAX_PIXELS\":\"9999\"}", REASON_PIXELS },
		{ "{\"MAX_WIDTH\":\"99\"}", REASON_WIDTH },
		{ "{\"MAX_HEIGHT\":\"99\"}", REASON_HEIGHT },
		{ "{\"MAX_BYTES\":\"10\"}", REASON_BYTES },
		{ "{\"RENDITIONS\":\"a.bmp=5\"}", REASON_SETTINGS },
		{ "{\"MAX_PIXELS\":\"10000\"}", REASON_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct result r = make(photo, cases[i].env);

		assert_int_equal(r.why, cases[i].why);
		drop(&r);
	}
	lose(photo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_format_becomes_renditions_of_the_right_size_and_colour),
		T(renditions_have_their_formats_types_and_places),
		T(a_photo_is_turned_as_its_orientation_says),
		T(nothing_is_enlarged),
		T(alpha_is_kept_or_becomes_white),
		T(colours_go_through_the_profile),
		T(without_a_profile_dark_colours_stay_as_they_are),
		T(grey_and_sixteen_bits_are_photos_too),
		T(an_animation_gives_its_first_frame_and_their_number),
		T(facts_are_told_and_renditions_know_none_of_them),
		T(refusals_have_reasons),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
