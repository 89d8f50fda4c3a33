#include "storage/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "storage/segment.h"
#include "storage/segment_fds.h"
#include "storage/writer.h"

#define START_SHIFT 40			/* bits of seq for the needles of one start */
#define BATCH_MAX (WRITER_GROUP_MAX * NEEDLES_MAX)

struct active {
	int fd;				/* owned; -1: none */
	uint32_t seg;
	uint64_t size, end;
};

enum fresh { FRESH_NONE, FRESH_WANTED, FRESH_READY, FRESH_FAILED };

struct volume {
	struct volume_spec spec;
	struct active active;		/* volume thread only */
	uint64_t seq;			/* of the last needle */
	struct buf scratch;		/* headers, keys and padding of the group being written */
	struct iovec iov[2 * BATCH_MAX + 1];

	pthread_mutex_t lock;		/* what follows */
	pthread_cond_t changed;
	pthread_t helper;
	bool helping;
	_Atomic bool closing;
	_Atomic uint32_t newest;	/* the active segment; what is below is full */
	enum fresh fresh;
	struct active next;		/* when READY */
	int fresh_rc;			/* when FAILED */
	uint32_t next_seg;		/* number of the next segment to be made */

	struct segment_fds reading;
};

/* The helper: keeps one zeroed segment ready. */

static void *helper_main(void *arg)
{
	struct volume *v = arg;
	uint32_t seg;
	int fd;

	pthread_mutex_lock(&v->lock);
	while (!atomic_load(&v->closing)) {
		if (v->fresh != FRESH_WANTED) {
			pthread_cond_wait(&v->changed, &v->lock);
			continue;
		}
		seg = v->next_seg;
		pthread_mutex_unlock(&v->lock);
		fd = segment_make(v->spec.datadir, seg, v->spec.segment_size, &v->closing);
		pthread_mutex_lock(&v->lock);
		if (fd >= 0) {
			v->next = (struct active){ .fd = fd, .seg = seg, .size = v->spec.segment_size };
			v->next_seg = seg + 1;
		}
		v->fresh = fd >= 0 ? FRESH_READY : FRESH_FAILED;
		v->fresh_rc = fd;
		pthread_cond_broadcast(&v->changed);
	}
	pthread_mutex_unlock(&v->lock);
	return NULL;
}

/* v->lock is held. */
static void want_fresh(struct volume *v)
{
	if (v->fresh == FRESH_READY || v->fresh == FRESH_WANTED)
		return;
	v->fresh = FRESH_WANTED;
	pthread_cond_broadcast(&v->changed);
}

/* The fresh segment becomes the active one. */
static int roll(struct volume *v)
{
	int rc = 0;

	if (v->active.fd >= 0)
		close(v->active.fd);
	v->active.fd = -1;
	pthread_mutex_lock(&v->lock);
	want_fresh(v);
	while (v->fresh == FRESH_WANTED)
		pthread_cond_wait(&v->changed, &v->lock);
	if (v->fresh == FRESH_READY) {
		v->active = v->next;
		v->next.fd = -1;
		atomic_store(&v->newest, v->active.seg);
	} else {
		rc = v->fresh_rc;
	}
	v->fresh = FRESH_NONE;
	pthread_mutex_unlock(&v->lock);
	return rc;
}

static void order_next(struct volume *v)
{
	if (v->active.end < v->active.size / 4)
		return;
	pthread_mutex_lock(&v->lock);
	if (v->fresh == FRESH_NONE)
		want_fresh(v);
	pthread_mutex_unlock(&v->lock);
}

/* Opening. */

static int open_segment(struct volume *v, uint32_t seg, int flags)
{
	char path[SEGMENT_PATH_MAX];

	return sys_openat(v->spec.datadir, segment_path(path, seg), flags, 0);
}

/* Opens `seg` for appending if it can be appended to; else a->fd is -1. */
static int try_segment(struct volume *v, uint32_t seg, struct active *a)
{
	struct segment_end end = { 0 };
	int rc;

	*a = (struct active){ .fd = open_segment(v, seg, O_RDWR), .seg = seg };
	if (a->fd < 0)
		return a->fd == -ENOENT ? 0 : a->fd;
	rc = segment_scan(a->fd, &end);
	if (rc == 0 && end.clean) {
		a->size = end.size;
		a->end = end.end;
		return 0;
	}
	log_warn(rc, "segment=%u is not appended to any more: a write to it was cut short", seg);
	close(a->fd);
	a->fd = -1;
	return 0;
}

/* The newest segment is the active one, or the zeroed one that was to follow it. */
static int find_active(struct volume *v)
{
	struct active last = { .fd = -1 }, before = { .fd = -1 };
	bool any;
	uint32_t seg;
	int rc;

	if ((rc = segment_last(v->spec.datadir, &any, &seg)) < 0 || !any)
		return rc;
	v->next_seg = seg + 1;
	if ((rc = try_segment(v, seg, &last)) < 0)
		return rc;
	if (last.fd >= 0 && last.end == 0 && seg > 0 && (rc = try_segment(v, seg - 1, &before)) < 0) {
		close(last.fd);
		return rc;
	}
	if (before.fd < 0) {
		v->active = last;
		return 0;
	}
	v->active = before;
	v->next = last;
	v->fresh = FRESH_READY;
	return 0;
}

int volume_open(struct volume **out, const struct volume_spec *spec)
{
	struct volume *v = calloc(1, sizeof *v);
	int rc = 0;

	CHECK(v != NULL);
	v->spec = *spec;
	if (v->spec.segment_size == 0)
		v->spec.segment_size = SEGMENT_SIZE;
	CHECK(v->spec.segment_size >= SEGMENT_SIZE_MIN && v->spec.segment_size % SEGMENT_BLOCK == 0);
	v->active.fd = v->next.fd = -1;
	v->seq = spec->start << START_SHIFT;
	pthread_mutex_init(&v->lock, NULL);
	pthread_cond_init(&v->changed, NULL);
	segment_fds_init(&v->reading, spec->datadir);
	if (!spec->read_only) {
		if ((rc = find_active(v)) < 0) {
			volume_close(v);
			return rc;
		}
		atomic_store(&v->newest, v->active.fd >= 0 ? v->active.seg : v->next_seg);
		if (v->active.fd < 0 && v->fresh == FRESH_NONE)
			v->fresh = FRESH_WANTED;	/* made while nobody waits for it yet */
		v->helping = true;
		CHECK(pthread_create(&v->helper, NULL, helper_main, v) == 0);
		pthread_setname_np(v->helper, "segment");
	}
	*out = v;
	return 0;
}

void volume_close(struct volume *v)
{
	if (!v)
		return;
	if (v->helping) {
		pthread_mutex_lock(&v->lock);
		atomic_store(&v->closing, true);
		pthread_cond_broadcast(&v->changed);
		pthread_mutex_unlock(&v->lock);
		pthread_join(v->helper, NULL);
	}
	if (v->active.fd >= 0)
		close(v->active.fd);
	if (v->next.fd >= 0)
		close(v->next.fd);
	pthread_mutex_destroy(&v->lock);
	pthread_cond_destroy(&v->changed);
	segment_fds_clear(&v->reading);
	buf_clear(&v->scratch);
	free(v);
}

/* Appending. */

static uint64_t round_up(uint64_t at)
{
	return (at + SEGMENT_BLOCK - 1) / SEGMENT_BLOCK * SEGMENT_BLOCK;
}

/* Key and padding of needle i and the header of the one after it are neighbours on
 * the disk, so they are one run of scratch: fewer pieces for the kernel. Zeros up to
 * the end of the last block spare the kernel reading it before it is written. */
static int lay_out(struct volume *v, struct needle **needles, int n, uint64_t *end)
{
	static const char zeros[SEGMENT_BLOCK];
	size_t room = SEGMENT_BLOCK, from = 0;
	struct needle_header h;
	uint64_t at = *end;
	int pieces = 0;

	v->scratch.len = 0;
	for (int i = 0; i < n; i++)
		room += NEEDLE_HEADER + needles[i]->key.n + NEEDLE_ALIGN;
	buf_reserve(&v->scratch, room);		/* it must not move while pieces point at it */
	for (int i = 0; i < n; i++) {
		struct needle *d = needles[i];
		uint64_t span = needle_span(d->data.n, d->key.n);

		needle_header_fill(&h, ++v->seq, d->data, d->key);
		buf_add(&v->scratch, &h, sizeof h);
		v->iov[pieces++] = (struct iovec){ v->scratch.data + from, v->scratch.len - from };
		from = v->scratch.len;
		v->iov[pieces++] = (struct iovec){ (void *)(uintptr_t)d->data.p, d->data.n };
		buf_add(&v->scratch, d->key.p, d->key.n);
		buf_add(&v->scratch, zeros, span - NEEDLE_HEADER - d->data.n - d->key.n);
		d->where = (struct extent){ .kind = EXTENT_NEEDLE, .seg = v->active.seg, .off = at + NEEDLE_HEADER,
					    .len = d->data.n };
		at += span;
	}
	buf_add(&v->scratch, zeros, round_up(at) - at);
	v->iov[pieces++] = (struct iovec){ v->scratch.data + from, v->scratch.len - from };
	*end = at;
	return pieces;
}

/* How many of them the active segment has room for. */
static int fitting(const struct volume *v, struct needle **needles, int n)
{
	uint64_t end = v->active.end;
	int i;

	if (v->active.fd < 0)
		return 0;
	for (i = 0; i < n; i++) {
		end += needle_span(needles[i]->data.n, needles[i]->key.n);
		if (end > v->active.size)
			break;
	}
	return i;
}

static int write_run(struct volume *v, struct needle **needles, int n)
{
	uint64_t end = v->active.end;
	int pieces = lay_out(v, needles, n, &end), rc;

	if ((rc = sys_pwritev_all(v->active.fd, v->iov, pieces, v->active.end)) < 0)
		return rc;
	if ((rc = sys_fdatasync(v->active.fd)) < 0)
		return rc;
	v->active.end = end;
	return 0;
}

/* What is on the disk after a failure is unknown, so nothing more is put there. */
static void retire(struct volume *v, int rc)
{
	log_error(rc, "segment=%u retired", v->active.seg);
	close(v->active.fd);
	v->active.fd = -1;
}

static int append_all(struct volume *v, struct needle **needles, int n)
{
	int done = 0, run, rc;

	while (done < n) {
		run = fitting(v, needles + done, n - done);
		if (run == 0) {
			if ((rc = roll(v)) < 0)
				return rc;
			continue;
		}
		if ((rc = write_run(v, needles + done, run)) < 0) {
			retire(v, rc);
			return rc;
		}
		done += run;
	}
	order_next(v);
	return 0;
}

int volume_append(struct volume *v, struct needle **needles, int n)
{
	struct needle *some[BATCH_MAX];
	int count = 0, rc;

	CHECK(n <= BATCH_MAX && !v->spec.read_only);
	for (int i = 0; i < n; i++) {
		needles[i]->where = (struct extent){ .kind = EXTENT_NONE };
		CHECK(needles[i]->data.n <= BLOB_NEEDLE_MAX && needles[i]->key.n <= NEEDLE_KEY_MAX);
		if (needles[i]->data.n > 0)
			some[count++] = needles[i];
	}
	if ((rc = append_all(v, some, count)) < 0)
		for (int i = 0; i < n; i++)
			needles[i]->where = (struct extent){ .kind = EXTENT_NONE };
	return rc;
}

/* Reading and giving back. */

int volume_borrow(struct volume *v, uint32_t seg)
{
	return segment_fds_borrow(&v->reading, seg);
}

void volume_give_back(struct volume *v, uint32_t seg, int fd)
{
	segment_fds_give_back(&v->reading, seg, fd);
}

void volume_punch(struct volume *v, const struct extent *e)
{
	uint64_t from = round_up(e->off), to = (e->off + e->len) / SEGMENT_BLOCK * SEGMENT_BLOCK;
	int fd;

	if (to <= from)
		return;
	fd = open_segment(v, e->seg, O_RDWR);
	if (fd < 0)
		return;
	sys_punch(fd, from, to - from);
	close(fd);
}

bool volume_is_full(struct volume *v, uint32_t seg)
{
	return seg < atomic_load(&v->newest);
}

uint64_t volume_segment_size(struct volume *v)
{
	return v->spec.segment_size;
}

int volume_key(struct volume *v, const struct extent *e, char to[NEEDLE_KEY_MAX], size_t *n)
{
	char raw[NEEDLE_HEADER];
	struct needle_header h;
	ssize_t got = E_CORRUPT;
	int fd = volume_borrow(v, e->seg);

	if (fd < 0)
		return fd;
	if (e->off < NEEDLE_HEADER || (got = sys_pread(fd, raw, sizeof raw, e->off - NEEDLE_HEADER)) < 0)
		goto out;
	if (got < NEEDLE_HEADER || !needle_header_read(&h, raw)) {
		got = E_CORRUPT;
		goto out;
	}
	*n = h.key_len;
	got = sys_pread(fd, to, h.key_len, e->off + h.size);
	if (got >= 0)
		got = (size_t)got == h.key_len && crc32c(0, to, h.key_len) == h.key_crc ? 0 : E_CORRUPT;
out:
	volume_give_back(v, e->seg, fd);
	return (int)got;
}

int volume_remove(struct volume *v, uint32_t seg)
{
	char path[SEGMENT_PATH_MAX];

	CHECK(volume_is_full(v, seg));
	segment_fds_forget(&v->reading, seg);
	return sys_unlinkat(v->spec.datadir, segment_path(path, seg), 0);
}
