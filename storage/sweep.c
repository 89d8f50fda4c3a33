#include "storage/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "storage/blobs.h"
#include "storage/blob.h"

struct sweep {
	struct db *reader;
	int64_t before_ms;
	const _Atomic bool *stop;
	int gone;
};

static bool is_named(struct db *db, const uint8_t id[BLOB_FILE_ID], int *rc)
{
	struct query q = db_query(db, SQL_FILE_HAS);
	bool yes;

	query_bytes(&q, 1, str_n(id, BLOB_FILE_ID));
	yes = query_step(&q) == QUERY_ROW;
	*rc = query_end(&q);
	return yes;
}

static int look_at(struct sweep *s, int folder, const char *name)
{
	uint8_t id[BLOB_FILE_ID];
	struct stat st;
	bool named;
	int rc;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
	    (int64_t)st.st_mtim.tv_sec * 1000 >= s->before_ms)
		return 0;
	if (hex_decode(str_of(name), id, sizeof id) < 0)
		return 0;	/* not ours to remove */
	named = is_named(s->reader, id, &rc);
	if (rc < 0 || named)
		return rc;
	if ((rc = sys_unlinkat(folder, name, 0)) == 0) {
		log_info("orphan file=%s removed, bytes=%lld", name, (long long)st.st_size);
		s->gone++;
	}
	return rc;
}

/* One of the 256 folders, if it is there. */
static int look_into(struct sweep *s, int datadir, int number)
{
	char path[16];
	int fd, rc = 0;
	DIR *d;

	snprintf(path, sizeof path, "obj/%02x", number & 0xff);
	fd = openat(datadir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return -errno;
	}
	for (struct dirent *e; rc == 0 && !atomic_load(s->stop) && (e = readdir(d));)
		if (e->d_name[0] != '.')
			rc = look_at(s, fd, e->d_name);
	closedir(d);
	return rc;
}

int sweep_orphans(int datadir, struct db *reader, int64_t before_ms, const _Atomic bool *stop)
{
	struct sweep s = { .reader = reader, .before_ms = before_ms, .stop = stop };
	int rc;

	for (int folder = 0; folder < FOLDERS && !atomic_load(stop); folder++)
		if ((rc = look_into(&s, datadir, folder)) < 0)
			return rc;
	return s.gone;
}
