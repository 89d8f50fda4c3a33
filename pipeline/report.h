/* report.h - the lines that an attempt leaves in its function's log, as Lambda writes them: START, the
 * failure if any, END, REPORT. START has the time when the function was called, the others when it ended. */
#ifndef PIPELINE_REPORT_H
#define PIPELINE_REPORT_H

#include "functions/pool.h"
#include "base/arena.h"
#include "storage/logs.h"

#define REPORT_LINES 4

struct report {
	struct log_line lines[REPORT_LINES];
	int count;
};

/* Texts in `a`. `i` has ended just now. */
void report_make(struct report *r, struct arena *a, const struct invocation *i, const char *version);

#endif
