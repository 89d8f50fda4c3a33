/* watch_stamp.h - what a file looked like, to see whether it is the same one and unchanged. Stamps are only compared for being equal, never for
 * being older: a clock that is set back, or a server whose clock is wrong, does not matter.
 *
 * `loose` is for folders that are looked at without notifications, which are network mounts mostly: inode numbers there may be made up anew
 * for every look (FUSE), so that only size and time of change count, as for rsync.
 */
#ifndef PIPELINE_WATCH_STAMP_H
#define PIPELINE_WATCH_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "storage/ledger.h"

struct watch_stamp {
	int64_t device, inode, size, mtime_ns, ctime_ns;
};

static inline struct watch_stamp watch_stamp_of(const struct stat *st)
{
	return (struct watch_stamp){ (int64_t)st->st_dev, (int64_t)st->st_ino, st->st_size,
		(int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec, (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec };
}

/* Nothing at all happened to it. */
static inline bool watch_stamp_same(const struct watch_stamp *a, const struct watch_stamp *b, bool loose)
{
	if (a->size != b->size || a->mtime_ns != b->mtime_ns)
		return false;
	return loose || (a->inode == b->inode && a->device == b->device && a->ctime_ns == b->ctime_ns);
}

/* The file of that line, as it was read then. A device's number may be another after every mount. */
static inline bool watch_stamp_fits(const struct watch_stamp *a, const struct ledger_line *l, bool loose)
{
	return a->size == l->size && a->mtime_ns == l->mtime_ns && (loose || a->inode == l->inode);
}

#endif
