/* daemon.h - the order in which the house is opened, and closed in reverse.
 *
 *     OPEN --signal--> DRAINING: port closed to new work, requests finish, the pump's jobs settle (drain_ms)
 *          --> CLOSING: environments killed (their jobs keep their leases for the next start), lanes, store
 *
 * A second signal shortens the wait. The web room is given as functions, since the pipeline may not know it.
 */
#ifndef PIPELINE_DAEMON_H
#define PIPELINE_DAEMON_H

#include "pipeline/minilab.h"

struct custom_environment;

struct door {				/* what speaks HTTP */
	int (*open)(void **door, struct minilab *m, int *port);
	void (*stop)(void *door, void (*stopped)(void *owner), void *owner);	/* graceful; environments are still served */
	/* A custom environment's two listening sockets (custom.h): Runtime API and minilab itself, owned from here; and their end. */
	void (*attach)(void *door, struct custom_environment *e, int runtime, int endpoint);
	void (*detach)(void *door, struct custom_environment *e);
	void (*close)(void *door, void (*closed)(void *owner), void *owner);	/* all are detached: what their requests began ends; then freed */
};

/* Until a signal; exit status. Settings are complete. */
int daemon_run(const struct settings *settings, const struct door *door);

#endif
