#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"

static _Atomic bool armed;
static _Atomic long calls;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* of `fault`, which threads ask while a test sets it */
static struct sys_fault fault;

void sys_set_fault(struct sys_fault f)
{
	pthread_mutex_lock(&lock);
	fault = f;
	atomic_store(&calls, 0);
	atomic_store(&armed, true);
	pthread_mutex_unlock(&lock);
}

long sys_calls(void)
{
	return atomic_load(&calls);
}

void sys_fault_from_env(void)
{
	const char *at = getenv("MINILAB_CRASH_AT");
	int64_t n;

	if (at && str_to_int(str_of(at), 1, INT32_MAX, &n) == 0)
		sys_set_fault((struct sys_fault){ .crash_at = (long)n });
}

bool sys_injected(const char *what, int *rc)
{
	struct sys_fault f;
	long n;

	if (!atomic_load_explicit(&armed, memory_order_relaxed))
		return false;
	pthread_mutex_lock(&lock);
	n = atomic_fetch_add(&calls, 1) + 1;
	f = fault;
	pthread_mutex_unlock(&lock);
	if (n == f.crash_at) {
		log_debug("crash=%s call=%ld", what, n);
		_exit(137);
	}
	if (f.fail_at == 0 || n < f.fail_at || (n > f.fail_at && !f.forever))
		return false;
	*rc = -(f.fail_with ? f.fail_with : EIO);
	return true;
}

#ifdef MINILAB_TEST_HOOKS
bool sys_sync_dropped(const char *path)
{
	const char *part = getenv("MINILAB_DROP_SYNC");

	return part && *part && strstr(path, part);
}

static bool dropped(int fd)
{
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	path[n < 0 ? 0 : n] = '\0';
	return sys_sync_dropped(path);
}
#else
static bool dropped(int fd)
{
	(void)fd;
	return false;
}
#endif

int sys_openat(int dirfd, const char *name, int flags, mode_t mode)
{
	int fd, rc;

	if (sys_injected("openat", &rc))
		return rc;
	do
		fd = openat(dirfd, name, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

int sys_write_all(int fd, const void *p, size_t n)
{
	const char *at = p;
	int rc;

	if (sys_injected("write", &rc))
		return rc;
	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int sys_pwrite_all(int fd, const void *p, size_t n, uint64_t at)
{
	struct iovec v = { .iov_base = (void *)(uintptr_t)p, .iov_len = n };

	return sys_pwritev_all(fd, &v, 1, at);
}

/* What is left of `v` after `done` bytes; the caller's array is not touched. */
static int rest_of(const struct iovec *v, int n, size_t done, struct iovec *rest, int rest_max)
{
	int count = 0;

	for (int i = 0; i < n && count < rest_max; i++) {
		if (done >= v[i].iov_len) {
			done -= v[i].iov_len;
			continue;
		}
		rest[count++] = (struct iovec){ .iov_base = (char *)v[i].iov_base + done, .iov_len = v[i].iov_len - done };
		done = 0;
	}
	return count;
}

int sys_pwritev_all(int fd, const struct iovec *v, int n, uint64_t at)
{
	struct iovec rest[256];
	size_t total = 0, done = 0;
	int rc;

	if (sys_injected("pwritev", &rc))
		return rc;
	for (int i = 0; i < n; i++)
		total += v[i].iov_len;
	while (done < total) {
		int count = rest_of(v, n, done, rest, 256);
		ssize_t wrote = pwritev(fd, rest, count, (off_t)(at + done));

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -errno;
		done += (size_t)wrote;
	}
	return 0;
}

ssize_t sys_pread(int fd, void *p, size_t n, uint64_t at)
{
	size_t done = 0;
	int rc;

	if (sys_injected("pread", &rc))
		return rc;
	while (done < n) {
		ssize_t got = pread(fd, (char *)p + done, n - done, (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

int sys_fsync(int fd)
{
	int rc;

	if (sys_injected("fsync", &rc))
		return rc;
	return !dropped(fd) && fsync(fd) < 0 ? -errno : 0;
}

int sys_fdatasync(int fd)
{
	int rc;

	if (sys_injected("fdatasync", &rc))
		return rc;
	return !dropped(fd) && fdatasync(fd) < 0 ? -errno : 0;
}

int sys_fsync_dir(int dirfd, const char *name)
{
	int fd = sys_openat(dirfd, name, O_RDONLY | O_DIRECTORY, 0), rc;

	if (fd < 0)
		return fd;
	rc = sys_fsync(fd);
	close(fd);
	return rc;
}

int sys_sync_range(int fd, uint64_t at, uint64_t n)
{
	int rc;

	if (sys_injected("sync_file_range", &rc))
		return rc;
	return sync_file_range(fd, (off_t)at, (off_t)n, SYNC_FILE_RANGE_WRITE) < 0 ? -errno : 0;
}

static int allocate(const char *what, int fd, int mode, uint64_t at, uint64_t n)
{
	int rc;

	if (sys_injected(what, &rc))
		return rc;
	do
		rc = fallocate(fd, mode, (off_t)at, (off_t)n);
	while (rc < 0 && errno == EINTR);
	return rc < 0 && errno != EOPNOTSUPP ? -errno : 0;
}

int sys_allocate(int fd, uint64_t n)
{
	return allocate("fallocate", fd, FALLOC_FL_KEEP_SIZE, 0, n);
}

int sys_punch(int fd, uint64_t at, uint64_t n)
{
	return allocate("punch", fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, n);
}

int sys_mkdirat(int dirfd, const char *name, mode_t mode)
{
	int rc;

	if (sys_injected("mkdirat", &rc))
		return rc;
	return mkdirat(dirfd, name, mode) < 0 && errno != EEXIST ? -errno : 0;
}

int sys_renameat(int dirfd, const char *from, const char *to)
{
	int rc;

	if (sys_injected("renameat", &rc))
		return rc;
	return renameat(dirfd, from, dirfd, to) < 0 ? -errno : 0;
}

static bool is_unsupported(int rc)
{
	return rc == -EINVAL || rc == -ENOSYS || rc == -EOPNOTSUPP;
}

static int link_new(int from_dir, const char *from, int to_dir, const char *to)
{
	int rc;

	if (sys_injected("linkat", &rc))
		return rc;
	return linkat(from_dir, from, to_dir, to, 0) < 0 ? -errno : 0;
}

static int rename_by_steps(int from_dir, const char *from, int to_dir, const char *to)
{
	struct stat st;
	int rc = link_new(from_dir, from, to_dir, to);

	if (rc == 0 && (rc = sys_unlinkat(from_dir, from, 0)) < 0)
		unlinkat(to_dir, to, 0);	/* it keeps the name that it had */
	if (rc == 0 || (!is_unsupported(rc) && rc != -EPERM && rc != -EMLINK))
		return rc;
	if (fstatat(to_dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(from_dir, from, to_dir, to) < 0 ? -errno : 0;
}

int sys_rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
	int rc;

	if (!sys_injected("renameat2", &rc))
		rc = renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) < 0 ? -errno : 0;
	return is_unsupported(rc) ? rename_by_steps(from_dir, from, to_dir, to) : rc;
}

int sys_unlinkat(int dirfd, const char *name, int flags)
{
	int rc;

	if (sys_injected("unlinkat", &rc))
		return rc;
	return unlinkat(dirfd, name, flags) < 0 && errno != ENOENT ? -errno : 0;
}
