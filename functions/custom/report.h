/* report.h - the lines that the house itself writes into a function's log: INIT_START, START, END, REPORT and their like, as AWS has
 * them (facts/01 sections 7 and 8), as text or as JSON events, which SystemLogLevel may leave out.
 */
#ifndef CUSTOM_REPORT_H
#define CUSTOM_REPORT_H

#include "functions/custom/life.h"

void report_init_start(struct custom_environment *e);

/* Of an init that took `us`: written when it failed, and for provisioned environments. */
void report_init_end(struct custom_environment *e, int64_t us);
void report_extension(struct custom_environment *e, const struct extension *x);

void report_start(struct custom_environment *e);
void report_fault(struct custom_environment *e);	/* before report_end, of an end that the runtime did not tell itself */
void report_end(struct custom_environment *e);		/* END and REPORT, of the invocation's report */

/* Whole milliseconds, begun ones counted; init counts but for provisioned environments (facts/01 section 6). */
int64_t report_billed_ms(const struct custom_report *r);

/* A line of the function, with JSON logs: false when its level is below ApplicationLogLevel. `level` "": looked for in the line. */
bool report_wants(const struct recipe *r, const char *level, struct str text);

#endif
