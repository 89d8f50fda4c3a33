/* Answers in pieces: chunked (RFC 9112, 7.1), or for HTTP/1.0 until the connection ends. One write is under way at a time, of c->content; what
 * is to be sent meanwhile gathers in `next`, which is tried at once when there is none. */
#include "web/http/connection.h"

#include "base/check.h"
#include "base/err.h"

/* It is the application that everybody waits for: all it gave is out. */
bool pieces_think(const struct connection *c)
{
	return c->pieces.open && !c->pieces.writing && c->out == OUT_SENDING;
}

static void on_written(uv_write_t *w, int status)
{
	struct connection *c = container_of(w, struct connection, write);
	struct pieces *p = &c->pieces;

	if (c->phase != OPEN || c->gone)
		return;
	if (status < 0) {
		connection_lost(c, status);
		return;
	}
	p->writing = false;
	c->content.len = 0;
	pieces_flush(c);
	if (!p->behind || p->writing || p->ended)
		return;
	p->behind = false;
	if (c->x->r.on_drained)
		c->x->r.on_drained(&c->x->r);
}

/* What the socket did not take; `next` becomes the content on its way, and the emptied one gathers. */
static void queue(struct connection *c, size_t written)
{
	struct pieces *p = &c->pieces;
	struct buf emptied = c->content;
	uv_buf_t b = uv_buf_init(p->next.data + written, (unsigned)(p->next.len - written));
	int rc;

	c->content = p->next;
	p->next = emptied;
	p->writing = p->behind = true;
	connection_progress(c);
	if ((rc = uv_write(&c->write, (uv_stream_t *)&c->tcp, &b, 1, on_written)) < 0)
		connection_lost(c, rc);
}

static void send_next(struct connection *c)
{
	struct pieces *p = &c->pieces;
	uv_buf_t b = uv_buf_init(p->next.data, (unsigned)p->next.len);
	int n = uv_try_write((uv_stream_t *)&c->tcp, &b, 1);

	if (n == UV_EAGAIN)
		n = 0;
	if (n < 0)
		connection_lost(c, n);
	else if ((size_t)n < p->next.len)
		queue(c, (size_t)n);
	else
		p->next.len = 0;
}

void pieces_flush(struct connection *c)
{
	struct pieces *p = &c->pieces;

	if (!p->open || p->writing || c->gone)
		return;
	if (p->next.len > 0)
		send_next(c);
	if (p->writing || c->gone || !p->ended)
		return;
	p->open = false;
	c->out = OUT_SENT;
	connection_kick(c);
}

void http_reply_begin(struct http_request *r)
{
	struct connection *c = connection_of(r);
	struct pieces *p = &c->pieces;

	p->open = true;
	p->mute = reply_bodiless(r);
	p->chunked = !p->mute && c->parser.http_minor > 0;
	if (p->chunked)
		http_header(r, "Transfer-Encoding", STR("chunked"));
	else if (!p->mute)
		c->close_after = true;
	reply_begin(r, -1);
	buf_add(&p->next, c->head.data, c->head.len);
	connection_kick(c);
}

void http_reply_piece(struct http_request *r, struct str piece)
{
	struct connection *c = connection_of(r);
	struct pieces *p = &c->pieces;

	CHECK(p->open && !p->ended);
	if (piece.n == 0 || p->mute || c->gone)
		return;
	r->bytes_out += (int64_t)piece.n;
	if (p->chunked)
		buf_printf(&p->next, "%zx\r\n", piece.n);
	buf_add(&p->next, piece.p, piece.n);
	if (p->chunked)
		buf_add(&p->next, "\r\n", 2);
	pieces_flush(c);
}

void http_reply_end(struct http_request *r)
{
	struct connection *c = connection_of(r);
	struct pieces *p = &c->pieces;

	CHECK(p->open && !p->ended);
	p->ended = true;
	if (p->chunked)
		buf_puts(&p->next, "0\r\n\r\n");
	pieces_flush(c);
}

size_t http_reply_waiting(const struct http_request *r)
{
	const struct connection *c = ((const struct exchange *)r)->c;

	return c->pieces.next.len + (c->pieces.writing ? c->content.len : 0);
}

void http_break(struct http_request *r)
{
	connection_lost(connection_of(r), E_CLOSED);
}
