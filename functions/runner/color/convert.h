/* convert.h - right colours: whatever a photo's samples are told to mean, out comes 8-bit sRGB or grey.
 *
 * Done on the master, which is small. By lcms2, relative colorimetric with black point compensation; a profile that is sRGB in other words is
 * left out (icc.h); one that does not fit its picture, or that lcms2 cannot use, is ignored and told. The last few
 * transforms are kept by the profile's hash: making one costs 2 to 24 ms, using it 0.3.
 * CMYK without a profile is converted by the plain formula. One thread.
 */
#ifndef RUNNER_CONVERT_H
#define RUNNER_CONVERT_H

#include "base/str.h"
#include "functions/runner/image.h"

#define CONVERT_KEPT 8		/* transforms */

enum convert_note { CONVERT_DONE, CONVERT_NOT_NEEDED, CONVERT_PROFILE_BROKEN };

/* Whether `profile` would change anything: absent or sRGB does not. */
bool convert_is_due(struct str profile, bool cmyk);

/* In place. Interleaved; 1, 3 or 4 bands, 8 or 16 bits (4 without alpha is CMYK, 255 is no ink: as Adobe's JPEGs have it); the result
 * has 8 bits, and 1, 3 or (with alpha) 4 bands. */
enum convert_note convert_to_srgb(struct picture *p, struct str profile);

/* 16 bits to 8, where no profile is to be applied. */
void convert_narrow(struct picture *p);

#endif
