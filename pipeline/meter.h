/* meter.h - what functions have done and used: counters since the start for /_/metrics, and durable sums per function and
 * hour for `minilab bill`.
 *
 * Loop thread. Sums are written together every METER_FLUSH_MS and at the stop, as records of the meter table; a kill loses at most that much of
 * the bill and nothing else.
 */
#ifndef PIPELINE_METER_H
#define PIPELINE_METER_H

#include "base/buf.h"
#include "functions/custom.h"
#include "pipeline/minilab.h"

#define METER_FLUSH_MS 10000
#define METER_BUCKETS 14		/* of the histogram: upper bounds in ms 1 2 5 10 20 50 100 200 500 1000 2000 5000 30000 inf */

struct meter;

enum meter_count { METER_INVOCATIONS, METER_ERRORS, METER_THROTTLES, METER_COLD, METER_TIMEOUTS, METER_ASYNC_RECEIVED, METER_ASYNC_DROPPED,
	METER_DEAD_LETTERS, METER_DESTINATION_FAILURES, METER_RECURSION, METER_COUNTS };

void meter_open(struct meter **out, struct minilab *m);
void meter_count(struct meter *t, const char *function, enum meter_count what);
void meter_ran(struct meter *t, const char *function, int64_t memory_mb, const struct custom_report *r);	/* invocation, duration, GB-seconds, cold */
void meter_async_age(struct meter *t, const char *function, int64_t ms);
void meter_running(struct meter *t, const char *function, int change);	/* one more or less than before */
void meter_forget(struct meter *t, const char *function);
int64_t meter_moves(const struct meter *t);	/* grows with each of the above */
void meter_write(struct meter *t, struct buf *to);	/* Prometheus text, minilab_function_... */
void meter_close(struct meter *t, void (*closed)(void *owner), void *owner);	/* writes what is left */

/* (reader) One function's month: JSON or text by the caller. */
struct meter_month {
	struct str function;
	int64_t requests, billed_ms, mb_ms;	/* mb_ms: billed milliseconds times memory size */
	int64_t provisioned_mb_s;
};
typedef int meter_month_fn(void *owner, const struct meter_month *m);
int meter_list(struct db *db, struct str month /* "2026-11" */, meter_month_fn *each, void *owner);

#endif
