/* quality_rig.h - a made landscape, files of it, and three ways to its thumbnail: ours, libvips' and the exact one (tests/lib/exact.h).
 * For the tests of one program each. */
#ifndef TESTS_UNIT_RUNNER_QUALITY_RIG_H
#define TESTS_UNIT_RUNNER_QUALITY_RIG_H

#include "tests/unit/runner/photos.h"

#include <math.h>
#include <stdio.h>

#include <jpeglib.h>

#include "functions/runner/reader.h"
#include "tests/lib/exact.h"

static UNUSED struct picture new_picture(int width, int height, int bands)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = 8 };

	picture_alloc(&p);
	return p;
}

static double lattice(int x, int y, uint32_t seed)
{
	uint32_t v = ((uint32_t)x * 2654435761u ^ (uint32_t)y * 2246822519u ^ seed * 3266489917u) * 668265263u;

	v ^= v >> 15;
	return (double)(v * 2246822519u >> 8) / (1 << 24);
}

/* Smooth between points that are `size` apart; 0 to 1. */
static double cloud(double x, double y, double size, uint32_t seed)
{
	int left = (int)(x / size), top = (int)(y / size);
	double h = x / size - left, v = y / size - top;

	h = h * h * (3 - 2 * h);
	v = v * v * (3 - 2 * v);
	return (lattice(left, top, seed) * (1 - h) + lattice(left + 1, top, seed) * h) * (1 - v) +
	       (lattice(left, top + 1, seed) * (1 - h) + lattice(left + 1, top + 1, seed) * h) * v;
}

/* What photos have: less contrast the finer it is, colours that change slowly, one hard edge of light. */
static UNUSED struct picture landscape(int width, int height, int bands)
{
	struct picture p = new_picture(width, height, bands);
	uint8_t *at = p.pixels;

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			double v = 120 + (x * 0.7 + y > 400 ? 25 : -25);

			for (int size = 128, contrast = 80; size > 1; size /= 2, contrast = contrast * 3 / 5)
				v += contrast * (cloud(x, y, size, (uint32_t)size) - 0.5);
			for (int b = 0; b < bands; b++) {
				double w = v + (bands == 1 ? 0 : 50 * (cloud(x, y, 150, 7 + (uint32_t)b) - 0.5));

				*at++ = (uint8_t)(w < 0 ? 0 : w > 255 ? 255 : w);
			}
		}
	return p;
}

struct jpeg_wish {			/* zeros: 4:4:4, sequential, no restarts */
	const char *name;
	int h, v;			/* how many samples of luma one of colour stands for */
	bool grey, progressive, arithmetic;
	int restart, restart_rows;	/* MCUs, or rows of them */
	struct str profile;
};

/* The caller frees .p. */
static UNUSED struct str jpeg_of(const struct picture *p, const struct jpeg_wish *w)
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
	j.in_color_space = p->bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(&j);
	jpeg_set_quality(&j, 95, TRUE);
	j.comp_info[0].h_samp_factor = w->h ? w->h : 1;
	j.comp_info[0].v_samp_factor = w->v ? w->v : 1;
	j.restart_interval = (unsigned int)w->restart;
	j.restart_in_rows = w->restart_rows;
	j.arith_code = w->arithmetic;
	if (w->progressive)
		jpeg_simple_progression(&j);
	jpeg_start_compress(&j, TRUE);
	if (w->profile.n)
		jpeg_write_icc_profile(&j, (const JOCTET *)w->profile.p, (unsigned int)w->profile.n);
	while (j.next_scanline < j.image_height) {
		JSAMPROW row = picture_row(p, (int)j.next_scanline);

		jpeg_write_scanlines(&j, &row, 1);
	}
	jpeg_finish_compress(&j);
	jpeg_destroy_compress(&j);
	return str_n(bytes, n);
}

/* Gives up the image. */
static UNUSED struct picture pixels_of(VipsImage *image)
{
	struct picture p = new_picture(image->Xsize, image->Ysize, image->Bands);
	size_t n;
	void *pixels = vips_image_write_to_memory(image, &n);

	assert_int_equal(image->BandFmt, VIPS_FORMAT_UCHAR);
	assert_int_equal(n, picture_row_bytes(&p) * (size_t)p.height);
	memcpy(p.pixels, pixels, n);
	p.alpha = vips_image_hasalpha(image);
	g_free(pixels);
	g_object_unref(image);
	return p;
}

/* The caller frees it with g_object_unref. */
static UNUSED VipsImage *image_of(const struct picture *p)
{
	VipsImage *borrowed = vips_image_new_from_memory_copy(p->pixels, picture_row_bytes(p) * (size_t)p->height, p->width, p->height,
							      p->bands, VIPS_FORMAT_UCHAR), *image = NULL;

	vips_copy(borrowed, &image, "interpretation", p->bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL);
	g_object_unref(borrowed);
	return image;
}

/* All of a JPEG, by libjpeg alone. */
static UNUSED struct picture full_jpeg(struct str file)
{
	struct jpeg_decompress_struct j;
	struct jpeg_error_mgr errors;
	struct picture p;

	j.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&j);
	jpeg_mem_src(&j, (const unsigned char *)file.p, file.n);
	jpeg_read_header(&j, TRUE);
	jpeg_start_decompress(&j);
	p = new_picture((int)j.output_width, (int)j.output_height, j.output_components);
	while (j.output_scanline < j.output_height) {
		JSAMPROW row = picture_row(&p, (int)j.output_scanline);

		jpeg_read_scanlines(&j, &row, 1);
	}
	jpeg_destroy_decompress(&j);
	return p;
}

/* As the function does it, into a PNG of exactly that size. */
static UNUSED struct picture ours(struct str file, int width, int height)
{
	char env[200];
	struct result r;
	struct picture p;

	snprintf(env, sizeof env, "{\"RENDITIONS\":\"a.png=%dx%d,exact,enlarge\",\"MAX_WIDTH\":\"65535\",\"MAX_HEIGHT\":\"65535\"}", width, height);
	r = make(file, env);
	if (r.why != REASON_NONE)
		fail_msg("to %dx%d: %s", width, height, r.message);
	p = pixels_of(decoded(&r, "a.png"));
	drop(&r);
	return p;
}

/* The master as an encoder of planes gets it (colour of half the size), made RGB only here. */
static UNUSED struct picture ours_by_planes(struct str file, int width, int height)
{
	struct header h = { .format = FORMAT_JPEG };
	struct settings settings;
	struct meta meta;
	struct master m = { .width = 0 };
	struct reading r = { .photo = file, .h = &h, .meta = &meta, .settings = &settings, .need = { .width = width, .height = height } };
	char message[SAY_MAX];

	assert_int_equal(settings_read(NULL, &settings, message), REASON_NONE);
	assert_int_equal(header_read(file, &settings, &h, message), REASON_NONE);
	meta_find(file, h.format, 0, &meta);
	if (readers[h.format](&r, &m, message) != REASON_NONE)
		fail_msg("to %dx%d: %s", width, height, message);
	assert_true(m.image.planar);
	image_interleave(&m.image);
	meta_clear(&meta);
	assert_true(m.image.picture.width == width && m.image.picture.height == height);
	return m.image.picture;
}

/* As libvips does it. */
static UNUSED struct picture theirs(struct str file, int width, int height, bool profile)
{
	VipsImage *image = NULL;
	int failed;

	if (profile)
		failed = vips_thumbnail_buffer((void *)file.p, file.n, &image, width, "height", height, "size", VIPS_SIZE_FORCE,
					       "export_profile", "srgb", NULL);
	else
		failed = vips_thumbnail_buffer((void *)file.p, file.n, &image, width, "height", height, "size", VIPS_SIZE_FORCE, NULL);
	if (failed)
		fail_msg("libvips: %s", vips_error_buffer());
	return pixels_of(image);
}

/* What all fast ways reach; decoders that leave less than MARGIN_NUM / MARGIN_DEN for our own kernel do not. */
#define LEAST_SSIM 0.9977

/* Ours beside libvips' and the exact one: as alike as libvips' but for 0.002, colours as an eye sees them the same. */
static UNUSED void assert_alike(const struct picture *got, const struct picture *peer, const struct exact *want, const char *what)
{
	struct exact a, b;
	double of_ours, of_peer, delta;

	exact_picture(got, &a);
	exact_picture(peer, &b);
	assert_true(got->bands == want->bands && peer->bands == want->bands);
	of_ours = exact_ssim(&a, want);
	of_peer = exact_ssim(&b, want);
	delta = exact_delta_e(&a, want);
	if (getenv("QUALITY"))
		printf("%-40s %4dx%-4d ssim %.5f, libvips %.5f, delta E %.3f\n", what, got->width, got->height, of_ours, of_peer, delta);
	if (of_ours < of_peer - 0.002 || of_ours < LEAST_SSIM || delta >= 1)
		fail_msg("%s to %dx%d: SSIM %.5f, libvips' %.5f, delta E %.3f", what, got->width, got->height, of_ours, of_peer, delta);
	exact_clear(&a);
	exact_clear(&b);
}

#endif
