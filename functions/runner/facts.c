#include "functions/runner/facts.h"

static struct str blob(VipsImage *image, const char *name)
{
	const void *p;
	size_t n;

	if (vips_image_get_typeof(image, name) == 0 || vips_image_get_blob(image, name, &p, &n) != 0)
		return (struct str){ 0 };
	return str_n(p, n);
}

void facts_of_vips(VipsImage *image, struct facts *f)
{
	struct meta m = {
		.exif = blob(image, VIPS_META_EXIF_NAME), .xmp = blob(image, VIPS_META_XMP_NAME),
		.icc = blob(image, VIPS_META_ICC_NAME),
	};

	if (str_starts(m.exif, STR("Exif\0")))
		m.exif = str_n(m.exif.p + 6, m.exif.n - 6);
	(facts_read)(&m, f);
}
