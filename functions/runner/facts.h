/* facts.h - what a photo says about itself: camera, time, place, colour profile.
 *
 * Everything comes from strangers: what does not have the expected form is left out.
 */
#ifndef RUNNER_FACTS_H
#define RUNNER_FACTS_H

#include <vips/vips.h>

#include "functions/runner/color/icc.h"

struct facts {
	char camera[128];	/* make and model; "" when not told */
	char taken_at[32];	/* 2026-01-02T03:04:05, with +02:00 when the camera knew; "" when not told */
	bool has_place;
	double latitude, longitude;
	char profile[ICC_NAME_MAX];
};

void facts_read(VipsImage *image, struct facts *f);

#endif
