/* plain.h - exotic sample formats and colour spaces become one of grey, RGB or CMYK with 8 or 16 bits and at most four bands.
 *
 * Lazily, before the pixels are pulled. What a profile then makes of them is convert.h's.
 */
#ifndef RUNNER_GENERAL_PLAIN_H
#define RUNNER_GENERAL_PLAIN_H

#include <vips/vips.h>

/* A new reference, or NULL when libvips cannot. */
VipsImage *plain_image(VipsImage *image);

#endif
