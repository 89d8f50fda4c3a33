/* reader.h - the contract of a format's reader: from a file whose header was accepted to the master.
 *
 * The master is the one decode that every rendition, hash and colour is made from: the photo as it lies in the file (not turned),
 * scaled down while it is read to the size the largest rendition needs, so that no reader ever holds the whole photo when
 * the format allows.
 *
 * Two programs have two tables of readers: minilab-runner reads JPEG, PNG and WebP with their own libraries or none;
 * minilab-runner-general reads the rest (GIF, TIFF, HEIC, AVIF) with libvips. A reader that meets a file which
 * belongs to the other says REASON_ELSEWHERE, and the daemon gives the same attempt to the other program.
 */
#ifndef RUNNER_READER_H
#define RUNNER_READER_H

#include "functions/runner/header.h"
#include "functions/runner/image.h"
#include "functions/runner/meta/meta.h"

/* Less than so much of it, and a damaged file is refused: one part in SALVAGE_PARTS. */
#define SALVAGE_PARTS 10

/* Leave at least 1.5 times the wanted size for our own kernel when a decoder can shrink: less costs quality, more costs time. */
#define MARGIN_NUM 3
#define MARGIN_DEN 2

struct need {
	int width, height;	/* of the master, as stored: at most the photo's. By the header; need_of tells it for another size */
	bool full_chroma;	/* some rendition wants more colour samples than 4:2:0 has */
	bool interleaved;	/* planes are of no use: a profile is to be applied, linear light is asked for ... */
	bool deep;		/* 16 bits where the file has them: for profiles and high dynamic range */
};

struct reading {
	struct str photo;
	const struct header *h;
	const struct meta *meta;
	const struct settings *settings;
	struct need need;
};

struct master {
	struct image image;	/* owned; need's size */
	int width, height;	/* of the photo as stored, in its full size */
	bool degraded;		/* cut short or damaged: what is missing is grey or transparent */
	double read;		/* part of the picture that was there, 0 to 1; 1 unless degraded */
	/* What the samples mean: as meta's profile tells (sRGB without one), or inks as it tells. */
	enum { MASTER_AS_TOLD, MASTER_CMYK } colors;
};

/* Whether more colour samples than 4:2:0 has are of use to it. */
bool wants_full_chroma(const struct rendition *r);

/* What the renditions need of a photo stored as width x height and shown by `orientation`. */
void need_of(const struct settings *s, const struct meta *meta, int width, int height, int orientation, struct need *n);

/* REASON_NONE with *m filled, or why not with a sentence. `*m` is {0} before; master_clear in either case. */
typedef enum reason reader_fn(const struct reading *r, struct master *m, char message[SAY_MAX]);

void master_clear(struct master *m);

reader_fn jpeg_read, png_read, webp_read;

/* Set by each program's main before anything else; NULL entries are REASON_ELSEWHERE. */
extern reader_fn *const readers[FORMATS];

#endif
