/* rendition.h - one named rendition: what part of the photo, how large, in which format. And its text form.
 *
 *     small.webp=160   card.jpg=400x300,fill,gravity=attention,quality=75   cover=1200x,format=auto,bytes=80k
 *
 * A list has them with blanks between. NAME has letters, digits, '.', '_' and '-', and ends in .webp .jpg .jpeg .png or
 * .avif, which is the format; with format=auto it ends in none of these, and the ending of what was chosen for the photo
 * is added to it. After '=' comes the size, then options in any order, with commas between and no blanks:
 *
 *   SIZE              160 is a square box; 400x300; 1200x and x800 leave a side free, as the proportions want it
 *   inside            as large as fits into the box, proportions kept; the default
 *   outside           as small as covers it, proportions kept
 *   fill              covers it, and what is outside is cut off, by gravity or focus
 *   exact             exactly it, whatever the proportions
 *   pad               as inside, and background around it, by gravity
 *   gravity=WHERE     center north northeast east southeast south southwest west northwest; for fill also
 *                     entropy (where most is going on) and attention (where a person would look)
 *   focus=X:Y         fill is centred there, as parts of the photo as shown, 0:0 (top left) to 1:1
 *   enlarge           may become larger than the photo
 *   background=HEX    rrggbb or rrggbbaa: under alpha where the format has none, and around pad; white
 *   sharpen=N         1 to 100 percent of an unsharp mask with radius 1
 *   linear            scaled in linear light
 *   quality=N         1 to 100; .jpg .webp (80), .avif (60, where it looks like a JPEG of 80)
 *   effort=N          more time for fewer bytes: .webp and auto 0 to 6 (2), .avif 0 to 9 (0), .png 0 to 9 (1: zlib's level)
 *   chroma=420|444    how many colour samples; .jpg .avif; 420
 *   lossless          .webp .avif; without quality, chroma and bytes
 *   progressive       .jpg: in scans; .png: Adam7
 *   bytes=N           lowers the quality until the file has at most N bytes (30k: thousands); .jpg .webp .avif
 *   animated          all frames of an animation; .webp
 *   keep=WHAT+WHAT    profile: colours of an RGB photo are not converted to sRGB, the profile goes along; grey, CMYK, high
 *                     dynamic range and animations are converted in any case;
 *                     copyright: EXIF's Copyright and Artist go along
 *   format=auto       chosen by content: alpha, a photo or a drawing
 *
 * Memory that a pixel takes while its rendition is made, measured: .jpg 4 bytes, .png 6; .webp 4, with alpha 14, lossless 26; .avif 16, with
 * chroma=444 or lossless 30; linear 6 more. So a function of 512 MB makes the largest, 8192x8192, as lossy .jpg and .webp and as .png; what
 * does not fit ends as REASON_MEMORY.
 *
 * An option that the format or the fit has no use for is an error, as is one given twice: nothing is ignored. Both programs
 * parse with this: the daemon to refuse nonsense at start, minilab-runner to obey.
 */
#ifndef FUNCTIONS_RENDITION_H
#define FUNCTIONS_RENDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define THUMBNAIL_RENDITIONS_MAX 16	/* in one list */
#define RENDITION_NAME_MAX 64		/* with its ending */
#define RENDITION_SIDE_MAX 8192
#define RENDITION_BYTES_MAX (64 << 20)	/* of bytes=, and of all files made of one photo (the host takes no more: pool.h) */
#define RENDITION_ERROR_MAX 400

enum rendition_format { RENDITION_WEBP, RENDITION_JPEG, RENDITION_PNG, RENDITION_AVIF, RENDITION_AUTO, RENDITION_FORMATS };

/* For a box of width x height. A side of 0 is free: as the proportions want it; only inside and outside have one. */
enum rendition_fit { FIT_INSIDE, FIT_OUTSIDE, FIT_FILL, FIT_EXACT, FIT_PAD };

enum rendition_gravity {
	GRAVITY_CENTER, GRAVITY_NORTH, GRAVITY_NORTHEAST, GRAVITY_EAST, GRAVITY_SOUTHEAST, GRAVITY_SOUTH, GRAVITY_SOUTHWEST,
	GRAVITY_WEST, GRAVITY_NORTHWEST, GRAVITY_ENTROPY, GRAVITY_ATTENTION,
	GRAVITY_FOCUS,			/* at focus_x, focus_y */
};

enum rendition_chroma { CHROMA_420, CHROMA_444 };

struct rendition {
	struct str name;		/* lent by the text it was parsed from */
	enum rendition_format format;
	enum rendition_fit fit;
	int width, height;		/* 0: free, not both */
	enum rendition_gravity gravity;
	double focus_x, focus_y;
	bool enlarge;
	uint8_t background[4];		/* RGBA */
	int sharpen;			/* 0: none */
	bool linear;
	int quality, effort;
	enum rendition_chroma chroma;
	bool lossless, progressive, animated, keep_profile, keep_copyright;
	int64_t bytes_max;		/* 0: no limit */
};

struct rendition_defaults {
	int quality;			/* where there is no quality=; 0: the format's own */
	int effort;			/* likewise of .webp and auto; -1: 2 */
};

/* One NAME=SPEC. 0, or E_BAD_INPUT with a sentence that names rendition, option and what is allowed. */
int rendition_parse(struct str text, const struct rendition_defaults *d, struct rendition *r, char error[RENDITION_ERROR_MAX]);

/* A list: how many, at least 1, with names that cannot meet in one folder; or E_BAD_INPUT. */
int rendition_parse_list(struct str text, const struct rendition_defaults *d, struct rendition r[THUMBNAIL_RENDITIONS_MAX],
			 char error[RENDITION_ERROR_MAX]);

#endif
