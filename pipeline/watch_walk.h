/* watch_walk.h - looks through a tree one name at a time, in memory that does not depend on how large it is.
 *
 * Folders are opened beneath the tree's top and never through a symbolic link, so that the walk cannot leave it. It holds one open folder per level.
 * What comes or goes while it walks may be missed; notifications tell of that.
 *
 * Blocking, one thread.
 */
#ifndef PIPELINE_WATCH_WALK_H
#define PIPELINE_WATCH_WALK_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define WATCH_DEPTH_MAX 64

/* Beneath `top`, no symbolic link on the way. A descriptor, or a negated errno. */
int watch_open_beneath(int top, const char *path, int flags);

struct watch_walk {
	int top;			/* borrowed */
	int depth;			/* open folders */
	struct {
		DIR *dir;
		size_t length;		/* of the path up to here */
	} level[WATCH_DEPTH_MAX];
	char path[PATH_MAX];		/* of what was found, below the top */
	struct stat st;			/* of it; a symbolic link's own */
};

void walk_begin(struct watch_walk *w, int top);
void walk_end(struct watch_walk *w);

/* Goes into the folder `path`: E_TOO_LARGE beyond WATCH_DEPTH_MAX. *fd: it, open; borrowed. */
int walk_enter(struct watch_walk *w, const char *path, int *fd);

/* 1: path and st are of the next name; 0: there are no more; negative: this folder could not be read to its end (its path), walk on. */
int walk_next(struct watch_walk *w);

#endif
