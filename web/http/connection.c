/* One connection: what was read moves in, answers move out, and one function decides. */
#include "web/http/connection.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"

#define LITTLE 4096	/* bytes of a read that the client may have more of, and holds back */

void connection_progress(struct connection *c)
{
	c->since_ms = clock_mono_ms();
}

void connection_kick(struct connection *c)
{
	struct http_server *s = c->server;

	if (c->stepping || c->ready || c->phase != OPEN)
		return;
	c->ready = true;
	c->next_ready = s->ready;
	s->ready = c;
}

void connection_lost(struct connection *c, int rc)
{
	if (c->gone || c->phase != OPEN)
		return;
	c->gone = true;
	c->rc = rc <= E_NOT_FOUND ? rc : E_CLOSED;	/* ours as they are; the system has many words for a client that left */
	connection_kick(c);
}

bool connection_idle(const struct connection *c)
{
	return c->phase == OPEN && !c->x && c->input.n == 0;
}

/* -- closing -- */

static void free_connection(struct connection *c)
{
	struct http_server *s = c->server;

	CHECK(!c->ready && !c->x && !c->file.busy);
	if (c->from)
		c->from->count--;
	if (c->prev)
		c->prev->next = c->next;
	else
		s->connections = c->next;
	if (c->next)
		c->next->prev = c->prev;
	buf_clear(&c->held);
	buf_clear(&c->fields);
	buf_clear(&c->head);
	buf_clear(&c->content);
	free(c);
	server_left(s);
}

static void on_closed(uv_handle_t *h)
{
	struct connection *c = h->data;

	if (--c->open_handles == 0) {
		if (c->file.sock >= 0)
			close(c->file.sock);
		free_connection(c);
	}
}

void connection_close(struct connection *c)
{
	if (c->phase == CLOSING)
		return;
	c->phase = CLOSING;
	uv_close((uv_handle_t *)&c->tcp, on_closed);
	if (c->file.poll_open)
		uv_close((uv_handle_t *)&c->file.poll, on_closed);
}

static void on_shut(uv_shutdown_t *r, int status)
{
	struct connection *c = container_of(r, struct connection, shutdown);

	if (status < 0 && c->phase == LINGER)
		connection_close(c);
}

static void linger(struct connection *c)
{
	c->phase = LINGER;
	c->body.dropped = 0;
	c->input = (struct str){0};
	connection_progress(c);
	if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, on_shut) < 0)
		connection_close(c);
}

static void linger_read(struct connection *c, size_t n)
{
	c->body.dropped += (int64_t)n;
	if (c->body.dropped > HTTP_LINGER_MAX)
		connection_close(c);
}

/* -- the decider -- */

static void next_request(struct connection *c)
{
	bool last = c->close_after || c->server->stopping || !c->x->r.keep_alive;
	bool unread = c->in != IN_DONE || c->broken || c->input.n > 0;

	exchange_end(c, 0);
	if (last && unread && !c->eof) {
		linger(c);
	} else if (last) {
		connection_close(c);
	} else {
		c->in = IN_HEAD;
		c->out = OUT_NONE;
		c->started_us = 0;
		c->skipped_blank = false;
		connection_progress(c);
	}
}

static bool move_out(struct connection *c)
{
	pieces_flush(c);
	if (c->out != OUT_SENT || (c->in == IN_BODY && !c->close_after))
		return false;
	next_request(c);
	return true;
}

static bool bury(struct connection *c)
{
	if (c->x) {
		c->body.rc = E_CLOSED;
		c->in = IN_DONE;
		body_tell(c);
		if (c->file.busy)
			return false;	/* a thread works for it; senders_on_back kicks us */
		exchange_end(c, c->rc);
	}
	connection_close(c);
	return false;
}

static bool left(struct connection *c)
{
	bool yes = c->eof && c->x && c->x->r.leaves_at_eof && (c->out == OUT_NONE || pieces_think(c));

	if (yes)
		connection_lost(c, E_CLOSED);
	return yes;
}

static bool move(struct connection *c)
{
	if (c->gone)
		return bury(c);
	switch (c->in) {
	case IN_HEAD:
		return exchange_head(c);
	case IN_BODY:
		return body_tell(c) || body_move(c) || move_out(c);
	case IN_DONE:
		return body_tell(c) || move_out(c) || left(c);
	}
	UNREACHABLE();
}

static void on_read(uv_stream_t *t, ssize_t n, const uv_buf_t *b);

static void on_room(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	struct connection *c = h->data;

	(void)suggested;
	*b = body_room(c);
	if (b->len == 0)
		*b = uv_buf_init(c->server->room, HTTP_READ_SIZE);
}

/* Only reading tells that a client has left; so where that matters, what it sends ahead does not end the reading at once. */
static bool has_room(const struct connection *c)
{
	bool watched = c->x && c->x->r.leaves_at_eof && c->out == OUT_NONE && c->in == IN_DONE;

	return c->input.n == 0 || (watched && c->input.n < HTTP_READ_SIZE);
}

static void set_reading(struct connection *c)
{
	bool want = !c->eof && (c->phase == LINGER || (c->phase == OPEN && !c->gone && (c->in == IN_HEAD ||
		    (has_room(c) && !c->body.paused))));

	if (want == c->reading || c->phase == CLOSING)
		return;
	c->reading = want;
	if (!want)
		uv_read_stop((uv_stream_t *)&c->tcp);
	else if (uv_read_start((uv_stream_t *)&c->tcp, on_room, on_read) < 0)
		connection_lost(c, E_CLOSED);
}

/* The server's buffer is for the next read, so what is left of this one moves to the connection's own. */
static void keep_rest(struct connection *c)
{
	struct buf *h = &c->held;
	bool ours = h->data && c->input.p >= h->data && c->input.p <= h->data + h->len;

	if (c->input.n == 0) {
		buf_clear(h);
		c->input = (struct str){0};
		return;
	}
	if (ours) {
		memmove(h->data, c->input.p, c->input.n);
		h->len = c->input.n;
	} else {
		h->len = 0;
		buf_add(h, c->input.p, c->input.n);
	}
	c->input = str_n(h->data, h->len);
}

void connection_step(struct connection *c)
{
	CHECK(!c->stepping);
	c->stepping = true;
	while (c->phase == OPEN && move(c))
		;
	c->stepping = false;
	keep_rest(c);
	set_reading(c);
}

/* A client that sends headers and body apart, and does not switch Nagle's algorithm off, holds the body back until the headers are
 * acknowledged; and the kernel acknowledges so little 40 ms late, unless it is told. */
static void acknowledge(struct connection *c, ssize_t n)
{
	bool unfinished = c->in == IN_BODY || (c->in == IN_HEAD && c->input.n > 0);
	static const int on = 1;
	uv_os_fd_t fd;

	if (c->phase == OPEN && !c->gone && unfinished && n > 0 && n < LITTLE && uv_fileno((uv_handle_t *)&c->tcp, &fd) == 0)
		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

static void on_read(uv_stream_t *t, ssize_t n, const uv_buf_t *b)
{
	struct connection *c = t->data;

	if (n == 0 || c->phase == CLOSING)
		return;
	if (n == UV_EOF) {
		c->eof = true;
		c->reading = false;
	}
	if (c->phase == LINGER) {
		if (n < 0)
			connection_close(c);
		else
			linger_read(c, (size_t)n);
		return;
	}
	if (n > 0 && c->held.len > 0) {
		buf_add(&c->held, b->base, (size_t)n);
		c->input = str_n(c->held.data, c->held.len);
	} else if (n > 0) {
		c->input = str_n(b->base, (size_t)n);
	} else if (n != UV_EOF) {
		connection_lost(c, (int)n);
	}
	connection_step(c);
	acknowledge(c, n);
}

/* -- opening -- */

void connection_open(struct http_server *s, struct listener *from, int fd, const char *peer, bool over_cap)
{
	struct connection *c = calloc(1, sizeof *c);

	CHECK(c != NULL);
	c->server = s;
	c->from = from;
	if (from) {
		c->tag = from->tag;
		from->count++;
	}
	c->file.sock = c->file.fd = -1;
	c->next = s->connections;
	if (c->next)
		c->next->prev = c;
	s->connections = c;
	s->count++;
	snprintf(c->peer, sizeof c->peer, "%s", peer);
	CHECK(uv_tcp_init(s->spec.loop, &c->tcp) == 0);
	c->tcp.data = c->file.poll.data = c;
	c->open_handles = 1;
	connection_progress(c);
	server_watch(s);
	if (uv_tcp_open(&c->tcp, fd) < 0) {
		close(fd);
		connection_close(c);
		return;
	}
	if (over_cap) {
		c->stepping = true;
		exchange_refuse(c, 503, "there are too many connections");
		c->stepping = false;
	}
	connection_step(c);
}
