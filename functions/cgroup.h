/* cgroup.h - a cgroup v2 directory per environment, where the service manager delegates one to us.
 *
 * The daemon moves itself into a leaf (a cgroup with controllers for its children may hold no process itself), turns on
 * memory and pids, and makes a directory per environment. Whether that works is found by doing it; what
 * does not is undone, and cgroup_open says so. `root` is "" but for tests, which bring a tree of their own.
 *
 * A daemon that is root lends the lists of processes to CAGE_GID_PLAIN, the group its zygotes have become.
 *
 * Blocking, but these files are memory.
 */
#ifndef FUNCTIONS_CGROUP_H
#define FUNCTIONS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "functions/cage.h"

#define CGROUP_PATH_MAX 200

struct cgroup {			/* `{0}`: not to be had */
	char base[CGROUP_PATH_MAX];	/* the delegated directory; "" without */
	int64_t last;			/* number of the newest environment */
};

/* 0, or why not: a negated errno, E_NOT_FOUND without cgroup v2, its controllers or a group of our own. */
int cgroup_open(struct cgroup *g, const char *root);

/* Makes a directory with l's memory limit and writes its path into l->cgroup. */
int cgroup_make(struct cgroup *g, struct cage_limits *l);

int64_t cgroup_peak_kb(const char *path);	/* -1: this kernel does not tell */
bool cgroup_oom_killed(const char *path);
int64_t cgroup_oom_kills(const char *path);	/* processes that were killed for memory so far */
int cgroup_set(const char *path, const char *file, const char *text);	/* another limit of it; a negated errno where there is no such file */
void cgroup_remove(const char *path);		/* when its process has been reaped; "" accepted */

#endif
