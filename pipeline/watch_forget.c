/* watch_forget.c - lines of the ledger that nothing can need any more go: a page of them after each look at the whole folder. The watcher. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "pipeline/watch_parts.h"

#define PAGE 1000

struct verdict {			/* on a line whose object does not stand */
	struct ledger_trace line;
	bool forget;
	int64_t gone_ms;		/* otherwise: to be noted, if it is not what the line says */
	struct verdict *next;
};

struct forgetting {
	struct watch_folder *folder;
	struct arena arena;
	struct str last;		/* of the page */
	int64_t now_ms;
	struct verdict *first;
	int count;			/* that go */
	struct change change;
	uv_sem_t done;
};

/* Where that cannot be told it is there. */
static bool is_gone(const struct watch_folder *f, struct str path, struct arena *a)
{
	struct stat st;

	return fstatat(f->top, arena_dup(a, path), &st, AT_SYMLINK_NOFOLLOW) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

static int take(void *owner, const struct ledger_trace *t)
{
	struct forgetting *g = owner;
	struct verdict *v;

	g->last = arena_str(&g->arena, t->path);
	if (t->stands)
		return 0;
	v = arena_take(&g->arena, sizeof *v);
	*v = (struct verdict){ .line = *t, .next = g->first };
	v->line.path = g->last;
	g->first = v;
	return 0;
}

/* After the page was read: a mount that does not answer must not hold a reader's snapshot. True: there is something to change. */
static bool judge(struct forgetting *g)
{
	bool change = false;

	for (struct verdict *v = g->first; v; v = v->next) {
		int64_t since = v->line.gone_ms;

		if (is_gone(g->folder, v->line.path, &g->arena)) {
			v->forget = since > 0 && g->now_ms - since > g->folder->m->settings.ledger_s * 1000;
			v->gone_ms = since > 0 ? since : g->now_ms;
		}
		change = change || v->forget || v->gone_ms != since;
	}
	return change;
}

static int settle(struct db *db, struct str folder, const struct verdict *v)
{
	if (v->forget)
		return ledger_forget(db, folder, &v->line);
	return v->gone_ms != v->line.gone_ms ? ledger_note_gone(db, folder, &v->line, v->gone_ms) : 0;
}

static int apply(struct change *c, struct db *db)
{
	struct forgetting *g = container_of(c, struct forgetting, change);
	struct str folder = str_of(g->folder->spec.name);
	int rc = 0;

	g->count = 0;
	for (const struct verdict *v = g->first; v && rc >= 0; v = v->next) {
		rc = settle(db, folder, v);
		g->count += v->forget && rc > 0;
	}
	return rc < 0 ? rc : 0;
}

static void on_change_done(struct change *c)
{
	uv_sem_post(&container_of(c, struct forgetting, change)->done);
}

/* The watcher has nothing better to do meanwhile. */
static int commit(struct forgetting *g)
{
	CHECK(uv_sem_init(&g->done, 0) == 0);
	g->change = (struct change){ .apply = apply, .done = on_change_done, .always = true };
	store_submit(g->folder->m->store, &g->change);
	uv_sem_wait(&g->done);
	uv_sem_destroy(&g->done);
	return g->change.rc;
}

void forget_some(struct watch_folder *f)
{
	struct forgetting g = { .folder = f, .now_ms = clock_wall_ms() };
	struct str after = str_of(f->forget_after ? f->forget_after : "");
	int rc = ledger_page(f->reader, str_of(f->spec.name), after, PAGE, take, &g);
	bool more = rc == PAGE;

	if (rc >= 0 && judge(&g))
		rc = commit(&g);
	if (rc < 0)
		log_warn(rc, "watch=%s its ledger was not looked through", f->spec.name);
	else if (g.count > 0)
		log_info("watch=%s forgotten=%d", f->spec.name, g.count);
	free(f->forget_after);
	f->forget_after = more && rc >= 0 ? strndup(g.last.p, g.last.n) : NULL;
	arena_clear(&g.arena);
}

void forget_end(struct watch_folder *f)
{
	free(f->forget_after);
	f->forget_after = NULL;
}
