/* Clients that are too slow. A coarse clock looks at every connection a few times per deadline, which costs the
 * requests nothing but a note of when something last moved. */
#include "web/http/connection.h"

#include "base/err.h"

static bool answer_moved(struct connection *c)
{
	size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp);
	bool moved = queued != c->queued;

	c->queued = queued;
	return moved;
}

static void too_slow(struct connection *c)
{
	if (c->in == IN_HEAD && c->input.n == 0) {
		connection_close(c);
	} else if (c->in == IN_HEAD) {
		exchange_refuse(c, 408, "the headers took too long");
	} else if (c->out != OUT_SENDING) {
		body_fail(c, E_TIMEOUT);	/* whoever takes the body answers, or has answered */
	} else {
		connection_lost(c, E_TIMEOUT);
	}
}

/* How long nothing may move, or -1: it is not the client that we wait for. */
static int64_t patience(struct connection *c)
{
	const struct http_spec *spec = &c->server->spec;

	if (c->phase == LINGER)
		return spec->body_ms < HTTP_LINGER_MS ? spec->body_ms : HTTP_LINGER_MS;
	if (c->in == IN_HEAD)
		return c->input.n == 0 ? spec->idle_ms : spec->header_ms;
	if (c->out == OUT_NONE)
		return body_wanted(c) ? spec->body_ms : -1;
	if (pieces_think(c))
		return -1;
	if (c->out == OUT_SENDING && (c->file.busy || answer_moved(c)))
		connection_progress(c);
	return spec->body_ms;
}

void deadline_check(struct connection *c, int64_t now_ms)
{
	int64_t ms;

	if (c->phase == CLOSING || c->gone)
		return;
	ms = patience(c);
	if (ms < 0 || now_ms - c->since_ms < ms)
		return;
	if (c->phase == LINGER) {
		connection_close(c);
		return;
	}
	c->stepping = true;
	too_slow(c);
	c->stepping = false;
	connection_step(c);
}
