#include "tests/lib/t.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "storage/volume.h"
#include "storage/writer.h"

/* A writer on a bare database and volume. */
struct rig {
	struct db *db, *reader;
	struct volume *volume;
	struct writer *w;
};

static struct rig rig_up(void **state)
{
	struct volume_spec v = { .datadir = test_dir(state), .start = 1, .segment_size = SEGMENT_SIZE_MIN };
	struct rig r = { 0 };
	char path[4200];

	assert_int_equal(sys_mkdirat(test_dir(state), "vol", 0700), 0);
	assert_int_equal(sys_mkdirat(test_dir(state), "tmp", 0700), 0);
	snprintf(path, sizeof path, "%s/meta.db", test_path(state));
	assert_int_equal(db_open(&r.db, path, DB_WRITER), 0);
	assert_int_equal(db_open(&r.reader, path, DB_READER), 0);
	assert_int_equal(volume_open(&r.volume, &v), 0);
	assert_int_equal(writer_start(&r.w, &(struct writer_spec){ .db = r.db, .volume = r.volume,
								   .dirfd = test_dir(state) }), 0);
	return r;
}

static void rig_down(struct rig *r)
{
	writer_stop(r->w);
	volume_close(r->volume);
	db_close(r->reader);
	db_close(r->db);
}

static int64_t number(struct db *db, const char *name)
{
	int64_t v;

	assert_int_equal(db_meta_get(db, name, -1, &v), 0);
	return v;
}

#define LOG_MAX 2000

struct log {				/* what happened in which order; writer thread only */
	int ids[LOG_MAX];
	int n;
};

struct job {
	struct change change;
	struct needle needle;
	struct log *log;
	int id;
	int fail;		/* apply returns this */
	sem_t *wait;		/* apply waits for it first */
	sem_t *done;
	int dones;
	bool placed;		/* the needle had its place when apply ran */
};

static int apply_job(struct change *c, struct db *db)
{
	struct job *j = container_of(c, struct job, change);
	char name[32];
	int rc;

	if (j->wait)
		while (sem_wait(j->wait) < 0)
			;
	j->placed = j->needle.where.kind == EXTENT_NEEDLE;
	if (j->log)
		j->log->ids[j->log->n++] = j->id;
	snprintf(name, sizeof name, "job-%d", j->id);
	rc = db_meta_set(db, name, j->id);
	return rc < 0 ? rc : j->fail;
}

static void on_job_done(struct change *c)
{
	struct job *j = container_of(c, struct job, change);

	j->dones++;
	sem_post(j->done);
}

static void job_init(struct job *j, int id, struct log *log, sem_t *done)
{
	*j = (struct job){ .change = { .apply = apply_job, .done = on_job_done }, .id = id, .log = log, .done = done };
}

static void give_needle(struct job *j)
{
	j->needle = (struct needle){ .key = STR("b/k"), .data = STR("some bytes") };
	j->change.needles = &j->needle;
	j->change.needle_count = 1;
}

static void wait_for(sem_t *s, int n)
{
	while (n-- > 0)
		while (sem_wait(s) < 0)
			;
}

static bool row_is(struct db *db, int id, bool there)
{
	char name[32];

	snprintf(name, sizeof name, "job-%d", id);
	return number(db, name) == (there ? id : -1);
}

/* Holds the writer in the first job until the others are waiting behind it. */
static void submit_behind(struct rig *r, struct job *jobs, int n, sem_t *gate)
{
	sem_init(gate, 0, 0);
	jobs[0].wait = gate;
	for (int i = 0; i < n; i++)
		writer_submit(r->w, &jobs[i].change);
	sem_post(gate);
}

static void those_that_wait_share_one_commit_in_their_order(void **state)
{
	struct rig r = rig_up(state);
	struct job jobs[60];
	struct log log = { .n = 0 };
	struct writer_stats stats;
	sem_t gate, done;

	sem_init(&done, 0, 0);
	for (int i = 0; i < 60; i++)
		job_init(&jobs[i], i, &log, &done);
	submit_behind(&r, jobs, 60, &gate);
	wait_for(&done, 60);
	for (int i = 0; i < 60; i++) {
		assert_int_equal(log.ids[i], i);
		assert_int_equal(jobs[i].change.rc, 0);
		assert_int_equal(jobs[i].dones, 1);
		assert_true(row_is(r.reader, i, true));
	}
	writer_get_stats(r.w, &stats);
	assert_in_range(stats.groups, 1, 2);
	assert_int_equal(stats.changes, 60);
	assert_int_equal(stats.waiting, 0);
	rig_down(&r);
}

static void a_change_that_fails_is_undone_alone(void **state)
{
	struct rig r = rig_up(state);
	struct job jobs[3];
	struct writer_stats stats;
	sem_t gate, done;

	sem_init(&done, 0, 0);
	for (int i = 0; i < 3; i++)
		job_init(&jobs[i], i, NULL, &done);
	jobs[1].fail = E_PRECONDITION;
	submit_behind(&r, jobs, 3, &gate);
	wait_for(&done, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(jobs[i].change.rc, i == 1 ? E_PRECONDITION : 0);
		assert_true(row_is(r.reader, i, i != 1));
	}
	writer_get_stats(r.w, &stats);
	assert_int_equal(stats.failed, 1);
	assert_int_equal(stats.last_rc, 0);
	rig_down(&r);
}

static void needles_have_their_place_before_the_row_is_written(void **state)
{
	struct rig r = rig_up(state);
	struct job jobs[200];
	struct log log = { .n = 0 };
	sem_t done;

	sem_init(&done, 0, 0);
	for (int i = 0; i < 200; i++) {
		job_init(&jobs[i], i, &log, &done);
		give_needle(&jobs[i]);
		writer_submit(r.w, &jobs[i].change);
	}
	wait_for(&done, 200);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(jobs[i].change.rc, 0);
		assert_true(jobs[i].placed);
		assert_int_equal(log.ids[i], i);
	}
	rig_down(&r);
}

static int trashed(struct db *db)
{
	struct query q = db_query(db, SQL_TRASH_HEAD);
	int n = 0;

	query_int(&q, 1, 100);
	while (query_step(&q) == QUERY_ROW)
		n++;
	assert_int_equal(query_end(&q), 0);
	return n;
}

static void the_needles_of_an_undone_change_are_trash(void **state)
{
	struct rig r = rig_up(state);
	struct job jobs[2];
	sem_t gate, done;

	sem_init(&done, 0, 0);
	for (int i = 0; i < 2; i++)
		job_init(&jobs[i], i, NULL, &done);
	give_needle(&jobs[1]);
	jobs[1].fail = E_PRECONDITION;
	submit_behind(&r, jobs, 2, &gate);
	wait_for(&done, 2);
	assert_int_equal(jobs[1].change.rc, E_PRECONDITION);
	assert_int_equal(trashed(r.reader), 1);
	assert_true(row_is(r.reader, 0, true));
	assert_true(row_is(r.reader, 1, false));
	job_init(&jobs[1], 1, NULL, &done);	/* alone in its group, too */
	give_needle(&jobs[1]);
	jobs[1].fail = E_PRECONDITION;
	writer_submit(r.w, &jobs[1].change);
	wait_for(&done, 1);
	assert_int_equal(trashed(r.reader), 2);
	rig_down(&r);
}

static void a_full_disk_fails_the_whole_group_and_leaves_nothing_of_it(void **state)
{
	struct rig r = rig_up(state);
	struct job jobs[4];
	struct writer_stats stats;
	sem_t gate, done;

	sem_init(&done, 0, 0);
	for (int i = 0; i < 4; i++)
		job_init(&jobs[i], i, NULL, &done);
	jobs[2].fail = E_NOT_FOUND;
	sys_set_fault((struct sys_fault){ .fail_at = 1, .fail_with = ENOSPC, .forever = true });
	submit_behind(&r, jobs, 4, &gate);
	wait_for(&done, 4);
	sys_set_fault((struct sys_fault){ 0 });
	for (int i = 0; i < 4; i++) {
		assert_int_equal(jobs[i].change.rc, i == 2 ? E_NOT_FOUND : E_FULL);
		assert_true(row_is(r.reader, i, false));
	}
	writer_get_stats(r.w, &stats);
	assert_int_equal(stats.last_rc, E_FULL);
	jobs[3].wait = NULL;
	assert_int_equal(writer_run(r.w, &jobs[3].change), 0);
	assert_true(row_is(r.reader, 3, true));
	rig_down(&r);
}

static void failing_bytes_never_reach_a_row(void **state)
{
	struct rig r = rig_up(state);
	struct job warm, j;
	sem_t done;

	sem_init(&done, 0, 0);
	job_init(&warm, 1, NULL, &done);
	give_needle(&warm);
	assert_int_equal(writer_run(r.w, &warm.change), 0);
	for (int n = 1; n <= 2; n++) {		/* the write, then the sync */
		job_init(&j, 7, NULL, &done);
		give_needle(&j);
		sys_set_fault((struct sys_fault){ .fail_at = n });
		assert_int_equal(writer_run(r.w, &j.change), -EIO);
		sys_set_fault((struct sys_fault){ 0 });
		assert_false(j.placed);
		assert_true(row_is(r.reader, 7, false));
		assert_int_equal(writer_run(r.w, &warm.change), 0);	/* in a fresh segment */
	}
	rig_down(&r);
}

static void stopping_finishes_what_was_given(void **state)
{
	struct rig r = rig_up(state);
	struct job jobs[300];
	sem_t done;

	sem_init(&done, 0, 0);
	for (int i = 0; i < 300; i++) {
		job_init(&jobs[i], i, NULL, &done);
		if (i % 2)
			give_needle(&jobs[i]);
		writer_submit(r.w, &jobs[i].change);
	}
	writer_stop(r.w);
	r.w = NULL;
	for (int i = 0; i < 300; i++) {
		assert_int_equal(jobs[i].dones, 1);
		assert_true(row_is(r.reader, i, true));
	}
	rig_down(&r);
}

#define CALLERS 16
#define CALLS 50

struct caller {
	struct rig *r;
	pthread_t thread;
	int from, failed;
};

static void *call_often(void *arg)
{
	struct caller *c = arg;
	sem_t done;

	sem_init(&done, 0, 0);
	for (int i = 0; i < CALLS; i++) {
		struct job j;

		job_init(&j, c->from + i, NULL, &done);
		if (i % 3)
			give_needle(&j);
		if (i % 2) {
			c->failed += writer_run(c->r->w, &j.change) != 0;
		} else {
			writer_submit(c->r->w, &j.change);
			wait_for(&done, 1);
			c->failed += j.change.rc != 0;
		}
	}
	return NULL;
}

static void many_threads_at_once_all_get_their_answer(void **state)
{
	struct rig r = rig_up(state);
	struct caller callers[CALLERS];

	for (int i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){ .r = &r, .from = i * CALLS };
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call_often, &callers[i]), 0);
	}
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		assert_int_equal(callers[i].failed, 0);
	}
	for (int i = 0; i < CALLERS * CALLS; i++)
		assert_true(row_is(r.reader, i, true));
	rig_down(&r);
}

struct heavy {
	struct change change;
	struct str bytes;
};

static int apply_heavy(struct change *c, struct db *db)
{
	struct heavy *h = container_of(c, struct heavy, change);
	struct query q = db_query(db, SQL_META_SET);

	query_text(&q, 1, STR("heavy"));
	query_bytes(&q, 2, h->bytes);
	return query_run(&q);
}

static int frames(struct writer *w)
{
	struct writer_stats stats;

	writer_get_stats(w, &stats);
	return stats.wal_frames;
}

static void a_long_log_is_checkpointed_when_nothing_waits(void **state)
{
	struct rig r = rig_up(state);
	struct heavy h = { .change = { .apply = apply_heavy } };

	h.bytes = t_bytes((WAL_IDLE_FRAMES + 200) * 4096, 3);
	assert_int_equal(writer_run(r.w, &h.change), 0);
	WAIT_UNTIL(frames(r.w) == 0, 20000);
	free((void *)(uintptr_t)h.bytes.p);
	rig_down(&r);
}

static void a_reader_that_lingers_delays_the_checkpoint_and_no_more(void **state)
{
	struct rig r = rig_up(state);
	struct heavy h = { .change = { .apply = apply_heavy } };
	struct query q;

	h.bytes = t_bytes((WAL_IDLE_FRAMES + 200) * 4096, 3);
	assert_int_equal(writer_run(r.w, &(struct heavy){ .change = { .apply = apply_heavy }, .bytes = STR("x") }.change), 0);
	q = db_query(r.reader, SQL_META_GET);
	query_text(&q, 1, STR("heavy"));
	assert_int_equal(query_step(&q), QUERY_ROW);
	assert_int_equal(writer_run(r.w, &h.change), 0);
	assert_true(str_is(col_str(&q, 0), "x"));	/* its snapshot stands */
	assert_true(frames(r.w) > WAL_IDLE_FRAMES);
	assert_int_equal(query_end(&q), 0);
	assert_int_equal(writer_run(r.w, &h.change), 0);
	WAIT_UNTIL(frames(r.w) == 0, 20000);
	free((void *)(uintptr_t)h.bytes.p);
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(those_that_wait_share_one_commit_in_their_order),
		T(a_change_that_fails_is_undone_alone),
		T(needles_have_their_place_before_the_row_is_written),
		T(the_needles_of_an_undone_change_are_trash),
		T(a_full_disk_fails_the_whole_group_and_leaves_nothing_of_it),
		T(failing_bytes_never_reach_a_row),
		T(stopping_finishes_what_was_given),
		T(many_threads_at_once_all_get_their_answer),
		T(a_long_log_is_checkpointed_when_nothing_waits),
		T(a_reader_that_lingers_delays_the_checkpoint_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
