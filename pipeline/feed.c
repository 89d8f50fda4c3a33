#include "pipeline/feed.h"

#include <stdlib.h>

#include "base/check.h"

struct feed {
	struct feed_listener *first;
};

const char *feed_text(enum feed_what w)
{
#define X(name, text) text,
	static const char *const texts[] = { FEED_TABLE(X) };
#undef X
	CHECK(w < FEED_WHATS);
	return texts[w];
}

void feed_open(struct feed **out)
{
	*out = calloc(1, sizeof **out);
	CHECK(*out != NULL);
}

void feed_close(struct feed *f)
{
	CHECK(!f || !f->first);
	free(f);
}

static void put_at(struct feed_listener **at, struct feed_listener *l)
{
	l->next = *at;
	l->at = at;
	if (l->next)
		l->next->at = &l->next;
	*at = l;
}

void feed_listen(struct feed *f, struct feed_listener *l)
{
	CHECK(!l->at);
	put_at(&f->first, l);
}

void feed_leave(struct feed_listener *l)
{
	if (!l->at)
		return;
	*l->at = l->next;
	if (l->next)
		l->next->at = l->at;
	l->next = NULL;
	l->at = NULL;
}

static bool wants(const struct feed_listener *l, const struct feed_event *e)
{
	if (!l->heard || (str_is_set(l->bucket) && !str_eq(l->bucket, e->bucket)))
		return false;
	return str_is_set(l->key) ? str_eq(l->key, e->key) : str_starts(e->key, l->prefix);
}

/* A mark in the list keeps the place behind the one who hears it, whoever leaves meanwhile. */
void feed_tell(struct feed *f, const struct feed_event *e)
{
	struct feed_listener *mark, *l;

	if (!f || !f->first)
		return;
	mark = calloc(1, sizeof *mark);
	CHECK(mark != NULL);
	put_at(&f->first, mark);
	while ((l = mark->next) != NULL) {
		feed_leave(mark);
		put_at(&l->next, mark);
		if (wants(l, e))
			l->heard(l, e);
	}
	feed_leave(mark);
	free(mark);
}
