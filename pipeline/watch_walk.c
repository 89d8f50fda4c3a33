#include "pipeline/watch_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"

#define OPEN_TRIES 8	/* EAGAIN: something was renamed just now, or another program has a lease on the file and is asked to end it */

int watch_open_beneath(int top, const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	int tries = OPEN_TRIES;
	long fd;

	do
		fd = syscall(SYS_openat2, top, path[0] ? path : ".", &how, sizeof how);
	while (fd < 0 && (errno == EINTR || errno == EAGAIN) && --tries > 0);
	return fd < 0 ? -errno : (int)fd;
}

void walk_begin(struct watch_walk *w, int top)
{
	w->top = top;
	w->depth = 0;
	w->path[0] = '\0';
}

void walk_end(struct watch_walk *w)
{
	while (w->depth > 0)
		closedir(w->level[--w->depth].dir);
}

int walk_enter(struct watch_walk *w, const char *path, int *fd)
{
	size_t length = strlen(path);
	DIR *dir;

	if (w->depth == WATCH_DEPTH_MAX)
		return E_TOO_LARGE;
	if (length >= sizeof w->path)
		return -ENAMETOOLONG;
	if ((*fd = watch_open_beneath(w->top, path, O_RDONLY | O_DIRECTORY)) < 0)
		return *fd;
	if (!(dir = fdopendir(*fd))) {
		int rc = -errno;

		close(*fd);
		return rc;
	}
	if (path != w->path)
		memcpy(w->path, path, length + 1);
	w->level[w->depth].dir = dir;
	w->level[w->depth++].length = length;
	return 0;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* Of a name in the folder on top. 1; 0: it is gone already; or negative. */
static int found(struct watch_walk *w, const char *name)
{
	size_t length = w->level[w->depth - 1].length, room = sizeof w->path - length;

	if (snprintf(w->path + length, room, "%s%s", length ? "/" : "", name) >= (int)room)
		return -ENAMETOOLONG;
	if (fstatat(dirfd(w->level[w->depth - 1].dir), name, &w->st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return 1;
}

int walk_next(struct watch_walk *w)
{
	while (w->depth > 0) {
		struct dirent *e;
		int rc;

		errno = 0;
		e = readdir(w->level[w->depth - 1].dir);
		if (e && is_dots(e->d_name))
			continue;
		if (e && (rc = found(w, e->d_name)) != 0)
			return rc;
		if (e)
			continue;
		rc = -errno;
		w->path[w->level[--w->depth].length] = '\0';
		closedir(w->level[w->depth].dir);
		if (rc < 0)
			return rc;
	}
	return 0;
}
