/* thumb_compare - how good thumbnails of a photo are: each beside the photo decoded in full and scaled in doubles (tests/lib/exact.h)
 * to the thumbnail's size, turned, its colours brought to sRGB afterwards.
 *
 *   thumb_compare PHOTO THUMBNAIL...     a line for each: ssim=... delta_e=... file=...
 */
#include <stdio.h>
#include <stdlib.h>

#include <lcms2.h>
#include <vips/vips.h>

#include "tests/lib/exact.h"

static void die(const char *what, const char *name)
{
	fprintf(stderr, "thumb_compare: %s %s: %s\n", what, name, vips_error_buffer());
	exit(1);
}

/* Decoded in full and turned, 8 bits, without alpha. */
static VipsImage *decode(const char *name, struct picture *to)
{
	VipsImage *file = vips_image_new_from_file(name, "memory", TRUE, NULL), *turned = NULL, *flat = NULL;
	size_t n;

	if (file == NULL || vips_autorot(file, &turned, NULL) != 0)
		die("cannot decode", name);
	if (vips_image_hasalpha(turned) ? vips_flatten(turned, &flat, NULL) : vips_copy(turned, &flat, NULL))
		die("cannot decode", name);
	*to = (struct picture){ .width = flat->Xsize, .height = flat->Ysize, .bands = flat->Bands, .depth = 8 };
	to->pixels = vips_image_write_to_memory(flat, &n);
	if (to->pixels == NULL || flat->BandFmt != VIPS_FORMAT_UCHAR)
		die("cannot decode", name);
	g_object_unref(flat);
	g_object_unref(turned);
	return file;
}

/* From the file's profile, if it has one, to sRGB. */
static void convert(VipsImage *file, struct exact *e)
{
	const void *profile;
	size_t n;
	cmsHTRANSFORM t;
	cmsHPROFILE from, srgb;

	if (vips_image_get_typeof(file, VIPS_META_ICC_NAME) == 0 || e->bands != 3)
		return;
	if (vips_image_get_blob(file, VIPS_META_ICC_NAME, &profile, &n) != 0)
		return;
	from = cmsOpenProfileFromMem(profile, (cmsUInt32Number)n);
	srgb = cmsCreate_sRGBProfile();
	t = cmsCreateTransform(from, TYPE_RGB_DBL, srgb, TYPE_RGB_DBL, INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_NOOPTIMIZE);
	n = (size_t)e->width * (size_t)e->height * 3;
	for (size_t i = 0; i < n; i++)
		e->samples[i] = e->samples[i] < 0 ? 0 : e->samples[i] > 255 ? 1 : e->samples[i] / 255;
	cmsDoTransform(t, e->samples, e->samples, (cmsUInt32Number)(n / 3));
	for (size_t i = 0; i < n; i++)
		e->samples[i] *= 255;
	cmsDeleteTransform(t);
	cmsCloseProfile(srgb);
	cmsCloseProfile(from);
}

int main(int argc, char **argv)
{
	struct picture photo, thumbnail;
	struct exact want = { 0 }, got;
	VipsImage *file;

	if (argc < 3 || VIPS_INIT(argv[0]) != 0)
		die("usage:", "thumb_compare PHOTO THUMBNAIL...");
	file = decode(argv[1], &photo);
	for (int i = 2; i < argc; i++) {
		g_object_unref(decode(argv[i], &thumbnail));
		if (want.width != thumbnail.width || want.height != thumbnail.height) {
			exact_clear(&want);
			exact_scale(&photo, photo.width, photo.height, thumbnail.width, thumbnail.height, &want);
			convert(file, &want);
		}
		exact_picture(&thumbnail, &got);
		printf("ssim=%.5f delta_e=%.3f width=%d height=%d file=%s\n", exact_ssim(&want, &got), exact_delta_e(&want, &got),
		       thumbnail.width, thumbnail.height, argv[i]);
		exact_clear(&got);
		g_free(thumbnail.pixels);
	}
	exact_clear(&want);
	g_free(photo.pixels);
	g_object_unref(file);
	vips_shutdown();
	return 0;
}
