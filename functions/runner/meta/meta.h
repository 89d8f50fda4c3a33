/* meta.h - what a photo says about itself: first the blocks that its container carries, then the facts in them.
 *
 * Our own parsers, on bytes of strangers: what does not have the expected form is left out, nothing is an error.
 * Every size and count is bounded (header.h refuses what is over a setting before anybody comes here); nothing is
 * decoded but the compressed chunks of PNG, which inflate under a bound.
 *
 *     meta_find      JPEG_meta.c and its like, one per container: EXIF, XMP, IPTC and the colour profile as bytes
 *     facts_read     exif.h, iptc.h, xmp.h: those bytes as facts
 *
 * Where several blocks tell the same: texts are those of XMP, else IPTC, else EXIF, since programs that edit write the
 * first and often leave the last; what the camera measured is EXIF's, else XMP's.
 *
 * Any thread. Sources: Exif 3.0 (CIPA DC-008), XMP part 3, IPTC IIM 4.2, ICC.1:2022 annex B, PNG 3, ISO 14496-12, 23008-12.
 */
#ifndef RUNNER_META_H
#define RUNNER_META_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "functions/runner/sniff.h"

#define META_EXIF_MAX (4 << 20)		/* larger blocks are left out */
#define META_XMP_MAX (1 << 20)
#define META_IPTC_MAX (1 << 18)

struct meta {
	struct str exif;		/* from its byte order mark ("II", "MM") on; of a TIFF the whole file */
	struct str xmp, iptc, icc;	/* absent if there is none */
	int primaries, transfer;	/* what the samples mean without a profile, by ITU-T H.273 (HEIF's "nclx", PNG's cICP); 0: not told */
	bool upright;			/* HEIF turns its pictures by properties of its own: EXIF's orientation has no say */
	struct arena memory;		/* owned: blocks that had to be put together or inflated; the others lie in the photo */
};

/* `photo` is lent until meta_clear. `max_profile`: larger colour profiles are left out. */
void meta_find(struct str photo, enum format f, int64_t max_profile, struct meta *m);
void meta_clear(struct meta *m);

int meta_orientation(const struct meta *m);	/* 1 to 8; 1 when not told */

#define FACT_MAX 256		/* bytes of a text, UTF-8, cut between characters */
#define KEYWORDS_MAX 32
#define KEYWORD_MAX 64

/* Texts are "" and numbers 0 when not told. */
struct facts {
	char camera[128], lens[128];		/* make and model */
	char exposure[32];			/* seconds: "1/250", "0.4", "30" */
	double aperture, focal_length;		/* f-number; millimetres */
	double focal_length_35;			/* as on 35 mm film */
	int64_t iso;
	char taken_at[32];			/* 2026-01-02T03:04:05, with +02:00 when the camera knew */
	bool has_place, has_altitude;
	double latitude, longitude, altitude;	/* degrees, south and west negative; metres above the sea */
	char title[FACT_MAX], caption[FACT_MAX], copyright[FACT_MAX], artist[FACT_MAX];
	char keywords[KEYWORDS_MAX][KEYWORD_MAX];
	int keywords_n;
	int rating;				/* -1 (rejected) to 5 */
	char profile[128];			/* the ICC profile's own name */
};

void facts_read(const struct meta *m, struct facts *f);

#endif
