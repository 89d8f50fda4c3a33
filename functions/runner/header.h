/* header.h - what a file claims about itself, read by our own code, and the limits on it.
 *
 * Nothing is decoded and nothing allocated: one parser per format walks the file's structure (what PNG has compressed besides
 * its picture is inflated into nowhere, to know its size). A claim over a limit (limits.h) is refused before any library sees the file. Parsers are lenient: what they cannot make
 * sense of stays 0 and is the decoder's to refuse.
 */
#ifndef RUNNER_HEADER_H
#define RUNNER_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "functions/runner/settings.h"
#include "functions/runner/sniff.h"

#define HEADER_CRUMB 256	/* bytes of picture data in a PNG's chunk, under which it is one to be counted */

struct header {
	enum format format;
	int64_t width, height;	/* as stored, before any rotation; the largest picture in the file */
	int64_t frames;		/* or pages; 1 for a still photo */
	int64_t scans;		/* JPEG only */
	int64_t chunks;		/* or segments, extensions; items and directories are counted by themselves */
	int64_t text_bytes;	/* inflated, as far as LIMIT_TEXT_MAX */
	int64_t exif_bytes;
	int64_t profile_bytes;	/* inflated, as far as LIMIT_TEXT_MAX */
	int64_t items;		/* HEIC and AVIF only: the most that any of its lists says */
	int64_t directories;	/* TIFF only */
	int bits;		/* of a sample; 0: not told */
	const char *space;	/* what its samples are: "gray", "rgb" (and YCbCr), "cmyk", "lab"; NULL: not told */
	bool buffered;		/* its decoder holds the whole picture */
	bool progressive;	/* JPEG in several scans */
	bool cut;		/* the file ends before its structure does */
};

enum reason header_read(struct str photo, const struct settings *s, struct header *h, char message[SAY_MAX]);

/* Also for what a library says after opening: the two must agree on the limits. */
enum reason header_check(const struct header *h, const struct settings *s, char message[SAY_MAX]);

/* One per format, in FORMAT_header.c. `h` comes zeroed but for format and frames = 1. */
enum reason jpeg_header(struct str p, struct header *h, char message[SAY_MAX]);
enum reason png_header(struct str p, struct header *h, char message[SAY_MAX]);
enum reason webp_header(struct str p, struct header *h, char message[SAY_MAX]);
enum reason gif_header(struct str p, struct header *h, char message[SAY_MAX]);
enum reason tiff_header(struct str p, struct header *h, char message[SAY_MAX]);
enum reason heif_header(struct str p, struct header *h, char message[SAY_MAX]);

#endif
