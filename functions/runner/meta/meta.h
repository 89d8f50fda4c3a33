/* meta.h - what a photo says about itself: first the blocks that its container carries, then the facts in them.
 *
 * Our own parsers, on bytes of strangers: what does not have the expected form is left out, nothing is an error.
 * Every size is bounded (the limits are settings.h's where a person may want others); nothing is decoded but the
 * text chunks of PNG, which inflate under a bound.
 */
#ifndef RUNNER_META_H
#define RUNNER_META_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "functions/runner/sniff.h"

#define META_EXIF_MAX (1 << 20)		/* larger blocks are left out */
#define META_XMP_MAX (1 << 20)
#define META_IPTC_MAX (1 << 18)

struct meta {
	struct str exif;		/* from its byte order mark ("II", "MM") on */
	struct str xmp, iptc, icc;	/* absent if there is none */
	struct buf memory;		/* owned: blocks that had to be put together or inflated */
	struct buf profile;		/* owned: icc, when in parts */
};

/* JPEG (APP1, APP2, APP13), PNG (eXIf, iCCP, iTXt, zTXt "Raw profile type"), WebP (EXIF, XMP, ICCP), TIFF (its own tags), HEIF (items). */
void meta_find(struct str photo, enum format f, int64_t max_profile, struct meta *m);
void meta_clear(struct meta *m);

int meta_orientation(const struct meta *m);	/* 1 to 8; 1 when not told */

#define FACT_MAX 256		/* bytes of a text, UTF-8, cut between characters */
#define KEYWORDS_MAX 32

struct facts {
	char camera[128], lens[128];		/* make and model; "" when not told, as all texts */
	char exposure[32];			/* "1/250" seconds */
	double aperture, focal_length;		/* f-number; millimetres; 0: not told */
	double focal_length_35;			/* as on 35 mm film */
	int64_t iso;
	char taken_at[32];			/* 2026-01-02T03:04:05, with +02:00 when the camera knew */
	bool has_place, has_altitude;
	double latitude, longitude, altitude;	/* degrees; metres */
	char title[FACT_MAX], caption[FACT_MAX], copyright[FACT_MAX], artist[FACT_MAX];	/* XMP before IPTC before EXIF */
	char keywords[KEYWORDS_MAX][64];
	int keywords_n;
	int rating;				/* -1 (rejected) to 5; 0: not told */
	char profile[128];			/* the ICC profile's own name */
};

void facts_read(const struct meta *m, struct facts *f);

#endif
