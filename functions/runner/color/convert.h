/* convert.h - right colours: whatever a photo's samples are told to mean, out comes 8-bit sRGB or grey.
 *
 * Done on the master, which is small. Relative colorimetric with black point compensation, by lcms2 or, for the profiles of
 * three primaries that phones and cameras write, by tables of our own (matrix.h). A profile that is sRGB in other words is
 * left out (icc.h); one that does not fit its picture, or that lcms2 cannot use, is ignored and told. The last few
 * transforms are kept (transform.h). CMYK without a profile that fits is converted by the plain formula. One thread.
 */
#ifndef RUNNER_CONVERT_H
#define RUNNER_CONVERT_H

#include "base/str.h"
#include "functions/runner/picture.h"

enum convert_note {
	CONVERT_DONE,
	CONVERT_NOT_NEEDED,		/* no profile, or sRGB: as it was, but with 8 bits */
	CONVERT_PROFILE_BROKEN,		/* as if there were none */
};

/* Whether convert_to_srgb with `profile` is to be called: absent or sRGB changes nothing, but in CMYK. */
bool convert_is_due(struct str profile, bool cmyk);

/* In place. Grey or RGB with or without alpha, or CMYK (4 bands without alpha; the highest value is no ink, as Adobe's JPEGs have it); 8 or
 * 16 bits. The result has 8, grey or RGB, and the alpha it had. */
enum convert_note convert_to_srgb(struct picture *p, struct str profile);

/* 16 bits to 8, where no profile is to be applied. */
void convert_narrow(struct picture *p);

#endif
