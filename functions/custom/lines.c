#include "functions/custom/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

#define FRAME_HEAD 16
#define FRAME_TEXT 0xa55a0003u		/* of a type, without its level */
#define FRAME_JSON 0xa55a0002u
#define FRAME_LEVEL 0x1cu

struct lines {
	enum lines_kind kind;
	lines_fn *line;
	void *owner;
	int ends[2];			/* owned: to read, to write */
	uv_poll_t poll;
	uv_timer_t pause;
	int open_handles;
	int64_t window_ms;		/* when it began */
	size_t in_window;		/* bytes, and LINES_COST for each line */
	struct buf rest;		/* of a line or frame that is not complete */
};

static const char *const levels[] = { "", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "" };

static uint32_t big_endian(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void hand_out(struct lines *l, int64_t at_ms, const char *level, struct str text)
{
	l->in_window += LINES_COST;
	l->line(l->owner, at_ms, level, text);
}

static void say(struct lines *l, struct str text)
{
	hand_out(l, clock_wall_ms(), "", text);
}

/* Hands out what is complete of `s`; the number of bytes used. */
static size_t cut_text(struct lines *l, struct str s)
{
	size_t used = 0;

	while (used < s.n) {
		const char *end = memchr(s.p + used, '\n', s.n - used);
		size_t n = end ? (size_t)(end - s.p) - used + 1 : s.n - used;

		if (n > CUSTOM_LINE_MAX)
			n = CUSTOM_LINE_MAX;
		else if (!end && n < CUSTOM_LINE_MAX)
			break;
		say(l, str_n(s.p + used, n));
		used += n;
	}
	return used;
}

static int64_t believe(uint64_t us)
{
	int64_t now_ms = clock_wall_ms(), at_ms = (int64_t)(us / 1000);

	return at_ms < now_ms - LINES_PAST_MS || at_ms > now_ms + LINES_FUTURE_MS ? now_ms : at_ms;
}

/* A frame that claims more than a line may have is cut: its first part is given out when it is there, the others follow as
 * frames of their own, whose head is written over what was used. */
static size_t cut_frames(struct lines *l, char *p, size_t n)
{
	size_t used = 0;

	while (n - used >= FRAME_HEAD) {
		char *head = p + used;
		uint32_t type = big_endian(head), length = big_endian(head + 4);
		uint64_t us = (uint64_t)big_endian(head + 8) << 32 | big_endian(head + 12);
		uint32_t part = length > CUSTOM_LINE_MAX ? CUSTOM_LINE_MAX : length;

		if ((type & ~FRAME_LEVEL) != FRAME_TEXT && (type & ~FRAME_LEVEL) != FRAME_JSON) {
			l->kind = LINES_TEXT;
			return used + cut_text(l, str_n(head, n - used));
		}
		if (n - used - FRAME_HEAD < part)
			break;
		if (part > 0)
			hand_out(l, believe(us), levels[(type & FRAME_LEVEL) >> 2], str_n(head + FRAME_HEAD, part));
		used += part;
		if (part == length) {
			used += FRAME_HEAD;
			continue;
		}
		memmove(p + used, head, FRAME_HEAD);
		for (int i = 0; i < 4; i++)
			p[used + 4 + (size_t)i] = (char)((length - part) >> (24 - 8 * i));
	}
	return used;
}

static size_t cut(struct lines *l, char *p, size_t n)
{
	return l->kind == LINES_TEXT ? cut_text(l, str_n(p, n)) : cut_frames(l, p, n);
}

/* Most reads bring whole lines: then nothing is copied. */
static void take(struct lines *l, char *p, size_t n)
{
	size_t used;

	if (l->rest.len > 0) {
		buf_add(&l->rest, p, n);
		p = l->rest.data;
		n = l->rest.len;
	}
	used = cut(l, p, n);
	if (used == n) {
		buf_clear(&l->rest);
	} else if (l->rest.len > 0) {
		memmove(p, p + used, n - used);
		l->rest.len = n - used;
	} else {
		buf_add(&l->rest, p + used, n - used);
	}
}

/* Bytes read; 0 when there are none. */
static size_t step(struct lines *l)
{
	static char room[LINES_STEP];	/* of the loop's thread */
	ssize_t n = read(l->ends[0], room, sizeof room);

	if (n <= 0)
		return 0;
	take(l, room, (size_t)n);
	return (size_t)n;
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_pause_over(uv_timer_t *t)
{
	struct lines *l = t->data;

	CHECK(uv_poll_start(&l->poll, UV_READABLE, on_readable) == 0);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct lines *l = poll->data;
	int64_t now_ms = (int64_t)uv_now(poll->loop);

	(void)status;
	(void)events;
	if (now_ms - l->window_ms >= LINES_WINDOW_MS) {
		l->window_ms = now_ms;
		l->in_window = 0;
	}
	l->in_window += step(l);
	if (l->in_window > LINES_BURST) {
		uv_poll_stop(poll);
		uv_timer_start(&l->pause, on_pause_over, LINES_WINDOW_MS, 0);
	}
}

int lines_open(struct lines **out, uv_loop_t *loop, enum lines_kind kind, lines_fn *line, void *owner)
{
	struct lines *l = calloc(1, sizeof *l);

	CHECK(l != NULL);
	l->kind = kind;
	l->line = line;
	l->owner = owner;
	if (pipe2(l->ends, O_CLOEXEC) < 0) {
		free(l);
		return -errno;
	}
	fcntl(l->ends[0], F_SETFL, O_NONBLOCK);
	CHECK(uv_poll_init(loop, &l->poll, l->ends[0]) == 0);
	uv_timer_init(loop, &l->pause);
	l->poll.data = l->pause.data = l;
	l->open_handles = 2;
	CHECK(uv_poll_start(&l->poll, UV_READABLE, on_readable) == 0);
	*out = l;
	return 0;
}

int lines_writer(const struct lines *l)
{
	return l->ends[1];
}

bool lines_drain(struct lines *l)
{
	size_t n, all = 0, before = l->in_window;

	while (all < LINES_DRAIN_MAX && l->in_window - before < (size_t)LINES_DRAIN_LINES * LINES_COST) {
		if ((n = step(l)) == 0)
			return true;
		all += n;
	}
	return false;
}

void lines_flush(struct lines *l)
{
	if (!lines_drain(l))
		return;
	if (l->rest.len > 0 && l->kind == LINES_TEXT)
		say(l, str_n(l->rest.data, l->rest.len));
	buf_clear(&l->rest);	/* a frame that broke off says nothing */
}

static void on_closed(uv_handle_t *h)
{
	struct lines *l = h->data;

	if (--l->open_handles > 0)
		return;
	close(l->ends[0]);
	close(l->ends[1]);
	buf_clear(&l->rest);
	free(l);
}

void lines_close(struct lines *l)
{
	if (!l)
		return;
	uv_close((uv_handle_t *)&l->poll, on_closed);
	uv_close((uv_handle_t *)&l->pause, on_closed);
}
