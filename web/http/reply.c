/* Answers: the headers, and content that is in memory. Tried at once, with one call for both; what the socket
 * does not take waits in libuv's queue, and only then is content copied. */
#include "web/http/connection.h"

#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"

void http_status(struct http_request *r, int status)
{
	CHECK(status >= 200 && status <= 999);
	r->status = status;
}

static char name_byte(char c)
{
	bool fine = c == '-' || c == '_' || c == '.' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

	return fine ? c : '-';
}

static char value_byte(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f ? ' ' : c;
}

/* Whatever a value holds (metadata of a stranger's, a response-* parameter), it stays within its line. */
static void add_clean(struct buf *b, struct str s, char (*clean)(char c))
{
	char *to = buf_reserve(b, s.n);

	for (size_t i = 0; i < s.n; i++)
		to[i] = clean(s.p[i]);
	buf_wrote(b, s.n);
}

void http_header(struct http_request *r, const char *name, struct str value)
{
	struct buf *b = &connection_of(r)->fields;

	add_clean(b, str_of(name), name_byte);
	buf_add(b, ": ", 2);
	add_clean(b, value, value_byte);
	buf_add(b, "\r\n", 2);
}

static struct str digits(char to[24], int64_t value)
{
	return str_n(to, (size_t)snprintf(to, 24, "%lld", (long long)value));
}

void http_header_int(struct http_request *r, const char *name, int64_t value)
{
	char text[24];

	http_header(r, name, digits(text, value));
}

static bool no_content_status(int status)
{
	return status == 204 || status == 304;
}

bool reply_bodiless(const struct http_request *r)
{
	return no_content_status(r->status) || str_eq(r->method, STR("HEAD"));
}

static void add_date(struct http_server *s, struct buf *b)
{
	int64_t now = clock_wall_ms();
	char text[CLOCK_TEXT_MAX];

	if (now / 1000 != s->date_s || s->date[0] == '\0') {
		s->date_s = now / 1000;
		snprintf(s->date, sizeof s->date, "Date: %s\r\n", clock_http(text, now));
	}
	buf_puts(b, s->date);
}

static void add_connection(struct connection *c, const struct http_request *r, struct buf *b)
{
	if (!r->keep_alive || c->close_after || c->server->stopping)
		buf_puts(b, "Connection: close\r\n");
	else
		buf_puts(b, "Connection: keep-alive\r\n");
}

void reply_begin(struct http_request *r, int64_t length)
{
	struct connection *c = connection_of(r);
	struct buf *b = &c->head;
	struct str n;
	char text[24];

	CHECK(c->out == OUT_NONE && r->status != 0);
	c->out = OUT_SENDING;
	body_drop(c);
	connection_progress(c);
	b->len = 0;
	buf_puts(b, "HTTP/1.1 ");
	n = digits(text, r->status);
	buf_add(b, n.p, n.n);
	buf_add(b, " ", 1);
	buf_puts(b, http_reason(r->status));
	buf_add(b, "\r\n", 2);
	add_date(c->server, b);
	add_connection(c, r, b);
	if (length >= 0) {
		buf_puts(b, "Content-Length: ");
		n = digits(text, length);
		buf_add(b, n.p, n.n);
		buf_add(b, "\r\n", 2);
	}
	buf_add(b, c->fields.data, c->fields.len);
	buf_add(b, "\r\n", 2);
	c->fields.len = 0;
}

static void sent(struct connection *c)
{
	if (c->file.wanted) {
		sending_start(c);
		return;
	}
	c->out = OUT_SENT;
	connection_kick(c);
}

static void on_written(uv_write_t *w, int status)
{
	struct connection *c = container_of(w, struct connection, write);

	if (c->phase != OPEN)
		return;
	if (status < 0) {
		connection_lost(c, status);
		return;
	}
	c->x->r.bytes_out += (int64_t)c->content.len;
	sent(c);
}

/* The part that the socket did not take. Content must be the connection's own by then. */
static void queue(struct connection *c, size_t written)
{
	uv_buf_t b[2];
	unsigned n = 0;
	size_t head = c->head.len, at = written > head ? written - head : 0;
	int rc;

	if (written < head)
		b[n++] = (uv_buf_t){ c->head.data + written, head - written };
	if (at < c->content.len)
		b[n++] = (uv_buf_t){ c->content.data + at, c->content.len - at };
	if ((rc = uv_write(&c->write, (uv_stream_t *)&c->tcp, b, n, on_written)) < 0)
		connection_lost(c, rc);
}

void reply_send(struct connection *c, struct str content)
{
	uv_buf_t b[2] = {
		{ c->head.data, c->head.len },
		{ (char *)(uintptr_t)content.p, content.n },
	};
	int n;

	if (c->gone) {
		c->out = OUT_SENT;
		return;
	}
	n = uv_try_write((uv_stream_t *)&c->tcp, b, content.n ? 2 : 1);
	if (n == UV_EAGAIN)
		n = 0;
	if (n < 0) {
		connection_lost(c, n);
		return;
	}
	if ((size_t)n == c->head.len + content.n) {
		c->x->r.bytes_out += (int64_t)content.n;
		sent(c);
		return;
	}
	if (c->content.data != content.p && content.n > 0)
		buf_add(&c->content, content.p, content.n);
	queue(c, (size_t)n);
}

void http_reply(struct http_request *r, struct str body)
{
	struct connection *c = connection_of(r);

	reply_begin(r, no_content_status(r->status) ? -1 : (int64_t)body.n);
	reply_send(c, reply_bodiless(r) ? STR("") : body);
}

void http_reply_buf(struct http_request *r, struct buf *body)
{
	struct connection *c = connection_of(r);

	reply_begin(r, no_content_status(r->status) ? -1 : (int64_t)body->len);
	if (reply_bodiless(r)) {
		buf_clear(body);
	} else {
		c->content = *body;
		*body = (struct buf){0};
	}
	reply_send(c, str_n(c->content.data, c->content.len));
}

void http_reply_head(struct http_request *r, int64_t content_length)
{
	struct connection *c = connection_of(r);

	CHECK(reply_bodiless(r));
	reply_begin(r, content_length);
	reply_send(c, (struct str){0});
}

void reply_clear(struct connection *c)
{
	buf_clear(&c->content);
	buf_clear(&c->pieces.next);
	c->pieces = (struct pieces){0};
	c->fields.len = c->head.len = 0;
}
