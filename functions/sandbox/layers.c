#include "functions/sandbox/mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LENGTH 4096
#define DEPTH_MAX 64		/* directories in directories that several layers have */
#define LAYERS_SIZE "size=64m,nr_inodes=200000,mode=755"	/* holds names, mount points and links */

struct merge {
	const char *const *names;
	int count;
	const char *to;
	int depth;
};

/* "/code/LAYER/where", and what is there; false when nothing. */
static bool look(const struct merge *m, int layer, const char *where, char path[PATH_LENGTH], struct stat *st)
{
	int n = snprintf(path, PATH_LENGTH, "/code/%s%s%s", m->names[layer], *where ? "/" : "", where);

	return n < PATH_LENGTH && lstat(path, st) == 0;
}

static int put_link(const char *from, const char *to)
{
	char text[PATH_LENGTH];
	ssize_t n = readlink(from, text, sizeof text - 1);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return symlink(text, to) < 0 ? -errno : 0;
}

static int put_mount(const char *from, const struct stat *st, const char *to)
{
	int fd;

	if (S_ISDIR(st->st_mode)) {
		if (mkdir(to, 0755) < 0)
			return -errno;
	} else {
		if ((fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) < 0)
			return -errno;
		close(fd);
	}
	return mount(from, to, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

static int merge_directory(struct merge *m, const char *where, int top);

/* The entry `where` of the uppermost layer that has it, `top`; when it is a directory there and in a lower one too, all of them. */
static int put_entry(struct merge *m, const char *where, int top)
{
	char from[PATH_LENGTH], to[PATH_LENGTH], other[PATH_LENGTH];
	struct stat st, lower;

	if (!look(m, top, where, from, &st) || snprintf(to, sizeof to, "%s/%s", m->to, where) >= PATH_LENGTH)
		return -ENAMETOOLONG;
	if (S_ISLNK(st.st_mode))
		return put_link(from, to);
	for (int i = top - 1; S_ISDIR(st.st_mode) && i >= 0; i--)
		if (look(m, i, where, other, &lower)) {
			if (!S_ISDIR(lower.st_mode))
				break;		/* it hides what is below, as in an overlay */
			if (mkdir(to, 0755) < 0)
				return -errno;
			return merge_directory(m, where, top);
		}
	return put_mount(from, &st, to);
}

/* Entries of one layer's directory that no layer above it has put there already. */
static int take_entries(struct merge *m, const char *where, int layer)
{
	char path[PATH_LENGTH], name[PATH_LENGTH], to[PATH_LENGTH];
	struct dirent *e;
	struct stat st;
	int rc = 0;
	DIR *d;

	if (!look(m, layer, where, path, &st) || !S_ISDIR(st.st_mode) || !(d = opendir(path)))
		return 0;
	while (rc == 0 && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (snprintf(name, sizeof name, "%s%s%s", where, *where ? "/" : "", e->d_name) >= PATH_LENGTH ||
		    snprintf(to, sizeof to, "%s/%s", m->to, name) >= PATH_LENGTH)
			rc = -ENAMETOOLONG;
		else if (lstat(to, &st) < 0)
			rc = put_entry(m, name, layer);
	}
	closedir(d);
	return rc;
}

static bool is_directory(const struct merge *m, int layer, const char *where, bool *there)
{
	char path[PATH_LENGTH];
	struct stat st;

	*there = look(m, layer, where, path, &st);
	return *there && S_ISDIR(st.st_mode);
}

static int merge_directory(struct merge *m, const char *where, int top)
{
	int rc = 0;

	if (++m->depth > DEPTH_MAX)
		return -ELOOP;
	for (int i = top; rc == 0 && i >= 0; i--) {
		bool there;

		if (is_directory(m, i, where, &there))
			rc = take_entries(m, where, i);
		else if (there)
			break;
	}
	m->depth--;
	return rc;
}

int layers_merge(const char *const *names, int count, const char *to)
{
	struct merge m = { names, count, to, 0 };
	int rc;

	if (mount("opt", to, "tmpfs", MS_NOSUID | MS_NODEV, LAYERS_SIZE) < 0)
		return -errno;
	if ((rc = merge_directory(&m, "", count - 1)) < 0)
		return rc;
	return mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0 ? -errno : 0;
}
