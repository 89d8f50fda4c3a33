/* plan.h - which scans of a progressive file have to be read.
 *
 * A scan is needed when its band has a wanted coefficient. A refining scan that is needed says nothing about zero coefficients, so
 * the earlier scans that tell which ones are zero are needed as well, wanted or not: the plan is made from the last scan
 * backwards. At 1/8 only the scans of DC remain, and the others are not even looked at.
 */
#ifndef RUNNER_JPEG_PLAN_H
#define RUNNER_JPEG_PLAN_H

#include "functions/runner/jpeg/state.h"

struct plan {
	int n;
	bool needed[JPEG_SCANS_MAX];
	bool refined[JPEG_COMPONENTS_MAX];	/* a needed scan refines AC coefficients: plane.nonzero must be kept */
};

/* From the current scan on; the planes' orders are set. NULL: no memory. Owned by the caller; free. */
struct plan *plan_make(struct jpeg *j);

#endif
