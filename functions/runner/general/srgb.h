/* srgb.h - right colours: whatever the photo's colours are told to be, out comes 8-bit sRGB or grey.
 *
 * The conversion is done on the reduced picture. It goes through the profile only when the photo has
 * one: telling libvips 8.14 to export sRGB for a photo without a profile darkens its shadows. A
 * profile that is sRGB in other words is left out (icc.h), one that does not fit its picture is ignored.
 */
#ifndef RUNNER_SRGB_H
#define RUNNER_SRGB_H

#include <vips/vips.h>

#include "base/str.h"
#include "functions/runner/picture.h"

/* Lazily, before the pixels are pulled: exotic sample formats and colour spaces become one of grey,
 * RGB or CMYK with 8 or 16 bits and at most four bands. NULL when libvips cannot. */
VipsImage *srgb_plain(VipsImage *image);

/* Whether the picture must be kept as it is (CMYK, 16 bits) until srgb_convert has seen it. */
bool srgb_is_due(VipsImage *image);

/* In place. `image` is where the picture came from: its profile and interpretation. */
bool srgb_convert(struct picture *p, VipsImage *image);

/* The profile of a photo; absent if none. */
struct str srgb_profile(VipsImage *image);

#endif
