/* swatches.h - the few colours that a picture is made of, and how much of it each covers.
 *
 * Colours are counted in 4096 bins, the bins gathered around a few centres (k-means in Oklab, where distances are as people see them;
 * the first centres are the fullest bin, then each time the bin that is both full and far from those before, so that the result is the
 * same for the same picture). Centres that look alike are one colour.
 */
#ifndef RUNNER_SWATCHES_H
#define RUNNER_SWATCHES_H

#include "functions/runner/look/color.h"

#define SWATCHES_MAX 6
#define SWATCH_SHARE_MIN 0.01	/* what covers less is left out */

struct swatch {
	char color[COLOR_TEXT_MAX];	/* "#rrggbb" */
	double share;			/* of what is visible, 0 to 1 */
};

/* Returns how many, the largest first; 0 when nothing is visible. 8 bits; 1, 3 or 4 bands. */
int swatches(const struct picture *p, struct swatch to[SWATCHES_MAX]);

#endif
