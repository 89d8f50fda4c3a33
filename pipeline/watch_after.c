/* watch_after.c - a file that is an object is moved or deleted.
 *
 * A file that anything happened to since it was read stays, and is read again. Between looking at a file and removing it another one may have
 * got its name. So it is first given a name of its own (OURS and the old one), looked at, and only then moved or deleted; what turns out to be
 * another file gets its name back. A crash in between leaves it under the name of its own, where the next look finds it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "pipeline/watch_parts.h"

#define OURS ".minilab~"
#define DONE_MARK ".minilab-done"	/* in a folder that files are moved to: it stays one when the drop folder is told otherwise */
#define NUMBERS_MAX 10000		/* name-2 ... where the name is taken */

bool after_is_ours(const char *name)
{
	return strncmp(name, OURS, sizeof OURS - 1) == 0;
}

bool after_is_done(int top, const char *path)
{
	char mark[PATH_MAX];

	return snprintf(mark, sizeof mark, "%s/" DONE_MARK, path) < (int)sizeof mark && faccessat(top, mark, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* To that name, or with a number before its end: a.jpg, a-2.jpg, a-3.jpg. */
static int rename_numbered(int from_dir, const char *from, int to_dir, const char *to)
{
	const char *dot = strrchr(to, '.');
	int stem = dot && dot != to ? (int)(dot - to) : (int)strlen(to);
	int rc = sys_rename_new(from_dir, from, to_dir, to);

	for (int i = 2; rc == -EEXIST && i < NUMBERS_MAX; i++) {
		char name[NAME_MAX + 16];

		if (snprintf(name, sizeof name, "%.*s-%d%s", stem, to, i, to + stem) >= (int)sizeof name)
			return -ENAMETOOLONG;
		rc = sys_rename_new(from_dir, from, to_dir, name);
	}
	return rc;
}

/* The folders of `path` below `top`, made where they are missing. A descriptor of the last, or negative. */
static int make_folders(int top, const char *path)
{
	char so_far[PATH_MAX];
	int rc = 0;

	for (const char *slash = strchr(path, '/'); slash && rc == 0; slash = strchr(slash + 1, '/')) {
		snprintf(so_far, sizeof so_far, "%.*s", (int)(slash - path), path);
		rc = sys_mkdirat(top, so_far, 0777);	/* as the umask wants it: others empty that folder */
	}
	if (rc == 0 && *path)
		rc = sys_mkdirat(top, path, 0777);
	return rc < 0 ? rc : watch_open_beneath(top, path, O_RDONLY | O_DIRECTORY);
}

static int mark_done(int top, const char *folder)
{
	int dir = make_folders(top, folder), fd;

	if (dir < 0)
		return dir;
	fd = sys_openat(dir, DONE_MARK, O_WRONLY | O_CREAT, 0644);
	close(dir);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* What a path lies in: "a/b" of "a/b/c", "" of "c". */
static void folder_of(char to[PATH_MAX], const char *path)
{
	const char *slash = strrchr(path, '/');

	snprintf(to, PATH_MAX, "%.*s", slash ? (int)(slash - path) : 0, path);
}

static int move_to_done(struct watch_folder *f, int dir, const char *hidden, const char *path, const char *name)
{
	char parent[PATH_MAX], inside[PATH_MAX];
	int to, rc;

	folder_of(parent, path);
	if (f->done >= 0) {
		to = make_folders(f->done, parent);
	} else {
		if ((to = mark_done(f->top, f->done_inside)) < 0)
			return to;
		if (snprintf(inside, sizeof inside, "%s%s%s", f->done_inside, parent[0] ? "/" : "", parent) >= (int)sizeof inside)
			return -ENAMETOOLONG;
		to = make_folders(f->top, inside);
	}
	if (to < 0)
		return to;
	rc = rename_numbered(dir, hidden, to, name);
	close(to);
	return rc;
}

static int take_away(struct watch_folder *f, int dir, const char *hidden, const char *path, const char *name)
{
	return f->spec.after == WATCH_DELETE ? sys_unlinkat(dir, hidden, 0) : move_to_done(f, dir, hidden, path, name);
}

/* It has a name of its own, and is the file that was read. */
static int finish(struct watch_folder *f, int dir, const char *hidden, const char *path, const char *name)
{
	int rc = take_away(f, dir, hidden, path, name);

	if (rc < 0)
		rename_numbered(dir, hidden, dir, name);
	return rc;
}

static bool is_the_one(int dir, const char *name, const struct watch_stamp *s, bool loose, bool renamed)
{
	struct watch_stamp now;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return false;
	now = watch_stamp_of(&st);
	if (renamed)			/* which is a change, too */
		now.ctime_ns = s->ctime_ns;
	return watch_stamp_same(&now, s, loose);
}

/* Only we give such names, and one hand has a file at a time, so a look is enough. What has the old name at that moment goes along, on every file
 * system: with one name made and the other removed, a file that came in between would be. */
static int hide(int dir, const char *name, const char *hidden)
{
	return faccessat(dir, hidden, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? -EEXIST : sys_renameat(dir, name, hidden);
}

/* What turns out to be another file gets its name back. */
static int do_hidden(struct watch_folder *f, int dir, const char *path, const char *name, const struct watch_stamp *as_read)
{
	char hidden[NAME_MAX + 1 + sizeof OURS];
	int rc;

	snprintf(hidden, sizeof hidden, OURS "%s", name);
	if ((rc = hide(dir, name, hidden)) < 0)
		return rc;
	if (is_the_one(dir, hidden, as_read, f->spec.poll, true))
		return finish(f, dir, hidden, path, name);
	return rename_numbered(dir, hidden, dir, name);
}

int after_do(struct watch_folder *f, const char *path, const struct watch_stamp *as_read)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char parent[PATH_MAX];
	int dir, rc = 0;

	folder_of(parent, path);
	if ((dir = watch_open_beneath(f->top, parent, O_RDONLY | O_DIRECTORY)) < 0)
		return dir == -ENOENT ? 0 : dir;
	if (is_the_one(dir, name, as_read, f->spec.poll, false))
		rc = strlen(name) + sizeof OURS - 1 <= NAME_MAX ? do_hidden(f, dir, path, name, as_read) :
		     take_away(f, dir, name, path, name);	/* no name of its own is short enough */
	close(dir);
	return rc == -ENOENT ? 0 : rc;
}

/* It was not cut off: a hand is at it. */
static bool is_in_hand(struct watch_folder *f, const char *path)
{
	const struct drop *d = drops_find(f->drops, path);

	return d && d->held;
}

void after_resume(struct watch_folder *f, const char *path)
{
	const char *slash = strrchr(path, '/'), *hidden = slash ? slash + 1 : path, *name = hidden + sizeof OURS - 1;
	char parent[PATH_MAX], old[PATH_MAX + 1];
	struct ledger_line l;
	struct arena a = {0};
	struct stat st;
	int dir, rc;

	folder_of(parent, path);
	snprintf(old, sizeof old, "%s%s%s", parent, parent[0] ? "/" : "", name);
	if (*name == '\0' || is_in_hand(f, old) || (dir = watch_open_beneath(f->top, parent, O_RDONLY | O_DIRECTORY)) < 0)
		return;
	rc = ledger_get(f->reader, str_of(f->spec.name), str_of(old), &a, &l);
	if (rc == 0 && f->spec.after != WATCH_KEEP && fstatat(dir, hidden, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    watch_stamp_fits(&(struct watch_stamp){ .size = st.st_size, .inode = (int64_t)st.st_ino,
			     .mtime_ns = watch_stamp_of(&st).mtime_ns }, &l, f->spec.poll))
		rc = finish(f, dir, hidden, old, name);
	else
		rc = rename_numbered(dir, hidden, dir, name);
	if (rc < 0 && rc != -ENOENT)
		folder_error(f, old, rc, "its move or deletion, which was cut off,");
	arena_clear(&a);
	close(dir);
}
