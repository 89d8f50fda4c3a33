#include "functions/runner/general/plain.h"

#include <stdbool.h>

/* Bands with no meaning of their own: as many as grey or RGB with alpha can have. */
static VipsImage *guess(VipsImage *image)
{
	VipsImage *to = NULL;

	vips_copy(image, &to, "interpretation", image->Bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB,
		  NULL);
	return to;
}

static VipsImage *colourspace(VipsImage *image)
{
	VipsImage *to = NULL;

	vips_colourspace(image, &to, VIPS_INTERPRETATION_sRGB, NULL);
	return to;
}

static VipsImage *clip(VipsImage *image)
{
	VipsImage *to = NULL;
	int most = image->Type == VIPS_INTERPRETATION_B_W || image->Type == VIPS_INTERPRETATION_GREY16 ? 2 : 4;

	if (image->Bands <= most) {
		g_object_ref(image);
		return image;
	}
	vips_extract_band(image, &to, 0, "n", most, NULL);
	return to;
}

static bool is_plain(const VipsImage *i)
{
	if (i->Coding != VIPS_CODING_NONE)
		return false;
	if (i->BandFmt == VIPS_FORMAT_USHORT)
		return i->Type == VIPS_INTERPRETATION_RGB16 || i->Type == VIPS_INTERPRETATION_GREY16;
	return i->BandFmt == VIPS_FORMAT_UCHAR &&
	       (i->Type == VIPS_INTERPRETATION_sRGB || i->Type == VIPS_INTERPRETATION_B_W ||
		i->Type == VIPS_INTERPRETATION_CMYK);
}

static bool is_unnamed(const VipsImage *i)
{
	return i->Type == VIPS_INTERPRETATION_MULTIBAND || i->Type == VIPS_INTERPRETATION_ERROR ||
	       i->Type == VIPS_INTERPRETATION_HISTOGRAM || i->Type == VIPS_INTERPRETATION_MATRIX;
}

/* One step, giving up the image it starts from. */
static VipsImage *step(VipsImage *image, VipsImage *(*fn)(VipsImage *))
{
	VipsImage *to = image ? fn(image) : NULL;

	if (image)
		g_object_unref(image);
	return to;
}

VipsImage *plain_image(VipsImage *image)
{
	g_object_ref(image);
	if (is_unnamed(image))
		image = step(image, guess);
	if (image && !is_plain(image))
		image = step(image, colourspace);
	return step(image, clip);
}
