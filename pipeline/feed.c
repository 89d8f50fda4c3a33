#include "pipeline/feed.h"

#include <stdlib.h>

#include "base/check.h"

struct feed {
	struct chain *first;
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

void feed_listen(struct feed *f, struct feed_listener *l)
{
	CHECK(!l->chain.at);
	chain_put(&f->first, &l->chain);
}

void feed_leave(struct feed_listener *l)
{
	chain_leave(&l->chain);
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
	struct chain *next;

	if (!f || !f->first)
		return;
	mark = calloc(1, sizeof *mark);
	CHECK(mark != NULL);
	chain_put(&f->first, &mark->chain);
	while ((next = mark->chain.next) != NULL) {
		chain_leave(&mark->chain);
		chain_put(&next->next, &mark->chain);
		l = container_of(next, struct feed_listener, chain);
		if (wants(l, e))
			l->heard(l, e);
	}
	chain_leave(&mark->chain);
	free(mark);
}
