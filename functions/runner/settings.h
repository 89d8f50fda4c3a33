/* settings.h - what the thumbnail function may be told by its environment variables.
 *
 * One table (settings.c) names every variable with its default and bounds. Variables that are not
 * in it belong to somebody else and are left alone, as on Lambda; one that is in it and makes no
 * sense is REASON_SETTINGS before any photo is looked at.
 *
 *   RENDITIONS       a list of renditions (functions/rendition.h has the grammar)
 *   QUALITY, EFFORT  of the renditions that do not say their own; EFFORT is WebP's
 */
#ifndef RUNNER_SETTINGS_H
#define RUNNER_SETTINGS_H

#include <stdint.h>

#include "base/json.h"
#include "functions/reason.h"
#include "functions/rendition.h"
#include "functions/runner/say.h"

struct settings {
	struct rendition renditions[THUMBNAIL_RENDITIONS_MAX];	/* names lent by the environment's JSON, or static */
	int renditions_n;
	int64_t quality, effort;
	int64_t max_bytes;
	int64_t max_side;
	int64_t max_pixels;		/* of what is decoded row by row */
	int64_t max_pixels_buffered;	/* of what its decoder holds whole: WebP, TIFF, GIF, Adam7, progressive */
	int64_t max_pixels_heif;	/* HEIC and AVIF: planes and picture are held at once; two thirds over 8 bits */
	int64_t max_frames;
	int64_t max_scans;
	int64_t max_profile;		/* bytes of the colour profile */
};

enum reason settings_read(const struct json_value *env, struct settings *s, char message[SAY_MAX]);

#endif
