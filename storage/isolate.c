/* A whole blob in one descriptor that holds nothing else, for a cage. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/sys.h"
#include "storage/blobs.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)
#define COPY_BY (1 << 20)

/* Needles are read whole, so that their checksum is tested on the way. */
static int copy_needle(struct blobs *in, const struct extent *e, int to)
{
	char *room = malloc(e->len);
	int64_t got;
	int rc;

	CHECK(room != NULL);
	got = extent_read(in, e, 0, room, e->len);
	rc = got < 0 ? (int)got : sys_write_all(to, room, e->len);
	free(room);
	return rc;
}

static int copy_by_hand(int from, int to, uint64_t at, uint64_t len)
{
	char *room = malloc(COPY_BY);
	ssize_t got;
	int rc = 0;

	CHECK(room != NULL);
	while (rc == 0 && at < len) {
		got = sys_pread(from, room, len - at < COPY_BY ? len - at : COPY_BY, at);
		rc = got < 0 ? (int)got : got == 0 ? E_CORRUPT : sys_write_all(to, room, (size_t)got);
		at += got > 0 ? (uint64_t)got : 0;
	}
	free(room);
	return rc;
}

static int copy_file(struct blobs *in, const struct extent *e, int to)
{
	uint64_t first;
	off_t at = 0;
	ssize_t got = 1;
	int from = extent_open(in, e, &first), rc = 0;

	if (from < 0)
		return from;
	while (got > 0 && (uint64_t)at < e->len)
		got = copy_file_range(from, &at, to, NULL, e->len - (uint64_t)at, 0);
	if (got < 0 && errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS)
		rc = -errno;
	else
		rc = copy_by_hand(from, to, (uint64_t)at, e->len);	/* the rest, usually nothing */
	close(from);
	return rc;
}

static int copy_all(struct blobs *in, const struct extent *e, int n, int to)
{
	int rc = 0;

	for (int i = 0; i < n && rc == 0; i++) {
		if (e[i].kind == EXTENT_NEEDLE)
			rc = copy_needle(in, &e[i], to);
		else if (e[i].kind == EXTENT_FILE)
			rc = copy_file(in, &e[i], to);
	}
	return rc;
}

static int in_memory(struct blobs *in, const struct extent *e, int n)
{
	int fd = memfd_create("blob", MFD_CLOEXEC | MFD_ALLOW_SEALING), rc;

	if (fd < 0)
		return -errno;
	if ((rc = copy_all(in, e, n, fd)) == 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		rc = -errno;
	if (rc < 0) {
		close(fd);
		return rc;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int the_file_itself(struct blobs *in, const struct extent *e)
{
	uint64_t first;
	struct stat st;
	int fd = extent_open(in, e, &first);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) == 0 && (uint64_t)st.st_size == e->len) {
		warm_want(&in->warm, fd, e);
		return fd;
	}
	close(fd);
	return E_CORRUPT;
}

static int in_unnamed_file(struct blobs *in, const struct extent *e, int n)
{
	int fd = sys_openat(in->datadir, "tmp", O_TMPFILE | O_RDWR, 0600), again, rc;
	char self[32];

	if (fd < 0)
		return fd;
	if ((rc = copy_all(in, e, n, fd)) < 0) {
		close(fd);
		return rc;
	}
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	again = sys_openat(AT_FDCWD, self, O_RDONLY, 0);	/* the same file, but not for writing */
	close(fd);
	return again;
}

int blob_isolate(struct blobs *in, const struct extent *e, int n)
{
	uint64_t total = 0;

	for (int i = 0; i < n; i++)
		total += e[i].len;
	if (n == 1 && e->kind == EXTENT_FILE)
		return the_file_itself(in, e);
	return total <= BLOB_NEEDLE_MAX ? in_memory(in, e, n) : in_unnamed_file(in, e, n);
}
