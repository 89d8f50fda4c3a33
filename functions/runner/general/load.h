/* load.h - from a file whose header was accepted to one upright sRGB picture, as large as the largest rendition.
 *
 * libvips is the decoder, its loaders called by name, never by guess. Rows are pulled from it top to
 * bottom in this thread (rows.c) straight into the resizer: nothing full-sized is kept here, and libvips'
 * thread pool is never started, which is also why the zygote may fork after doing this.
 *
 * A file that is cut short or damaged gives the rows that were decoded before the fault, and grey or nothing
 * below, when they are at least a tenth of the picture; progressive JPEG and still WebP, which libvips
 * takes as a whole or not at all, go to their own libraries (direct.h).
 */
#ifndef RUNNER_LOAD_H
#define RUNNER_LOAD_H

#include <vips/vips.h>

#include "functions/runner/header.h"
#include "functions/runner/picture.h"

struct loaded {
	struct picture picture;	/* owned; 8-bit sRGB or grey, upright */
	int width, height;	/* of the photo as shown, in its full size */
	bool degraded;
	VipsImage *image;	/* owned; for its metadata */
};

/* `*l` is `{0}` before; loaded_clear it in either case. */
enum reason load_photo(struct str photo, const struct header *h, const struct settings *s, struct loaded *l,
		       char message[SAY_MAX]);
void loaded_clear(struct loaded *l);

/* Formats that this libvips reads. */
bool load_can(enum format f);

#endif
