/* line.h - changes in order of arrival, between the threads that bring them and the one that takes them. */
#ifndef STORAGE_LINE_H
#define STORAGE_LINE_H

#include <pthread.h>

#include "storage/writer.h"

struct line {
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct change *head, **tail;
	bool closing;
};

void line_init(struct line *l);
void line_clear(struct line *l);	/* nothing is left in it */

/* Any thread. `last` ends the chain that begins with `first`. */
void line_add(struct line *l, struct change *first, struct change *last);
void line_close(struct line *l);

enum line_got { LINE_GROUP, LINE_IDLE, LINE_END };

/* Waits for changes and takes the first of them, at most WRITER_GROUP_MAX and about bytes_max of
 * needles. LINE_IDLE, only with `idle`: none came for a while. LINE_END: closed and empty. */
enum line_got line_take(struct line *l, int64_t bytes_max, bool idle, struct change **group);

#endif
