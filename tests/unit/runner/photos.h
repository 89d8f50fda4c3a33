/* photos.h - photos for the runner's tests, made by libvips on the spot.
 *
 * The picture is told apart from its mirrors and turns: its quarters are red, green, blue and (bottom
 * right) yellow. Everything here is for the tests of one program each.
 */
#ifndef TESTS_UNIT_RUNNER_PHOTOS_H
#define TESTS_UNIT_RUNNER_PHOTOS_H

#include "tests/lib/t.h"

#include <vips/vips.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "functions/runner/general/general.h"
#include "functions/runner/thumbnail.h"

#define UNUSED __attribute__((unused))

/* The HEVC encoder, which only these tests use, forgets some memory. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libx265\n";
}

struct colour {
	int r, g, b;
};

static const struct colour RED = { 200, 30, 40 }, GREEN = { 30, 180, 50 }, BLUE = { 40, 60, 210 }, YELLOW = { 220, 210, 40 };

/* What thumbnail_make said. */
struct result {
	enum reason why;
	char message[512];
	struct buf answer, files;
	struct arena arena;
	struct json_value *json;
};

static UNUSED int prepare(void **state)
{
	(void)state;
	general_prepare();
	return 0;
}

static UNUSED VipsImage *quarters(int width, int height, int bands)
{
	uint8_t *p = g_malloc((size_t)width * (size_t)height * (size_t)bands), *at = p;
	VipsImage *borrowed, *image = NULL;

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			struct colour c = y * 2 < height ? (x * 2 < width ? RED : GREEN) : (x * 2 < width ? BLUE : YELLOW);
			uint8_t v[4] = { (uint8_t)c.r, (uint8_t)c.g, (uint8_t)c.b, x * 2 < width ? 255 : 0 };

			for (int b = 0; b < bands; b++)
				*at++ = v[b];
		}
	borrowed = vips_image_new_from_memory_copy(p, (size_t)(at - p), width, height, bands, VIPS_FORMAT_UCHAR);
	vips_copy(borrowed, &image, "interpretation", bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL);
	g_object_unref(borrowed);
	g_free(p);
	return image;
}

/* Pixels that no encoder can make small: truncation then means what it says. */
static UNUSED VipsImage *noise(int width, int height)
{
	struct str bytes = t_bytes((size_t)width * (size_t)height * 3, 7);
	VipsImage *borrowed = vips_image_new_from_memory_copy(bytes.p, bytes.n, width, height, 3, VIPS_FORMAT_UCHAR);
	VipsImage *image = NULL;

	vips_copy(borrowed, &image, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
	g_object_unref(borrowed);
	free((void *)bytes.p);
	return image;
}

/* Gives up the image. `suffix` names the format with options, as ".jpg[Q=90]". */
static UNUSED struct str saved(VipsImage *image, const char *suffix)
{
	void *p = NULL;
	size_t n = 0;

	if (vips_image_write_to_buffer(image, suffix, &p, &n, NULL) != 0)
		fail_msg("%s: %s", suffix, vips_error_buffer());
	g_object_unref(image);
	return str_n(p, n);
}

static UNUSED void lose(struct str photo)
{
	g_free((void *)photo.p);
}

static UNUSED struct result make(struct str photo, const char *env)
{
	struct result r = { .why = REASON_NONE };
	struct json_value *v = NULL;

	if (env)
		assert_int_equal(json_parse(&r.arena, str_of(env), &v), 0);
	r.why = thumbnail_make(photo, v, &r.answer, &r.files, r.message);
	if (r.why == REASON_NONE)
		assert_int_equal(json_parse(&r.arena, str_n(r.answer.data, r.answer.len), &r.json), 0);
	else
		assert_true(r.message[0] != '\0' && r.answer.len == 0 && r.files.len == 0);
	return r;
}

static UNUSED void drop(struct result *r)
{
	buf_clear(&r->answer);
	buf_clear(&r->files);
	arena_clear(&r->arena);
}

static UNUSED const struct json_value *photo_of(const struct result *r)
{
	return json_get(r->json, "photo");
}

static UNUSED const struct json_value *rendition_of(const struct result *r, const char *name)
{
	const struct json_value *list = json_get(r->json, "renditions");

	for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
		if (str_eq(json_text(v, "name"), str_of(name)))
			return v;
	fail_msg("no rendition %s", name);
	return NULL;
}

static UNUSED struct str bytes_of(const struct result *r, const char *name)
{
	const struct json_value *v = rendition_of(r, name);
	size_t at = (size_t)json_number(v, "offset", -1), n = (size_t)json_number(v, "length", -1);

	assert_true(at <= r->files.len && n <= r->files.len - at);
	return str_n(r->files.data + at, n);
}

/* Decoded by libvips; the caller unrefs. */
static UNUSED VipsImage *decoded(const struct result *r, const char *name)
{
	struct str bytes = bytes_of(r, name);
	VipsImage *image = vips_image_new_from_buffer(bytes.p, bytes.n, "", NULL);

	if (image == NULL)
		fail_msg("%s: %s", name, vips_error_buffer());
	assert_int_equal(image->Xsize, json_number(rendition_of(r, name), "width", -1));
	assert_int_equal(image->Ysize, json_number(rendition_of(r, name), "height", -1));
	return image;
}

static UNUSED void assert_near(double got, double want, double tolerance)
{
	if (!(got >= want - tolerance && got <= want + tolerance))
		fail_msg("%g is not within %g of %g", got, tolerance, want);
}

/* At a place given in parts of the picture; lossy formats are off by some. */
static UNUSED void assert_colour(VipsImage *image, double x, double y, struct colour c, double tolerance)
{
	double *v = NULL;
	int n = 0;

	assert_int_equal(vips_getpoint(image, &v, &n, (int)(x * image->Xsize), (int)(y * image->Ysize), NULL), 0);
	assert_near(v[0], c.r, tolerance);
	assert_near(v[n < 3 ? 0 : 1], c.g, tolerance);
	assert_near(v[n < 3 ? 0 : 2], c.b, tolerance);
	g_free(v);
}

#endif
