/* web.h - the port: one listener, every protocol face behind it.
 *
 * routes.c decides which face answers (DESIGN section 7), auth.h whether the caller is who it
 * says. A face registers its operations in tables and answers in its protocol's own error shape.
 * One log line per request, with its id, bucket and key; traffic.h counts the same for /_/metrics.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "pipeline/minilab.h"

struct web;

int web_open(struct web **out, struct minilab *m, int *port);	/* listens */

/* Graceful: running requests finish within drain_ms, what they committed is told to the pump; then frees. */
void web_stop(struct web *w, void (*stopped)(void *owner), void *owner);

#endif
