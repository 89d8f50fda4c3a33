/* watch_look.c - what lies in the folder: told by notifications, or looked for. */
#include <errno.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "pipeline/watch_ignore.h"
#include "pipeline/watch_parts.h"

#define STEP_NAMES 256			/* between two turns to what else there is */

static bool is_done_folder(const struct watch_folder *f, const char *path)
{
	return f->done_inside[0] && strcmp(path, f->done_inside) == 0;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* -- which folders -- */

static void forget_folders(struct watch_look *l)
{
	while (l->folder_count > 0)
		free(l->folders[--l->folder_count]);
}

void look_ask(struct watch_folder *f, const char *folder)
{
	struct watch_look *l = &f->look;

	if (!folder || l->folder_count == WATCH_LOOKS_MAX) {
		l->wanted = true;
		forget_folders(l);
	} else if (!l->wanted) {
		l->folders[l->folder_count] = strdup(folder);
		CHECK(l->folders[l->folder_count++] != NULL);
	}
}

static void enter(struct watch_folder *f, const char *path)
{
	int fd, rc;

	if (path[0] && after_is_done(f->top, path))
		return;
	if ((rc = walk_enter(&f->look.walk, path, &fd)) == 0)
		notify_add(&f->notify, fd, path);
	else if (rc == E_TOO_LARGE)
		folder_error(f, path, rc, "the folder, which lies more than 64 deep (WATCH_DEPTH_MAX),");
	else if (rc != -ENOENT && rc != -ENOTDIR && rc != -ELOOP)	/* else it is gone again, or is a link now */
		folder_error(f, path, rc, "the folder");
}

static void begin(struct watch_folder *f)
{
	struct watch_look *l = &f->look;

	walk_begin(&l->walk, f->top);
	l->active = true;
	l->whole = l->wanted;
	l->wanted = false;
	if (l->whole) {
		l->files = 0;
		f->told = 0;
		if (!f->spec.poll && f->notify.fd < 0)
			notify_open(&f->notify);	/* judge_state tells when there is no room for it; next time there may be */
		f->notify.failed = false;
		l->began_ms = clock_mono_ms();
		enter(f, "");
	} else {
		char *first = l->folders[0];

		memmove(l->folders, l->folders + 1, (size_t)--l->folder_count * sizeof l->folders[0]);
		enter(f, first);
		free(first);
	}
}

/* Notifications make up for the time between two looks. Where there are none, looks may take a tenth of it. */
static int64_t pause_ms(const struct watch_folder *f)
{
	int64_t usual = f->spec.scan_s * 1000, often = WATCH_POLL_S * 1000, tenth = f->look.took_ms * 10;

	if (!f->spec.poll && f->notify.fd >= 0 && !f->notify.partial)
		return usual > tenth ? usual : tenth;
	often = usual < often ? usual : often;
	return often > tenth ? often : tenth;
}

static void finish(struct watch_folder *f)
{
	struct watch_look *l = &f->look;

	l->active = false;
	if (!l->whole)
		return;
	f->notify.partial = f->notify.failed;	/* all folders were asked for anew: there may be room by now */
	l->took_ms = clock_mono_ms() - l->began_ms;
	l->next_ms = clock_mono_ms() + pause_ms(f);
	l->ended++;
	l->files_there = l->files;
	forget_some(f);
}

void look_end(struct watch_folder *f)
{
	walk_end(&f->look.walk);
	f->look.active = f->look.wanted = false;
	forget_folders(&f->look);
}

/* -- one name after the other -- */

/* As its line in the ledger has it, and nothing is left to do with it. */
static bool is_settled(struct watch_folder *f, const char *path, const struct watch_stamp *s)
{
	struct ledger_line l;
	struct arena a = {0};
	bool is = ledger_get(f->reader, str_of(f->spec.name), str_of(path), &a, &l) == 0 && watch_stamp_fits(s, &l, f->spec.poll) &&
		f->spec.after == WATCH_KEEP;

	arena_clear(&a);
	return is;
}

static void found_file(struct watch_folder *f, const char *path, const struct stat *st)
{
	struct watch_stamp s = watch_stamp_of(st);

	f->look.files++;
	if (!drops_find(f->drops, path) && !is_settled(f, path, &s))
		folder_note(f, path, st, NOTIFY_NOTHING);
}

static void found(struct watch_folder *f)
{
	struct watch_walk *w = &f->look.walk;

	if (S_ISREG(w->st.st_mode) && after_is_ours(name_of(w->path)))
		after_resume(f, w->path);
	else if (watch_ignores(f->spec.ignore, w->path))
		return;
	else if (S_ISREG(w->st.st_mode))
		found_file(f, w->path, &w->st);
	else if (S_ISDIR(w->st.st_mode) && !is_done_folder(f, w->path))
		enter(f, w->path);
}

bool look_can_step(const struct watch_folder *f)
{
	const struct watch_look *l = &f->look;

	return f->top >= 0 && !f->leaving && (l->active || l->wanted || l->folder_count > 0) && !drops_full(f->drops);
}

void look_step(struct watch_folder *f)
{
	struct watch_look *l = &f->look;

	if (!l->active)
		begin(f);
	for (int i = 0; i < STEP_NAMES && !drops_full(f->drops); i++) {
		int rc = walk_next(&l->walk);

		if (rc == 0) {
			finish(f);
			return;
		}
		if (rc < 0)
			folder_error(f, l->walk.path, rc, "the folder");
		else
			found(f);
	}
}

/* -- notifications -- */

static void on_file(void *owner, const char *path, enum notify_what what)
{
	struct watch_folder *f = owner;
	struct stat st;

	if (!watch_ignores(f->spec.ignore, path) && fstatat(f->top, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
		folder_note(f, path, &st, what);
}

static void on_folder(void *owner, const char *path)
{
	struct watch_folder *f = owner;

	if (!watch_ignores(f->spec.ignore, path) && !is_done_folder(f, path))
		look_ask(f, path);
}

void look_hear(struct watch_folder *f)
{
	const struct notify_ears ears = { on_file, on_folder, f };

	while (notify_hear(&f->notify, &ears))
		;
	if (!f->notify.lost)
		return;
	f->notify.lost = false;
	look_ask(f, NULL);
}
