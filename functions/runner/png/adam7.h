/* adam7.h - an interlaced PNG: seven pictures of ever more of the pixels, put together into one.
 *
 * Source: W3C PNG (third edition), section 8.2.
 */
#ifndef RUNNER_PNG_ADAM7_H
#define RUNNER_PNG_ADAM7_H

#include "functions/runner/png/expand.h"
#include "functions/runner/png/lines.h"

/* Fills `to`, allocated for rows like e->rows says. Pixels that do not come take the colour of the nearest one above and to the left that did, of
 * an earlier pass. What comes out is the part of the picture that was there: all of it once the first pass is. */
double adam7_read(struct png_lines *l, struct expand *e, struct picture *to, bool *complete);

#endif
