#include "storage/segment_fds.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/sys.h"
#include "storage/segment.h"

void segment_fds_init(struct segment_fds *f, int datadir)
{
	f->datadir = datadir;
	pthread_mutex_init(&f->lock, NULL);
	for (int i = 0; i < SEGMENT_FDS; i++)
		f->kept[i].fd = -1;
}

void segment_fds_clear(struct segment_fds *f)
{
	for (int i = 0; i < SEGMENT_FDS; i++) {
		CHECK(f->kept[i].users == 0);
		if (f->kept[i].fd >= 0)
			close(f->kept[i].fd);
	}
	pthread_mutex_destroy(&f->lock);
}

int segment_fds_borrow(struct segment_fds *f, uint32_t seg)
{
	int at = seg % SEGMENT_FDS, fd;
	char path[SEGMENT_PATH_MAX];

	pthread_mutex_lock(&f->lock);
	if (f->kept[at].fd >= 0 && f->kept[at].seg == seg) {
		f->kept[at].users++;
		fd = f->kept[at].fd;
		goto out;
	}
	fd = sys_openat(f->datadir, segment_path(path, seg), O_RDONLY, 0);
	if (fd < 0 || f->kept[at].users > 0)	/* the place is taken: this one is closed when given back */
		goto out;
	if (f->kept[at].fd >= 0)
		close(f->kept[at].fd);
	f->kept[at].seg = seg;
	f->kept[at].fd = fd;
	f->kept[at].users = 1;
out:
	pthread_mutex_unlock(&f->lock);
	return fd;
}

void segment_fds_give_back(struct segment_fds *f, uint32_t seg, int fd)
{
	int at = seg % SEGMENT_FDS;

	pthread_mutex_lock(&f->lock);
	if (f->kept[at].fd == fd)
		f->kept[at].users--;
	else
		close(fd);
	pthread_mutex_unlock(&f->lock);
}

void segment_fds_forget(struct segment_fds *f, uint32_t seg)
{
	int at = seg % SEGMENT_FDS;

	pthread_mutex_lock(&f->lock);
	if (f->kept[at].fd >= 0 && f->kept[at].seg == seg && f->kept[at].users == 0) {
		close(f->kept[at].fd);
		f->kept[at].fd = -1;
	}
	pthread_mutex_unlock(&f->lock);
}
