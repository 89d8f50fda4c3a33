/* stop.h - how the processes of an environment end: after a fault, so that new ones can follow in the same cage, or for good (facts/04 section 3). */
#ifndef CUSTOM_STOP_H
#define CUSTOM_STOP_H

#include "functions/custom/life.h"

#define STOP_RESET_MS 10000		/* a killed process that is not gone by then will not go: nor will its cage be used again */

/* After a fault: STOPPING. The runtime is killed at once; extensions that asked for it have CUSTOM_SHUTDOWN_MS to hear why. Without a cage to go
 * on with, or a reason to, the environment dies. */
void stop_all(struct custom_environment *e);
/* Soon over, and then free for an invocation: who fails and is tried again at once finds the same /tmp. */
bool stop_is_under_way(const struct custom_environment *e);
void stop_on_due(struct custom_environment *e);
bool stop_is_complete(struct custom_environment *e);	/* nothing of the generation runs or can be heard of any more */
void stop_forget(struct custom_environment *e);		/* waiters, extensions, the fault: ready for the next generation */

/* IDLE: SIGTERM to the runtime, then SHUTDOWN to its extensions, then the end; at once when there are none. */
void stop_shutdown(struct custom_environment *e);
void stop_shutdown_step(struct custom_environment *e, bool due);

#endif
