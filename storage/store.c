#include "storage/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "storage/ahead.h"
#include "storage/keeper.h"
#include "storage/prime.h"
#include "storage/queue.h"
#include "storage/recover.h"
#include "storage/trash.h"

struct store {
	struct store_spec spec;
	int datadir, lock;		/* owned; -1: none */
	struct buf db_path;
	struct db *db;			/* the writer's; owned. NULL when read-only, as are writer and keeper */
	struct volume *volume;
	struct blobs *blobs;
	struct writer *writer;
	struct keeper *keeper;
	struct ahead *ahead;		/* NULL: read_only */
};

static int open_reading(struct store *s)
{
	struct volume_spec v = { .datadir = s->datadir, .read_only = true };
	int rc;

	if ((rc = recover_format(s->datadir, &v.segment_size)) < 0)
		return rc;
	return volume_open(&s->volume, &v);
}

struct release {
	struct change change;
	struct ahead *ahead;
};

static int release_leases(struct change *c, struct db *db)
{
	int rc = ahead_release(container_of(c, struct release, change)->ahead, db);

	return rc < 0 ? rc : queue_release_all(db);
}

static int start_threads(struct store *s)
{
	struct writer_spec w = { .db = s->db, .volume = s->volume, .dirfd = s->datadir,
				 .free_floor = s->spec.free_floor };
	struct keeper_spec k = { .datadir = s->datadir, .blobs = s->blobs, .grace_ms = s->spec.grace_ms };
	struct release release = { .change = { .apply = release_leases, .always = true }, .ahead = s->ahead };
	int rc;

	if ((rc = writer_start(&s->writer, &w)) < 0 || (rc = store_reader(s, &k.reader)) < 0)
		return rc;
	k.writer = s->writer;
	keeper_start(&s->keeper, &k);
	if ((rc = writer_run(s->writer, &release.change)) == 0)
		ahead_forget(s->ahead);
	return rc;
}

static int open_writing(struct store *s)
{
	struct volume_spec v = { .datadir = s->datadir };
	int rc;

	v.segment_size = s->spec.segment_size ? s->spec.segment_size : SEGMENT_SIZE;
	if ((rc = s->lock = recover_lock(s->datadir)) < 0 ||
	    (rc = recover_layout(s->datadir, &v.segment_size)) < 0 ||
	    (rc = recover_empty_tmp(s->datadir)) < 0 ||
	    (rc = db_open(&s->db, s->db_path.data, DB_WRITER)) < 0 ||
	    (rc = sys_fsync_dir(s->datadir, "meta")) < 0 ||
	    (rc = recover_count_start(s->db, &v.start)) < 0 ||
	    (s->spec.prime && (rc = prime_wal(s->datadir, WAL_FULL_BYTES)) < 0) ||
	    (rc = volume_open(&s->volume, &v)) < 0)
		return rc;
	ahead_open(&s->ahead, s->datadir);
	return 0;
}

static int open_datadir(struct store *s)
{
	int rc;

	if (!s->spec.read_only && (rc = sys_mkdirat(AT_FDCWD, s->spec.dir, 0700)) < 0)
		return rc;
	s->datadir = sys_openat(AT_FDCWD, s->spec.dir, O_RDONLY | O_DIRECTORY, 0);
	return s->datadir == -ENOENT ? E_NOT_FOUND : s->datadir < 0 ? s->datadir : 0;
}

int store_open(struct store **out, const struct store_spec *spec)
{
	struct store *s = calloc(1, sizeof *s);
	int rc;

	CHECK(s != NULL);
	*out = NULL;
	s->spec = *spec;
	if (s->spec.grace_ms == 0)
		s->spec.grace_ms = TRASH_GRACE_MS;
	s->datadir = s->lock = -1;
	buf_printf(&s->db_path, "%s/meta/meta.db", spec->dir);
	if ((rc = open_datadir(s)) < 0)
		goto out;
	if ((rc = spec->read_only ? open_reading(s) : open_writing(s)) < 0)
		goto out;
	blobs_open(&s->blobs, s->datadir, s->volume);
	rc = spec->read_only ? 0 : start_threads(s);
out:
	if (rc < 0) {
		store_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	keeper_stop(s->keeper);
	writer_stop(s->writer);
	blobs_close(s->blobs);
	ahead_close(s->ahead);
	volume_close(s->volume);
	db_close(s->db);
	buf_clear(&s->db_path);
	if (s->lock >= 0)
		close(s->lock);
	if (s->datadir >= 0)
		close(s->datadir);
	free(s);
}

int store_reader(struct store *s, struct db **out)
{
	return db_open(out, s->db_path.data, DB_READER);
}

struct writer *store_writer(struct store *s)
{
	return s->writer;
}

struct blobs *store_blobs(struct store *s)
{
	return s->blobs;
}

struct ahead *store_ahead(struct store *s)
{
	return s->ahead;
}

const char *store_region(struct store *s)
{
	return s->spec.region;
}

const char *store_account(struct store *s)
{
	return s->spec.account;
}

void store_submit(struct store *s, struct change *first)
{
	CHECK(s->writer != NULL);
	writer_submit(s->writer, first);
}

int store_run(struct store *s, struct change *c)
{
	CHECK(s->writer != NULL);
	return writer_run(s->writer, c);
}

void store_get_health(struct store *s, struct store_health *out)
{
	struct statvfs fs;

	*out = (struct store_health){ 0 };
	if (fstatvfs(s->datadir, &fs) == 0) {
		out->disk_free = (int64_t)(fs.f_bavail * fs.f_frsize);
		out->disk_size = (int64_t)(fs.f_blocks * fs.f_frsize);
	}
	if (!s->writer)
		return;
	writer_get_stats(s->writer, &out->writer);
	out->wal_frames = out->writer.wal_frames;
	out->writable = out->writer.last_rc >= 0;
}
