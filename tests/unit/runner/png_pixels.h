/* png_pixels.h - all pixels of a PNG, by our own decoder and by libpng, in the same form: for tests that want them to be the same. */
#ifndef TESTS_UNIT_RUNNER_PNG_PIXELS_H
#define TESTS_UNIT_RUNNER_PNG_PIXELS_H

#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/png/adam7.h"

#define PIXELS_MAX (4 << 20)	/* larger pictures are not tried */

/* False: refused, or not all of it could be read. Missing rows stay zero. `to` is cleared by the caller in either case. */
static inline bool png_pixels_own(struct str file, bool deep, struct picture *to)
{
	struct png_lines lines;
	struct expand expand;
	struct png p;
	bool complete = true;
	const uint8_t *row;
	int y = 0;

	*to = (struct picture){ .width = 0 };
	if (!png_open(&p, file) || (int64_t)p.width * p.height > PIXELS_MAX)
		return false;
	expand_open(&expand, &p, deep);
	png_lines_open(&lines, &p);
	*to = expand.rows;
	to->height = p.height;
	picture_alloc(to);
	if (p.interlaced) {
		adam7_read(&lines, &expand, to, &complete);
	} else {
		for (; y < p.height && (row = png_lines_next(&lines, p.width)) != NULL; y++)
			memcpy(picture_row(to, y), expand_row(&expand, row, p.width), picture_row_bytes(to));
		complete = y == p.height;
	}
	complete &= !lines.data.doubtful;
	png_lines_close(&lines);
	expand_close(&expand);
	return complete;
}

struct png_pixels_file {
	struct str left;
};

static inline void png_pixels_read(png_structp png, png_bytep to, size_t n)
{
	struct png_pixels_file *f = png_get_io_ptr(png);

	if (n > f->left.n)
		png_error(png, "end");
	memcpy(to, f->left.p, n);
	f->left = str_n(f->left.p + n, f->left.n - n);
}

static inline void png_pixels_quiet(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static inline void png_pixels_give_up(png_structp png, png_const_charp text)
{
	(void)text;
	longjmp(png_jmpbuf(png), 1);
}

static inline void png_pixels_form(png_structp png, png_infop info, struct picture *to)
{
	uint16_t one = 1;

	png_set_palette_to_rgb(png);
	png_set_expand_gray_1_2_4_to_8(png);
	if (png_get_valid(png, info, PNG_INFO_tRNS))
		png_set_tRNS_to_alpha(png);
	if (png_get_bit_depth(png, info) == 16 && *(uint8_t *)&one == 1)
		png_set_swap(png);
	png_set_interlace_handling(png);
	png_read_update_info(png, info);
	*to = (struct picture){
		.width = (int)png_get_image_width(png, info), .height = (int)png_get_image_height(png, info),
		.bands = png_get_channels(png, info), .depth = png_get_bit_depth(png, info),
		.alpha = png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA,
	};
}

/* The same by libpng; 16 bits stay. */
static inline bool png_pixels_libpng(struct str file, struct picture *to)
{
	struct png_pixels_file f = { file };
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, png_pixels_give_up, png_pixels_quiet);
	png_infop info = png_create_info_struct(png);
	png_bytep *volatile rows = NULL;
	volatile bool good = false;

	*to = (struct picture){ .width = 0 };
	if (setjmp(png_jmpbuf(png)) == 0) {
		png_set_chunk_malloc_max(png, PIXELS_MAX);
		png_set_read_fn(png, &f, png_pixels_read);
		png_read_info(png, info);
		if ((int64_t)png_get_image_width(png, info) * png_get_image_height(png, info) <= PIXELS_MAX) {
			png_pixels_form(png, info, to);
			picture_alloc(to);
			rows = calloc((size_t)to->height, sizeof *rows);
			CHECK(rows != NULL);
			for (int y = 0; y < to->height; y++)
				rows[y] = picture_row(to, y);
			png_read_image(png, rows);
			good = true;
		}
	}
	free(rows);
	png_destroy_read_struct(&png, &info, NULL);
	return good;
}

#endif
