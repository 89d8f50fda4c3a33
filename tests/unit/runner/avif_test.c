/* AVIF, decoded again by libheif. */
#include "tests/unit/runner/encode_rig.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include <libheif/heif.h>

#include "functions/runner/general/avif.h"

/* Stands before the C library's: while it counts, who asks for a thread gets none. The decoder starts some. */
static bool counting;
static int threads_wanted;
typedef int create_fn(pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *), void *arg);

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *), void *arg)
{
	create_fn *real;

	if (counting) {
		threads_wanted++;
		return EAGAIN;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return real(thread, how, start, arg);
}

static int prepare(void **state)
{
	(void)state;
	return avif_prepare() ? 0 : -1;
}

static struct picture decode_avif(const struct buf *file, struct buf *profile, struct buf *exif)
{
	struct heif_context *c = heif_context_alloc();
	struct heif_image_handle *h = NULL;
	struct heif_image *i = NULL;
	struct picture p;
	heif_item_id id;
	const uint8_t *from;
	int stride;

	assert_int_equal(heif_context_read_from_memory_without_copy(c, file->data, file->len, NULL).code, heif_error_Ok);
	assert_int_equal(heif_context_get_primary_image_handle(c, &h).code, heif_error_Ok);
	assert_int_equal(heif_decode_image(h, &i, heif_colorspace_RGB, heif_chroma_interleaved_RGBA, NULL).code, heif_error_Ok);
	p = rgba_of(heif_image_get_width(i, heif_channel_interleaved), heif_image_get_height(i, heif_channel_interleaved));
	from = heif_image_get_plane_readonly(i, heif_channel_interleaved, &stride);
	for (int y = 0; y < p.height; y++)
		memcpy(picture_row(&p, y), from + y * stride, (size_t)p.width * 4);
	if (profile) {
		size_t n = heif_image_handle_get_raw_color_profile_size(h);

		heif_image_handle_get_raw_color_profile(h, buf_reserve(profile, n));
		buf_wrote(profile, n);
	}
	if (exif && heif_image_handle_get_list_of_metadata_block_IDs(h, "Exif", &id, 1) == 1) {
		size_t n = heif_image_handle_get_metadata_size(h, id);

		heif_image_handle_get_metadata(h, id, buf_reserve(exif, n));
		buf_wrote(exif, n);
	}
	heif_image_release(i);
	heif_image_handle_release(h);
	heif_context_free(c);
	return p;
}

static void every_form_and_size_comes_back(void **state)
{
	static const struct { int width, height; } sizes[] = { { 1, 1 }, { 1, 9 }, { 9, 1 }, { 17, 16 }, { 33, 31 }, { 64, 48 }, { 150, 101 } };

	(void)state;
	for (int f = 0; f < FORMS; f++)
		for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
			for (int k = 0; k < 2; k++) {
				struct image i = paint_form((enum form)f, sizes[s].width, sizes[s].height);
				struct rendition r = wanted(RENDITION_AVIF);
				struct picture before = shown(&i, NULL), after;
				struct buf file = { 0 };
				double d;

				r.quality = 95;
				r.effort = 0;
				r.chroma = k ? CHROMA_444 : CHROMA_420;
				assert_true(encode(&i, &r, &nothing, &file));
				after = decode_avif(&file, NULL, NULL);
				d = delta_e(&before, &after);
				if (d > (sizes[s].width < 8 || sizes[s].height < 8 ? 3 : 2))
					fail_msg("form %d %dx%d chroma %d: %.2f", f, sizes[s].width, sizes[s].height, k, d);
				picture_clear(&before);
				picture_clear(&after);
				buf_clear(&file);
				drop(&i);
			}
}

static void lossless_pictures_come_back_as_they_were(void **state)
{
	static const enum form forms[] = { GREY, RGB, RGBA, PLANES_GREY };

	(void)state;
	for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
		struct image i = paint_form(forms[f], 150, 101);
		struct rendition r = wanted(RENDITION_AVIF);
		struct picture before = shown(&i, NULL), after;
		struct buf file = { 0 };

		r.lossless = true;
		assert_true(encode(&i, &r, &nothing, &file));
		after = decode_avif(&file, NULL, NULL);
		assert_memory_equal(before.pixels, after.pixels, 150 * 101 * 4);
		picture_clear(&before);
		picture_clear(&after);
		buf_clear(&file);
		drop(&i);
	}
}

static void profile_and_rights_are_carried_when_asked(void **state)
{
	struct image i = paint_form(PLANES_420, 60, 40);
	struct rendition r = wanted(RENDITION_AVIF);
	struct encode_extra extra = { .profile = STR("some profile, whatever it says"), .copyright = STR("(c) me") };

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct buf file = { 0 }, profile = { 0 }, exif = { 0 };
		struct picture p;

		assert_true(encode(&i, &r, k ? &extra : &nothing, &file));
		p = decode_avif(&file, &profile, &exif);
		assert_int_equal(profile.len, k ? extra.profile.n : 0);
		assert_memory_equal(profile.data, extra.profile.p, profile.len);
		assert_int_equal(exif.len > 0 && memmem(exif.data, exif.len, "(c) me", 7) != NULL, k);
		picture_clear(&p);
		buf_clear(&file);
		buf_clear(&profile);
		buf_clear(&exif);
	}
	drop(&i);
}

static void bytes_are_the_same_every_time_and_obey_a_limit(void **state)
{
	struct image i = paint_form(PLANES_420, 200, 120);
	struct rendition r = wanted(RENDITION_AVIF);
	struct buf first = { 0 }, second = { 0 }, less = { 0 };

	(void)state;
	assert_true(encode(&i, &r, &nothing, &first));
	assert_true(encode(&i, &r, &nothing, &second));
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	r.bytes_max = (int64_t)first.len * 2 / 3;
	assert_true(encode(&i, &r, &nothing, &less));
	assert_true((int64_t)less.len <= r.bytes_max);
	buf_clear(&first);
	buf_clear(&second);
	buf_clear(&less);
	drop(&i);
}

static void no_thread_is_started(void **state)
{
	struct image i = paint_form(RGB, 700, 500);
	struct rendition r = wanted(RENDITION_AVIF);
	struct buf file = { 0 };

	(void)state;
	counting = true;
	assert_true(encode(&i, &r, &nothing, &file));
	counting = false;
	assert_int_equal(threads_wanted, 0);
	buf_clear(&file);
	drop(&i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_form_and_size_comes_back),
		T(lossless_pictures_come_back_as_they_were),
		T(profile_and_rights_are_carried_when_asked),
		T(bytes_are_the_same_every_time_and_obey_a_limit),
		T(no_thread_is_started),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
