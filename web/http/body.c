/* Bodies: read through llhttp, told whole or in pieces, or thrown away. */
#include "web/http/connection.h"

#include "base/check.h"
#include "base/err.h"

/* Whether bytes of it should be read now: somebody takes them, or they are drained after the answer. */
bool body_wanted(const struct connection *c)
{
	return c->in == IN_BODY && c->body.taking != BODY_UNTAKEN && !c->body.paused;
}

/* Nothing of the input means anything any more; the end of the body is told with `rc`. */
void body_fail(struct connection *c, int rc)
{
	c->in = IN_DONE;
	c->broken = c->close_after = true;
	c->body.rc = rc;
}

static void throw_away(struct connection *c, size_t n)
{
	c->body.dropped += (int64_t)n;
	if (c->body.dropped > HTTP_DRAIN_MAX)
		body_fail(c, E_TOO_LARGE);
}

int body_on_data(llhttp_t *p, const char *at, size_t n)
{
	struct connection *c = p->data;
	struct body *b = &c->body;

	if (n == 0)	/* a run goes on where a pause cut it */
		return 0;
	c->x->r.bytes_in += (int64_t)n;
	b->content_end = at + n;
	switch (b->taking) {
	case BODY_STREAM:
		b->sink.on_data(&c->x->r, (const uint8_t *)at, n);
		break;
	case BODY_WHOLE:
		if (n <= b->max - b->whole.len) {
			buf_add(&b->whole, at, n);
			break;
		}
		b->rc = E_TOO_LARGE;	/* body_tell tells it, and then the rest is thrown away */
		return HPE_PAUSED;
	case BODY_OVER:
		throw_away(c, n);
		break;
	case BODY_UNTAKEN:
		UNREACHABLE();
	}
	return body_wanted(c) && !c->gone ? 0 : HPE_PAUSED;
}

/* Feeds the parser; what it consumed leaves the input. */
static void feed(struct connection *c)
{
	const char *from = c->input.n ? c->input.p : "", *end = from + c->input.n;
	enum llhttp_errno e;

	c->body.content_end = NULL;
	llhttp_resume(&c->parser);
	e = llhttp_execute(&c->parser, from, c->input.n);
	if (e != HPE_OK && e != HPE_PAUSED) {
		body_fail(c, E_BAD_INPUT);
		return;
	}
	if (e == HPE_PAUSED && c->input.n > 0)
		end = llhttp_get_error_pos(&c->parser);
	c->input = str_n(end, c->input.n - (size_t)(end - from));
	if (c->body.content_end) {
		c->body.overhead = 0;
		from = c->body.content_end;
	}
	c->body.overhead += (size_t)(end - from);
	if (c->body.overhead > (size_t)c->server->spec.header_bytes_max)
		body_fail(c, E_BAD_INPUT);	/* endless chunk extensions or trailers */
}

uv_buf_t body_room(struct connection *c)
{
	struct http_request *r = c->x ? &c->x->r : NULL;
	uint8_t *at;
	size_t n;

	if (!body_wanted(c) || c->body.taking != BODY_STREAM || !c->body.sink.room || r->content_length <= r->bytes_in)
		return uv_buf_init(NULL, 0);
	CHECK(c->input.n == 0);		/* a body is read when all that came of it was used */
	n = (size_t)(r->content_length - r->bytes_in);
	at = c->body.sink.room(r, &n);
	return uv_buf_init((char *)at, at ? (unsigned)n : 0);
}

bool body_move(struct connection *c)
{
	if (!body_wanted(c))
		return false;
	if (c->input.n > 0 || llhttp_get_errno(&c->parser) == HPE_PAUSED) {
		feed(c);
		connection_progress(c);
		return true;
	}
	if (c->eof)
		connection_lost(c, E_CLOSED);
	return c->eof;
}

bool body_tell(struct connection *c)
{
	struct body *b = &c->body;
	enum taking taking = b->taking;
	struct str whole = b->whole.data ? str_n(b->whole.data, b->whole.len) : STR("");

	if (taking != BODY_WHOLE && taking != BODY_STREAM)
		return false;
	if ((c->in == IN_BODY && b->rc == 0) || (b->paused && b->rc != E_CLOSED))
		return false;
	b->taking = BODY_OVER;
	b->paused = false;
	if (taking == BODY_STREAM)
		b->sink.on_end(&c->x->r, b->rc);
	else
		b->done(&c->x->r, b->rc, b->rc ? STR("") : whole);
	return true;
}

void body_drop(struct connection *c)
{
	c->body.taking = BODY_OVER;
	c->body.paused = false;
	/* Without its 100 the client may send the body or not, so what comes next would be a guess. And botocore takes
	 * the status of such an answer for that of the next one on the connection, too. */
	if (c->body.expected ||
	    (c->in == IN_BODY && c->x->r.content_length - c->x->r.bytes_in > HTTP_DRAIN_MAX))
		c->close_after = true;
}

static void on_continued(uv_write_t *w, int status)
{
	struct connection *c = container_of(w, struct connection, write_continue);

	if (status < 0)
		connection_lost(c, status);
}

static void say_continue(struct connection *c)
{
	static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	uv_buf_t b = uv_buf_init(text, sizeof text - 1);
	int n = uv_try_write((uv_stream_t *)&c->tcp, &b, 1);

	if (n == (int)b.len)
		return;
	if (n > 0)
		b = uv_buf_init(text + n, (unsigned)(sizeof text - 1) - (unsigned)n);
	if (n >= 0 || n == UV_EAGAIN)
		n = uv_write(&c->write_continue, (uv_stream_t *)&c->tcp, &b, 1, on_continued);
	if (n < 0)
		connection_lost(c, n);
}

static void take(struct connection *c, enum taking how)
{
	bool waits = c->body.expected && (!c->x->r.has_body || c->input.n == 0);

	CHECK(c->body.taking == BODY_UNTAKEN && c->out == OUT_NONE);
	c->body.taking = how;
	connection_progress(c);
	if (c->body.rc == 0) {
		c->body.expected = false;
		if (waits && !c->gone)
			say_continue(c);
	}
	connection_kick(c);
}

void http_body_whole(struct http_request *r, size_t max, http_body_fn *done)
{
	struct connection *c = connection_of(r);

	c->body.done = done;
	c->body.max = max;
	if (r->content_length > 0 && (uint64_t)r->content_length > max)
		c->body.rc = E_TOO_LARGE;
	take(c, BODY_WHOLE);
}

void http_body_stream(struct http_request *r, const struct http_sink *sink)
{
	struct connection *c = connection_of(r);

	c->body.sink = *sink;
	take(c, BODY_STREAM);
}

void http_pause(struct http_request *r)
{
	struct body *b = &connection_of(r)->body;

	if (b->taking != BODY_OVER)	/* else the rest is drained, whatever the application thinks */
		b->paused = true;
}

void http_resume(struct http_request *r)
{
	struct connection *c = connection_of(r);

	c->body.paused = false;
	connection_progress(c);
	connection_kick(c);
}

void http_expire(struct http_request *r)
{
	struct connection *c = connection_of(r);

	if (!body_wanted(c) || c->body.taking == BODY_OVER)
		return;
	body_fail(c, E_TIMEOUT);
	connection_kick(c);
}
