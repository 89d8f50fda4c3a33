/* web.h - the port: one listener, every protocol face behind it. Each execution environment of a custom function has two more, inside its
 * cage: the Runtime API's (web/runtime/), and the same faces again, so that a function reaches minilab as any client does.
 *
 * routes.c decides which face answers (DESIGN section 7), auth.h whether the caller is who it
 * says. A face registers its operations in tables and answers in its protocol's own error shape.
 * One log line per request, with its id, bucket and key; traffic.h counts the same for /_/metrics.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "pipeline/minilab.h"

#define WEB_ENDPOINT_CONNECTIONS_MAX 64	/* of one environment */

struct custom_environment;
struct web;

int web_open(struct web **out, struct minilab *m, int *port);	/* listens */

/* Both listen, and are owned from here. */
void web_attach(struct web *w, struct custom_environment *e, int runtime, int endpoint);
void web_detach(struct web *w, struct custom_environment *e);	/* requests that came from there end without an answer */

/* Graceful: running requests finish within drain_ms, what they committed is told to the pump. Environments are served on. */
void web_stop(struct web *w, void (*stopped)(void *owner), void *owner);

/* When all are detached: what their requests began ends; then frees. */
void web_close(struct web *w, void (*closed)(void *owner), void *owner);

#endif
