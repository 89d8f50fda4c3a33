/* enter.h - the way into the cage, for its process 1; each step gives something up for good. */
#ifndef SANDBOX_ENTER_H
#define SANDBOX_ENTER_H

#include "functions/cage.h"
#include "functions/sandbox/plan.h"

#define ENTER_FILES_MAX 1024		/* descriptors, as on AWS */
#define ENTER_DATA_SLACK (512LL << 20)	/* see limit_memory */
#define ENTER_DATA_SLACK_BLIND (64LL << 20)

struct entry {
	const struct cage_features *features;
	const struct cage_limits *limits;
	const struct tree *tree;
	bool has_cgroup;
	struct plan plan;
	int listeners[SANDBOX_LISTENERS];		/* out */
	bool has_proc;			/* out */
};

/* `sock` becomes descriptor 3 and is all that is left besides 0 to 2, on /dev/null, and the listeners. The plan is read from it.
 * A negated errno, and at which step. */
int enter(struct entry *e, int sock, const char **step);

#endif
