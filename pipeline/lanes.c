#include "pipeline/lanes.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"

struct lane {
	struct lanes *of;
	uv_thread_t thread;
	struct db *reader;
};

struct lanes {
	uv_mutex_t lock;
	uv_cond_t given;		/* todo grew, or closing was set */
	struct work *head, **tail;	/* under lock: works that wait */
	_Atomic(struct post *) posts;	/* what must happen on the loop, newest first */
	_Atomic int posting;		/* threads that may still wake it */
	bool closing;			/* under lock */
	int pending;			/* loop thread only: works and commits given, not yet done */
	struct change *changes, **changes_tail;	/* loop thread only: committed in this turn of the loop */
	uv_prepare_t turn;		/* its end; runs only while there are changes */
	uv_idle_t awake;		/* likewise: changes that come in the very phase of `turn` have the next one at once */
	int handles;			/* not yet closed */
	uv_async_t wake;
	struct store *store;
	struct lane *lane;
	int threads;
};

static void on_work_back(struct post *p)
{
	struct work *w = container_of(p, struct work, post);

	w->lanes->pending--;
	w->done(w);
}

static struct work *wait_for_work(struct lanes *l)
{
	struct work *w;

	uv_mutex_lock(&l->lock);
	while (!l->head && !l->closing)
		uv_cond_wait(&l->given, &l->lock);
	w = l->head;
	if (w && !(l->head = w->next))
		l->tail = &l->head;
	uv_mutex_unlock(&l->lock);
	return w;
}

static void drive(void *arg)
{
	struct lane *lane = arg;
	struct work *w;

	pthread_setname_np(pthread_self(), "lane");
	while ((w = wait_for_work(lane->of)) != NULL) {
		w->rc = w->run(w, lane->reader);
		w->post.call = on_work_back;
		lanes_post(lane->of, &w->post);
	}
}

static void on_closed(uv_handle_t *h)
{
	struct lanes *l = h->data;

	if (--l->handles > 0)
		return;
	uv_cond_destroy(&l->given);
	uv_mutex_destroy(&l->lock);
	free(l->lane);
	free(l);
}

static struct post *oldest_first(struct post *p)
{
	struct post *turned = NULL;

	while (p) {
		struct post *next = p->next;

		p->next = turned;
		turned = p;
		p = next;
	}
	return turned;
}

static void run_posts(struct lanes *l)
{
	struct post *p = oldest_first(atomic_exchange(&l->posts, NULL));

	while (p) {
		struct post *next = p->next;	/* the call may free it */

		p->call(p);
		p = next;
	}
}

static void on_wake(uv_async_t *a)
{
	run_posts(container_of(a, struct lanes, wake));
}

static int start_threads(struct lanes *l, int threads)
{
	for (l->threads = 0; l->threads < threads; l->threads++) {
		struct lane *lane = &l->lane[l->threads];
		int rc = store_reader(l->store, &lane->reader);

		if (rc < 0)
			return rc;
		lane->of = l;
		CHECK(uv_thread_create(&lane->thread, drive, lane) == 0);
	}
	return 0;
}

int lanes_open(struct lanes **out, uv_loop_t *loop, struct store *s, int threads)
{
	struct lanes *l = calloc(1, sizeof *l);
	int rc;

	CHECK(l != NULL && threads > 0);
	l->lane = calloc((size_t)threads, sizeof *l->lane);
	CHECK(l->lane != NULL);
	l->tail = &l->head;
	l->changes_tail = &l->changes;
	l->store = s;
	CHECK(uv_mutex_init(&l->lock) == 0 && uv_cond_init(&l->given) == 0);
	CHECK(uv_async_init(loop, &l->wake, on_wake) == 0 && uv_prepare_init(loop, &l->turn) == 0 &&
	      uv_idle_init(loop, &l->awake) == 0);
	l->wake.data = l->turn.data = l->awake.data = l;
	l->handles = 3;
	if ((rc = start_threads(l, threads)) < 0) {
		lanes_close(l);
		return rc;
	}
	*out = l;
	return 0;
}

/* Signalled without the lock, so that the lane that wakes finds it free. */
void lanes_run(struct lanes *l, struct work *w)
{
	l->pending++;
	w->next = NULL;
	w->lanes = l;
	uv_mutex_lock(&l->lock);
	CHECK(!l->closing);
	*l->tail = w;
	l->tail = &w->next;
	uv_mutex_unlock(&l->lock);
	uv_cond_signal(&l->given);
}

/* Without a lock: the writer posts a whole group while the loop takes the last one. */
void lanes_post(struct lanes *l, struct post *p)
{
	struct post *before;

	atomic_fetch_add(&l->posting, 1);
	before = atomic_load(&l->posts);
	do
		p->next = before;
	while (!atomic_compare_exchange_weak(&l->posts, &before, p));
	if (!before)
		uv_async_send(&l->wake);
	atomic_fetch_sub(&l->posting, 1);
}

static void on_commit_back(struct post *p)
{
	struct commit *c = container_of(p, struct commit, post);

	c->lanes->pending--;
	c->done(c);
}

/* The writer's thread. The change remembers its commit in `owner`. */
static void on_change_done(struct change *change)
{
	struct commit *c = change->owner;

	c->post.call = on_commit_back;
	lanes_post(c->lanes, &c->post);
}

/* Before the loop waits. What came in one turn goes to the writer as one chain and shares a group: handed over
 * one by one, the first would wake the writer, whose priority is higher, and be synced alone. */
static void on_turn(uv_prepare_t *p)
{
	struct lanes *l = p->data;
	struct change *first = l->changes;

	l->changes = NULL;
	l->changes_tail = &l->changes;
	uv_prepare_stop(p);
	uv_idle_stop(&l->awake);
	store_submit(l->store, first);
}

static void on_awake(uv_idle_t *i)
{
	(void)i;
}

void lanes_commit(struct lanes *l, struct commit *c)
{
	struct change *change = c->change;

	l->pending++;
	c->lanes = l;
	change->owner = c;
	change->done = on_change_done;
	change->next = NULL;
	if (!l->changes) {
		uv_prepare_start(&l->turn, on_turn);
		uv_idle_start(&l->awake, on_awake);
	}
	*l->changes_tail = change;
	l->changes_tail = &change->next;
}

int lanes_pending(const struct lanes *l)
{
	return l->pending;
}

void lanes_close(struct lanes *l)
{
	CHECK(lanes_pending(l) == 0);
	uv_mutex_lock(&l->lock);
	l->closing = true;
	uv_cond_broadcast(&l->given);
	uv_mutex_unlock(&l->lock);
	for (int i = 0; i < l->threads; i++)
		uv_thread_join(&l->lane[i].thread);
	for (int i = 0; i < l->threads; i++)
		db_close(l->lane[i].reader);
	run_posts(l);
	while (atomic_load(&l->posting) > 0)	/* the loop may have had the writer's post before it was woken for it */
		sched_yield();
	uv_close((uv_handle_t *)&l->wake, on_closed);
	uv_close((uv_handle_t *)&l->turn, on_closed);
	uv_close((uv_handle_t *)&l->awake, on_closed);
}
