#include "storage/keeper.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "storage/compact.h"
#include "storage/sweep.h"
#include "storage/trash.h"

#define ROUND_S 1
#define VERIFY_BYTES_MAX (1LL << 30)

struct keeper {
	struct keeper_spec spec;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stopping;
	_Atomic bool stop;
	int64_t next_sweep_ms;		/* monotonic */
};

static void empty_trash(struct keeper *k)
{
	int rc;

	do
		rc = trash_empty(k->spec.reader, k->spec.writer, k->spec.blobs, k->spec.grace_ms);
	while (rc > 0 && !atomic_load(&k->stop));
	if (rc < 0)
		log_warn(rc, "the trash was not emptied");
}

static void compact(struct keeper *k, bool segments)
{
	struct compactor c = { .reader = k->spec.reader, .writer = k->spec.writer, .blobs = k->spec.blobs,
			       .stop = &k->stop, .grace_ms = k->spec.grace_ms };
	int rc;

	if ((rc = compact_remove(&c)) < 0)
		log_warn(rc, "emptied segments were not removed");
	if (segments && (rc = compact_segments(&c)) < 0 && rc != E_CLOSED)
		log_warn(rc, "segments were not compacted");
}

/* Files made since the start are still to get their row, or were removed by whoever made them in vain. Their age
 * does not tell: a slow upload writes seldom, and a clock may jump. LOCK was written at the start, by the same clock. */
static int64_t orphans_before(const struct keeper *k)
{
	int64_t old = clock_wall_ms() - ORPHAN_AGE_MS, start = 0;
	struct stat st;

	if (fstatat(k->spec.datadir, "LOCK", &st, 0) == 0)
		start = (int64_t)st.st_mtim.tv_sec * 1000;
	return old < start ? old : start;
}

/* An hour from its beginning: what is left behind while it runs is for the next one. */
static void sweep(struct keeper *k)
{
	int64_t now = clock_mono_ms();
	bool due = now >= k->next_sweep_ms;
	int rc;

	compact(k, due);
	if (!due)
		return;
	rc = sweep_orphans(k->spec.datadir, k->spec.reader, orphans_before(k), &k->stop);
	if (rc < 0)
		log_warn(rc, "orphan files were not swept");
	k->next_sweep_ms = now + SWEEP_EVERY_MS;
}

/* A damaged database must be known early, but looking takes 1.5 s a GB and holds a snapshot meanwhile. */
static void verify(struct keeper *k)
{
	struct stat st;

	if (fstatat(k->spec.datadir, "meta/meta.db", &st, 0) == 0 && st.st_size <= VERIFY_BYTES_MAX)
		db_verify(k->spec.reader);	/* logs what it finds */
}

static void pause_between_rounds(struct keeper *k)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ROUND_S;
	pthread_mutex_lock(&k->lock);
	if (!atomic_load(&k->stop))
		pthread_cond_timedwait(&k->stopping, &k->lock, &until);
	pthread_mutex_unlock(&k->lock);
}

static void *keeper_main(void *arg)
{
	struct keeper *k = arg;

	setpriority(PRIO_PROCESS, (id_t)gettid(), 10);
	verify(k);
	while (!atomic_load(&k->stop)) {
		empty_trash(k);
		sweep(k);
		pause_between_rounds(k);
	}
	return NULL;
}

void keeper_start(struct keeper **out, const struct keeper_spec *spec)
{
	struct keeper *k = calloc(1, sizeof *k);

	CHECK(k != NULL);
	k->spec = *spec;
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->stopping, NULL);
	CHECK(pthread_create(&k->thread, NULL, keeper_main, k) == 0);
	pthread_setname_np(k->thread, "keeper");
	*out = k;
}

void keeper_stop(struct keeper *k)
{
	if (!k)
		return;
	pthread_mutex_lock(&k->lock);
	atomic_store(&k->stop, true);
	pthread_cond_signal(&k->stopping);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	db_close(k->spec.reader);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->stopping);
	free(k);
}
