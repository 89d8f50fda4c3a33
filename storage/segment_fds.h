/* segment_fds.h - descriptors of segments for reading: a bounded number is kept open, and one
 * that is lent is never closed. Any thread. */
#ifndef STORAGE_SEGMENT_FDS_H
#define STORAGE_SEGMENT_FDS_H

#include <pthread.h>
#include <stdint.h>

#define SEGMENT_FDS 256

struct segment_fds {
	int datadir;			/* borrowed */
	pthread_mutex_t lock;
	struct {
		uint32_t seg;
		int fd;			/* owned; -1: empty */
		int users;
	} kept[SEGMENT_FDS];		/* a segment has one place it can be in */
};

void segment_fds_init(struct segment_fds *f, int datadir);
void segment_fds_clear(struct segment_fds *f);	/* none is lent */

int segment_fds_borrow(struct segment_fds *f, uint32_t seg);
void segment_fds_give_back(struct segment_fds *f, uint32_t seg, int fd);
void segment_fds_forget(struct segment_fds *f, uint32_t seg);	/* its file goes */

#endif
