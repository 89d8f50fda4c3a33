/* WebP through our reader against libwebp's own full decode and our scaler. */
#include "tests/lib/t.h"

#include <math.h>

#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "functions/runner/reader.h"
#include "functions/runner/scale/scale.h"

static struct picture scene(int width, int height, int bands)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = 8, .alpha = bands == 4 };
	uint8_t *at;

	picture_alloc(&p);
	at = p.pixels;
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			for (int b = 0; b < bands; b++)
				*at++ = (uint8_t)(128 + 70 * sin(x * 0.06 + 2 * b) + 50 * cos(y * 0.07 - b));
	return p;
}

static struct str webp_of(const struct picture *p, bool lossless)
{
	uint8_t *bytes = NULL;
	int stride = p->width * p->bands;
	size_t n;

	if (p->bands == 4)
		n = lossless ? WebPEncodeLosslessRGBA(p->pixels, p->width, p->height, stride, &bytes)
			     : WebPEncodeRGBA(p->pixels, p->width, p->height, stride, 95, &bytes);
	else
		n = lossless ? WebPEncodeLosslessRGB(p->pixels, p->width, p->height, stride, &bytes)
			     : WebPEncodeRGB(p->pixels, p->width, p->height, stride, 95, &bytes);
	assert_true(n > 0);
	return str_n(bytes, n);
}

struct shot {
	struct header h;
	struct master m;
	enum reason why;
	char message[SAY_MAX];
};

static struct shot take(struct str file, int width, int height, bool interleaved)
{
	struct shot s = { .h = { .format = FORMAT_WEBP, .frames = 1 } };
	struct reading r = { .photo = file, .h = &s.h,
			     .need = { .width = width, .height = height, .interleaved = interleaved } };

	assert_int_equal(webp_header(file, &s.h, s.message), REASON_NONE);
	s.why = webp_read(&r, &s.m, s.message);
	return s;
}

static struct picture full_decode(struct str file, int bands)
{
	struct picture p = { .bands = bands, .depth = 8, .alpha = bands == 4 };

	p.pixels = bands == 4 ? WebPDecodeRGBA((const uint8_t *)file.p, file.n, &p.width, &p.height)
			      : WebPDecodeRGB((const uint8_t *)file.p, file.n, &p.width, &p.height);
	assert_non_null(p.pixels);
	return p;
}

static double difference(const struct picture *a, const struct picture *b)
{
	size_t n = picture_row_bytes(a) * (size_t)a->height;
	double sum = 0;

	assert_true(a->width == b->width && a->height == b->height && a->bands == b->bands);
	for (size_t i = 0; i < n; i++)
		sum += abs(((uint8_t *)a->pixels)[i] - ((uint8_t *)b->pixels)[i]);
	return sum / (double)n;
}

static void every_kind_agrees_with_a_full_decode_at_every_scale(void **state)
{
	static const int sizes[][4] = {
		{ 200, 150, 200, 150 }, { 201, 151, 180, 135 }, { 333, 251, 101, 76 }, { 401, 309, 60, 46 }, { 900, 700, 70, 54 },
		{ 1, 1, 1, 1 }, { 3, 2, 1, 1 }, { 5, 300, 3, 180 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		for (int kind = 0; kind < 4; kind++) {
			bool lossless = kind & 1;
			struct picture p = scene(sizes[i][0], sizes[i][1], kind & 2 ? 4 : 3), full, want;
			struct str file = webp_of(&p, lossless);
			struct shot s = take(file, sizes[i][2], sizes[i][3], true);
			double off;

			if (s.why != REASON_NONE || s.m.degraded || s.m.read != 1)
				fail_msg("%s", s.message);
			assert_true(s.m.width == p.width && s.m.height == p.height && !s.m.image.planar);
			full = full_decode(file, p.bands);
			scale_picture(&full, NULL, sizes[i][2], sizes[i][3], &want);
			off = difference(&s.m.image.picture, &want);
			if (off > (lossless && sizes[i][0] < 300 ? 0 : 2.5))
				fail_msg("kind %d, %dx%d: off by %g", kind, p.width, p.height, off);
			WebPFree(full.pixels);
			picture_clear(&want);
			picture_clear(&p);
			image_clear(&s.m.image);
			WebPFree((void *)(uintptr_t)file.p);
		}
}

static void lossy_planes_stay_planes_in_full_range(void **state)
{
	static const struct {
		uint8_t rgb[3], ycc[3];
	} cases[] = {
		{ { 255, 255, 255 }, { 255, 128, 128 } }, { { 0, 0, 0 }, { 0, 128, 128 } }, { { 255, 0, 0 }, { 76, 85, 255 } },
		{ { 0, 0, 255 }, { 29, 255, 107 } }, { { 128, 128, 128 }, { 128, 128, 128 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct picture p = { .width = 33, .height = 21, .bands = 3, .depth = 8 };
		struct str file;
		struct shot s;

		picture_alloc(&p);
		for (size_t k = 0; k < 33 * 21 * 3; k++)
			((uint8_t *)p.pixels)[k] = cases[i].rgb[k % 3];
		file = webp_of(&p, false);
		s = take(file, 11, 7, false);
		assert_int_equal(s.why, REASON_NONE);
		assert_true(s.m.image.planar && s.m.image.planes.n == 3);
		assert_true(s.m.image.planes.plane[0].width == 11 && s.m.image.planes.plane[1].width == 6 &&
			    s.m.image.planes.plane[1].height == 4);
		for (int k = 0; k < 3; k++)
			assert_true(abs(s.m.image.planes.plane[k].pixels[2] - cases[i].ycc[k]) <= 3);
		image_clear(&s.m.image);
		picture_clear(&p);
		WebPFree((void *)(uintptr_t)file.p);
	}
}

/* Noise, so that bytes and rows go together. */
static void a_file_cut_anywhere_gives_the_rows_before(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		int bands = kind & 2 ? 4 : 3;
		struct str noise = t_bytes((size_t)(200 * 400 * bands), 3);
		struct picture p = { .width = 200, .height = 400, .bands = bands, .depth = 8, .alpha = bands == 4,
				     .pixels = (void *)(uintptr_t)noise.p };
		struct str file = webp_of(&p, kind & 1);

		for (size_t percent = 1; percent < 100; percent += 7) {
			size_t n = file.n * percent / 100;
			char *copy = malloc(n);
			struct shot s;

			assert_non_null(copy);
			memcpy(copy, file.p, n);
			s = take(str_n(copy, n), 100, 200, false);
			if (percent < 5)
				assert_int_equal(s.why, REASON_TRUNCATED);
			/* lossy colour comes after all of alpha, which here is a third of the file */
			if (s.why == REASON_NONE)
				assert_true(s.m.degraded && s.m.read * SALVAGE_PARTS >= 1 && s.m.read < 1);
			else if (percent > 70)
				fail_msg("kind %d at %zu%%: %s", kind, percent, s.message);
			if (s.why == REASON_NONE && s.m.image.planar) {
				const struct plane *y = &s.m.image.planes.plane[0];

				assert_true(fabs(s.m.read - (double)percent / 100) < 0.2);
				assert_int_equal(y->pixels[199 * y->stride + 50], 128);
			}
			image_clear(&s.m.image);
			free(copy);
		}
		picture_clear(&p);
		WebPFree((void *)(uintptr_t)file.p);
	}
}

static void flipped_bits_are_survived(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct picture p = scene(90, 70, kind & 2 ? 4 : 3);
		struct str file = webp_of(&p, kind & 1);
		char *bytes = (char *)(uintptr_t)file.p;

		for (int i = 0; i < 100; i++) {
			struct shot s = { .h = { .format = FORMAT_WEBP } };
			struct reading r = { .photo = file, .h = &s.h };
			size_t at;
			char was;

			seed = seed * 1664525 + 1013904223;
			at = (seed >> 4) % (i % 2 ? 60 : file.n);
			was = bytes[at];
			bytes[at] = (char)(was ^ 1 << (seed >> 29));
			assert_int_equal(webp_header(file, &s.h, s.message), REASON_NONE);
			if (s.h.width > 0 && s.h.height > 0 && s.h.width * s.h.height < 1000000) {
				r.need = (struct need){ .width = 1 + (int)s.h.width / 3, .height = 1 + (int)s.h.height / 3 };
				s.why = webp_read(&r, &s.m, s.message);
				assert_true(s.why == REASON_NONE || s.why == REASON_DAMAGED || s.why == REASON_TRUNCATED ||
					    s.why == REASON_ELSEWHERE);
			}
			image_clear(&s.m.image);
			bytes[at] = was;
		}
		picture_clear(&p);
		WebPFree(bytes);
	}
}

/* Two frames of 32 x 24, red and blue; the caller frees. */
static WebPData animation(void)
{
	WebPAnimEncoderOptions options;
	WebPAnimEncoder *encoder;
	WebPPicture frame;
	WebPData file;

	assert_true(WebPAnimEncoderOptionsInit(&options));
	encoder = WebPAnimEncoderNew(32, 24, &options);
	assert_non_null(encoder);
	for (int i = 0; i < 2; i++) {
		assert_true(WebPPictureInit(&frame));
		frame.use_argb = 1;
		frame.width = 32;
		frame.height = 24;
		assert_true(WebPPictureAlloc(&frame));
		for (int k = 0; k < 24 * frame.argb_stride; k++)
			frame.argb[k] = i ? 0xff0000ff : 0xffff0000;
		assert_true(WebPAnimEncoderAdd(encoder, &frame, 100 * i, NULL));
		WebPPictureFree(&frame);
	}
	assert_true(WebPAnimEncoderAdd(encoder, NULL, 200, NULL));
	WebPDataInit(&file);
	assert_true(WebPAnimEncoderAssemble(encoder, &file));
	WebPAnimEncoderDelete(encoder);
	return file;
}

static void an_animation_gives_its_first_frame_also_when_its_end_is_missing(void **state)
{
	WebPData file = animation();

	(void)state;
	for (size_t cut = 0; cut < 2; cut++) {
		struct shot s = take(str_n(file.bytes, file.size - cut), 32, 24, true);
		const uint8_t *p = s.m.image.picture.pixels;

		assert_int_equal(s.why, REASON_NONE);
		assert_int_equal(s.h.frames, 2);
		assert_false(s.m.degraded);
		assert_true(p[0] > 250 && p[1] < 5 && p[2] < 5);
		image_clear(&s.m.image);
	}
	WebPDataClear(&file);
}

/* The first frame is told to lie two pixels to the right, on a canvas two pixels wider. */
static void a_first_frame_that_is_a_part_is_left_to_the_other_program(void **state)
{
	WebPData file = animation();
	uint8_t *bytes = (uint8_t *)(uintptr_t)file.bytes, *head = NULL;
	struct shot s;

	(void)state;
	for (size_t i = 0; i + 4 < file.size && !head; i++)
		if (memcmp(bytes + i, "ANMF", 4) == 0)
			head = bytes + i;
	assert_non_null(head);
	assert_memory_equal(bytes + 12, "VP8X", 4);
	bytes[24] += 2;		/* the canvas' width, less 1 */
	head[8] = 1;		/* half of the offset */
	s = take(str_n(file.bytes, file.size), 34, 24, false);
	assert_int_equal(s.why, REASON_ELSEWHERE);
	image_clear(&s.m.image);
	WebPDataClear(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_kind_agrees_with_a_full_decode_at_every_scale),
		T(lossy_planes_stay_planes_in_full_range),
		T(a_file_cut_anywhere_gives_the_rows_before),
		T(flipped_bits_are_survived),
		T(an_animation_gives_its_first_frame_also_when_its_end_is_missing),
		T(a_first_frame_that_is_a_part_is_left_to_the_other_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
