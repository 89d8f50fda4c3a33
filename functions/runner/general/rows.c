#include "functions/runner/general/rows.h"

#include <string.h>

#include "base/check.h"

#define STRIP 16	/* rows asked for at a time: what JPEG decodes in one go */

int rows_pull(VipsImage *image, void (*on_row)(void *owner, const void *row), void *owner)
{
	VipsRegion *region = vips_region_new(image);
	int y = 0;

	while (y < image->Ysize) {
		VipsRect strip = { 0, y, image->Xsize, VIPS_MIN(STRIP, image->Ysize - y) };

		if (vips_region_prepare(region, &strip) != 0)
			break;
		for (int end = y + strip.height; y < end; y++)
			on_row(owner, VIPS_REGION_ADDR(region, 0, y));
	}
	g_object_unref(region);
	return y;
}

struct copy {
	struct picture *to;
	int y;
};

static void on_row_copy(void *owner, const void *row)
{
	struct copy *c = owner;

	memcpy(picture_row(c->to, c->y++), row, picture_row_bytes(c->to));
}

bool rows_picture(VipsImage *image, struct picture *out)
{
	struct copy c = { .to = out };

	CHECK(image->BandFmt == VIPS_FORMAT_UCHAR || image->BandFmt == VIPS_FORMAT_USHORT);
	*out = (struct picture){ .width = image->Xsize, .height = image->Ysize, .bands = image->Bands,
				 .depth = image->BandFmt == VIPS_FORMAT_UCHAR ? 8 : 16,
				 .alpha = vips_image_hasalpha(image) };
	picture_alloc(out);
	if (rows_pull(image, on_row_copy, &c) == out->height)
		return true;
	picture_clear(out);
	return false;
}

VipsImage *rows_image(const struct picture *p)
{
	VipsImage *image = vips_image_new_from_memory(p->pixels, picture_row_bytes(p) * (size_t)p->height, p->width,
						      p->height, p->bands,
						      p->depth == 8 ? VIPS_FORMAT_UCHAR : VIPS_FORMAT_USHORT);

	CHECK(image != NULL);
	return image;
}
