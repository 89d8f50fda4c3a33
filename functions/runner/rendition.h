/* rendition.h - one named rendition (a preset): what part of the photo, how large, in which format.
 *
 * Text form, in RENDITIONS and in the settings file (settings.h has the grammar):
 *     small.webp=160   card.jpg=400x300,fill,gravity=attention,quality=75   print.png=1200x,linear
 */
#ifndef RUNNER_RENDITION_H
#define RUNNER_RENDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define RENDITION_NAME_MAX 64
#define RENDITION_SIDE_MAX 8192

enum rendition_format { RENDITION_WEBP, RENDITION_JPEG, RENDITION_PNG, RENDITION_AVIF, RENDITION_AUTO, RENDITION_FORMATS };

/* For a box of width x height. A side of 0 is free: as the proportions want it. */
enum rendition_fit {
	FIT_INSIDE,	/* as large as fits into it, proportions kept; the default */
	FIT_OUTSIDE,	/* as small as covers it, proportions kept */
	FIT_FILL,	/* covers it, and what is outside is cut off, by gravity */
	FIT_EXACT,	/* exactly it, proportions be damned */
	FIT_PAD,	/* as FIT_INSIDE, and background around it, by gravity */
};

enum rendition_gravity {
	GRAVITY_CENTER, GRAVITY_NORTH, GRAVITY_NORTHEAST, GRAVITY_EAST, GRAVITY_SOUTHEAST, GRAVITY_SOUTH, GRAVITY_SOUTHWEST,
	GRAVITY_WEST, GRAVITY_NORTHWEST,
	GRAVITY_ENTROPY,	/* where most is going on */
	GRAVITY_ATTENTION,	/* where a person would look: edges, skin, saturated colour */
	GRAVITY_FOCUS,		/* at focus_x, focus_y */
};

enum rendition_chroma { CHROMA_420, CHROMA_444 };

struct rendition {
	struct str name;		/* lent by the environment's JSON, or static; unique */
	enum rendition_format format;
	enum rendition_fit fit;
	int width, height;		/* 0: free, not both */
	enum rendition_gravity gravity;
	double focus_x, focus_y;	/* parts of the photo as shown, 0 to 1 */
	bool enlarge;			/* may become larger than the photo */
	uint8_t background[4];		/* RGBA: under alpha where the format has none, and around FIT_PAD; white */
	int sharpen;			/* 0 (none) to 100 percent of an unsharp mask with radius 1 */
	bool linear;			/* scale in linear light */
	int quality;			/* 1 to 100; JPEG, WebP, AVIF */
	int effort;			/* 0 fast to 6 small (WebP's method); AVIF: 0 to 9; PNG: zlib level */
	enum rendition_chroma chroma;
	bool lossless;			/* WebP, AVIF */
	bool progressive;		/* JPEG: progressive; PNG: Adam7 */
	int64_t bytes_max;		/* lowers quality until the file fits; 0: no limit */
	bool animated;			/* all frames of an animation, where format and photo have them */
	bool keep_profile;		/* not converted to sRGB: the profile goes into the output */
	bool keep_copyright;		/* EXIF's Copyright and Artist go into the output */
};

#endif
