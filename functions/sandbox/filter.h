/* filter.h - system calls that a function may not make: what changes mounts, namespaces, the kernel or other processes, and
 * large pieces of the kernel that no function has a use for. All others are let pass.
 *
 * Without a cgroup there are a few more: memory that belongs to no process (memfd, System V) would be counted nowhere, and so
 * is not to be had. Programs take that for an older kernel (ENOSYS).
 */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include <stdbool.h>

/* Once, in the zygote. -ENOSYS when libseccomp cannot make them. */
int filter_build(void);

/* For good, and for all processes started from here. */
int filter_enter(bool has_cgroup);

#endif
