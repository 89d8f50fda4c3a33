/* watch_notify.h - the kernel's notifications (inotify) about all folders of a tree.
 *
 * A folder is watched before it is read, so that whatever comes into it later is told of. Notifications may be lost (the kernel's
 * queue is limited, so are watches: fs.inotify.max_user_watches): `lost` and `partial` tell, and whoever asks looks through the tree again.
 * A folder that leaves the tree takes its watches along; one that comes, also by a new name, is told of and is to be read.
 *
 * One thread, and never blocking. `{ .fd = -1 }` is closed.
 */
#ifndef PIPELINE_WATCH_NOTIFY_H
#define PIPELINE_WATCH_NOTIFY_H

#include <stdbool.h>

struct watch_notify {
	int fd;
	void *folders;			/* a tree (search.h) by watch number */
	int count;
	bool lost;			/* out: some notifications were */
	bool partial;			/* out: not every folder is watched; `rc` of the last one that is not */
	bool failed;			/* one could not be, since the owner last cleared it */
	bool root_gone;			/* out: the tree's own folder was moved, deleted or unmounted */
	int rc;
};

int notify_open(struct watch_notify *n);	/* negative: there is no room for another one in the kernel; then it is closed */
void notify_close(struct watch_notify *n);

/* A folder that is open as `fd`; path below the tree, "" its top. Counts as partial when it cannot be watched. */
void notify_add(struct watch_notify *n, int fd, const char *path);

/* What happened to a file: it is only known to be there; was made; was moved here; was closed after writing. */
enum notify_what { NOTIFY_NOTHING, NOTIFY_MADE, NOTIFY_MOVED, NOTIFY_WRITTEN };

/* All that is there now, at most a buffer full; false: there was nothing. Paths are lent for the call. */
struct notify_ears {
	void (*file)(void *owner, const char *path, enum notify_what what);
	void (*folder)(void *owner, const char *path);			/* made or moved here */
	void *owner;
};
bool notify_hear(struct watch_notify *n, const struct notify_ears *e);

#endif
