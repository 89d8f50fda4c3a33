/* color.h - the colour that most of a picture has. */
#ifndef RUNNER_COLOR_H
#define RUNNER_COLOR_H

#include "functions/runner/picture.h"

#define COLOR_TEXT_MAX 8

/* "#rrggbb". 8 bits; 1, 3 or 4 bands; what is transparent counts for nothing. */
void color_dominant(const struct picture *p, char to[COLOR_TEXT_MAX]);

#endif
