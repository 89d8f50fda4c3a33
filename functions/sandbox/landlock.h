/* landlock.h - a second lock behind the namespaces: no device files, no signals and no abstract sockets that leave the cage, and no
 * tracing of who is not in it. Files are otherwise left to the mounts.
 */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

/* Of version 2 at least: the first does not let a file be moved to another directory. 0: none. */
int landlock_version(void);

/* For good, and for all processes started from here. Does nothing without. */
int landlock_enter(void);

#endif
