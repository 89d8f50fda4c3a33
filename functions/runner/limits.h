/* limits.h - how much a photo may claim to be, before anything of it is decoded.
 *
 * Each is a variable of the function's environment with a default that every photograph we know of keeps, and has a reason and
 * a sentence of its own. header.h reads the claims and compares.
 *
 *   MAX_BYTES            256 MB   of the file
 *   MAX_WIDTH, _HEIGHT   30000    pixels of a side
 *   MAX_PIXELS           100 M    of what is decoded row by row
 *   MAX_PIXELS_BUFFERED  40 M     of what its decoder holds whole: WebP, TIFF, GIF, interlaced PNG, progressive JPEG
 *   MAX_PIXELS_HEIF      24 M     HEIC and AVIF: planes and picture are held at once; two thirds over 8 bits
 *   MAX_FRAMES           1000     or pages
 *   MAX_SCANS            32       of a JPEG; encoders write up to 12
 *   MAX_CHUNKS           4000     of PNG and WebP, segments of JPEG, extensions of GIF; a PNG's picture data counts where it
 *                                 comes in crumbs of less than HEADER_CRUMB bytes
 *   MAX_TEXT             4 MB     of a PNG's text chunks, inflated; of the XMP of others
 *   MAX_EXIF             1 MB     of JPEG, PNG, WebP, HEIC and AVIF; in TIFF it has no length
 *   MAX_PROFILE          4 MB     of the colour profile, inflated
 *   MAX_ITEMS            1000     of HEIC and AVIF: tiles, previews, metadata
 *   MAX_DIRECTORIES      1000     of TIFF: pages and those below the first
 *   MAX_ANIMATION_...             animation.h: what is longer is cut, not refused
 */
#ifndef RUNNER_LIMITS_H
#define RUNNER_LIMITS_H

#include "functions/runner/knob.h"

#define LIMIT_TEXT_MAX (16 << 20)	/* of MAX_TEXT, MAX_PROFILE: nothing is inflated further */

struct limits {
	int64_t bytes, width, height, pixels, pixels_buffered, pixels_heif, frames, scans, chunks, text, exif, profile, items, directories,
		animation_frames, animation_ms, animation_pixels;
};

enum reason limits_read(const struct json_value *env, struct limits *l, char message[SAY_MAX]);

#endif
