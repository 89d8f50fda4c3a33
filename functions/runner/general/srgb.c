#include "functions/runner/general/srgb.h"

#include "functions/runner/color/icc.h"
#include "functions/runner/general/rows.h"

struct str srgb_profile(VipsImage *image)
{
	const void *p;
	size_t n;

	if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 ||
	    vips_image_get_blob(image, VIPS_META_ICC_NAME, &p, &n) != 0)
		return (struct str){ 0 };
	return str_n(p, n);
}

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

VipsImage *srgb_plain(VipsImage *image)
{
	g_object_ref(image);
	if (is_unnamed(image))
		image = step(image, guess);
	if (image && !is_plain(image))
		image = step(image, colourspace);
	return step(image, clip);
}

static bool profile_is_due(VipsImage *image)
{
	struct str profile = srgb_profile(image);
	struct icc icc;

	return str_is_set(profile) && !(icc_read(profile, &icc) && icc.is_srgb);
}

bool srgb_is_due(VipsImage *image)
{
	return image->Type == VIPS_INTERPRETATION_CMYK || profile_is_due(image);
}

static VipsImage *by_profile(VipsImage *in, struct str profile)
{
	VipsImage *out = NULL;

	vips_image_set_blob_copy(in, VIPS_META_ICC_NAME, profile.p, profile.n);
	if (vips_icc_transform(in, &out, "srgb", "embedded", TRUE, "intent", VIPS_INTENT_RELATIVE,
			       "black_point_compensation", TRUE, "depth", 8, NULL) != 0)
		vips_error_clear();
	vips_image_remove(in, VIPS_META_ICC_NAME);
	return out;
}

/* Keeps the number of rows and columns; grey may become RGB. */
static bool replace(struct picture *p, VipsImage *converted)
{
	struct picture to;

	if (!rows_picture(converted, &to))
		return false;
	to.alpha = p->alpha;
	picture_clear(p);
	*p = to;
	return true;
}

bool srgb_convert(struct picture *p, VipsImage *image)
{
	VipsImage *memory, *in = NULL, *out = NULL;
	bool done = false;

	if (!srgb_is_due(image))
		return true;
	memory = rows_image(p);
	if (vips_copy(memory, &in, "interpretation", image->Type, NULL) != 0)
		goto out;
	if (profile_is_due(image))
		out = by_profile(in, srgb_profile(image));
	if (out != NULL && (done = replace(p, out)))
		goto out;
	vips_error_clear();
	g_clear_object(&out);
	out = colourspace(in);
	done = out != NULL && replace(p, out);
out:
	g_clear_object(&out);
	g_clear_object(&in);
	g_object_unref(memory);
	return done;
}
