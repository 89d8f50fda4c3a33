/* linear.h - scaling in linear light: averages of light, not of the numbers that sRGB stores for it.
 *
 * Bright specks on a dark ground keep their light, at the price of a thinner look of dark lines on a bright one. sRGB's curve (IEC
 * 61966-2-1) is undone into 16 bits, the picture is scaled, and the curve is put on again.
 */
#ifndef RUNNER_LINEAR_H
#define RUNNER_LINEAR_H

#include "functions/runner/image.h"

/* As image_scale; the result is interleaved. 8 bits. */
void linear_scale(const struct image *in, const struct image_part *part, int width, int height, struct image *out);

#endif
