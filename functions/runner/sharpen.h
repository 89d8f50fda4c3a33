/* sharpen.h - an unsharp mask: what a picture has more than its blurred self is added once more, in part.
 *
 * The blur is 1 2 1 across and down, divided by 16: a radius of about one pixel, which is what scaling down took away. Integers, 8 bits. An image
 * in planes is sharpened in its luma alone, so that colours get no fringes; interleaved pictures in their colours, alpha is left alone.
 * Pixels beyond the border are those at it.
 */
#ifndef RUNNER_SHARPEN_H
#define RUNNER_SHARPEN_H

#include "functions/runner/image.h"

/* In place. 0 percent does nothing, 100 adds the whole difference. */
void sharpen(struct image *i, int percent);

#endif
