/* meter.h - what functions used, summed by hour: the rows behind a bill.
 *
 * A function is meant by its name, so that its sums outlive it. An hour is counted from 1970 (UTC): wall ms / 3600000.
 * Sums of more than METER_KEEP_HOURS ago go (meter_trim).
 */
#ifndef STORAGE_METER_H
#define STORAGE_METER_H

#include "storage/db.h"

#define METER_HOUR_MS 3600000LL
#define METER_KEEP_HOURS (400LL * 24)	/* a year's months are there whole */

struct meter_sum {
	struct str function;
	int64_t requests, billed_ms;
	int64_t mb_ms;			/* billed milliseconds times memory size */
	int64_t provisioned_mb_s;	/* provisioned memory times seconds */
};

/* In a change. */
int meter_add(struct db *db, int64_t hour, const struct meter_sum *more);	/* adds to that function's sums of that hour */
int meter_trim(struct db *db, int64_t before_hour, int max);			/* count */

/* (reader) The sums of hours [from, to), one per function that has any, in the order of names. `each` ends it by anything but 0,
 * which is returned. */
typedef int meter_sum_fn(void *owner, const struct meter_sum *s);
int meter_sum(struct db *db, int64_t from, int64_t to, meter_sum_fn *each, void *owner);

#endif
