#include "storage/prime.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/sys.h"

#define PIECE (1 << 20)
#define SPACE_TIMES 16		/* the log may take this part of the free space, no more */

static const char zeros[PIECE];

static int grow(int fd, int64_t from, int64_t to)
{
	int rc = 0;

	while (from < to && rc == 0) {
		size_t n = to - from < PIECE ? (size_t)(to - from) : PIECE;

		rc = sys_pwrite_all(fd, zeros, n, (uint64_t)from);
		from += (int64_t)n;
	}
	return rc < 0 ? rc : sys_fsync(fd);
}

int prime_wal(int datadir, int64_t bytes)
{
	struct statvfs fs;
	struct stat st;
	int fd, rc = 0;

	if (fstatvfs(datadir, &fs) < 0 || (int64_t)(fs.f_bavail * fs.f_frsize) / SPACE_TIMES < bytes)
		return 0;
	fd = sys_openat(datadir, "meta/meta.db-wal", O_WRONLY, 0);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size < bytes)
		rc = grow(fd, st.st_size, bytes);
	close(fd);
	return rc;
}
