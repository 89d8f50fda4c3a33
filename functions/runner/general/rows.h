/* rows.h - pixels of a libvips image, row by row in the calling thread. */
#ifndef RUNNER_ROWS_H
#define RUNNER_ROWS_H

#include <vips/vips.h>

/* Calls back once per row, top to bottom. Returns how many rows could be had: fewer than the image has
 * after a fault, which is then in libvips' error buffer. */
int rows_pull(VipsImage *image, void (*on_row)(void *owner, const void *row), void *owner);

#endif
