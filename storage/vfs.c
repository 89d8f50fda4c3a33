#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "base/sys.h"
#include "storage/vfs.h"

#define VFS_NAME "minilab"
#define TAIL_MAX (120 << 10)	/* the unix VFS cannot write 128 KB at once */

/* Writes to the WAL wait here for the first call that could see the difference, so that
 * a commit is one write and not two for each page. It ends with a sync, and no other
 * connection is told of frames before they are synced. */
struct tail {
	sqlite3_int64 at;
	int n;
	char bytes[TAIL_MAX];
};

struct shim {			/* SQLite allocates szOsFile bytes: this, then the real file */
	sqlite3_file base;
	sqlite3_file *real;
	struct tail *tail;	/* owned; NULL unless this is the WAL */
	const char *name;	/* borrowed from SQLite, valid until close */
};

#define REAL_AT ((sizeof(struct shim) + 15) & ~(size_t)15)

static sqlite3_vfs *unix_vfs;
static sqlite3_vfs shim_vfs;
static _Thread_local int last_errno;	/* of the last call that failed, injected or not */

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct shim *)f)->real;
}

/* True when the call must fail; *code is then SQLite's word for it. */
static bool injected(const char *what, int code_if_io, int *code)
{
	int rc = 0;

	if (!sys_injected(what, &rc))
		return false;
	last_errno = -rc;
	*code = rc == -ENOSPC ? SQLITE_FULL : code_if_io;
	return true;
}

/* Remembers errno before SQLite's cleaning up hides it. */
static int heed(int code)
{
	if (code != SQLITE_OK)
		last_errno = errno;
	return code;
}

static int write_now(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	int code;

	if (injected("sqlite write", SQLITE_IOERR_WRITE, &code))
		return code;
	return heed(real_of(f)->pMethods->xWrite(real_of(f), p, n, at));
}

static int flush(sqlite3_file *f)
{
	struct tail *t = ((struct shim *)f)->tail;
	int n = t ? t->n : 0;

	if (n == 0)
		return SQLITE_OK;
	t->n = 0;		/* also after a failure: SQLite then undoes the commit */
	return write_now(f, t->bytes, n, t->at);
}

static int shim_close(sqlite3_file *f)
{
	free(((struct shim *)f)->tail);
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int shim_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	int code = flush(f);

	if (code != SQLITE_OK)
		return code;
	return real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static int shim_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	struct tail *t = ((struct shim *)f)->tail;
	int code;

	if (t && t->n > 0 && at >= t->at && at + n <= t->at + t->n) {	/* a page of the same transaction again */
		memcpy(t->bytes + (at - t->at), p, (size_t)n);
		return SQLITE_OK;
	}
	if (t && (t->n + n > TAIL_MAX || at != t->at + t->n) && (code = flush(f)) != SQLITE_OK)
		return code;
	if (!t || n > TAIL_MAX)
		return write_now(f, p, n, at);
	if (t->n == 0)
		t->at = at;
	memcpy(t->bytes + t->n, p, (size_t)n);
	t->n += n;
	return SQLITE_OK;
}

static int shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int code = flush(f);

	if (code != SQLITE_OK || injected("sqlite truncate", SQLITE_IOERR_TRUNCATE, &code))
		return code;
	return heed(real_of(f)->pMethods->xTruncate(real_of(f), size));
}

static int shim_sync(sqlite3_file *f, int flags)
{
	int code = flush(f);

	if (code != SQLITE_OK)
		return code;	/* a failed write, which can be undone */
	if (sys_sync_dropped(((struct shim *)f)->name))
		return SQLITE_OK;
	if (!injected("sqlite sync", SQLITE_IOERR_FSYNC, &code))
		code = heed(real_of(f)->pMethods->xSync(real_of(f), flags));
	if (code != SQLITE_OK) {
		log_error(-last_errno, "database sync failed: aborting, the next start repairs");
		abort();
	}
	return code;
}

static int shim_size(sqlite3_file *f, sqlite3_int64 *size)
{
	int code = flush(f);

	return code != SQLITE_OK ? code : real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int shim_lock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int shim_unlock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int shim_check_lock(sqlite3_file *f, int *out)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int shim_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int shim_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int shim_traits(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int shim_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **pp)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), region, size, extend, pp);
}

static int shim_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}

static void shim_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int shim_shm_unmap(sqlite3_file *f, int remove)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

/* Version 2: no xFetch, the writer never maps the database. */
static const sqlite3_io_methods shim_methods = {
	.iVersion = 2,
	.xClose = shim_close,
	.xRead = shim_read,
	.xWrite = shim_write,
	.xTruncate = shim_truncate,
	.xSync = shim_sync,
	.xFileSize = shim_size,
	.xLock = shim_lock,
	.xUnlock = shim_unlock,
	.xCheckReservedLock = shim_check_lock,
	.xFileControl = shim_control,
	.xSectorSize = shim_sector,
	.xDeviceCharacteristics = shim_traits,
	.xShmMap = shim_shm_map,
	.xShmLock = shim_shm_lock,
	.xShmBarrier = shim_shm_barrier,
	.xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
	struct shim *s = (struct shim *)f;
	int rc;

	(void)v;
	s->base.pMethods = NULL;
	s->tail = NULL;
	s->real = (sqlite3_file *)((char *)f + REAL_AT);
	s->name = name ? name : "";
	if (injected("sqlite open", SQLITE_CANTOPEN, &rc))
		return rc;
	rc = heed(unix_vfs->xOpen(unix_vfs, name, s->real, flags, out_flags));
	if (rc == SQLITE_OK && flags & SQLITE_OPEN_WAL) {
		s->tail = calloc(1, sizeof *s->tail);
		CHECK(s->tail != NULL);
	}
	if (s->real->pMethods)		/* set even after some failures: then xClose is expected */
		s->base.pMethods = &shim_methods;
	return rc;
}

static int shim_delete(sqlite3_vfs *v, const char *name, int sync_dir)
{
	int code;

	(void)v;
	if (injected("sqlite delete", SQLITE_IOERR_DELETE, &code))
		return code;
	return heed(unix_vfs->xDelete(unix_vfs, name, sync_dir));
}

int vfs_errno(void)
{
	return last_errno;
}

static void register_once(void)
{
	unix_vfs = sqlite3_vfs_find(NULL);
	CHECK(unix_vfs != NULL);
	shim_vfs = *unix_vfs;
	shim_vfs.szOsFile = (int)REAL_AT + unix_vfs->szOsFile;
	shim_vfs.pNext = NULL;
	shim_vfs.zName = VFS_NAME;
	shim_vfs.xOpen = shim_open;
	shim_vfs.xDelete = shim_delete;
	CHECK(sqlite3_vfs_register(&shim_vfs, 0) == SQLITE_OK);
}

const char *vfs_register(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, register_once);
	return VFS_NAME;
}
