/* expand.h - a row of PNG's samples as the scaler wants them: whole bytes or native words, palettes looked up, a transparent colour as
 * a band of its own.
 */
#ifndef RUNNER_PNG_EXPAND_H
#define RUNNER_PNG_EXPAND_H

#include "functions/runner/picture.h"
#include "functions/runner/png/png.h"

struct expand {
	const struct png *png;		/* borrowed */
	struct picture rows;		/* what comes out: bands, depth, alpha; no pixels */
	uint8_t *samples, *out;		/* owned; rows on their way, NULL when they stay as they are */
};

/* `deep`: 16 bits stay 16, else they are rounded to 8. */
void expand_open(struct expand *e, const struct png *p, bool deep);
void expand_close(struct expand *e);

/* SCALE_OVERREAD bytes after the result may be read, if they may be after `row`. Valid until the next call. */
const void *expand_row(struct expand *e, const uint8_t *row, int width);

#endif
