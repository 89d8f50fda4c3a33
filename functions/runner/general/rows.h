/* rows.h - pixels of a libvips image, row by row in the calling thread. */
#ifndef RUNNER_ROWS_H
#define RUNNER_ROWS_H

#include <vips/vips.h>

#include "functions/runner/picture.h"

/* Calls back once per row, top to bottom. Returns how many rows could be had: fewer than the image has
 * after a fault, which is then in libvips' error buffer. */
int rows_pull(VipsImage *image, void (*on_row)(void *owner, const void *row), void *owner);

/* All of it into a new picture; false after a fault. 8- or 16-bit images of 1 to 4 bands. */
bool rows_picture(VipsImage *image, struct picture *out);

/* A libvips image that borrows the picture's pixels. */
VipsImage *rows_image(const struct picture *p);

#endif
