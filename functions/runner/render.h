/* render.h - renditions from the master: part, scale, sharpen, right side up, canvas, encode.
 *
 * Largest first. A rendition that shows the whole photo is kept until the next is made, and one of half its size or less is
 * made from it instead of the master: that costs nothing in quality and spares most of the reading.
 */
#ifndef RUNNER_RENDER_H
#define RUNNER_RENDER_H

#include "functions/runner/answer.h"
#include "functions/runner/encode/encode.h"
#include "functions/runner/reader.h"

/* Longest side of the small picture that hashes, colours and gravity are taken from. */
#define RENDER_SMALL 100

struct render {
	const struct settings *settings;
	const struct meta *meta;
	const struct facts *facts;		/* for renditions that keep the copyright */
	const struct image *image;		/* sRGB, 8 bits, as stored */
	const struct image *unconverted;	/* for renditions that keep the profile; NULL: as `image` */
	int width, height;			/* of the photo as shown */
	int orientation;			/* from stored to shown */
	/* its own */
	struct image whole;			/* owned: the last rendition that shows the whole photo, as stored */
	struct picture small;			/* owned; upright */
};

/* All of settings' renditions into `files`, in the order of their size, told in `made` in the order of the settings. False when
 * one is of a format that this program cannot write. */
bool render_all(struct render *r, struct made made[THUMBNAIL_RENDITIONS_MAX], struct buf *files);

/* The whole photo, upright, interleaved, no side over RENDER_SMALL. */
const struct picture *render_small(struct render *r);

void render_clear(struct render *r);

#endif
