#include "base/digest_share.h"

#include <pthread.h>

#include "base/md5_lanes.h"

#define SLICE (64 << 10)	/* of each piece, then newcomers are let in */

struct waiter {
	struct digest_piece piece;	/* the leader's, until it is done: looked at without the lock */
	bool done;			/* and no more in the queue */
	pthread_cond_t woken;		/* it is done, or nobody leads */
	struct waiter *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct waiter *first, **last = &first;
static bool led;

static void remove_done(void)
{
	struct waiter **at = &first;

	while (*at) {
		struct waiter *w = *at;

		if (w->piece.n > 0) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		w->done = true;
		pthread_cond_signal(&w->woken);
	}
	last = at;
}

/* With the lock, which is given up meanwhile. New ones come in at the end only, so those taken stay where they are. */
static void feed_some(void)
{
	struct digest_piece *pieces[MD5_LANES_MAX];
	int n = 0;

	for (struct waiter *w = first; w && n < MD5_LANES_MAX; w = w->next)
		pieces[n++] = &w->piece;
	pthread_mutex_unlock(&lock);
	digest_feed_lanes(pieces, n, SLICE);
	pthread_mutex_lock(&lock);
	remove_done();
}

static void feed_with_others(struct waiter *own)
{
	pthread_mutex_lock(&lock);
	*last = own;
	last = &own->next;
	while (led && !own->done)
		pthread_cond_wait(&own->woken, &lock);
	if (!own->done) {
		led = true;
		while (!own->done)
			feed_some();
		led = false;
		if (first)
			pthread_cond_signal(&first->woken);
	}
	pthread_mutex_unlock(&lock);
}

void digest_feed_shared(struct digest *d, const void *p, size_t n)
{
	struct waiter own = { .piece = { d, p, n }, .woken = PTHREAD_COND_INITIALIZER };

	if (d->kind == DIGEST_MD5 && n >= DIGEST_SHARE_MIN)
		feed_with_others(&own);
	else
		digest_feed(d, p, n);
}
