#include "base/digest_share.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/md5_lanes.h"

#define SLICE (64 << 10)	/* of each piece, then newcomers are let in */
#define PATIENCE_US 2000	/* a leader waits so long for company that it has reason to expect */
#define PATIENCE_FEW_US 10000	/* and so long while lanes are empty that cost as much as full ones */
#define REASON_US 100000	/* and those who gathered longer ago are no reason */

struct waiter {
	struct digest_piece piece;	/* the leader's, until it is done: looked at without the lock */
	bool done;			/* and no more in the queue */
	pthread_cond_t woken;		/* it is done, or nobody leads */
	struct waiter *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct waiter *first, **last = &first;
static int queued;
static bool led;
static pthread_cond_t gathered = PTHREAD_COND_INITIALIZER;	/* as many as expected are queued */
static int company = 1;		/* so many are expected, the leader among them */
static int64_t gathered_us;	/* when a leader last gathered them */

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
		queued--;
		w->done = true;
		pthread_cond_signal(&w->woken);
	}
	last = at;
}

/* So many lanes cost what one does. */
static int few(void)
{
	return md5_kernel_for(2)->width;
}

static void expect_at_least(int n)
{
	if (n > MD5_LANES_MAX)
		n = MD5_LANES_MAX;
	if (n > company)
		company = n;
}

static struct timespec after_us(int64_t us)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += us * 1000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* With the lock, which is given up meanwhile. One less is expected after each wait in vain, and not as few as came: one
 * of several uploads is always busy with something else for a while. */
static void gather(void)
{
	int64_t now = clock_mono_us();
	struct timespec until = after_us(PATIENCE_US), until_few = after_us(PATIENCE_FEW_US);
	int rc = 0;

	if (now - gathered_us > REASON_US)
		company = 1;
	while (queued < company && rc == 0)
		rc = pthread_cond_clockwait(&gathered, &lock, CLOCK_MONOTONIC, queued < few() ? &until_few : &until);
	if (queued < company)
		company--;
	expect_at_least(queued);
	gathered_us = now;
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
	expect_at_least(queued);
	remove_done();
}

static void feed_with_others(struct waiter *own)
{
	pthread_mutex_lock(&lock);
	*last = own;
	last = &own->next;
	if (++queued == company || queued == few())
		pthread_cond_signal(&gathered);
	while (led && !own->done)
		pthread_cond_wait(&own->woken, &lock);
	if (!own->done) {
		led = true;
		gather();
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

	if (d->kind == DIGEST_MD5 && n >= DIGEST_SHARE_MIN && md5_kernel_for(2))
		feed_with_others(&own);
	else
		digest_feed(d, p, n);
}
