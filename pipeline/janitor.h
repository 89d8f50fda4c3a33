/* janitor.h - once a minute: leases that ran out, journal and log lines past their days, what deleted tables, functions and log groups left; once
 * an hour code packages that nobody names. */
#ifndef PIPELINE_JANITOR_H
#define PIPELINE_JANITOR_H

#include "pipeline/minilab.h"

struct janitor;

void janitor_open(struct janitor **out, struct minilab *m);
void janitor_close(struct janitor *j, void (*closed)(void *owner), void *owner);	/* waits for a change under way */

#endif
