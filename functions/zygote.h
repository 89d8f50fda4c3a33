/* zygote.h - the daemon's end of a zygote, the runner's or the sandbox's: started, asked for environments, started anew when it dies.
 *
 *     STARTING -> UP -> DOWN -> STARTING ...
 *
 * The zygote gets none of our variables and four descriptors, so it holds no secret of the daemon's. It answers in the
 * order asked. When it dies, those it owes an answer fail with E_CRASHED, and those not sent yet wait for the next zygote,
 * which comes after a pause that doubles up to 5 s. When that one does not come up, they fail too.
 *
 * Environments are born into its process group and leave it when they are told of: whatever is in the group of a dead
 * zygote is known to nobody, and is killed and reaped with it.
 *
 * All on the loop thread, except that zygote_open waits for the first READY.
 */
#ifndef FUNCTIONS_ZYGOTE_H
#define FUNCTIONS_ZYGOTE_H

#include <uv.h>

#include "functions/cage.h"

struct zygote;

struct zygote_spec {
	uv_loop_t *loop;
	const char *name, *path;	/* of the program, lent until closed */
	const char *const *arguments;	/* that it is started with; NULL-terminated, lent until closed; NULL: none */
	bool probes, cgroup;
	enum cage_rung rung_max;	/* a weaker cage: it is not used, and zygote_open fails */
};

struct zygote_request {			/* the caller's, until done */
	struct cage_limits limits;
	int sock;			/* the cage's end; the zygote's from zygote_ask on */
	void (*done)(struct zygote_request *r);	/* never from inside zygote_ask */
	int rc;
	pid_t pid;
	int pidfd;			/* the caller's */
	char step[32];			/* of a failure */
	struct zygote_request *next;
};

int zygote_open(struct zygote **out, const struct zygote_spec *spec);

/* The same without waiting: what is asked meanwhile waits. One that does not come up is tried again like one that died. */
struct zygote *zygote_start(const struct zygote_spec *spec);

const struct cage_features *zygote_features(const struct zygote *z);	/* {0} before it is up */
const char *zygote_state(const struct zygote *z);			/* "starting", "up", "down" */
void zygote_ask(struct zygote *z, struct zygote_request *r);

/* Kills it. What is asked for fails with E_CLOSED, before this returns; nothing more may be asked. */
void zygote_stop(struct zygote *z);

/* After zygote_stop. */
void zygote_close(struct zygote *z, void (*closed)(void *owner), void *owner);

#endif
