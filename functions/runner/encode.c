#include "functions/runner/encode.h"

#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>

#include "base/check.h"

/* Photos gain 2 % from level 6, at twice the time. */
#define PNG_LEVEL 1

static void on_jpeg_error(j_common_ptr jpeg)
{
	char text[JMSG_LENGTH_MAX];

	jpeg->err->format_message(jpeg, text);
	check_failed(text, __FILE__, __LINE__, __func__);
}

static uint8_t over_white(uint8_t colour, uint8_t alpha)
{
	return (uint8_t)((colour * alpha + 255 * (255 - alpha) + 127) / 255);
}

static void flatten(const uint8_t *from, int width, uint8_t *to)
{
	for (int x = 0; x < width; x++, from += 4)
		for (int b = 0; b < 3; b++)
			*to++ = over_white(from[b], from[3]);
}

static void encode_jpeg(const struct picture *p, const struct rendition *r, struct buf *to)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	unsigned char *bytes = NULL;
	unsigned long n = 0;
	JSAMPROW flat = malloc((size_t)p->width * 3), row;

	CHECK(flat != NULL);
	jpeg.err = jpeg_std_error(&errors);
	errors.error_exit = on_jpeg_error;
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &bytes, &n);
	jpeg.image_width = (JDIMENSION)p->width;
	jpeg.image_height = (JDIMENSION)p->height;
	jpeg.input_components = p->bands == 1 ? 1 : 3;
	jpeg.in_color_space = p->bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(&jpeg);	/* 4:2:0 is one of them */
	jpeg_set_quality(&jpeg, r->quality, TRUE);
	jpeg_start_compress(&jpeg, TRUE);
	for (int y = 0; y < p->height; y++) {
		row = picture_row(p, y);
		if (p->bands == 4) {
			flatten(row, p->width, flat);
			row = flat;
		}
		jpeg_write_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	buf_add(to, bytes, n);
	free(bytes);
	free(flat);
}

static int on_webp_bytes(const uint8_t *bytes, size_t n, const WebPPicture *p)
{
	buf_add(p->custom_ptr, bytes, n);
	return 1;
}

/* WebP knows no grey. */
static uint8_t *grey_to_rgb(const struct picture *p)
{
	size_t n = (size_t)p->width * (size_t)p->height;
	const uint8_t *from = p->pixels;
	uint8_t *to = malloc(n * 3);

	CHECK(to != NULL);
	for (size_t i = 0; i < n; i++)
		to[3 * i] = to[3 * i + 1] = to[3 * i + 2] = from[i];
	return to;
}

static void encode_webp(const struct picture *p, const struct rendition *r, struct buf *to)
{
	uint8_t *rgb = p->bands == 1 ? grey_to_rgb(p) : NULL;
	const uint8_t *pixels = rgb ? rgb : p->pixels;
	WebPConfig config;
	WebPPicture picture;
	int ok;

	ok = WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, (float)r->quality) && WebPPictureInit(&picture);
	CHECK(ok);
	config.method = r->effort;
	picture.width = p->width;
	picture.height = p->height;
	picture.writer = on_webp_bytes;
	picture.custom_ptr = to;
	ok = p->bands == 4 ? WebPPictureImportRGBA(&picture, pixels, p->width * 4)
			   : WebPPictureImportRGB(&picture, pixels, p->width * 3);
	ok = ok && WebPEncode(&config, &picture);
	CHECK(ok);	/* memory is all that it can lack */
	WebPPictureFree(&picture);
	free(rgb);
}

static void on_png_bytes(png_structp png, png_bytep bytes, png_size_t n)
{
	buf_add(png_get_io_ptr(png), bytes, n);
}

static void on_png_flush(png_structp png)
{
	(void)png;
}

static void on_png_error(png_structp png, png_const_charp text)
{
	(void)png;
	check_failed(text, __FILE__, __LINE__, __func__);
}

static void encode_png(const struct picture *p, struct buf *to)
{
	static const int types[] = { [1] = PNG_COLOR_TYPE_GRAY, [3] = PNG_COLOR_TYPE_RGB, [4] = PNG_COLOR_TYPE_RGB_ALPHA };
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_png_error, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;

	CHECK(info != NULL);
	png_set_write_fn(png, to, on_png_bytes, on_png_flush);
	png_set_compression_level(png, PNG_LEVEL);
	png_set_IHDR(png, info, (png_uint_32)p->width, (png_uint_32)p->height, 8, types[p->bands], PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (int y = 0; y < p->height; y++)
		png_write_row(png, picture_row(p, y));
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
}

const char *encode_content_type(enum rendition_format format)
{
	static const char *const types[] = {
		[RENDITION_WEBP] = "image/webp", [RENDITION_JPEG] = "image/jpeg", [RENDITION_PNG] = "image/png",
	};

	return types[format];
}

void encode(const struct picture *p, const struct rendition *r, struct buf *to)
{
	CHECK(p->depth == 8 && (p->bands == 1 || p->bands == 3 || p->bands == 4));
	if (r->format == RENDITION_WEBP)
		encode_webp(p, r, to);
	else if (r->format == RENDITION_JPEG)
		encode_jpeg(p, r, to);
	else
		encode_png(p, to);
}
