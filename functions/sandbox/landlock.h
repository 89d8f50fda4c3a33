/* landlock.h - a second lock behind the namespaces: no device files, no signals and no abstract sockets that leave the cage, and no
 * tracing of who is not in it. Files are otherwise left to the mounts.
 */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

/* Of version 2 at least: the first does not let a file be moved to another directory. 0: none. */
int landlock_version(void);

/* For good, and for all processes started from here. Does nothing without. */
int landlock_enter(void);

struct landlock_place {
	const char *path;		/* and all below; links are followed */
	bool write;			/* a file or device that is also written to */
};

/* Nothing else of the file system, and no signals and abstract sockets of others: -ENOSYS where there is no Landlock. After
 * PR_SET_NO_NEW_PRIVS. */
int landlock_only(const struct landlock_place *places, size_t n);

#endif
