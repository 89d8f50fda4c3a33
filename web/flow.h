/* flow.h - streamed answers on their way through the house. Their source is a runtime that posts one to the Runtime API, their sink a client that
 * reads it; in between are environment and invocation, which pass on what comes. A sink that cannot take more makes the source wait
 * here, so that no more is held in memory than FLOW_HIGH and what one read brought. The two know each other by the request id.
 *
 * Loop thread.
 */
#ifndef WEB_FLOW_H
#define WEB_FLOW_H

#include "base/str.h"

#define FLOW_HIGH (1 << 20)	/* bytes that wait for a client, from which on the source is held */

struct flow_source {		/* embed; {0} is in no flow */
	struct str request;	/* lent until flow_leave */
	void (*hold)(struct flow_source *s, bool hold);
	struct flow_source *next, **at;
};

struct flow {			/* {0} is one without sources */
	struct flow_source *first;
};

void flow_join(struct flow *f, struct flow_source *s);
void flow_leave(struct flow_source *s);		/* accepts one in no flow */

/* Nothing happens when nobody posts it: it came whole, or its end is here. */
void flow_hold(struct flow *f, struct str request, bool hold);

#endif
