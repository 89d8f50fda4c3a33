/* watch_hands.c - the threads that read the files of one folder, and the two queues between them and its watcher. */
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "base/check.h"
#include "pipeline/watch_parts.h"

static void append(struct taking ***end, struct taking *t)
{
	t->next = NULL;
	**end = t;
	*end = &t->next;
}

void folder_wake(struct watch_folder *f)
{
	uint64_t one = 1;
	ssize_t n = write(f->wake, &one, sizeof one);

	(void)n;	/* when it is full, the watcher is awake */
}

void hands_give(struct watch_folder *f, struct taking *t)
{
	uv_mutex_lock(&f->lock);
	append(&f->todo_end, t);
	uv_mutex_unlock(&f->lock);
	uv_cond_signal(&f->given);
}

void hands_back(struct watch_folder *f, struct taking *t)
{
	bool first;

	uv_mutex_lock(&f->lock);
	first = f->back == NULL;
	append(&f->back_end, t);
	uv_mutex_unlock(&f->lock);
	if (first)
		folder_wake(f);
}

struct taking *hands_take_back(struct watch_folder *f)
{
	struct taking *all;

	uv_mutex_lock(&f->lock);
	all = f->back;
	f->back = NULL;
	f->back_end = &f->back;
	uv_mutex_unlock(&f->lock);
	return all;
}

static struct taking *next(struct watch_folder *f)
{
	struct taking *t;

	uv_mutex_lock(&f->lock);
	while (!f->todo && !f->hands_end)
		uv_cond_wait(&f->given, &f->lock);
	t = f->todo;
	if (t && !(f->todo = t->next))
		f->todo_end = &f->todo;
	uv_mutex_unlock(&f->lock);
	return t;
}

/* What is an object now has only to be done with as the folder says. */
static void work_on(struct watch_hand *h, struct taking *t)
{
	if (!t->committed) {
		t->reader = h->reader;
		take_file(t);
	} else {
		take_end(t);
	}
}

static void drive(void *arg)
{
	struct watch_hand *h = arg;
	struct taking *t;

	pthread_setname_np(pthread_self(), "watch-hand");
	while ((t = next(h->folder)) != NULL)
		work_on(h, t);
}

int hands_start(struct watch_folder *f)
{
	int rc = 0;

	f->todo_end = &f->todo;
	f->back_end = &f->back;
	for (int i = 0; i < WATCH_HANDS && rc == 0; i++) {
		f->hand[i].folder = f;
		rc = store_reader(f->m->store, &f->hand[i].reader);
	}
	for (int i = 0; i < WATCH_HANDS && rc == 0; i++) {
		CHECK(uv_thread_create(&f->hand[i].thread, drive, &f->hand[i]) == 0);
		f->hand[i].runs = true;
	}
	return rc;
}

void hands_stop(struct watch_folder *f)
{
	uv_mutex_lock(&f->lock);
	f->hands_end = true;
	uv_cond_broadcast(&f->given);
	uv_mutex_unlock(&f->lock);
	for (int i = 0; i < WATCH_HANDS; i++) {
		if (f->hand[i].runs)
			uv_thread_join(&f->hand[i].thread);
		db_close(f->hand[i].reader);
	}
}
