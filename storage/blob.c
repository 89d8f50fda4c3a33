#include "storage/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/sys.h"
#include "storage/blobs.h"
#include "storage/segment.h"

#define FLUSH_EVERY (1 << 20)	/* so often write-back of a growing file starts, so that the last sync is short */

void blobs_open(struct blobs **out, int datadir, struct volume *v)
{
	struct blobs *in = calloc(1, sizeof *in);

	CHECK(in != NULL);
	in->datadir = datadir;
	in->volume = v;
	pthread_mutex_init(&in->lock, NULL);
	warm_init(&in->warm, datadir);
	*out = in;
}

void blobs_close(struct blobs *in)
{
	if (!in)
		return;
	warm_clear(&in->warm);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

char *obj_path(char to[OBJ_PATH_MAX], const uint8_t file[BLOB_FILE_ID])
{
	char hex[2 * BLOB_FILE_ID + 1];

	hex_encode(hex, file, BLOB_FILE_ID);
	snprintf(to, OBJ_PATH_MAX, "obj/%.2s/%s", hex, hex);
	return to;
}

static char *folder_of(char to[OBJ_PATH_MAX], const uint8_t file[BLOB_FILE_ID])
{
	obj_path(to, file);
	*strrchr(to, '/') = '\0';
	return to;
}

/* After a failed sync the kernel may take the name for written, and a second sync would find nothing to do and
 * succeed. So a folder that is still empty goes again: whoever makes it anew gives the next sync something to write. */
static int make_folder(struct blobs *in, const uint8_t file[BLOB_FILE_ID])
{
	char folder[OBJ_PATH_MAX];
	int rc = sys_mkdirat(in->datadir, folder_of(folder, file), 0700);

	if (rc < 0)
		return rc;
	if ((rc = sys_fsync_dir(in->datadir, "obj")) < 0)
		sys_unlinkat(in->datadir, folder, AT_REMOVEDIR);
	return rc;
}

/* That a folder exists does not mean that its name is on the disk: another thread may
 * be about to sync it. So each is synced once per start, whoever made it. */
static int need_folder(struct blobs *in, const uint8_t file[BLOB_FILE_ID])
{
	bool *durable = &in->durable[file[0]];
	int rc = 0;

	pthread_mutex_lock(&in->lock);
	if (!*durable && (rc = make_folder(in, file)) == 0)
		*durable = true;
	pthread_mutex_unlock(&in->lock);
	return rc;
}

int blob_stage(struct blob *b, struct blobs *in, uint64_t size_hint)
{
	char path[OBJ_PATH_MAX];
	int rc;

	*b = (struct blob){ .in = in, .fd = -1 };
	random_bytes(b->file, BLOB_FILE_ID);
	if ((rc = need_folder(in, b->file)) < 0)
		return rc;
	b->fd = sys_openat(in->datadir, obj_path(path, b->file), O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (b->fd < 0)
		return b->fd;
	if (size_hint > 0 && (rc = sys_allocate(b->fd, size_hint)) < 0)
		blob_abort(b);
	return rc;
}

int blob_write(struct blob *b, const void *p, size_t n)
{
	int rc;

	CHECK(b->fd >= 0);
	if ((rc = sys_write_all(b->fd, p, n)) < 0)
		return rc;
	b->len += n;
	if (b->len - b->flushed < FLUSH_EVERY)
		return 0;
	rc = sys_sync_range(b->fd, b->flushed, b->len - b->flushed);
	b->flushed = b->len;
	return rc;
}

static void drop_file(struct blobs *in, const uint8_t file[BLOB_FILE_ID])
{
	char path[OBJ_PATH_MAX];

	sys_unlinkat(in->datadir, obj_path(path, file), 0);	/* what stays is swept */
}

int blob_commit(struct blob *b, struct extent *where)
{
	char folder[OBJ_PATH_MAX];
	int rc;

	CHECK(b->fd >= 0);
	*where = (struct extent){ .kind = EXTENT_NONE };
	if (b->len == 0) {
		blob_abort(b);
		return 0;
	}
	if ((rc = sys_fdatasync(b->fd)) < 0 ||
	    (rc = sys_fsync_dir(b->in->datadir, folder_of(folder, b->file))) < 0) {
		blob_abort(b);
		return rc;
	}
	warm_wrote(&b->in->warm, b->fd, b->file, b->len);
	close(b->fd);
	b->fd = -1;
	*where = (struct extent){ .kind = EXTENT_FILE, .len = b->len };
	memcpy(where->file, b->file, BLOB_FILE_ID);
	return 0;
}

void blob_abort(struct blob *b)
{
	if (b->fd < 0)
		return;
	close(b->fd);
	b->fd = -1;
	drop_file(b->in, b->file);
}

void blob_forget(struct blobs *in, const struct extent *e)
{
	if (e->kind == EXTENT_FILE)
		drop_file(in, e->file);
	else if (e->kind == EXTENT_NEEDLE)
		volume_punch(in->volume, e);
}

void blob_had(struct blobs *in, const struct extent *e, int n)
{
	for (int i = 0; i < n; i++)
		warm_had(&in->warm, &e[i]);
}

/* Reading. */

static int gone(int rc)
{
	return rc == -ENOENT ? E_NOT_FOUND : rc;
}

static int open_file(struct blobs *in, const struct extent *e)
{
	char path[OBJ_PATH_MAX];

	return gone(sys_openat(in->datadir, obj_path(path, e->file), O_RDONLY, 0));
}

static int64_t read_part(int fd, uint64_t at, void *to, size_t n)
{
	ssize_t got = sys_pread(fd, to, n, at);

	return got >= 0 && (size_t)got < n ? E_CORRUPT : got;
}

static int64_t read_whole_needle(int fd, const struct extent *e, void *to)
{
	char raw[NEEDLE_HEADER];
	struct needle_header h;
	int64_t got;

	if (e->off < NEEDLE_HEADER)
		return E_CORRUPT;
	if ((got = read_part(fd, e->off - NEEDLE_HEADER, raw, NEEDLE_HEADER)) < 0 ||
	    (got = read_part(fd, e->off, to, e->len)) < 0)
		return got;
	if (!needle_header_read(&h, raw) || h.size != e->len || h.data_crc != crc32c(0, to, e->len))
		return E_CORRUPT;
	return got;
}

static int64_t read_needle(struct blobs *in, const struct extent *e, uint64_t at, void *to, size_t n)
{
	int fd = volume_borrow(in->volume, e->seg);
	int64_t got;

	if (fd < 0)
		return gone(fd);
	got = n == e->len ? read_whole_needle(fd, e, to) : read_part(fd, e->off + at, to, n);
	volume_give_back(in->volume, e->seg, fd);
	return got;
}

static int64_t read_file(struct blobs *in, const struct extent *e, uint64_t at, void *to, size_t n)
{
	int fd = open_file(in, e);
	int64_t got;

	if (fd < 0)
		return fd;
	got = read_part(fd, at, to, n);
	close(fd);
	return got;
}

int64_t extent_read(struct blobs *in, const struct extent *e, uint64_t at, void *to, size_t n)
{
	if (at >= e->len)
		return 0;
	if (n > e->len - at)
		n = e->len - at;
	if (n == 0)
		return 0;
	return e->kind == EXTENT_NEEDLE ? read_needle(in, e, at, to, n) : read_file(in, e, at, to, n);
}

int extent_open(struct blobs *in, const struct extent *e, uint64_t *first)
{
	char path[SEGMENT_PATH_MAX];

	CHECK(e->kind != EXTENT_NONE);
	*first = e->kind == EXTENT_NEEDLE ? e->off : 0;
	if (e->kind == EXTENT_FILE)
		return open_file(in, e);
	return gone(sys_openat(in->datadir, segment_path(path, e->seg), O_RDONLY, 0));
}
