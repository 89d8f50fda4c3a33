/* geometry.h - where a rendition's pixels come from: pure arithmetic, no pixel is touched.
 *
 * All of it in the photo as shown (upright); geometry_stored turns a part back into the file's own orientation.
 *
 * Nothing is enlarged unless the rendition says so: a box that the photo is too small for shrinks in proportion, also for fill and exact.
 * Only the canvas of pad keeps its size: it is there to have it. No side is larger than RENDITION_SIDE_MAX (the free one of
 * 1200x on a very long photo: then all of it is smaller), and none smaller than one pixel.
 */
#ifndef RUNNER_GEOMETRY_H
#define RUNNER_GEOMETRY_H

#include "functions/rendition.h"
#include "functions/runner/picture.h"

struct geometry {
	struct image_part part;		/* of the photo, in its full-size pixels; never outside of it */
	int width, height;		/* that the part is scaled to; at least 1 */
	int canvas_width, canvas_height;	/* of the rendition: larger only with FIT_PAD */
	int left, top;			/* of the scaled part on the canvas */
};

/* The photo is width x height as shown. For GRAVITY_ENTROPY and GRAVITY_ATTENTION the part is the centred one;
 * geometry_place moves it. */
void geometry_of(const struct rendition *r, int width, int height, struct geometry *g);

/* Moves the part, as far as it can go, so that it is centred at (x, y), which are parts of the photo (0 to 1). */
void geometry_place(struct geometry *g, int width, int height, double x, double y);

/* How large the whole photo (as shown) must be for this rendition's part to have the pixels it needs; never larger than the photo. */
void geometry_need(const struct geometry *g, int width, int height, int *need_width, int *need_height);

/* The same part in a master as stored: scaled to master_width x master_height (as stored), before `orientation` is applied.
 * Width and height of the scaled part as stored come out as well. */
void geometry_stored(const struct geometry *g, int width, int height, int orientation, int master_width, int master_height,
		     struct image_part *part, int *out_width, int *out_height);

#endif
