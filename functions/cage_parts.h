/* cage_parts.h - the pieces of the cage that have a file of their own; for cage*.c only. */
#ifndef FUNCTIONS_CAGE_PARTS_H
#define FUNCTIONS_CAGE_PARTS_H

#include <linux/filter.h>
#include <sys/types.h>

/* The seccomp program. -ENOSYS when libseccomp cannot make it. */
int cage_filter_build(void);
const struct sock_fprog *cage_filter(void);	/* NULL before it is built */

int cage_landlock_abi(void);			/* 0: none */
int cage_landlock_deny_all(void);

/* Who we were before the user namespace made us nobody; for its maps. */
uid_t cage_outer_uid(void);
gid_t cage_outer_gid(void);

#endif
