#include "functions/runner/general/rows.h"

#define STRIP 16	/* rows asked for at a time */

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
