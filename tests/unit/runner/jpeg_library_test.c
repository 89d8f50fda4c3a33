/* What libjpeg-turbo makes of files that our own decoder leaves to it, against a full decode and our scaler. */
#include "tests/lib/t.h"

#include <math.h>
#include <stdio.h>

#include <jpeglib.h>

#include "functions/runner/jpeg/jpeg_library.h"
#include "functions/runner/scale/scale.h"

struct kind {
	const char *name;
	J_COLOR_SPACE in, file;
	int bands, h, v, h2, v2;	/* sampling factors of the first component and of the second and third */
	int restart;			/* in rows of MCUs */
	bool progressive;
};

static const struct kind kinds[] = {
	{ "4:4:4", JCS_RGB, JCS_YCbCr, 3, 1, 1, 1, 1, 0, false },
	{ "4:2:2", JCS_RGB, JCS_YCbCr, 3, 2, 1, 1, 1, 0, false },
	{ "4:2:0", JCS_RGB, JCS_YCbCr, 3, 2, 2, 1, 1, 1, false },
	{ "4:4:0", JCS_RGB, JCS_YCbCr, 3, 1, 2, 1, 1, 0, false },
	{ "4:1:1", JCS_RGB, JCS_YCbCr, 3, 4, 1, 1, 1, 0, false },
	{ "4:1:0", JCS_RGB, JCS_YCbCr, 3, 4, 2, 1, 1, 0, true },
	{ "4:4:1", JCS_RGB, JCS_YCbCr, 3, 1, 4, 1, 1, 2, false },
	{ "more colour", JCS_RGB, JCS_YCbCr, 3, 1, 1, 2, 2, 0, false },
	{ "4:2:0 progressive", JCS_RGB, JCS_YCbCr, 3, 2, 2, 1, 1, 0, true },
	{ "grey", JCS_GRAYSCALE, JCS_GRAYSCALE, 1, 1, 1, 1, 1, 0, false },
	{ "grey 2x2", JCS_GRAYSCALE, JCS_GRAYSCALE, 1, 2, 2, 1, 1, 0, true },
	{ "RGB", JCS_RGB, JCS_RGB, 3, 1, 1, 1, 1, 0, false },
	{ "CMYK", JCS_CMYK, JCS_CMYK, 4, 1, 1, 1, 1, 0, false },
	{ "YCCK", JCS_CMYK, JCS_YCCK, 4, 2, 2, 1, 1, 0, true },
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* Smooth, and different along both axes and in every band, so that shifts and exchanges show. */
static struct picture scene(int width, int height, int bands, double fine)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = 8 };
	uint8_t *at;

	picture_alloc(&p);
	at = p.pixels;
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			for (int b = 0; b < bands; b++)
				*at++ = (uint8_t)(128 + 60 * sin(x * fine + 2 * b) + 50 * cos(y * 1.2 * fine - b));
	return p;
}

static struct str jpeg_of(const struct picture *p, const struct kind *k)
{
	struct jpeg_compress_struct j;
	struct jpeg_error_mgr errors;
	unsigned char *bytes = NULL;
	unsigned long n = 0;

	j.err = jpeg_std_error(&errors);
	jpeg_create_compress(&j);
	jpeg_mem_dest(&j, &bytes, &n);
	j.image_width = (JDIMENSION)p->width;
	j.image_height = (JDIMENSION)p->height;
	j.input_components = p->bands;
	j.in_color_space = k->in;
	jpeg_set_defaults(&j);
	jpeg_set_colorspace(&j, k->file);
	jpeg_set_quality(&j, 97, TRUE);
	for (int i = 0; i < j.num_components; i++) {
		j.comp_info[i].h_samp_factor = i == 0 || i == 3 ? k->h : k->h2;
		j.comp_info[i].v_samp_factor = i == 0 || i == 3 ? k->v : k->v2;
	}
	j.restart_in_rows = k->restart;
	if (k->progressive)
		jpeg_simple_progression(&j);
	jpeg_start_compress(&j, TRUE);
	while (j.next_scanline < j.image_height) {
		JSAMPROW row = picture_row(p, (int)j.next_scanline);

		jpeg_write_scanlines(&j, &row, 1);
	}
	jpeg_finish_compress(&j);
	jpeg_destroy_compress(&j);
	return str_n(bytes, n);
}

/* All of it, by libjpeg alone. */
static struct picture full_decode(struct str file, J_COLOR_SPACE want)
{
	struct jpeg_decompress_struct j;
	struct jpeg_error_mgr errors;
	struct picture p = { .depth = 8 };

	j.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&j);
	jpeg_mem_src(&j, (const unsigned char *)file.p, file.n);
	jpeg_read_header(&j, TRUE);
	j.out_color_space = want;
	jpeg_start_decompress(&j);
	p.width = (int)j.output_width;
	p.height = (int)j.output_height;
	p.bands = j.output_components;
	picture_alloc(&p);
	while (j.output_scanline < j.output_height) {
		JSAMPROW row = picture_row(&p, (int)j.output_scanline);

		jpeg_read_scanlines(&j, &row, 1);
	}
	jpeg_destroy_decompress(&j);
	return p;
}

struct shot {			/* a reading and what came of it */
	struct header h;
	struct master m;
	enum reason why;
	char message[SAY_MAX];
};

static struct shot take(struct str file, struct need need)
{
	struct shot s = { .h = { .format = FORMAT_JPEG, .frames = 1 } };
	struct reading r = { .photo = file, .h = &s.h, .need = need };

	assert_int_equal(jpeg_header(file, &s.h, s.message), REASON_NONE);
	s.why = jpeg_library_read(&r, &s.m, s.message);
	return s;
}

static void drop(struct shot *s, struct str *file)
{
	image_clear(&s->m.image);
	if (file)
		free((void *)(uintptr_t)file->p);
}

/* Mean and largest difference of one band of a picture and one of another's, or of a plane's. */
struct difference {
	double mean;
	int most;
};

static struct difference compare(const uint8_t *got, size_t stride, size_t step, const struct picture *want, int band)
{
	struct difference d = { 0 };

	for (int y = 0; y < want->height; y++)
		for (int x = 0; x < want->width; x++) {
			const uint8_t *w = picture_row(want, y);
			int off = abs(got[(size_t)y * stride + (size_t)x * step] - w[x * want->bands + band]);

			d.mean += off;
			d.most = off > d.most ? off : d.most;
		}
	d.mean /= (double)want->width * want->height;
	return d;
}

static void check_band(const struct kind *k, const struct picture *full, const struct image *got, int band, bool half)
{
	const struct plane *plane = &got->planes.plane[band];
	int width = image_width(got), height = image_height(got), w = half ? planes_half(width) : width,
	    h = half ? planes_half(height) : height;
	/* half a plane covers two samples of luma each, of odd sides more than there is */
	struct image_part part = { 0, 0, full->width * (half ? 2.0 * w / width : 1), full->height * (half ? 2.0 * h / height : 1) };
	struct picture want;
	struct difference d;

	scale_picture(full, &part, w, h, &want);
	if (got->planar)
		d = compare(plane->pixels, plane->stride, 1, &want, band);
	else
		d = compare((uint8_t *)got->picture.pixels + band, picture_row_bytes(&got->picture), (size_t)full->bands, &want, band);
	if (d.mean > (w < 40 ? 2 : 1.7) || d.most > 9)
		fail_msg("%s to %dx%d, band %d: %g on average, %d at most", k->name, width, height, band, d.mean, d.most);
	picture_clear(&want);
}

static const struct {
	int width, height, to_width, to_height;
} sizes[] = {
	{ 200, 150, 200, 150 }, { 201, 151, 180, 135 }, { 333, 250, 101, 75 }, { 401, 309, 60, 47 }, { 17, 9, 5, 3 }, { 1, 1, 1, 1 }, { 8, 300, 3, 100 },
};

static void check_kind(const struct kind *k, int size, bool full_chroma, bool interleaved)
{
	/* of colours more than two samples apart libjpeg repeats each: these must not change much */
	double fine = k->h > 2 || k->v > 2 ? 0.03 : 0.11;
	struct picture scenery = scene(sizes[size].width, sizes[size].height, k->bands, fine), full;
	struct str file = jpeg_of(&scenery, k);
	struct shot s = take(file, (struct need){ .width = sizes[size].to_width, .height = sizes[size].to_height,
						  .full_chroma = full_chroma, .interleaved = interleaved });
	bool planar = !interleaved && (k->file == JCS_YCbCr || k->file == JCS_GRAYSCALE);

	if (s.why != REASON_NONE || s.m.degraded || s.m.read != 1)
		fail_msg("%s: %s", k->name, s.message);
	assert_int_equal(s.m.image.planar, planar);
	assert_int_equal(s.m.colors, k->bands == 4 ? MASTER_CMYK : MASTER_AS_TOLD);
	assert_int_equal(s.m.width, scenery.width);
	assert_int_equal(s.m.height, scenery.height);
	full = full_decode(file, planar && k->bands == 3 ? JCS_YCbCr : k->bands == 3 ? JCS_RGB : k->in);
	for (int b = 0; b < k->bands; b++)
		check_band(k, &full, &s.m.image, b, planar && b > 0 && !full_chroma);
	picture_clear(&full);
	picture_clear(&scenery);
	drop(&s, &file);
}

static void every_sampling_agrees_with_a_full_decode_at_every_scale(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++)
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
			for (int want = 0; want < 3; want++)
				check_kind(&kinds[k], (int)i, want == 1, want == 2);
}

static void a_size_that_the_header_does_not_tell_is_damage(void **state)
{
	struct picture p = scene(64, 48, 3, 0.11);
	struct str file = jpeg_of(&p, &kinds[0]);
	struct header h = { .format = FORMAT_JPEG, .width = 64, .height = 49 };
	struct reading r = { .photo = file, .h = &h, .need = { .width = 64, .height = 49 } };
	struct master m = { .degraded = false };
	char message[SAY_MAX];

	(void)state;
	assert_int_equal(jpeg_library_read(&r, &m, message), REASON_DAMAGED);
	assert_null(m.image.planes.memory);
	picture_clear(&p);
	free((void *)(uintptr_t)file.p);
}

/* Of a sequential file as much is told to be read as there are bytes, and what is not there is grey. */
static void check_cut(const struct kind *k, struct str file, int percent, bool interleaved)
{
	size_t n = file.n * (size_t)percent / 100;
	char *copy = malloc(n);
	struct shot s;
	const uint8_t *last;

	assert_non_null(copy);
	memcpy(copy, file.p, n);
	s = take(str_n(copy, n), (struct need){ .width = 200, .height = 160, .interleaved = interleaved });
	if (percent < 6 && !k->progressive)
		assert_int_equal(s.why, REASON_TRUNCATED);
	if (s.why == REASON_NONE) {
		assert_true(s.m.degraded && s.m.read <= 1 && s.m.read * SALVAGE_PARTS >= 1);
		if (!k->progressive && fabs(s.m.read - percent / 100.0) > 0.12)
			fail_msg("%s at %d%%: %g of it was read", k->name, percent, s.m.read);
		if (s.m.image.planar)
			last = s.m.image.planes.plane[0].pixels + 159 * s.m.image.planes.plane[0].stride;
		else
			last = picture_row(&s.m.image.picture, 159);
		if (!k->progressive && percent <= 80)
			assert_in_range(last[150], 126, 130);
	} else if (percent >= 20) {
		fail_msg("%s at %d%%: %s", k->name, percent, s.message);
	}
	drop(&s, NULL);
	free(copy);
}

static struct picture noise(int width, int height, int bands)
{
	struct str bytes = t_bytes((size_t)(width * height * bands), 9);

	return (struct picture){ .width = width, .height = height, .bands = bands, .depth = 8, .pixels = (void *)(uintptr_t)bytes.p };
}

static void a_file_cut_anywhere_gives_what_is_there(void **state)
{
	static const int some[] = { 0, 2, 4, 8, 12 };

	(void)state;
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
		struct picture p = noise(400, 320, kinds[some[i]].bands);
		struct str file = jpeg_of(&p, &kinds[some[i]]);

		for (int percent = 5; percent < 100; percent += 5)
			check_cut(&kinds[some[i]], file, percent, percent % 2 == 0);
		picture_clear(&p);
		free((void *)(uintptr_t)file.p);
	}
}

static void a_fault_between_restarts_loses_little(void **state)
{
	struct picture p = noise(400, 320, 3);
	struct str file = jpeg_of(&p, &kinds[2]);
	char *bytes = (char *)(uintptr_t)file.p;
	struct shot s;

	(void)state;
	memset(bytes + file.n / 2, 0, 40);
	s = take(file, (struct need){ .width = 200, .height = 160 });
	assert_int_equal(s.why, REASON_NONE);
	assert_true(s.m.degraded);
	assert_true(s.m.read > 0.8 && s.m.read < 1);
	picture_clear(&p);
	drop(&s, &file);
}

static void an_impossible_segment_in_the_middle_gives_what_comes_before(void **state)
{
	static const char table[] = "\xff\xc4\x00\x16\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00";
	struct picture p = noise(400, 320, 3);
	struct str file = jpeg_of(&p, &kinds[8]);
	char *with = malloc(file.n + sizeof table);
	size_t scans = 0, at = 0;
	struct shot s;

	(void)state;
	assert_non_null(with);
	for (; scans < 3; at++)				/* before the third scan */
		scans += (unsigned char)file.p[at] == 0xff && (unsigned char)file.p[at + 1] == 0xda;
	at--;
	memcpy(with, file.p, at);
	memcpy(with + at, table, sizeof table - 1);
	memcpy(with + at + sizeof table - 1, file.p + at, file.n - at);
	s = take(str_n(with, file.n + sizeof table - 1), (struct need){ .width = 400, .height = 320 });
	if (s.why != REASON_NONE)
		fail_msg("%s", s.message);
	assert_true(s.m.degraded && s.m.read == 1);
	picture_clear(&p);
	drop(&s, &file);
	free(with);
}

static void flipped_bits_are_survived(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct picture p = noise(80, 64, kinds[k].bands);
		struct str file = jpeg_of(&p, &kinds[k]);
		char *bytes = (char *)(uintptr_t)file.p;

		for (int i = 0; i < 60; i++) {
			struct shot s = { .h = { .format = FORMAT_JPEG } };
			size_t at;
			char was;

			seed = seed * 1664525 + 1013904223;
			at = (seed >> 4) % (i % 2 ? 700 : file.n);
			was = bytes[at];
			bytes[at] = (char)(was ^ 1 << (seed >> 29));
			if (jpeg_header(file, &s.h, s.message) == REASON_NONE && s.h.width > 0 && s.h.height > 0 &&
			    s.h.width * s.h.height < 1000000) {
				struct reading r = { .photo = file, .h = &s.h, .need = { .width = 1 + (int)s.h.width / 3, .height = 1 + (int)s.h.height / 3 } };

				s.why = jpeg_library_read(&r, &s.m, s.message);
				assert_true(s.why == REASON_NONE || s.why == REASON_DAMAGED || s.why == REASON_TRUNCATED ||
					    s.why == REASON_UNSUPPORTED);
				assert_true(s.why == REASON_NONE || s.message[0] != '\0');
			}
			drop(&s, NULL);
			bytes[at] = was;
		}
		picture_clear(&p);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_sampling_agrees_with_a_full_decode_at_every_scale),
		T(a_size_that_the_header_does_not_tell_is_damage),
		T(a_file_cut_anywhere_gives_what_is_there),
		T(a_fault_between_restarts_loses_little),
		T(an_impossible_segment_in_the_middle_gives_what_comes_before),
		T(flipped_bits_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
