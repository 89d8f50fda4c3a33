/* routes.h - where a cage may not go that has a way out (functions/sandbox_outbound.h): to the host, and where clouds tell a machine
 * its secrets. To the cage these cannot be reached, whatever interface comes later: its routes are the most precise there are. */
#ifndef SANDBOX_ROUTES_H
#define SANDBOX_ROUTES_H

#include "functions/sandbox_wire.h"

/* Before capabilities are dropped. A negated errno. */
int routes_close(const struct sandbox_wire_plan *p);

#endif
