#include "storage/recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sys.h"
#include "storage/segment.h"
#include "storage/volume.h"

#define FORMAT_VERSION 1
#define FORMAT_MAX 4096
#define SEGMENT_SIZE_MAX (1LL << 30)

int recover_lock(int datadir)
{
	char who[32] = "";
	int fd = sys_openat(datadir, "LOCK", O_RDWR | O_CREAT, 0600), rc;

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		snprintf(who, sizeof who, "%ld\n", (long)getpid());	/* for the one who finds it locked */
		if (ftruncate(fd, 0) < 0 || pwrite(fd, who, strlen(who), 0) < 0)
			log_warn(-errno, "process id not noted in LOCK");
		return fd;
	}
	rc = errno == EWOULDBLOCK ? E_BUSY : -errno;
	if (pread(fd, who, sizeof who - 1, 0) < 0)
		who[0] = '\0';
	who[strcspn(who, "\n")] = '\0';
	log_info("data directory is in use by another minilab, pid=%s", who[0] ? who : "unknown");
	close(fd);
	return rc;
}

static int parse_format(struct arena *a, struct str text, uint64_t *segment_size)
{
	struct json_value *v;
	int64_t version, size;

	if (json_parse(a, text, &v) < 0)
		return E_BAD_INPUT;
	version = json_number(v, "v", 0);
	size = json_number(v, "segment", 0);
	if (version != FORMAT_VERSION || size < SEGMENT_SIZE_MIN || size > SEGMENT_SIZE_MAX ||
	    size % SEGMENT_BLOCK != 0)
		return E_BAD_INPUT;
	*segment_size = (uint64_t)size;
	return 0;
}

int recover_format(int datadir, uint64_t *segment_size)
{
	struct arena a = { 0 };
	char text[FORMAT_MAX];
	int fd = sys_openat(datadir, "FORMAT", O_RDONLY, 0), rc;
	ssize_t n;

	if (fd < 0)
		return fd == -ENOENT ? E_NOT_FOUND : fd;
	n = sys_pread(fd, text, sizeof text, 0);
	close(fd);
	rc = n < 0 ? (int)n : parse_format(&a, str_n(text, (size_t)n), segment_size);
	if (rc == E_BAD_INPUT)
		log_error(rc, "FORMAT is not of layout %d: made by another version of minilab?", FORMAT_VERSION);
	arena_clear(&a);
	return rc;
}

static int write_format(int datadir, uint64_t segment_size)
{
	struct buf text = { 0 };
	struct json j = json_into(&text);
	int fd, rc;

	json_open(&j, NULL, '{');
	json_int(&j, "v", FORMAT_VERSION);
	json_int(&j, "segment", (int64_t)segment_size);
	json_close(&j);
	rc = fd = sys_openat(datadir, "tmp/FORMAT", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		goto out;
	if ((rc = sys_write_all(fd, text.data, text.len)) == 0)
		rc = sys_fsync(fd);
	close(fd);
	if (rc == 0 && (rc = sys_renameat(datadir, "tmp/FORMAT", "FORMAT")) == 0)
		rc = sys_fsync_dir(datadir, ".");
out:
	buf_clear(&text);
	return rc;
}

int recover_layout(int datadir, uint64_t *segment_size)
{
	static const char *const folders[] = { "tmp", "meta", "vol", "obj" };
	int rc;

	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
		if ((rc = sys_mkdirat(datadir, folders[i], 0700)) < 0)
			return rc;
	if ((rc = sys_fsync_dir(datadir, ".")) < 0)
		return rc;
	rc = recover_format(datadir, segment_size);
	return rc == E_NOT_FOUND ? write_format(datadir, *segment_size) : rc;
}

int recover_empty_tmp(int datadir)
{
	int fd = sys_openat(datadir, "tmp", O_RDONLY | O_DIRECTORY, 0), rc = 0;
	DIR *d;

	if (fd < 0)
		return fd;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return -errno;
	}
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    (rc = sys_unlinkat(fd, e->d_name, 0)) < 0)
			log_warn(rc, "left in tmp: %s", log_quote(str_of(e->d_name)));
	closedir(d);
	return 0;
}

int recover_count_start(struct db *writer, uint64_t *start)
{
	int64_t n;
	int rc;

	if ((rc = db_begin(writer)) < 0)
		return rc;
	if ((rc = db_meta_get(writer, "start", 0, &n)) < 0 || (rc = db_meta_set(writer, "start", n + 1)) < 0 ||
	    (rc = db_commit(writer)) < 0) {
		db_rollback(writer);
		return rc;
	}
	*start = (uint64_t)n + 1;
	return 0;
}
