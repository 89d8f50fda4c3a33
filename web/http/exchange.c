/* The request at hand: it begins with the first byte of its headers or with their refusal, and ends when its answer is out or nobody waits
 * for it. */
#include "web/http/connection.h"

#include "base/clock.h"

static void begin(struct connection *c)
{
	struct http_request *r;

	c->x = server_exchange(c->server);
	c->x->c = c;
	r = &c->x->r;
	r->server = c->server;
	r->tag = c->tag;
	memcpy(r->peer, c->peer, sizeof r->peer);
	r->started_us = c->started_us ? c->started_us : clock_mono_us();
	r->content_length = -1;
	c->out = OUT_NONE;
}

void exchange_end(struct connection *c, int rc)
{
	struct http_server *s = c->server;
	struct exchange *x = c->x;

	x->r.rc = rc;
	s->spec.on_done(s->spec.owner, &x->r);
	if (x->r.on_gone)
		x->r.on_gone(&x->r);
	buf_clear(&c->body.whole);
	buf_clear(&c->body.trailer_name);
	buf_clear(&c->body.trailer_value);
	reply_clear(c);
	sending_drop(c);
	c->body = (struct body){0};
	c->x = NULL;
	server_give_back(s, x);
}

void exchange_refuse(struct connection *c, int status, const char *why)
{
	struct http_server *s = c->server;

	if (!c->x)
		begin(c);
	c->x->r.keep_alive = false;
	c->x->r.has_body = false;
	c->body = (struct body){ .taking = BODY_OVER };
	c->in = IN_DONE;
	c->broken = c->close_after = true;
	if (status == 503)
		http_header_int(&c->x->r, "Retry-After", HTTP_RETRY_AFTER_S);
	s->spec.on_bad(s->spec.owner, &c->x->r, status, why);
}

/* A line end before the request line is skipped once: some clients send one too many after a body. */
static void skip_blank(struct connection *c)
{
	if (c->skipped_blank || c->scan.at > 0 || c->input.n < 2 || memcmp(c->input.p, "\r\n", 2) != 0)
		return;
	c->skipped_blank = true;
	c->input = str_n(c->input.p + 2, c->input.n - 2);
}

static void start_request(struct connection *c, size_t head)
{
	struct http_server *s = c->server;
	const char *why = NULL;
	int status;

	begin(c);
	status = request_parse(c, str_n(c->input.p, head), &why);
	c->input = str_n(c->input.p + head, c->input.n - head);
	c->scan = (struct scan){0};
	if (status) {
		exchange_refuse(c, status, why);
		return;
	}
	c->in = c->x->r.has_body ? IN_BODY : IN_DONE;
	s->spec.on_request(s->spec.owner, &c->x->r);
}

bool exchange_head(struct connection *c)
{
	const char *why = NULL;
	size_t head = 0;
	int status;

	skip_blank(c);
	if (c->input.n > 0) {
		if (c->started_us == 0) {
			c->started_us = clock_mono_us();
			connection_progress(c);
		}
		status = request_scan(&c->scan, c->input, (size_t)c->server->spec.header_bytes_max, &head, &why);
		if (status)
			exchange_refuse(c, status, why);
		else if (head)
			start_request(c, head);
		if (status || head)
			return true;
	}
	if (c->eof)
		connection_close(c);
	return c->eof;
}
