#include "storage/writer.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "storage/line.h"
#include "storage/trash.h"
#include "storage/volume.h"

#define SPACE_CHECK_MS 100
#define CHECKPOINT_RETRY_FRAMES 1000	/* more of them before a failed checkpoint is tried again */

struct writer {
	struct writer_spec spec;
	struct line bytes;		/* for the volume thread */
	struct line rows;		/* for the writer thread */
	pthread_t volume_thread, writer_thread;
	int checkpoint_at;		/* frames; writer thread only */
	_Atomic int wal_frames, last_rc;
	_Atomic int64_t space_checked_ms;
	_Atomic bool space_short;
	_Atomic bool raised;
	_Atomic int64_t groups, changes, failed, waiting;
};

static bool space_short(struct writer *w)
{
	int64_t now = clock_mono_ms();
	struct statvfs fs;

	if (now - atomic_load(&w->space_checked_ms) < SPACE_CHECK_MS)
		return atomic_load(&w->space_short);
	atomic_store(&w->space_checked_ms, now);
	if (fstatvfs(w->spec.dirfd, &fs) == 0)
		atomic_store(&w->space_short, (int64_t)(fs.f_bavail * fs.f_frsize) < w->spec.free_floor);
	return atomic_load(&w->space_short);
}

/* Work that ends something (acks, deletes) goes on when nothing new is let in. */
static int refusal(struct writer *w, const struct change *c)
{
	if (c->always)
		return 0;
	if (atomic_load(&w->wal_frames) > WAL_HARD_FRAMES)
		return E_BUSY;
	return space_short(w) ? E_FULL : 0;
}

/* Completes a chain; the changes are their owners' again. */
static void finish(struct writer *w, struct change *group)
{
	for (struct change *c = group, *next; c; c = next) {
		next = c->next;
		c->next = NULL;		/* its owner may hand it in again */
		atomic_fetch_add(&w->changes, 1);
		atomic_fetch_add(&w->failed, c->rc < 0);
		atomic_fetch_sub(&w->waiting, 1);
		c->done(c);
	}
}

/* The volume thread. */

static int collect(struct change *c, struct needle **to)
{
	int n = 0;

	for (; c; c = c->next)
		for (int i = 0; i < c->needle_count; i++)
			to[n++] = &c->needles[i];
	return n;
}

/* Takes the refused ones out of the chain and completes them. */
static struct change *sift(struct writer *w, struct change *group)
{
	struct change *good = NULL, **end = &good, *bad = NULL, **bad_end = &bad;

	for (struct change *c = group; c; c = c->next) {
		c->rc = refusal(w, c);
		if (c->rc < 0) {
			*bad_end = c;
			bad_end = &c->next;
		} else {
			*end = c;
			end = &c->next;
		}
	}
	*end = *bad_end = NULL;
	finish(w, bad);
	return good;
}

static void store_bytes(struct writer *w, struct change *group)
{
	struct needle *needles[WRITER_GROUP_MAX * NEEDLES_MAX];
	struct change *last = group;
	int rc;

	rc = volume_append(w->spec.volume, needles, collect(group, needles));
	if (rc < 0) {
		atomic_store(&w->last_rc, rc == -ENOSPC ? E_FULL : rc);
		log_warn(rc, "needles of a group were not written");
		for (struct change *c = group; c; c = c->next)
			c->rc = rc == -ENOSPC ? E_FULL : rc;
		finish(w, group);
		return;
	}
	while (last->next)
		last = last->next;
	line_add(&w->rows, group, last);
}

static void raise_priority(struct writer *w)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	struct sched_param p = { .sched_priority = 1 };
	int rc = pthread_setschedparam(pthread_self(), SCHED_RR, &p);

	if (rc == 0) {
		atomic_store(&w->raised, true);
		return;
	}
	if (setpriority(PRIO_PROCESS, (id_t)gettid(), -10) == 0)
		return;
	if (!atomic_flag_test_and_set(&told))
		log_warn(-rc, "writer priority not raised: commits may take milliseconds longer while functions run");
}

static void *volume_main(void *arg)
{
	struct writer *w = arg;
	struct change *group;

	raise_priority(w);
	while (line_take(&w->bytes, WRITER_BYTES_MAX, false, &group) == LINE_GROUP) {
		group = sift(w, group);
		if (group)
			store_bytes(w, group);
	}
	return NULL;
}

/* The writer thread. */

/* The bytes of a change that was undone are on the disk already. Without their row in the trash they would fill their
 * segment and count as alive. */
static void trash_needles(struct db *db, const struct change *c)
{
	for (int i = 0; i < c->needle_count; i++)
		if (trash_add(db, &c->needles[i].where, 1) < 0)
			return;		/* room that only a compaction for other reasons gives back */
}

/* Negative when SQLite gave up the whole transaction. */
static int apply(struct writer *w, struct change *c)
{
	struct db *db = w->spec.db;

	if ((c->rc = refusal(w, c)) < 0)
		return 0;
	if ((c->rc = db_mark(db)) == 0) {
		c->rc = c->apply(c, db);
		if (c->rc < 0)
			db_undo(db);
		else
			db_release(db);
	}
	if (c->rc < 0 && db_in_transaction(db))
		trash_needles(db, c);
	if (db_in_transaction(db))
		return 0;
	return c->rc < 0 ? c->rc : -EIO;
}

static int run_in_transaction(struct writer *w, struct change *group)
{
	struct db *db = w->spec.db;
	bool some = false;
	int rc;

	if ((rc = db_begin(db)) < 0)
		return rc;
	for (struct change *c = group; c; c = c->next) {
		if ((rc = apply(w, c)) < 0)
			return rc;
		some |= c->rc >= 0 || c->needle_count > 0;
	}
	return some ? db_commit(db) : 0;
}

static void run_group(struct writer *w, struct change *group)
{
	struct db *db = w->spec.db;
	int rc;

	for (struct change *c = group; c; c = c->next)
		c->rc = 0;
	rc = run_in_transaction(w, group);
	db_rollback(db);	/* nothing to do after a commit */
	if (rc < 0) {
		log_warn(rc, "a group of changes was not committed");
		for (struct change *c = group; c; c = c->next)
			if (c->rc >= 0)
				c->rc = rc;
	}
	atomic_store(&w->wal_frames, db_wal_frames(db));
	atomic_store(&w->last_rc, rc);
	atomic_fetch_add(&w->groups, 1);
	finish(w, group);
}

static void checkpoint(struct writer *w)
{
	int rc = db_checkpoint(w->spec.db), left = db_wal_frames(w->spec.db);

	w->checkpoint_at = WAL_SOFT_FRAMES;
	if (rc < 0)
		log_warn(rc, "checkpoint failed, wal_frames=%d", left);
	if (rc < 0 || left >= WAL_SOFT_FRAMES)	/* the disk, or a reader that holds an old snapshot */
		w->checkpoint_at = left + CHECKPOINT_RETRY_FRAMES;
	atomic_store(&w->wal_frames, left);
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct change *group;
	bool tried = false;	/* the idle checkpoint, since the last group */

	raise_priority(w);
	for (;;) {
		int frames = db_wal_frames(w->spec.db);

		switch (line_take(&w->rows, INT64_MAX, !tried && frames > WAL_IDLE_FRAMES, &group)) {
		case LINE_GROUP:
			run_group(w, group);
			tried = false;
			if (db_wal_frames(w->spec.db) >= w->checkpoint_at)
				checkpoint(w);
			break;
		case LINE_IDLE:
			checkpoint(w);
			tried = true;
			break;
		case LINE_END:
			return NULL;
		}
	}
}

int writer_start(struct writer **out, const struct writer_spec *spec)
{
	struct writer *w = calloc(1, sizeof *w);

	CHECK(w != NULL);
	w->spec = *spec;
	w->checkpoint_at = WAL_SOFT_FRAMES;
	atomic_store(&w->space_checked_ms, INT64_MIN / 2);
	atomic_store(&w->wal_frames, db_wal_frames(spec->db));
	line_init(&w->bytes);
	line_init(&w->rows);
	CHECK(pthread_create(&w->volume_thread, NULL, volume_main, w) == 0);
	CHECK(pthread_create(&w->writer_thread, NULL, writer_main, w) == 0);
	pthread_setname_np(w->volume_thread, "volume");
	pthread_setname_np(w->writer_thread, "writer");
	*out = w;
	return 0;
}

void writer_stop(struct writer *w)
{
	if (!w)
		return;
	line_close(&w->bytes);
	pthread_join(w->volume_thread, NULL);
	line_close(&w->rows);
	pthread_join(w->writer_thread, NULL);
	line_clear(&w->bytes);
	line_clear(&w->rows);
	free(w);
}

/* Hands a chain over at once, so that the thread that is woken finds all of it. */
static void hand_over(struct writer *w, struct line *l, struct change *first, struct change *last, int count)
{
	if (!first)
		return;
	atomic_fetch_add(&w->waiting, count);
	line_add(l, first, last);
}

void writer_submit(struct writer *w, struct change *first)
{
	struct change *ends[2][2] = {{ NULL }};		/* first and last: without needles, with */
	int counts[2] = { 0 };

	for (struct change *c = first, *next; c; c = next) {
		bool bytes = c->needle_count > 0;

		CHECK(c->needle_count >= 0 && c->needle_count <= NEEDLES_MAX);
		next = c->next;
		c->next = NULL;
		if (ends[bytes][0])
			ends[bytes][1]->next = c;
		else
			ends[bytes][0] = c;
		ends[bytes][1] = c;
		counts[bytes]++;
	}
	hand_over(w, &w->bytes, ends[1][0], ends[1][1], counts[1]);
	hand_over(w, &w->rows, ends[0][0], ends[0][1], counts[0]);
}

struct call {				/* a change that somebody waits for */
	struct change change;
	struct change *of;		/* borrowed */
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool over;
};

static int apply_call(struct change *c, struct db *db)
{
	struct call *call = container_of(c, struct call, change);

	return call->of->apply(call->of, db);
}

static void on_call_done(struct change *c)
{
	struct call *call = container_of(c, struct call, change);

	pthread_mutex_lock(&call->lock);
	call->over = true;
	pthread_cond_signal(&call->ended);
	pthread_mutex_unlock(&call->lock);
}

int writer_run(struct writer *w, struct change *c)
{
	struct call call = { .change = *c, .of = c, .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER };

	CHECK(!pthread_equal(pthread_self(), w->writer_thread));
	call.change.apply = apply_call;
	call.change.done = on_call_done;
	call.change.next = NULL;
	writer_submit(w, &call.change);
	pthread_mutex_lock(&call.lock);
	while (!call.over)
		pthread_cond_wait(&call.ended, &call.lock);
	pthread_mutex_unlock(&call.lock);
	return c->rc = call.change.rc;
}

void writer_get_stats(struct writer *w, struct writer_stats *out)
{
	int refused = refusal(w, &(struct change){ 0 });

	*out = (struct writer_stats){
		.groups = atomic_load(&w->groups),
		.changes = atomic_load(&w->changes),
		.failed = atomic_load(&w->failed),
		.waiting = (int)atomic_load(&w->waiting),
		.wal_frames = atomic_load(&w->wal_frames),
		.last_rc = refused ? refused : atomic_load(&w->last_rc),
		.raised = atomic_load(&w->raised),
	};
}
