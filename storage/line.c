#include "storage/line.h"

#include <errno.h>
#include <time.h>

#include "base/check.h"

#define IDLE_MS 20

void line_init(struct line *l)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->some, &attr);
	pthread_condattr_destroy(&attr);
	l->head = NULL;
	l->tail = &l->head;
	l->closing = false;
}

void line_clear(struct line *l)
{
	CHECK(l->head == NULL);
	pthread_cond_destroy(&l->some);
	pthread_mutex_destroy(&l->lock);
}

void line_add(struct line *l, struct change *first, struct change *last)
{
	pthread_mutex_lock(&l->lock);
	last->next = NULL;
	*l->tail = first;
	l->tail = &last->next;
	pthread_cond_signal(&l->some);
	pthread_mutex_unlock(&l->lock);
}

void line_close(struct line *l)
{
	pthread_mutex_lock(&l->lock);
	l->closing = true;
	pthread_cond_signal(&l->some);
	pthread_mutex_unlock(&l->lock);
}

static int64_t needle_bytes(const struct change *c)
{
	int64_t n = 0;

	for (int i = 0; i < c->needle_count; i++)
		n += (int64_t)c->needles[i].data.n;
	return n;
}

static struct change *cut(struct line *l, int64_t bytes_max)
{
	struct change *first = l->head, *c = first, **end = &l->head;
	int64_t bytes = 0;

	for (int n = 0; c && n < WRITER_GROUP_MAX; n++, c = c->next) {
		bytes += needle_bytes(c);
		if (n > 0 && bytes > bytes_max)
			break;
		end = &c->next;
	}
	if (c == first)
		return NULL;
	l->head = c;
	if (!c)
		l->tail = &l->head;
	*end = NULL;
	return first;
}

enum line_got line_take(struct line *l, int64_t bytes_max, bool idle, struct change **group)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += IDLE_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_mutex_lock(&l->lock);
	while (!l->head && !l->closing && rc == 0)
		rc = idle ? pthread_cond_timedwait(&l->some, &l->lock, &until) : pthread_cond_wait(&l->some, &l->lock);
	*group = cut(l, bytes_max);
	pthread_mutex_unlock(&l->lock);
	return *group ? LINE_GROUP : rc == ETIMEDOUT ? LINE_IDLE : LINE_END;
}
