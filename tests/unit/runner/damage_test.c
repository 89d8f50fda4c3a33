#include "tests/unit/runner/photos.h"

/* Anything that thumbnail_make may say of a file that once was a photo. */
static bool is_honest(enum reason why)
{
	return why == REASON_NONE || why == REASON_TRUNCATED || why == REASON_DAMAGED || why == REASON_NOT_IMAGE ||
	       why == REASON_UNSUPPORTED || why == REASON_EMPTY || why == REASON_PIXELS || why == REASON_FRAMES ||
	       why == REASON_SCANS || why == REASON_PROFILE;
}

#define ENV "{\"RENDITIONS\":\"a.png=40 b.webp=160\",\"MAX_PIXELS\":\"1000000\",\"MAX_PIXELS_BUFFERED\":\"1000000\"," \
	"\"MAX_PIXELS_HEIF\":\"1000000\"}"

/* A copy of exactly that length, so that the sanitizers see a byte read too far. */
static struct result make_copy(struct str photo, size_t n, size_t flip, int with)
{
	char *copy = malloc(n ? n : 1);
	struct result r;

	assert_non_null(copy);
	memcpy(copy, photo.p, n);
	if (with)
		copy[flip] = (char)(copy[flip] ^ with);
	r = make(str_n(copy, n), ENV);
	free(copy);
	if (!is_honest(r.why))
		fail_msg("%s: %s", reason_code(r.why), r.message);
	return r;
}

static const struct {
	const char *suffix;
	bool degrades;		/* gives what is there, rather than all or nothing */
} formats[] = {
	{ ".jpg[Q=90]", true },
	{ ".jpg[Q=90,interlace]", true },
	{ ".jpg[Q=90,interlace,subsample-mode=off]", true },
	{ ".png", true },
	{ ".png[interlace]", false },
	{ ".webp[Q=90]", true },
	{ ".webp[lossless]", true },
	{ ".gif", true },
	{ ".tif[compression=lzw]", false },
	{ ".heic[Q=60]", false },
	{ ".avif[Q=60,effort=0]", false },
};

enum { FORMATS_HERE = sizeof formats / sizeof formats[0] };

static struct str noisy(const char *suffix)
{
	VipsImage *image = noise(160, 200);
	void *p = NULL;
	size_t n = 0;

	if (vips_image_write_to_buffer(image, suffix, &p, &n, NULL) != 0)
		vips_error_clear();	/* a format that this libvips cannot write */
	g_object_unref(image);
	return str_n(p, n);
}

/* Nearly nothing: truncated. Half and more: a picture that says it is not whole. All: not degraded. */
static void check_cut(const char *suffix, bool degrades, int percent, const struct result *r)
{
	bool degraded = json_get(photo_of(r), "degraded") != NULL;

	if (percent == 100 && (r->why != REASON_NONE || degraded))
		fail_msg("%s whole: %s", suffix, r->message);
	if (percent < 5 && r->why == REASON_NONE)
		fail_msg("%s at %d%%: a picture of nothing", suffix, percent);
	if (percent <= 90 && r->why == REASON_NONE && !degraded)
		fail_msg("%s at %d%%: not called degraded", suffix, percent);
	if (degrades && percent >= 50 && r->why != REASON_NONE)
		fail_msg("%s at %d%%: %s %s", suffix, percent, reason_code(r->why), r->message);
}

static void a_photo_cut_anywhere_is_degraded_or_truncated(void **state)
{
	(void)state;
	for (int i = 0; i < FORMATS_HERE; i++) {
		struct str photo = noisy(formats[i].suffix);

		for (int percent = 0; photo.n && percent <= 100; percent += 5) {
			struct result r = make_copy(photo, photo.n * (size_t)percent / 100, 0, 0);

			check_cut(formats[i].suffix, formats[i].degrades, percent, &r);
			drop(&r);
		}
		lose(photo);
	}
}

/* What is missing shows as grey, what is there shows as it was. */
static void half_a_photo_shows_its_upper_half(void **state)
{
	static const struct colour GREY = { 128, 128, 128 };
	static const char *const suffixes[] = { ".png[compression=0]", ".jpg[Q=100]" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct str photo = saved(quarters(400, 400, 3), suffixes[i]);
		struct result r = make_copy(photo, photo.n * 45 / 100, 0, 0);
		VipsImage *image;

		assert_int_equal(r.why, REASON_NONE);
		assert_true(json_get(photo_of(&r), "degraded")->yes);
		assert_int_equal(json_number(photo_of(&r), "height", 0), 400);
		image = decoded(&r, "a.png");
		assert_colour(image, 0.2, 0.2, RED, 8);
		assert_colour(image, 0.8, 0.2, GREEN, 8);
		assert_colour(image, 0.2, 0.9, GREY, 3);
		g_object_unref(image);
		drop(&r);
		lose(photo);
	}
}

static void flipped_bits_are_survived(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < FORMATS_HERE; i++) {
		struct str photo = noisy(formats[i].suffix);

		for (int k = 0; photo.n && k < 40; k++) {
			size_t at;
			struct result r;

			seed = seed * 1664525 + 1013904223;
			/* every other one in the head, where it hurts most */
			at = (seed >> 4) % (k % 2 && photo.n > 600 ? 600 : photo.n);
			r = make_copy(photo, photo.n, at, 1 << (seed >> 29));
			drop(&r);
		}
		lose(photo);
	}
}

static void a_mixed_up_file_is_refused(void **state)
{
	static const struct {
		struct str bytes;
		enum reason why;
	} cases[] = {
		{ STR(""), REASON_EMPTY },
		{ STR("just some text"), REASON_NOT_IMAGE },
		{ STR("\xff\xd8\xff\xd9"), REASON_DAMAGED },
		{ STR("\xff\xd8\xff"), REASON_TRUNCATED },
		{ STR("GIF89a"), REASON_TRUNCATED },
		{ STR("\x89PNG\r\n\x1a\n"), REASON_TRUNCATED },
		{ STR("<?xml version='1.0'?><svg width='1' height='1'/>"), REASON_UNSUPPORTED },
		{ STR("push graphic-context\nviewbox 0 0 1 1\nimage over 0,0 0,0 'https://example.com/'"), REASON_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct result r = make(cases[i].bytes, NULL);

		if (r.why != cases[i].why)
			fail_msg("case %zu: %s %s", i, reason_code(r.why), r.message);
		drop(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_photo_cut_anywhere_is_degraded_or_truncated),
		T(half_a_photo_shows_its_upper_half),
		T(flipped_bits_are_survived),
		T(a_mixed_up_file_is_refused),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
