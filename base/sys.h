/* sys.h - system calls of the durable path that can fail, in one place.
 *
 * Each returns a count, a descriptor or 0, or a negated errno; EINTR is retried
 * here. Tests set sys_fault to make the n-th call from now fail, or the process
 * die there: this is how every error path in storage gets run (tests/lib/t.h,
 * EACH_FAULT) and every durable step crashes. SQLite's own calls pass here too,
 * through the VFS in storage/vfs.c.
 *
 * Thread-safe; the counters are atomic.
 */
#ifndef BASE_SYS_H
#define BASE_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct sys_fault {
	long fail_at;		/* this call from now fails; 0: never */
	long crash_at;		/* the process dies there, without cleaning up; 0: never */
	int fail_with;		/* a positive errno; 0 means EIO */
	bool forever;		/* every call from fail_at on fails, as on a full or read-only disk */
};

void sys_set_fault(struct sys_fault f);	/* also sets the count to 0 */
long sys_calls(void);			/* since then */

/* True when this call must fail; then *rc is the negated errno. May not return.
 * Every wrapper asks it first; so does storage/vfs.c. MINILAB_CRASH_AT=n in the
 * environment arms crash_at in a process of its own (sys_fault_from_env). */
bool sys_injected(const char *what, int *rc);
void sys_fault_from_env(void);

/* Only in builds with test hooks (B=dev, B=hooks) is this ever true: $MINILAB_DROP_SYNC is part of the path, and
 * the sync must be left out. tests/powercut proves with it that a missing sync is noticed. */
#ifdef MINILAB_TEST_HOOKS
bool sys_sync_dropped(const char *path);
#else
static inline bool sys_sync_dropped(const char *path)
{
	(void)path;
	return false;
}
#endif

int sys_openat(int dirfd, const char *name, int flags, mode_t mode);
int sys_write_all(int fd, const void *p, size_t n);
int sys_pwrite_all(int fd, const void *p, size_t n, uint64_t at);
int sys_pwritev_all(int fd, const struct iovec *v, int n, uint64_t at);
ssize_t sys_pread(int fd, void *p, size_t n, uint64_t at);	/* fewer than n only at the end */
int sys_fsync(int fd);
int sys_fdatasync(int fd);
int sys_fsync_dir(int dirfd, const char *name);	/* "." for the directory itself */
int sys_sync_range(int fd, uint64_t at, uint64_t n);	/* starts write-back; a hint */
int sys_allocate(int fd, uint64_t n);		/* KEEP_SIZE; -EOPNOTSUPP is success */
int sys_punch(int fd, uint64_t at, uint64_t n);
int sys_mkdirat(int dirfd, const char *name, mode_t mode);	/* 0 also when it exists */
int sys_renameat(int dirfd, const char *from, const char *to);
/* Never replaces what has that name: -EEXIST. Also where the file system has no such renaming (NFS, 9p, most of FUSE): there by a second name, so
 * that a crash may leave both; and where it has no second names either, by looking first. */
int sys_rename_new(int from_dir, const char *from, int to_dir, const char *to);
int sys_unlinkat(int dirfd, const char *name, int flags);	/* 0 also when absent */

#endif
