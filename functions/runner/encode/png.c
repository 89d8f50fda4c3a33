#include "functions/runner/encode/formats.h"

#include <stdlib.h>

#include <png.h>

#include "base/check.h"

static void on_bytes(png_structp png, png_bytep bytes, png_size_t n)
{
	buf_add(png_get_io_ptr(png), bytes, n);
}

static void on_flush(png_structp png)
{
	(void)png;
}

/* Memory is all that libpng can lack: sizes and parameters are ours. */
static void on_error(png_structp png, png_const_charp text)
{
	(void)png;
	check_failed(text, __FILE__, __LINE__, __func__);
}

/* About the profile, which is the photo's own. */
static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static int bits_for(int colours)
{
	return colours <= 2 ? 1 : colours <= 4 ? 2 : colours <= 16 ? 4 : 8;
}

static bool is_opaque(const struct picture *p)
{
	const uint8_t *alpha = (const uint8_t *)p->pixels + 3, *end = alpha + (size_t)p->width * (size_t)p->height * 4;

	while (alpha < end && *alpha == 255)
		alpha += 4;
	return alpha >= end;
}

static void set_palette(png_structp png, png_infop info, const struct palette *p)
{
	png_color colours[PALETTE_MAX];
	png_byte alpha[PALETTE_MAX];

	for (int i = 0; i < p->n; i++) {
		uint32_t c = p->colour[i];

		colours[i] = (png_color){ (png_byte)c, (png_byte)(c >> 8), (png_byte)(c >> 16) };
		alpha[i] = (png_byte)(c >> 24);
	}
	png_set_PLTE(png, info, colours, p->n);
	if (p->translucent > 0)
		png_set_tRNS(png, info, alpha, p->translucent, NULL);
}

/* libpng takes an array of tables with their names; a profile it finds wanting it leaves out. */
static void set_extra(png_structp png, png_infop info, const struct encode_extra *extra)
{
	struct buf exif = { 0 };

	if (extra->profile.n > 0) {
		png_set_benign_errors(png, 1);
		png_set_iCCP(png, info, "icc", PNG_COMPRESSION_TYPE_BASE, (png_const_bytep)extra->profile.p,
			     (png_uint_32)extra->profile.n);
	}
	tags_write(extra, &exif);
	if (exif.len > 0)
		png_set_eXIf_1(png, info, (png_uint_32)exif.len, (png_bytep)exif.data);
	buf_clear(&exif);
}

static void write_rows(png_structp png, const struct picture *p, const struct palette *palette, int passes)
{
	uint8_t *indices = palette->n > 0 ? malloc((size_t)p->width) : NULL;

	CHECK(palette->n == 0 || indices != NULL);
	for (int pass = 0; pass < passes; pass++)
		for (int y = 0; y < p->height; y++) {
			if (indices)
				palette_row(palette, p, y, indices);
			png_write_row(png, indices ? indices : picture_row(p, y));
		}
	free(indices);
}

static void write_picture(png_structp png, png_infop info, const struct picture *p, const struct rendition *r,
			  const struct encode_extra *extra)
{
	static const int types[] = { [1] = PNG_COLOR_TYPE_GRAY, [3] = PNG_COLOR_TYPE_RGB, [4] = PNG_COLOR_TYPE_RGB_ALPHA };
	bool drop_alpha = p->bands == 4 && is_opaque(p);
	struct palette palette;

	palette.n = 0;
	if (p->bands > 1)
		palette_find(p, &palette);
	png_set_compression_level(png, r->effort);
	png_set_IHDR(png, info, (png_uint_32)p->width, (png_uint_32)p->height, palette.n > 0 ? bits_for(palette.n) : 8,
		     palette.n > 0 ? PNG_COLOR_TYPE_PALETTE : types[drop_alpha ? 3 : p->bands],
		     r->progressive ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (palette.n > 0)
		set_palette(png, info, &palette);
	set_extra(png, info, extra);
	png_write_info(png, info);	/* sets the form of rows, so what differs from it comes after */
	if (palette.n > 0)
		png_set_packing(png);
	else if (drop_alpha)
		png_set_filler(png, 0, PNG_FILLER_AFTER);
	write_rows(png, p, &palette, png_set_interlace_handling(png));
	png_write_end(png, info);
}

bool png_encode(const struct image *i, const struct rendition *r, const struct encode_extra *extra, struct buf *to)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	struct picture rgb = { 0 };

	CHECK(info != NULL);
	if (i->planar)
		planes_to_picture(&i->planes, &rgb);
	png_set_write_fn(png, to, on_bytes, on_flush);
	write_picture(png, info, i->planar ? &rgb : &i->picture, r, extra);
	png_destroy_write_struct(&png, &info);
	picture_clear(&rgb);
	return true;
}
