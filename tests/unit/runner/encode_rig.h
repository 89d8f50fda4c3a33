/* encode_rig.h - made pictures in every form the encoders take, and the libraries' own decoders to look at what came out. */
#ifndef TESTS_ENCODE_RIG_H
#define TESTS_ENCODE_RIG_H

#include "tests/lib/t.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/decode.h>

#include "functions/runner/encode/encode.h"

enum form { PLANES_420, PLANES_444, PLANES_GREY, GREY, RGB, RGBA, FORMS };
static const struct encode_extra nothing;

static inline uint8_t wave(int x, int y, int band)
{
	return (uint8_t)lrint(128 + 90 * sin(0.04 * x + band) * cos(0.05 * y - band) + 20 * sin(0.3 * (x + y)));
}

/* Soft colours with some fine luma; alpha goes from little to full, where there is room for it to do so softly. */
static inline struct picture paint(int width, int height, int bands)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = 8, .alpha = bands == 4 };

	picture_alloc(&p);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			uint8_t *s = (uint8_t *)picture_row(&p, y) + x * bands;

			for (int b = 0; b < bands; b++)
				s[b] = b == 3 ? (uint8_t)(width < 100 ? 255 : 255 * (x + 1) / width) : wave(x, y, b);
		}
	return p;
}

static inline struct image paint_form(enum form f, int width, int height)
{
	struct picture p = paint(width, height, f == RGBA ? 4 : f == GREY || f == PLANES_GREY ? 1 : 3);
	struct image i = { .planar = f < GREY };

	if (i.planar) {
		planes_from_picture(&p, f == PLANES_420, &i.planes);
		picture_clear(&p);
	} else {
		i.picture = p;
	}
	return i;
}

static inline void drop(struct image *i)
{
	if (i->planar)
		planes_clear(&i->planes);
	else
		picture_clear(&i->picture);
}

static inline struct picture rgba_of(int width, int height)
{
	struct picture p = { .width = width, .height = height, .bands = 4, .depth = 8, .alpha = true };

	picture_alloc(&p);
	memset(p.pixels, 255, (size_t)width * (size_t)height * 4);
	return p;
}

static inline struct picture decode_jpeg(const struct buf *file)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct picture p;
	uint8_t *rgb;

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&jpeg);
	jpeg_mem_src(&jpeg, (const unsigned char *)file->data, file->len);
	assert_int_equal(jpeg_read_header(&jpeg, TRUE), JPEG_HEADER_OK);
	jpeg.out_color_space = JCS_RGB;
	jpeg_start_decompress(&jpeg);
	p = rgba_of((int)jpeg.output_width, (int)jpeg.output_height);
	rgb = malloc((size_t)p.width * 3);
	for (int y = 0; y < p.height; y++) {
		uint8_t *to = picture_row(&p, y);

		jpeg_read_scanlines(&jpeg, &rgb, 1);
		for (int x = 0; x < p.width; x++)
			memcpy(to + 4 * x, rgb + 3 * x, 3);
	}
	assert_int_equal(errors.num_warnings, 0);
	jpeg_finish_decompress(&jpeg);
	jpeg_destroy_decompress(&jpeg);
	free(rgb);
	return p;
}

static inline struct picture decode_webp(const struct buf *file)
{
	struct picture p;
	int width, height;

	assert_int_equal(WebPGetInfo((const uint8_t *)file->data, file->len, &width, &height), 1);
	p = rgba_of(width, height);
	assert_non_null(WebPDecodeRGBAInto((const uint8_t *)file->data, file->len, p.pixels, (size_t)(width * height) * 4, width * 4));
	return p;
}

static inline struct picture decode_png(const struct buf *file)
{
	png_image png = { .version = PNG_IMAGE_VERSION };
	struct picture p;

	assert_int_equal(png_image_begin_read_from_memory(&png, file->data, file->len), 1);
	png.format = PNG_FORMAT_RGBA;
	p = rgba_of((int)png.width, (int)png.height);
	assert_int_equal(png_image_finish_read(&png, NULL, p.pixels, 0, NULL), 1);
	return p;
}

static inline struct picture decode(enum rendition_format f, const struct buf *file)
{
	return f == RENDITION_JPEG ? decode_jpeg(file) : f == RENDITION_WEBP ? decode_webp(file) : decode_png(file);
}

/* An image as RGBA, over `background` when there is one. */
static inline struct picture shown(const struct image *i, const uint8_t background[4])
{
	struct picture p = i->picture, out;

	if (i->planar)
		planes_to_picture(&i->planes, &p);
	out = rgba_of(p.width, p.height);
	for (size_t n = 0; n < (size_t)p.width * (size_t)p.height; n++) {
		const uint8_t *s = (const uint8_t *)p.pixels + n * (size_t)p.bands;
		uint8_t *to = (uint8_t *)out.pixels + 4 * n;

		for (int b = 0; b < 3; b++)
			to[b] = s[p.bands == 1 ? 0 : b];
		to[3] = p.bands == 4 ? s[3] : 255;
		for (int b = 0; b < 4 && background; b++)
			to[b] = b == 3 ? 255 : (uint8_t)lrint((to[b] * to[3] + background[b] * (255 - to[3])) / 255.0);
		if (background)
			to[3] = 255;
	}
	if (i->planar)
		picture_clear(&p);
	return out;
}

static inline void lab(const uint8_t rgb[3], double to[3])
{
	static const double xyz[3][3] = {
		{ 0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505 }, { 0.2126, 0.7152, 0.0722 },
		{ 0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089 },
	};
	double light[3], f[3];

	for (int b = 0; b < 3; b++)
		light[b] = rgb[b] <= 10 ? rgb[b] / 255.0 / 12.92 : pow((rgb[b] / 255.0 + 0.055) / 1.055, 2.4);
	for (int k = 0; k < 3; k++) {
		double v = xyz[k][0] * light[0] + xyz[k][1] * light[1] + xyz[k][2] * light[2];

		f[k] = v > 0.008856 ? cbrt(v) : 7.787 * v + 16 / 116.0;
	}
	to[0] = 116 * f[1] - 16;
	to[1] = 500 * (f[0] - f[1]);
	to[2] = 200 * (f[1] - f[2]);
}

/* Mean delta E (CIE 1976) where both are visible. */
static inline double delta_e(const struct picture *a, const struct picture *b)
{
	size_t n = (size_t)a->width * (size_t)a->height, seen = 0;
	double sum = 0;

	assert_int_equal(a->width, b->width);
	assert_int_equal(a->height, b->height);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = (const uint8_t *)a->pixels + 4 * i, *q = (const uint8_t *)b->pixels + 4 * i;
		double u[3], v[3];

		if (p[3] < 128)
			continue;
		lab(p, u);
		lab(q, v);
		sum += sqrt(pow(u[0] - v[0], 2) + pow(u[1] - v[1], 2) + pow(u[2] - v[2], 2));
		seen++;
	}
	return seen ? sum / (double)seen : 0;
}

static inline struct rendition wanted(enum rendition_format f)
{
	return (struct rendition){ .format = f, .quality = 80, .effort = f == RENDITION_PNG ? 1 : 2, .background = { 255, 255, 255, 255 } };
}

#endif
