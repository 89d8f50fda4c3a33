/* render_test - what rendition.h's words do to a photo, seen in the bytes that come out. */
#include "tests/unit/runner/photos.h"

#include <zlib.h>

#define ENV(list) "{\"RENDITIONS\":\"" list "\"}"

static struct result make_from(VipsImage *image, const char *suffix, const char *env)
{
	struct str photo = saved(image, suffix);
	struct result r = make(photo, env);

	lose(photo);
	if (r.why != REASON_NONE)
		fail_msg("%s: %s", env, r.message);
	return r;
}

static void assert_size(const struct result *r, const char *name, int width, int height)
{
	assert_int_equal(json_number(rendition_of(r, name), "width", -1), width);
	assert_int_equal(json_number(rendition_of(r, name), "height", -1), height);
}

static void fits_make_their_sizes(void **state)
{
	struct result r = make_from(quarters(800, 400, 3), ".jpg[Q=95]",
		ENV("a.jpg=100x100 b.jpg=100x100,outside c.jpg=100x100,fill d.jpg=100x50,exact e.png=100x100,pad,background=0000ff "
		    "f.jpg=1000x1000 g.jpg=1000x1000,enlarge h.jpg=x40"));
	VipsImage *image;

	(void)state;
	assert_size(&r, "a.jpg", 100, 50);
	assert_size(&r, "b.jpg", 200, 100);
	assert_size(&r, "c.jpg", 100, 100);
	assert_size(&r, "d.jpg", 100, 50);
	assert_size(&r, "e.png", 100, 100);
	assert_size(&r, "f.jpg", 800, 400);
	assert_size(&r, "g.jpg", 1000, 500);
	assert_size(&r, "h.jpg", 80, 40);
	image = decoded(&r, "e.png");
	assert_colour(image, 0.5, 0.05, (struct colour){ 0, 0, 255 }, 1);
	assert_colour(image, 0.25, 0.4, RED, 12);
	assert_colour(image, 0.75, 0.6, YELLOW, 12);
	g_object_unref(image);
	image = decoded(&r, "c.jpg");
	assert_colour(image, 0.25, 0.25, RED, 12);
	assert_colour(image, 0.75, 0.75, YELLOW, 12);
	g_object_unref(image);
	drop(&r);
}

/* Stored so that its orientation brings it back to how it is shown. */
static VipsImage *stored_as(VipsImage *shown, int orientation)
{
	static const int back[9] = { 0, 1, 2, 3, 4, 5, 8, 7, 6 };
	VipsImage *stored = NULL;

	vips_image_set_int(shown, VIPS_META_ORIENTATION, back[orientation]);
	assert_int_equal(vips_autorot(shown, &stored, NULL), 0);
	g_object_unref(shown);
	vips_image_set_int(stored, VIPS_META_ORIENTATION, orientation);
	return stored;
}

/* Squares out of 3:2 and 2:3: by which end they lie tells where the border between the colours is. */
static void crops_go_by_what_is_seen(void **state)
{
	static const struct {
		const char *where;
		bool south, east;
		const struct colour *want;
	} crops[] = {
		{ "gravity=northwest", false, false, &RED },   { "gravity=northeast", false, true, &GREEN },
		{ "gravity=southwest", true,  false, &BLUE },  { "gravity=southeast", true,  true, &YELLOW },
		{ "focus=0:0",         false, false, &RED },   { "focus=1:1",         true,  true, &YELLOW },
	};

	(void)state;
	for (int orientation = 1; orientation <= 8; orientation++)
		for (size_t i = 0; i < sizeof crops / sizeof crops[0]; i++) {
			bool tall = orientation % 2;
			VipsImage *shown = quarters(tall ? 400 : 600, tall ? 600 : 400, 3), *out;
			struct result r;
			char env[128];

			snprintf(env, sizeof env, ENV("a.png=40x40,fill,%s"), crops[i].where);
			r = make_from(stored_as(shown, orientation), ".jpg[Q=95]", env);
			out = decoded(&r, "a.png");
			assert_colour(out, tall ? (crops[i].east ? 0.75 : 0.25) : (crops[i].east ? 0.4 : 0.6),
				      tall ? (crops[i].south ? 0.4 : 0.6) : (crops[i].south ? 0.75 : 0.25), *crops[i].want, 16);
			g_object_unref(out);
			drop(&r);
		}
}

/* A bright speck pattern on black: half the light is 188 of 255 as sRGB stores it, not 128. */
static void linear_light_keeps_the_light_of_a_pattern(void **state)
{
	uint8_t p[64 * 64 * 3];
	VipsImage *borrowed, *image = NULL, *out;
	struct result r;

	(void)state;
	for (int i = 0; i < 64 * 64; i++)
		memset(p + 3 * i, (i + i / 64) % 2 ? 255 : 0, 3);
	borrowed = vips_image_new_from_memory_copy(p, sizeof p, 64, 64, 3, VIPS_FORMAT_UCHAR);
	vips_copy(borrowed, &image, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
	g_object_unref(borrowed);
	r = make_from(image, ".png", ENV("a.png=32,linear b.png=32"));
	out = decoded(&r, "a.png");
	assert_colour(out, 0.5, 0.5, (struct colour){ 188, 188, 188 }, 2);
	g_object_unref(out);
	out = decoded(&r, "b.png");
	assert_colour(out, 0.5, 0.5, (struct colour){ 128, 128, 128 }, 2);
	g_object_unref(out);
	drop(&r);
}

static void sharpening_steepens_an_edge(void **state)
{
	struct result r = make_from(quarters(640, 640, 3), ".png", ENV("a.png=64,sharpen=100 b.png=64"));
	VipsImage *sharp = decoded(&r, "a.png"), *soft = decoded(&r, "b.png");
	double *a = NULL, *b = NULL;
	int n;

	(void)state;
	assert_int_equal(vips_getpoint(sharp, &a, &n, 31, 10, NULL), 0);
	assert_int_equal(vips_getpoint(soft, &b, &n, 31, 10, NULL), 0);
	assert_true(a[1] < b[1]);	/* red beside green has still less green */
	g_free(a);
	g_free(b);
	g_object_unref(sharp);
	g_object_unref(soft);
	drop(&r);
}

static void auto_takes_its_ending_from_the_content(void **state)
{
	struct result photo = make_from(quarters(300, 200, 3), ".jpg", ENV("a=100,format=auto"));
	struct result drawing = make_from(quarters(300, 200, 4), ".png", ENV("a=100,format=auto"));

	(void)state;
	assert_true(str_eq(json_text(rendition_of(&photo, "a.jpg"), "content_type"), STR("image/jpeg")));
	assert_true(rendition_of(&drawing, "a.png") != NULL);
	drop(&photo);
	drop(&drawing);
}

static void a_size_in_bytes_is_kept(void **state)
{
	struct result r = make_from(noise(400, 300), ".png", ENV("a.jpg=400,bytes=20000 b.jpg=400"));

	(void)state;
	assert_true(bytes_of(&r, "a.jpg").n <= 20000);
	assert_true(bytes_of(&r, "b.jpg").n > 20000);
	drop(&r);
}

static void a_profile_may_be_kept(void **state)
{
	VipsImage *image = quarters(200, 100, 3), *to = NULL, *out;
	struct result r;
	size_t n = 0;
	const void *p;

	(void)state;
	assert_int_equal(vips_icc_transform(image, &to, "p3", "input_profile", "srgb", NULL), 0);
	g_object_unref(image);
	r = make_from(to, ".jpg[Q=95,profile=p3]", ENV("a.jpg=100,keep=profile b.jpg=100"));
	out = decoded(&r, "a.jpg");
	assert_int_equal(vips_image_get_blob(out, VIPS_META_ICC_NAME, &p, &n), 0);
	assert_true(n > 100);
	g_object_unref(out);
	out = decoded(&r, "b.jpg");
	assert_int_equal(vips_image_get_typeof(out, VIPS_META_ICC_NAME), 0);
	assert_colour(out, 0.25, 0.25, RED, 12);
	g_object_unref(out);
	drop(&r);
}

static void facts_can_be_wished_away(void **state)
{
	struct result all = make_from(quarters(200, 100, 3), ".jpg", NULL);
	struct result few = make_from(quarters(200, 100, 3), ".jpg",
				      "{\"PHASH\":\"0\",\"PALETTE\":\"0\",\"SHA256\":\"0\",\"BLURHASH\":\"1\",\"GPS\":\"drop\"}");

	(void)state;
	assert_int_equal(json_text(photo_of(&all), "phash").n, 16);
	assert_int_equal(json_text(photo_of(&all), "sha256").n, 64);
	assert_non_null(json_get(photo_of(&all), "palette"));
	assert_null(json_get(photo_of(&all), "blurhash"));
	assert_null(json_get(photo_of(&few), "phash"));
	assert_null(json_get(photo_of(&few), "sha256"));
	assert_null(json_get(photo_of(&few), "palette"));
	assert_int_equal(json_text(photo_of(&few), "blurhash").n, 28);
	drop(&all);
	drop(&few);
}

static void put32(uint8_t *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A PNG with one more chunk behind its header: the colours' numbers. */
static struct str with_numbers(struct str png, uint8_t primaries, uint8_t transfer)
{
	uint8_t chunk[16] = { 0, 0, 0, 4, 'c', 'I', 'C', 'P', primaries, transfer, 0, 1 };
	uint8_t *p = g_malloc(png.n + sizeof chunk);

	put32(chunk + 12, (uint32_t)crc32(0, chunk + 4, 8));
	memcpy(p, png.p, 33);
	memcpy(p + 33, chunk, sizeof chunk);
	memcpy(p + 33 + sizeof chunk, png.p + 33, png.n - 33);
	return str_n((char *)p, png.n + sizeof chunk);
}

/* A grey of half the scale is 92 nits in PQ, not quite half of paper white's 203: sRGB stores 180 for it. */
static void a_high_dynamic_range_is_brought_down_and_said(void **state)
{
	uint16_t p[64 * 64 * 3];
	VipsImage *borrowed, *image = NULL, *out;
	struct str plain, photo;
	struct result r;

	(void)state;
	for (size_t i = 0; i < sizeof p / sizeof p[0]; i++)
		p[i] = 32768;
	borrowed = vips_image_new_from_memory_copy(p, sizeof p, 64, 64, 3, VIPS_FORMAT_USHORT);
	vips_copy(borrowed, &image, "interpretation", VIPS_INTERPRETATION_RGB16, NULL);
	g_object_unref(borrowed);
	plain = saved(image, ".png");
	photo = with_numbers(plain, 9, 16);
	r = make(photo, ENV("a.png=64"));
	assert_int_equal(r.why, REASON_NONE);
	assert_true(str_eq(json_text(photo_of(&r), "hdr"), STR("pq")));
	out = decoded(&r, "a.png");
	assert_colour(out, 0.5, 0.5, (struct colour){ 180, 180, 180 }, 4);
	g_object_unref(out);
	drop(&r);
	lose(photo);
	lose(plain);
}

/* Five frames of 40 x 30, each of one colour, one above the other as libvips has animations. */
static VipsImage *five_frames(void)
{
	static const struct colour colours[] = { RED, GREEN, BLUE, YELLOW, RED };
	static const int delays[] = { 100, 200, 300, 100, 100 };
	uint8_t *p = g_malloc(40 * 150 * 3);
	VipsImage *borrowed, *image = NULL;

	for (int y = 0; y < 150; y++)
		for (int x = 0; x < 40; x++) {
			const struct colour *c = &colours[y / 30];
			uint8_t *to = p + 3 * (40 * y + x);

			to[0] = (uint8_t)c->r;
			to[1] = (uint8_t)c->g;
			to[2] = (uint8_t)c->b;
		}
	borrowed = vips_image_new_from_memory_copy(p, 40 * 150 * 3, 40, 150, 3, VIPS_FORMAT_UCHAR);
	vips_copy(borrowed, &image, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
	vips_image_set_int(image, VIPS_META_PAGE_HEIGHT, 30);
	vips_image_set_array_int(image, "delay", delays, 5);
	vips_image_set_int(image, "loop", 3);
	g_object_unref(borrowed);
	g_free(p);
	return image;
}

static VipsImage *frames_of(const struct result *r, const char *name)
{
	struct str bytes = bytes_of(r, name);
	VipsImage *image = NULL;

	if (vips_webpload_buffer((void *)bytes.p, bytes.n, &image, "n", -1, NULL) != 0)
		fail_msg("%s: %s", name, vips_error_buffer());
	return image;
}

static void an_animation_keeps_its_frames_when_asked_to(void **state)
{
	static const char *const suffixes[] = { ".gif", ".webp[lossless]" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct result r = make_from(five_frames(), suffixes[i], ENV("a.webp=20,animated,lossless b.png=20"));
		VipsImage *out = frames_of(&r, "a.webp"), *still = decoded(&r, "b.png");
		int *delays, n = 0, loop = -1;

		assert_size(&r, "a.webp", 20, 15);
		assert_int_equal(out->Ysize, 5 * 15);
		assert_int_equal(vips_image_get_array_int(out, "delay", &delays, &n), 0);
		assert_int_equal(n, 5);
		assert_int_equal(delays[1], 200);
		assert_int_equal(vips_image_get_int(out, "loop", &loop), 0);
		assert_int_equal(loop, 3);
		assert_colour(out, 0.5, 0.1, RED, 8);
		assert_colour(out, 0.5, 0.3, GREEN, 8);
		assert_colour(out, 0.5, 0.7, YELLOW, 8);
		assert_colour(still, 0.5, 0.5, RED, 8);
		assert_null(json_get(photo_of(&r), "animation_cut"));
		g_object_unref(out);
		g_object_unref(still);
		drop(&r);
	}
}

static void an_animation_over_a_limit_is_cut_there(void **state)
{
	static const struct {
		const char *limit;
		int frames;
	} cuts[] = {
		{ "\"MAX_ANIMATION_FRAMES\":\"2\"", 2 }, { "\"MAX_ANIMATION_FRAMES\":\"5\"", 5 },
		{ "\"MAX_ANIMATION_MS\":\"300\"", 2 }, { "\"MAX_ANIMATION_MS\":\"301\"", 3 },
		{ "\"MAX_ANIMATION_PIXELS\":\"3600\"", 3 }, { "\"MAX_ANIMATION_PIXELS\":\"3599\"", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		struct result r;
		VipsImage *out;
		char env[160];

		snprintf(env, sizeof env, "{\"RENDITIONS\":\"a.webp=20,animated\",%s}", cuts[i].limit);
		r = make_from(five_frames(), ".gif", env);
		out = frames_of(&r, "a.webp");
		assert_int_equal(out->Ysize, cuts[i].frames * 15);
		assert_int_equal(json_get(photo_of(&r), "animation_cut") != NULL, cuts[i].frames < 5);
		g_object_unref(out);
		drop(&r);
	}
}

static void bad_settings_are_told_before_any_photo(void **state)
{
	static const char *const bad[] = {
		ENV("a.jpg=100,sideways"), ENV("a.gif=100"), ENV("a.jpg=0"), "{\"GPS\":\"blur\"}", "{\"PHASH\":\"2\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct result r = make(STR("no photo"), bad[i]);

		assert_int_equal(r.why, REASON_SETTINGS);
		drop(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_make_their_sizes),
		cmocka_unit_test(crops_go_by_what_is_seen),
		cmocka_unit_test(linear_light_keeps_the_light_of_a_pattern),
		cmocka_unit_test(sharpening_steepens_an_edge),
		cmocka_unit_test(auto_takes_its_ending_from_the_content),
		cmocka_unit_test(a_size_in_bytes_is_kept),
		cmocka_unit_test(a_profile_may_be_kept),
		cmocka_unit_test(facts_can_be_wished_away),
		cmocka_unit_test(a_high_dynamic_range_is_brought_down_and_said),
		cmocka_unit_test(an_animation_keeps_its_frames_when_asked_to),
		cmocka_unit_test(an_animation_over_a_limit_is_cut_there),
		cmocka_unit_test(bad_settings_are_told_before_any_photo),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
