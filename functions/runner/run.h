/* run.h - what both programs do: started by the daemon with its socket on fd 3, and useless otherwise. */
#ifndef RUNNER_RUN_H
#define RUNNER_RUN_H

#include <stdbool.h>

#include "base/buf.h"

struct runner {			/* one program */
	const char *name;
	bool general;			/* the one that photos are passed on to */
	void (*prepare)(void);		/* its libraries ready and warm, no thread started */
	void (*versions)(struct buf *to);	/* one line per codec */
};

/* The exit status of main(), if it comes back. */
int run(const struct runner *r, int argc, char **argv);

#endif
