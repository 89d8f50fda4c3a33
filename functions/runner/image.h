/* image.h - decoded pixels in whichever of two forms suits: planes (planes.h), or interleaved (picture.h).
 *
 * JPEG photos stay planes from the file to the thumbnail's encoder; what has alpha, 16 bits or a colour
 * profile is interleaved. `{0}` is no image.
 */
#ifndef RUNNER_IMAGE_H
#define RUNNER_IMAGE_H

#include "functions/runner/planes.h"

struct image {
	bool planar;
	struct planes planes;	/* owned; when planar */
	struct picture picture;	/* owned; else */
};

void image_clear(struct image *i);
int image_width(const struct image *i);
int image_height(const struct image *i);
void image_turn(struct image *i, int orientation);

/* To interleaved, in place. */
void image_interleave(struct image *i);

/* A new image: the part of `in` (in its luma samples; NULL: all of it) at another size. Planes keep the proportion of chroma that `full_chroma` asks for:
 * as many samples as luma, or half each way. */
void image_scale(const struct image *in, const struct image_part *part, int width, int height, bool full_chroma,
		 struct image *out);

#endif
