#include "pipeline/log_sink.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/log.h"
#include "storage/logs.h"

#define SLOTS 64
#define LINE_COST 64			/* bytes that a line weighs besides its text */

struct pile {				/* lines of one stream */
	struct str group, stream;
	struct buf lines;		/* struct log_line; owned */
	size_t bytes;
	struct pile *next;
};

struct batch {				/* what is written together */
	struct change change;
	struct commit commit;
	struct log_sink *sink;
	struct arena arena;
	struct pile *slots[SLOTS];
	size_t bytes;
	int64_t count;
};

struct log_sink {
	struct minilab *m;
	uv_timer_t timer;
	struct batch *filling;		/* NULL: nothing waits */
	bool writing, timed;		/* timed: the timer runs */
	int64_t written;
	int64_t dropped;		/* since a line told of it */
	void (*closed)(void *owner);
	void *owner;
};

static int write_pile(struct db *db, const struct pile *p)
{
	return log_write(db, p->group, p->stream, (const struct log_line *)(const void *)p->lines.data, (int)(p->lines.len / sizeof(struct log_line)));
}

static int apply(struct change *c, struct db *db)
{
	struct batch *b = container_of(c, struct batch, change);
	int rc = 0;

	for (int i = 0; i < SLOTS; i++)
		for (const struct pile *p = b->slots[i]; p && rc == 0; p = p->next)
			rc = write_pile(db, p);
	return rc;
}

static void free_batch(struct batch *b)
{
	for (int i = 0; i < SLOTS; i++)
		for (struct pile *p = b->slots[i]; p; p = p->next)
			buf_clear(&p->lines);
	arena_clear(&b->arena);
	free(b);
}

static void advance(struct log_sink *s);

static void on_written(struct commit *c)
{
	struct batch *b = container_of(c, struct batch, commit);
	struct log_sink *s = b->sink;

	s->writing = false;
	if (c->change->rc < 0) {
		s->dropped += b->count;
		log_warn(c->change->rc, "log_lines=lost count=%lld", (long long)b->count);
	} else {
		s->written += b->count;
	}
	free_batch(b);
	advance(s);
}

static void write_out(struct log_sink *s)
{
	struct batch *b = s->filling;

	s->filling = NULL;
	s->writing = true;
	b->change = (struct change){ .apply = apply };
	b->commit = (struct commit){ .change = &b->change, .done = on_written };
	lanes_commit(s->m->lanes, &b->commit);
}

static void on_timer(uv_timer_t *t)
{
	struct log_sink *s = t->data;

	s->timed = false;
	if (s->filling && !s->writing)
		write_out(s);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct log_sink *s = h->data;

	s->closed(s->owner);
	free(s);
}

static void advance(struct log_sink *s)
{
	if (s->writing)
		return;
	if (s->filling && (s->closed || s->filling->bytes >= LOG_FLUSH_BYTES)) {
		write_out(s);
	} else if (s->filling) {
		if (!s->timed)
			uv_timer_start(&s->timer, on_timer, LOG_FLUSH_MS, 0);
		s->timed = true;
	} else if (s->closed) {
		uv_close((uv_handle_t *)&s->timer, on_timer_closed);
	}
}

int64_t log_sink_written(const struct log_sink *s)
{
	return s->written;
}

static struct pile *pile_of(struct batch *b, struct str group, struct str stream)
{
	struct pile **at = &b->slots[crc32c(0, stream.p, stream.n) % SLOTS];

	while (*at && !(str_eq((*at)->stream, stream) && str_eq((*at)->group, group)))
		at = &(*at)->next;
	if (!*at) {
		*at = arena_take(&b->arena, sizeof **at);
		(*at)->group = arena_str(&b->arena, group);
		(*at)->stream = arena_str(&b->arena, stream);
	}
	return *at;
}

static void add(struct batch *b, struct pile *p, int64_t at_ms, struct str text)
{
	struct log_line l = { .at_ms = at_ms, .text = arena_str(&b->arena, text.n > LOG_LINE_MAX ? str_n(text.p, LOG_LINE_MAX) : text) };

	buf_add(&p->lines, &l, sizeof l);
	p->bytes += text.n + LINE_COST;
	b->bytes += text.n + LINE_COST;
	b->count++;
}

/* In the stream that could go on first. */
static void tell_dropped(struct log_sink *s, struct pile *p, int64_t at_ms)
{
	char *text = arena_printf(&s->filling->arena, "minilab: %lld lines of functions were dropped, more came than could be written",
				  (long long)s->dropped);

	s->dropped = 0;
	add(s->filling, p, at_ms, str_of(text));
}

void log_sink_add(struct log_sink *s, struct str group, struct str stream, int64_t at_ms, struct str text)
{
	struct pile *p;

	if (!s->filling) {
		s->filling = calloc(1, sizeof *s->filling);
		CHECK(s->filling != NULL);
		s->filling->sink = s;
	}
	p = pile_of(s->filling, group, stream);
	if (s->filling->bytes >= LOG_PENDING_BYTES || p->bytes >= LOG_STREAM_BYTES) {
		s->dropped++;
		return;
	}
	if (s->dropped > 0)
		tell_dropped(s, p, at_ms);
	add(s->filling, p, at_ms, text);
	advance(s);
}

void log_sink_open(struct log_sink **out, struct minilab *m)
{
	struct log_sink *s = calloc(1, sizeof *s);

	CHECK(s != NULL);
	s->m = m;
	CHECK(uv_timer_init(m->loop, &s->timer) == 0);
	s->timer.data = s;
	*out = s;
}

void log_sink_close(struct log_sink *s, void (*closed)(void *owner), void *owner)
{
	s->closed = closed;
	s->owner = owner;
	uv_timer_stop(&s->timer);
	advance(s);
}
