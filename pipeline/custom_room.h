/* custom_room.h - the pool of custom environments as the daemon opens it: its programs found, its cages' sockets handed to the door, its
 * functions' lines to the log. Blocking; before the loop serves anybody. */
#ifndef PIPELINE_CUSTOM_ROOM_H
#define PIPELINE_CUSTOM_ROOM_H

#include "pipeline/beside.h"
#include "pipeline/daemon.h"

struct custom_room {			/* lives as long as the pool */
	struct minilab *m;
	const struct door *door;
	void *const *web;		/* the door's, which opens later */
	char program[BESIDE_MAX], runtimes[BESIDE_MAX], node[BESIDE_MAX], python[BESIDE_MAX], outbound[BESIDE_MAX];
};

/* Sets m->custom; after the catalog. Where there can be no such cages the pool says so to every invocation; with require_cage it is
 * an error. */
int custom_room_open(struct custom_room *r, struct minilab *m, const struct door *door, void *const *web);

#endif
