/* series.h - how the pipeline did lately, as points over time for plots.
 *
 * A short series of SERIES_SHORT points, each of SERIES_STEP_MS, and a long one of SERIES_LONG points that each sum up SERIES_FOLD short ones: an
 * hour and two days. Fixed memory, and forgotten when the process ends. What became of photos is heard from the feed; what waits is looked at
 * once a step.
 *
 * Latency is from the event's coming into being to its result's commit, retries included; percentiles are of a histogram whose
 * bounds grow by the square root of two, and so within 20 %.
 *
 * Loop thread.
 */
#ifndef PIPELINE_SERIES_H
#define PIPELINE_SERIES_H

#include "base/json.h"
#include "pipeline/minilab.h"

#define SERIES_STEP_MS 10000
#define SERIES_SHORT 360
#define SERIES_FOLD 30
#define SERIES_LONG 576
#define SERIES_BOUNDS 44		/* bounds 1 ms to 50 min; the last has all above */

struct series_tally {			/* what happened in a step */
	int64_t ready, failed, retried, replaced;
	uint32_t latency[SERIES_BOUNDS];
};

struct series_point {
	int64_t at_ms;			/* end of the step */
	int64_t ready, failed, retried, replaced;
	int64_t waiting, running, dead;	/* at its end; in the long series the most that were seen */
	int64_t oldest_ms;		/* age of the oldest event that is not done */
	int64_t p50_ms, p95_ms;		/* of those ready; 0: there were none */
};

struct series;

void series_open(struct series **out, struct minilab *m);
void series_close(struct series *s, void (*closed)(void *owner), void *owner);

/* The bound below which so many of 100 are; 0: there are none. */
int64_t series_percentile(const struct series_tally *t, int percent);
void series_note(struct series_tally *t, int64_t latency_ms);

/* Members "step_s", "fold_s", "columns", "short", "long" of an object that is open; a point is an array in the order of columns, oldest first. */
void series_write(const struct series *s, struct json *j);

#endif
