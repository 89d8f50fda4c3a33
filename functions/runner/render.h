/* render.h - renditions from the master: part, scale, sharpen, right side up, canvas, encode.
 *
 * Largest first. A rendition that shows the whole photo is kept until the next is made, and one of half its size or less is
 * made from it instead of the master: that costs nothing in quality and spares most of the reading.
 */
#ifndef RUNNER_RENDER_H
#define RUNNER_RENDER_H

#include "functions/runner/answer.h"
#include "functions/runner/encode/encode.h"
#include "functions/runner/geometry.h"
#include "functions/runner/reader.h"

/* Longest side of the small picture that hashes, colours and gravity are taken from. The master is never smaller, so that they do not
 * depend on how small the renditions are. */
#define RENDER_SMALL 100

struct render {
	const struct settings *settings;
	struct str photo;			/* for animations, with format and number of frames */
	enum format format;
	int64_t frames;
	const struct meta *meta;
	const struct facts *facts;		/* for renditions that keep the copyright */
	const struct image *image;		/* sRGB, 8 bits, as stored */
	const struct image *unconverted;	/* for renditions that keep the profile; NULL: as `image` */
	struct str profile;			/* what goes along with those; absent: nothing that fits */
	int width, height;			/* of the photo as shown */
	int orientation;			/* from stored to shown */
	bool animation_cut;			/* out: an animated rendition shows less than the photo */
	/* its own */
	struct image whole;			/* owned: the last rendition that shows the whole photo, as stored */
	struct picture small;			/* owned; upright */
};

/* One rendition on its way. */
struct print {
	const struct rendition *o;
	struct geometry g;
	struct image image;			/* owned */
};

/* Fills in where p->o's pixels come from; then makes its image: scaled, sharpened, right side up, on its canvas. */
void render_aim(struct render *r, struct print *p);
void render_print(struct render *r, struct print *p);

/* All of settings' renditions into `files`, in the order of their size, told in `made` in the order of the settings. NULL, or the one that
 * could not be written, or with which they are over RENDITION_BYTES_MAX. */
const struct rendition *render_all(struct render *r, struct made made[THUMBNAIL_RENDITIONS_MAX], struct buf *files);

/* The whole photo in its own proportions, upright, interleaved, no side over RENDER_SMALL. */
const struct picture *render_small(struct render *r);

void render_clear(struct render *r);

#endif
