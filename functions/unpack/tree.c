#include "functions/unpack/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys.h"

#define FOLDER_MODE 0755

void tree_init(struct tree *t, int dir)
{
	*t = (struct tree){ .dir = dir, .folder = -1,
		.bytes_max = UNPACK_BYTES_MAX, .made_max = UNPACK_FILES_MAX, .folders_max = UNPACK_FOLDERS_MAX };
}

static void forget_folder(struct tree *t)
{
	if (t->folder >= 0)
		close(t->folder);
	t->folder = -1;
}

void tree_clear(struct tree *t)
{
	forget_folder(t);
}

/* What an errno says about the zip, or about us. */
static enum unpack_verdict blame(struct tree *t, int error)
{
	t->error = error;
	switch (error) {
	case EEXIST: case ENOTDIR: case EISDIR:
		return UNPACK_TWICE;
	case ELOOP: case EXDEV: case ENAMETOOLONG: case EINVAL: case EILSEQ:
		return UNPACK_PATH;
	case EFBIG:
		return UNPACK_TOO_LARGE;
	case ENOSPC: case EDQUOT: case ENOMEM: case EMFILE: case ENFILE:
		return UNPACK_SHORT;
	default:
		return UNPACK_FAILED;
	}
}

static int open_below(int dir, const char *name, uint64_t flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .mode = mode, .resolve = RESOLVE_BENEATH | resolve };
	int fd, rc;

	if (sys_injected("openat2", &rc))
		return rc;
	do
		fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof how);
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return fd < 0 ? -errno : fd;
}

static int open_folder(int dir, const char *name)
{
	return open_below(dir, name, O_PATH | O_DIRECTORY, 0, RESOLVE_NO_SYMLINKS);
}

static enum unpack_verdict count(struct tree *t)
{
	if (t->made >= t->made_max)
		return UNPACK_FILES;
	t->made++;
	return UNPACK_OK;
}

/* *at becomes the folder `name` in it, which is made when it is not there. */
static enum unpack_verdict step(struct tree *t, int *at, const char *name)
{
	int fd = open_folder(*at, name);

	if (fd == -ENOENT) {
		enum unpack_verdict v = count(t);

		if (v != UNPACK_OK)
			return v;
		if (t->folders++ >= t->folders_max)
			return UNPACK_FILES;
		if (mkdirat(*at, name, FOLDER_MODE) < 0)
			return blame(t, errno);
		fd = open_folder(*at, name);
	}
	if (fd < 0)
		return blame(t, -fd);
	if (*at != t->dir)
		close(*at);
	*at = fd;
	return UNPACK_OK;
}

/* The folder used last, from here: `path`, "" for the directory itself. Entries come folder by folder, so it mostly is. */
static enum unpack_verdict enter(struct tree *t, struct str path)
{
	struct str rest = path, part;
	int at = t->dir;

	if (t->folder >= 0 && str_eq(str_of(t->folder_path), path))
		return UNPACK_OK;
	forget_folder(t);
	while (path.n > 0 && str_next(&rest, '/', &part)) {
		enum unpack_verdict v;
		char name[NAME_MAX + 2];

		snprintf(name, sizeof name, "%.*s", STR_ARG(part));	/* what is cut here is too long for the kernel too */
		if ((v = step(t, &at, name)) != UNPACK_OK) {
			if (at != t->dir)
				close(at);
			return v;
		}
	}
	if (at == t->dir && (at = fcntl(t->dir, F_DUPFD_CLOEXEC, 0)) < 0)
		return blame(t, errno);
	t->folder = at;
	snprintf(t->folder_path, sizeof t->folder_path, "%.*s", STR_ARG(path));
	return UNPACK_OK;
}

/* The last part of a path, with the folder it is in entered. */
static enum unpack_verdict enter_above(struct tree *t, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	return enter(t, str_n(path, slash ? (size_t)(slash - path) : 0));
}

enum unpack_verdict tree_file(struct tree *t, const char *path, mode_t mode, int *fd)
{
	const char *name;
	enum unpack_verdict v;

	*fd = -1;
	if ((v = enter_above(t, path, &name)) != UNPACK_OK || (v = count(t)) != UNPACK_OK)
		return v;
	*fd = open_below(t->folder, name, O_WRONLY | O_CREAT | O_EXCL, mode & 0777, RESOLVE_NO_SYMLINKS);
	return *fd < 0 ? blame(t, -*fd) : UNPACK_OK;
}

enum unpack_verdict tree_write(struct tree *t, int fd, const void *p, size_t n)
{
	int rc;

	if ((int64_t)n > t->bytes_max - t->bytes)
		return UNPACK_TOO_LARGE;
	t->bytes += (int64_t)n;
	rc = sys_write_all(fd, p, n);
	return rc < 0 ? blame(t, -rc) : UNPACK_OK;
}

enum unpack_verdict tree_time(struct tree *t, int fd, int64_t time_s)
{
	const struct timespec times[2] = { { .tv_sec = time_s }, { .tv_sec = time_s } };

	return futimens(fd, times) < 0 ? blame(t, errno) : UNPACK_OK;
}

enum unpack_verdict tree_folder(struct tree *t, const char *path)
{
	return enter(t, str_of(path));
}

/* We must be able to make and remove things in it, whatever the zip says. */
enum unpack_verdict tree_folder_mode(struct tree *t, const char *path, mode_t mode)
{
	mode = (mode & 0777) | 0700;
	if (mode == FOLDER_MODE)
		return UNPACK_OK;
	return fchmodat(t->dir, path, mode, 0) < 0 ? blame(t, errno) : UNPACK_OK;
}

enum unpack_verdict tree_link(struct tree *t, const char *path, const char *target)
{
	const char *name;
	enum unpack_verdict v;

	if ((v = enter_above(t, path, &name)) != UNPACK_OK || (v = count(t)) != UNPACK_OK)
		return v;
	return symlinkat(target, t->folder, name) < 0 ? blame(t, errno) : UNPACK_OK;
}

enum unpack_verdict tree_stays(struct tree *t, const char *path)
{
	int fd = open_below(t->dir, path, O_PATH, 0, RESOLVE_NO_MAGICLINKS);

	if (fd >= 0)
		close(fd);
	return fd == -EXDEV ? UNPACK_LINK : UNPACK_OK;
}
