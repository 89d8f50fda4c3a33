/* canvas.h - a picture on a larger ground of one colour. */
#ifndef RUNNER_CANVAS_H
#define RUNNER_CANVAS_H

#include "functions/runner/image.h"

/* In place: `i` lies at (left, top) of width x height. RGB, with alpha where the picture or the background has some. 8 bits. */
void canvas_put(struct image *i, int width, int height, int left, int top, const uint8_t background[4]);

#endif
