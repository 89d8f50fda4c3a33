/* Odd but legal photos, and settings that do not suit them. */
#include "tests/unit/runner/photos.h"

#include <zlib.h>

#include "functions/runner/encode/encode.h"
#include "functions/runner/general/avif.h"
#include "tests/unit/runner/profiles.h"

#define ENV(list) "{\"RENDITIONS\":\"" list "\"}"

static struct result made_of(struct str photo, const char *env)
{
	struct result r = make(photo, env);

	if (r.why != REASON_NONE)
		fail_msg("%s: %s", env, r.message);
	return r;
}

static struct result made_from(VipsImage *image, const char *suffix, const char *env)
{
	struct str photo = saved(image, suffix);
	struct result r = made_of(photo, env);

	lose(photo);
	return r;
}

/* Two pages of 40 x 30, one above the other as libvips has them. */
static VipsImage *two_pages(void)
{
	VipsImage *image = quarters(40, 60, 3);

	vips_image_set_int(image, VIPS_META_PAGE_HEIGHT, 30);
	return image;
}

static void put_be32(struct buf *b, uint32_t v)
{
	uint8_t p[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };

	buf_add(b, p, 4);
}

/* A PNG that says it is an animation of three frames. */
static void animated_png(struct str png, struct buf *to)
{
	size_t head = 8 + 25, at;

	buf_add(to, png.p, head);
	put_be32(to, 8);
	at = to->len;
	buf_puts(to, "acTL");
	put_be32(to, 3);
	put_be32(to, 0);
	put_be32(to, (uint32_t)crc32(0, (const Bytef *)to->data + at, 12));
	buf_add(to, png.p + head, png.n - head);
}

static void what_nobody_plays_becomes_still(void **state)
{
	struct result r = made_from(two_pages(), ".tif", ENV("a.webp=20,animated"));
	struct str png = saved(quarters(40, 30, 3), ".png");
	struct buf moving = { 0 };

	(void)state;
	assert_int_equal(json_number(photo_of(&r), "frames", 0), 2);
	assert_int_equal(json_number(rendition_of(&r, "a.webp"), "height", 0), 15);
	assert_null(json_get(photo_of(&r), "animation_cut"));
	drop(&r);
	animated_png(png, &moving);
	r = made_of(str_n(moving.data, moving.len), ENV("a.webp=20,animated"));
	assert_int_equal(json_number(photo_of(&r), "frames", 0), 3);
	assert_non_null(json_get(photo_of(&r), "animation_cut"));
	assert_int_equal(json_number(rendition_of(&r, "a.webp"), "height", 0), 15);
	drop(&r);
	lose(png);
	buf_clear(&moving);
}

static void a_format_that_no_library_here_writes_is_a_bad_setting(void **state)
{
	struct str photo = saved(quarters(40, 30, 3), ".png");
	struct result r;

	(void)state;
	encode_set_avif(NULL);
	r = make(photo, ENV("a.avif=20 b.webp=20"));
	avif_prepare();
	assert_int_equal(r.why, REASON_SETTINGS);
	assert_non_null(strstr(r.message, "a.avif"));
	assert_non_null(strstr(r.message, "another format"));
	drop(&r);
	lose(photo);
}

static void too_much_for_one_answer_is_told(void **state)
{
	struct str photo = saved(noise(40, 40), ".png");
	struct result r = make(photo, ENV("a.png=4096x4096,pad,effort=0 b.png=4095x4095,pad,effort=0"));

	(void)state;
	assert_int_equal(r.why, REASON_SETTINGS);
	assert_non_null(strstr(r.message, "67108864 bytes together"));
	drop(&r);
	lose(photo);
}

static VipsImage *with_profile(VipsImage *image, struct str profile)
{
	vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, profile.p, profile.n);
	free((void *)profile.p);
	return image;
}

static void assert_profile(const struct result *r, const char *name, bool wanted)
{
	VipsImage *image = decoded(r, name);

	if ((vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0) != wanted)
		fail_msg("%s has %s profile", name, wanted ? "no" : "a");
	g_object_unref(image);
}

#define KEPT ENV("a.webp=40,keep=profile b.png=40,keep=profile c.jpg=40,keep=profile d.png=50x50,pad,keep=profile")
static const char *const kept[] = { "a.webp", "b.png", "c.jpg", "d.png" };

static void assert_profiles(struct result r, bool wanted)
{
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		assert_profile(&r, kept[i], wanted);
	drop(&r);
}

static VipsImage *cmyk(void)
{
	VipsImage *rgb = quarters(80, 60, 3), *inks = NULL;

	assert_int_equal(vips_icc_transform(rgb, &inks, "cmyk", "input_profile", "srgb", NULL), 0);
	g_object_unref(rgb);
	return inks;
}

static void only_a_profile_of_rgb_goes_along(void **state)
{
	(void)state;
	assert_profiles(made_from(with_profile(quarters(80, 60, 3), rgb_profile(0)), ".png", KEPT), true);
	assert_profiles(made_from(with_profile(quarters(80, 60, 4), rgb_profile(0)), ".png", KEPT), true);
	assert_profiles(made_from(with_profile(quarters(80, 60, 1), saved_profile(grey_profile(1.8, false))), ".png", KEPT), false);
	assert_profiles(made_from(with_profile(quarters(80, 60, 2), saved_profile(grey_profile(1.8, false))), ".png", KEPT), false);
	assert_profiles(made_from(with_profile(quarters(80, 60, 1), saved_profile(grey_profile(1.8, false))), ".jpg", KEPT), false);
	assert_profiles(made_from(cmyk(), ".jpg", KEPT), false);
}

static void a_profile_that_does_not_fit_does_not_go_along(void **state)
{
	struct result r = made_from(with_profile(quarters(80, 60, 3), saved_profile(grey_profile(1.8, false))), ".jpg", KEPT);

	(void)state;
	assert_non_null(json_get(photo_of(&r), "icc_ignored"));
	assert_profiles(r, false);
}

/* Stored in linear light, of which sRGB makes brighter values. */
static void frames_have_the_colours_of_their_profile(void **state)
{
	VipsImage *image = two_pages(), *out;
	struct str photo = saved(with_profile(image, saved_profile(gamma_profile(1.0))), ".webp[lossless]");
	struct result r = made_of(photo, ENV("a.webp=40,animated,lossless b.png=40"));
	VipsImage *still = decoded(&r, "b.png");
	double *v = NULL;
	int n = 0;

	(void)state;
	assert_int_equal(json_number(photo_of(&r), "frames", 0), 2);
	assert_int_equal(vips_getpoint(still, &v, &n, 5, 5, NULL), 0);
	assert_true(v[1] > GREEN.r + 30);
	out = decoded(&r, "a.webp");
	assert_colour(out, 0.15, 0.15, (struct colour){ (int)v[0], (int)v[1], (int)v[2] }, 1);
	g_free(v);
	g_object_unref(out);
	g_object_unref(still);
	drop(&r);
	lose(photo);
}

static int different_bits(struct str a, struct str b)
{
	char hex[2][17] = { { 0 }, { 0 } };

	assert_int_equal(a.n, 16);
	assert_int_equal(b.n, 16);
	memcpy(hex[0], a.p, 16);
	memcpy(hex[1], b.p, 16);
	return __builtin_popcountll(strtoull(hex[0], NULL, 16) ^ strtoull(hex[1], NULL, 16));
}

/* A photo is found again whatever its thumbnails look like. */
static void hashes_do_not_depend_on_the_renditions(void **state)
{
	static const char *const lists[] = { ENV("a.png=5"), ENV("a.png=300x20,exact"), ENV("a.png=400 b.png=5"), ENV("a.png=10x200,fill") };
	struct result want;
	struct str photo;

	(void)state;
	photo = saved(noise(120, 90), ".png");
	want = made_of(photo, ENV("a.png=120"));
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		struct result r = made_of(photo, lists[i]);

		if (different_bits(json_text(photo_of(&want), "phash"), json_text(photo_of(&r), "phash")) > 2)
			fail_msg("%s: another hash", lists[i]);
		drop(&r);
	}
	drop(&want);
	lose(photo);
}

static void how_much_was_there_does_not_depend_on_the_renditions(void **state)
{
	struct str whole = saved(noise(600, 400), ".gif");
	double read[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *env = i ? ENV("a.png=600") : ENV("a.png=10");
		struct result r = make(str_n(whole.p, whole.n * 8 / 100), env);

		assert_int_equal(r.why, REASON_TRUNCATED);
		drop(&r);
		r = made_of(str_n(whole.p, whole.n / 2), env);
		assert_non_null(json_get(photo_of(&r), "degraded"));
		read[i] = strtod(json_get(photo_of(&r), "read")->text.p, NULL);
		drop(&r);
	}
	assert_near(read[0], read[1], 0.0001);
	assert_near(read[0], 0.5, 0.05);
	lose(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_nobody_plays_becomes_still),
		T(a_format_that_no_library_here_writes_is_a_bad_setting),
		T(too_much_for_one_answer_is_told),
		T(only_a_profile_of_rgb_goes_along),
		T(a_profile_that_does_not_fit_does_not_go_along),
		T(frames_have_the_colours_of_their_profile),
		T(hashes_do_not_depend_on_the_renditions),
		T(how_much_was_there_does_not_depend_on_the_renditions),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
