#include "pipeline/watch_notify.h"

#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/check.h"

#define BUFFER 65536
#define WANTED (IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

struct folder {
	int wd;
	char path[];
};

static int by_number(const void *a, const void *b)
{
	const struct folder *x = a, *y = b;

	return x->wd < y->wd ? -1 : x->wd > y->wd;
}

int notify_open(struct watch_notify *n)
{
	*n = (struct watch_notify){ .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC) };
	return n->fd < 0 ? -errno : 0;
}

void notify_close(struct watch_notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	tdestroy(n->folders, free);
	*n = (struct watch_notify){ .fd = -1 };
}

static struct folder *find(struct watch_notify *n, int wd)
{
	struct folder key = { .wd = wd }, **at = tfind(&key, &n->folders, by_number);

	return at ? *at : NULL;
}

static void forget(struct watch_notify *n, struct folder *f)
{
	tdelete(f, &n->folders, by_number);
	free(f);
	n->count--;
}

void notify_add(struct watch_notify *n, int fd, const char *path)
{
	char link[64];
	struct folder *f, *old;
	int wd;

	if (n->fd < 0)
		return;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(n->fd, link, WANTED);
	if (wd < 0) {
		n->partial = n->failed = true;
		n->rc = -errno;
		return;
	}
	if ((old = find(n, wd)) != NULL)	/* it has another name now, or the same */
		forget(n, old);
	f = malloc(sizeof *f + strlen(path) + 1);
	CHECK(f != NULL);
	f->wd = wd;
	memcpy(f->path, path, strlen(path) + 1);
	CHECK(tsearch(f, &n->folders, by_number) != NULL);
	n->count++;
}

/* All of a tree that left, or that is elsewhere now. */
struct leaving {
	const char *path;
	size_t length;
	int wd[64], count;
};

static void note_leaving(const void *node, VISIT visit, void *closure)
{
	const struct folder *f = *(struct folder *const *)node;
	struct leaving *l = closure;

	if (visit != leaf && visit != postorder)
		return;
	if (l->count < 64 && strncmp(f->path, l->path, l->length) == 0 && (f->path[l->length] == '/' || f->path[l->length] == '\0'))
		l->wd[l->count++] = f->wd;
}

static void leave(struct watch_notify *n, const char *path)
{
	struct leaving l = { .path = path, .length = strlen(path) };

	do {
		l.count = 0;
		twalk_r(n->folders, note_leaving, &l);
		for (int i = 0; i < l.count; i++) {
			inotify_rm_watch(n->fd, l.wd[i]);
			forget(n, find(n, l.wd[i]));
		}
	} while (l.count == 64);
}

static void hear_one(struct watch_notify *n, const struct inotify_event *e, const struct notify_ears *ears)
{
	struct folder *f = find(n, e->wd);
	char path[PATH_MAX];

	if (e->mask & IN_Q_OVERFLOW)
		n->lost = true;
	if (!f)
		return;
	if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED))
		n->root_gone = n->root_gone || f->path[0] == '\0';
	if (e->mask & IN_IGNORED)
		forget(n, f);
	else if (e->len > 0 && snprintf(path, sizeof path, "%s%s%s", f->path, f->path[0] ? "/" : "", e->name) >= (int)sizeof path)
		n->lost = true;		/* who reads the folder will say that its path is too long */
	else if (e->len > 0 && (e->mask & (IN_ISDIR | IN_MOVED_FROM)) == (IN_ISDIR | IN_MOVED_FROM))
		leave(n, path);
	else if (e->len > 0 && (e->mask & IN_ISDIR) && (e->mask & (IN_CREATE | IN_MOVED_TO)))
		ears->folder(ears->owner, path);
	else if (e->len > 0 && !(e->mask & IN_ISDIR) && (e->mask & (IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE)))
		ears->file(ears->owner, path, e->mask & IN_CLOSE_WRITE ? NOTIFY_WRITTEN : e->mask & IN_MOVED_TO ? NOTIFY_MOVED : NOTIFY_MADE);
}

bool notify_hear(struct watch_notify *n, const struct notify_ears *ears)
{
	_Alignas(struct inotify_event) char buffer[BUFFER];
	ssize_t got = n->fd < 0 ? -1 : read(n->fd, buffer, sizeof buffer);

	for (ssize_t at = 0; at < got;) {
		const struct inotify_event *e = (const struct inotify_event *)(buffer + at);

		hear_one(n, e, ears);
		at += (ssize_t)(sizeof *e + e->len);
	}
	return got > 0;
}
