/* exif.h - facts from an EXIF block: our own reader of the few tags that a row of photos needs.
 *
 * Three directories are looked at, once each: the first, and the two that it points to (Exif, GPS). So nothing can be
 * a ring, and the work is bounded by IFD_ENTRIES_MAX. Maker notes, previews and the second directory are never touched.
 * Source: CIPA DC-008 (Exif 3.0), 4.6.
 */
#ifndef RUNNER_EXIF_H
#define RUNNER_EXIF_H

#include "functions/runner/meta/ifd.h"
#include "functions/runner/meta/meta.h"

enum exif_tag {
	EXIF_MAKE, EXIF_MODEL, EXIF_ORIENTATION, EXIF_DESCRIPTION, EXIF_ARTIST, EXIF_COPYRIGHT, EXIF_RATING, EXIF_TIME, EXIF_IFD, EXIF_GPS_IFD,
	EXIF_EXPOSURE, EXIF_SHUTTER, EXIF_FNUMBER, EXIF_APERTURE, EXIF_ISO, EXIF_INDEX, EXIF_ISO_SPEED, EXIF_FOCAL, EXIF_FOCAL_35, EXIF_TIME_ORIGINAL,
	EXIF_TIME_DIGITIZED, EXIF_ZONE, EXIF_ZONE_ORIGINAL, EXIF_ZONE_DIGITIZED, EXIF_LENS_MAKE, EXIF_LENS_MODEL,
	EXIF_LATITUDE_REF, EXIF_LATITUDE, EXIF_LONGITUDE_REF, EXIF_LONGITUDE, EXIF_ALTITUDE_REF, EXIF_ALTITUDE,
	EXIF_TAGS
};

struct exif {
	struct ifd d;
	struct ifd_value v[EXIF_TAGS];	/* count 0: not there */
};

/* False when it is no EXIF; then nothing is there. `block` is lent for as long as `x` is used. */
bool exif_open(struct str block, struct exif *x);

int exif_orientation(const struct exif *x);		/* 0 when not told */
void exif_camera(const struct exif *x, struct facts *f);	/* what was measured: camera to altitude */
void exif_texts(const struct exif *x, struct facts *f);	/* what is not told yet of caption, copyright, artist, rating */

/* "Canon" and "Canon EOS 5D", or "NIKON CORPORATION" and "NIKON D70", are one name: the model's. Only where `to` is empty. */
void exif_name(char to[128], struct str make, struct str model);

/* "2026:01:02 03:04:05" (also with -, T and fractions) and "+02:00" as facts.taken_at, or nothing when it is no time. */
void exif_time(char to[32], struct str time, struct str zone);

/* What makes sense as a place: on earth, and not 0, 0, which is what a receiver without a fix writes. */
void exif_place(struct facts *f, double latitude, double longitude);

void exif_exposure(char to[32], double seconds);

#endif
