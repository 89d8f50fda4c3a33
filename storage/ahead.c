#include "storage/ahead.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "storage/queue.h"

#define MAGIC "minilab ahead 1\n"
#define BOOT "/proc/sys/kernel/random/boot_id"
#define TRIES 16			/* places that a job may have */

struct slot {
	_Atomic int64_t job;		/* 0: free. Written last */
	_Atomic int64_t lease;
};

struct head {
	char magic[24], boot[40];
};

struct list {
	struct head head;
	struct slot slots[AHEAD_MAX];
};

struct ahead {
	struct list *list;		/* mapped; NULL: there is none */
};

static int read_boot(struct head *h)
{
	int fd = sys_openat(AT_FDCWD, BOOT, O_RDONLY, 0);
	ssize_t n;

	if (fd < 0)
		return fd;
	*h = (struct head){ .magic = MAGIC };
	n = sys_pread(fd, h->boot, sizeof h->boot - 1, 0);
	close(fd);
	return n > 0 ? 0 : n < 0 ? (int)n : E_BAD_INPUT;
}

/* All of it is written, so that no page of the map lacks its place on the disk. */
static int begin_anew(int fd, const struct head *head)
{
	struct list *l = calloc(1, sizeof *l);
	int rc;

	CHECK(l != NULL);
	l->head = *head;
	rc = sys_pwrite_all(fd, l, sizeof *l, 0);
	free(l);
	return rc;
}

static int map(struct ahead *a, int datadir)
{
	struct head now, then;
	int fd = -1, rc = read_boot(&now);
	ssize_t n;
	void *p;

	if (rc < 0 || (rc = fd = sys_openat(datadir, "ahead", O_RDWR | O_CREAT, 0600)) < 0)
		goto out;
	rc = 0;
	n = sys_pread(fd, &then, sizeof then, 0);
	if (n != sizeof then || memcmp(&now, &then, sizeof now) != 0 || lseek(fd, 0, SEEK_END) != (off_t)sizeof *a->list)
		rc = begin_anew(fd, &now);
	if (rc < 0)
		goto out;
	p = mmap(NULL, sizeof *a->list, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		rc = -errno;
	else
		a->list = p;
out:
	if (fd >= 0)
		close(fd);
	return rc;
}

void ahead_open(struct ahead **out, int datadir)
{
	struct ahead *a = calloc(1, sizeof *a);
	int rc;

	CHECK(a != NULL);
	if ((rc = map(a, datadir)) < 0)
		log_info("ahead=unlisted why=%s", log_quote(str_of(err_text(rc))));
	*out = a;
}

void ahead_close(struct ahead *a)
{
	if (!a)
		return;
	if (a->list)
		munmap(a->list, sizeof *a->list);
	free(a);
}

int ahead_release(struct ahead *a, struct db *db)
{
	int rc = 0;

	for (int i = 0; a->list && i < AHEAD_MAX && rc == 0; i++) {
		int64_t job = atomic_load(&a->list->slots[i].job);

		if (job != 0)
			rc = queue_release_unbegun(db, job, atomic_load(&a->list->slots[i].lease));
		if (rc == E_LEASE_LOST)
			rc = 0;
	}
	return rc;
}

void ahead_forget(struct ahead *a)
{
	for (int i = 0; a->list && i < AHEAD_MAX; i++)
		atomic_store(&a->list->slots[i].job, 0);
}

/* Ids are given in order: neighbours have places of their own. */
static struct slot *find(struct ahead *a, int64_t job, int64_t listed)
{
	for (uint64_t i = 0; a->list && i < TRIES; i++) {
		struct slot *s = &a->list->slots[((uint64_t)job + i) % AHEAD_MAX];

		if (atomic_load(&s->job) == listed)
			return s;
	}
	return NULL;
}

void ahead_add(struct ahead *a, int64_t job, int64_t lease)
{
	struct slot *s = find(a, job, job);

	if (!s)
		s = find(a, job, 0);
	if (!s)
		return;
	atomic_store(&s->job, 0);
	atomic_store(&s->lease, lease);
	atomic_store(&s->job, job);
}

void ahead_begin(struct ahead *a, int64_t job)
{
	struct slot *s = find(a, job, job);

	if (s)
		atomic_store(&s->job, 0);
}
