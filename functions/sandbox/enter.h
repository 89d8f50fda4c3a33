/* enter.h - the way into the cage, for its process 1. The first half, which is most of the time it takes, is the same for all cages and
 * can be gone ahead; the second begins with the plan, and each step of it gives something up for good.
 */
#ifndef SANDBOX_ENTER_H
#define SANDBOX_ENTER_H

#include "functions/cage.h"
#include "functions/sandbox/plan.h"

#define ENTER_FILES_MAX 1024		/* descriptors, as on AWS */
#define ENTER_TASKS_SHARED 8192		/* where there are no user namespaces: of all cages together */
#define ENTER_DATA_SLACK (512LL << 20)	/* see limit_memory */
#define ENTER_DATA_SLACK_BLIND (64LL << 20)

struct entry {
	const struct cage_features *features;
	struct cage_limits limits;
	const struct tree *tree;
	bool has_cgroup;
	struct plan plan;
	int listeners[SANDBOX_LISTENERS];		/* until they are sent */
	bool has_proc;			/* out */
};

/* `sock` becomes descriptor 3 and is all that is left besides 0 to 2. */
int enter_keep(int sock);

/* Negated errnos, and at which step. The socket of the cage is descriptor 3; the plan is read from it, and the listeners are sent there. In the
 * end it is all there is besides 0 to 2, which are /dev/null. */
int enter_prepare(struct entry *e, const char **step);
int enter_finish(struct entry *e, const char **step);

#endif
