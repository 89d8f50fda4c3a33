/* http_rig.h - a server with an application of a few lines, and raw clients of it, all in one thread: whoever waits
 * turns the loop. Every request is counted until its on_gone, so a forgotten or doubled one fails the test. */
#ifndef TESTS_UNIT_WEB_HTTP_RIG_H
#define TESTS_UNIT_WEB_HTTP_RIG_H

#include "tests/lib/t.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "web/http/http.h"

#define RIG_WAIT_MS 20000

struct rig {
	uv_loop_t loop;
	struct http_server *server;
	int port;
	bool stopped;
	/* what the application saw */
	int requests, bad, done, gone, answered;
	int last_status, last_rc;
	char last_why[128], method[32], target[256], path[256], query[256], seen[64];
	int fields;
	int64_t length, bytes_in, bytes_out;
	int body_ends, body_rc, datas, in_place;
	struct buf body;
	char trailer[64];
	int trailers;
	bool pause_each, roomless, leaves;
	int drained;
	void *tag;			/* of the last request */
	struct http_request *waiting;	/* of /later, /hold */
	int file;			/* for /file and /runs */
	uint64_t at, n, run_n;		/* run_n: each run's length, when it is not n */
	int runs;
};

static struct rig rig;

static inline void rig_turn(void)
{
	uv_run(&rig.loop, UV_RUN_NOWAIT);
}

#define RIG_UNTIL(cond) \
	do { \
		for (int64_t end_ = t_now_ms() + RIG_WAIT_MS; !(cond) && t_now_ms() < end_;) { \
			rig_turn(); \
			if (!(cond)) \
				t_nap(); \
		} \
		assert_true(cond); \
	} while (0)

/* -- the application -- */

static inline void rig_keep(char *to, size_t size, struct str s)
{
	snprintf(to, size, "%.*s", STR_ARG(s));
}

static inline void rig_answer(struct http_request *r, int status, struct str body)
{
	rig.answered++;
	http_status(r, status);
	http_reply(r, body);
}

static inline void rig_gone(struct http_request *r)
{
	assert_ptr_equal(r->app, &rig);
	r->app = NULL;
	rig.gone++;
	if (rig.waiting == r)
		rig.waiting = NULL;
}

static inline void rig_data(struct http_request *r, const uint8_t *p, size_t n)
{
	assert_ptr_equal(r->app, &rig);
	rig.datas++;
	if (rig.body.data && p == (const uint8_t *)rig.body.data + rig.body.len) {
		rig.in_place++;
		buf_wrote(&rig.body, n);
	} else {
		buf_add(&rig.body, p, n);
	}
	if (rig.pause_each) {
		assert_null(rig.waiting);
		http_pause(r);
		rig.waiting = r;
	}
}

static inline void rig_end(struct http_request *r, int rc)
{
	rig.body_ends++;
	rig.body_rc = rc;
	rig.trailers = r->trailer_count;
	rig_keep(rig.trailer, sizeof rig.trailer, http_trailer(r, "X-Last"));
	rig_answer(r, rc ? 400 : 200, str_n(rig.body.data, rig.body.len));
}

static inline void rig_whole(struct http_request *r, int rc, struct str body)
{
	rig.body_ends++;
	rig.body_rc = rc;
	rig_answer(r, rc == E_TOO_LARGE ? 413 : rc == E_TIMEOUT ? 408 : rc ? 400 : 200, body);
}

static inline void rig_hello(struct http_request *r) { rig_answer(r, 200, STR("hello")); }
static inline void rig_echo(struct http_request *r) { http_body_whole(r, 1000, rig_whole); }
static inline void rig_refuse(struct http_request *r) { rig_answer(r, 403, STR("no")); }
static inline void rig_none(struct http_request *r) { rig_answer(r, 204, STR("dropped")); }

static inline void rig_later(struct http_request *r)
{
	r->leaves_at_eof = rig.leaves;
	rig.waiting = r;
}

static inline void rig_drained(struct http_request *r)
{
	assert_ptr_equal(r->app, &rig);
	assert_int_equal(http_reply_waiting(r), 0);
	rig.drained++;
}

/* An answer in pieces, which the test gives. */
static inline void rig_pieces(struct http_request *r)
{
	rig.answered++;
	r->on_drained = rig_drained;
	http_status(r, 200);
	http_reply_begin(r);
	rig.waiting = r;
}

static inline void rig_stream(struct http_request *r)
{
	static const struct http_sink sink = { .on_data = rig_data, .on_end = rig_end };

	http_body_stream(r, &sink);
}

static inline uint8_t *rig_room(struct http_request *r, size_t *n)
{
	assert_true(*n > 0 && (int64_t)*n == r->content_length - (int64_t)rig.body.len);
	if (rig.roomless)
		return NULL;
	if (*n > 100000)
		*n = 100000;
	return (uint8_t *)buf_reserve(&rig.body, *n);
}

static inline void rig_place(struct http_request *r)
{
	static const struct http_sink sink = { rig_data, rig_end, rig_room };

	http_body_stream(r, &sink);
}

static inline void rig_file(struct http_request *r)
{
	rig.answered++;
	http_status(r, 200);
	http_reply_file(r, dup(rig.file), rig.at, rig.n);
}

/* Each run is the whole file again. */
static inline int rig_run(void *owner, int run, uint64_t *at, uint64_t *n)
{
	struct rig *g = owner;

	(void)run;
	*at = g->at;
	*n = g->run_n ? g->run_n : g->n;
	return dup(g->file);
}

static inline void rig_runs(struct http_request *r)
{
	rig.answered++;
	http_status(r, 200);
	http_reply_runs(r, (int64_t)rig.n * rig.runs, rig.runs, rig_run, &rig);
}

static inline void rig_big(struct http_request *r)
{
	struct str s = t_bytes(rig.n, 7);
	struct buf b = {0};

	buf_add(&b, s.p, s.n);
	free((char *)(uintptr_t)s.p);
	rig.answered++;
	http_status(r, 200);
	http_reply_buf(r, &b);
	assert_null(b.data);
}

static inline void rig_copy(struct http_request *r)
{
	struct str s = t_bytes(rig.n, 7);

	rig_answer(r, 200, s);
	free((char *)(uintptr_t)s.p);
}

static inline void rig_split(struct http_request *r)
{
	http_header(r, "x-evil", STR("a\r\nSet-Cookie: b\x01"));
	http_header(r, "x-n\r\nX: y", STR("z"));
	http_header_int(r, "x-int", -5);
	rig_answer(r, 200, STR(""));
}

static inline void rig_head_only(struct http_request *r)
{
	rig.answered++;
	http_status(r, 200);
	http_reply_head(r, 12345);
}

static inline void rig_on_request(void *owner, struct http_request *r)
{
	static const struct { const char *path; void (*serve)(struct http_request *r); } routes[] = {
		{ "/echo", rig_echo }, { "/stream", rig_stream }, { "/refuse", rig_refuse }, { "/none", rig_none },
		{ "/later", rig_later }, { "/file", rig_file }, { "/runs", rig_runs }, { "/big", rig_big },
		{ "/copy", rig_copy }, { "/place", rig_place }, { "/pieces", rig_pieces },
		{ "/split", rig_split }, { "/head", rig_head_only },
	};

	assert_ptr_equal(owner, &rig);
	rig.requests++;
	rig.tag = r->tag;
	r->app = &rig;
	r->on_gone = rig_gone;
	rig_keep(rig.method, sizeof rig.method, r->method);
	rig_keep(rig.target, sizeof rig.target, r->target);
	rig_keep(rig.path, sizeof rig.path, r->path);
	rig_keep(rig.query, sizeof rig.query, str_is_set(r->query) ? r->query : STR("(none)"));
	rig_keep(rig.seen, sizeof rig.seen, http_field(r, "x-seen"));
	rig.fields = r->field_count;
	rig.length = r->content_length;
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
		if (str_eq(r->path, str_of(routes[i].path))) {
			routes[i].serve(r);
			return;
		}
	rig_hello(r);
}

static inline void rig_on_bad(void *owner, struct http_request *r, int status, const char *why)
{
	(void)owner;
	rig.bad++;
	assert_non_null(why);
	snprintf(rig.last_why, sizeof rig.last_why, "%s", why);
	r->app = &rig;
	r->on_gone = rig_gone;
	rig_answer(r, status, str_of(why));
}

static inline void rig_on_done(void *owner, struct http_request *r)
{
	(void)owner;
	assert_ptr_equal(r->app, &rig);
	rig.done++;
	assert_int_equal(rig.done, rig.gone + 1);
	rig.last_status = r->status;
	rig.last_rc = r->rc;
	rig.bytes_in = r->bytes_in;
	rig.bytes_out = r->bytes_out;
}

static inline void rig_on_stopped(void *owner)
{
	(void)owner;
	rig.stopped = true;
}

/* -- its life -- */

/* libuv's first loop opens two descriptors for good, which no test should be blamed for. */
static inline int rig_first(void **state)
{
	uv_loop_t l;

	(void)state;
	return uv_loop_init(&l) || uv_loop_close(&l);
}

static inline struct http_spec rig_spec(void)
{
	return (struct http_spec){ .address = "127.0.0.1", .connections_max = 20, .header_bytes_max = 20000,
				   .header_ms = 60000, .body_ms = 60000, .idle_ms = 60000,
				   .on_request = rig_on_request, .on_bad = rig_on_bad, .on_done = rig_on_done,
				   .owner = &rig };
}

static inline void rig_start(struct http_spec spec)
{
	rig = (struct rig){ .file = -1 };
	assert_int_equal(uv_loop_init(&rig.loop), 0);
	spec.loop = &rig.loop;
	assert_int_equal(http_listen(&rig.server, &spec, &rig.port), 0);
	assert_true(rig.port > 0);
}

static inline void rig_stop(void)
{
	if (rig.server)
		http_stop(rig.server, 0, rig_on_stopped, &rig);
	RIG_UNTIL(rig.stopped);
	assert_int_equal(uv_run(&rig.loop, UV_RUN_NOWAIT), 0);
	assert_int_equal(uv_loop_close(&rig.loop), 0);
	assert_int_equal(rig.requests + rig.bad, rig.gone);
	assert_int_equal(rig.gone, rig.done);
	buf_clear(&rig.body);
	if (rig.file >= 0)
		close(rig.file);
}

/* Lets so much time pass, and the server look at its deadlines a few times. */
static inline void rig_sweep(int64_t ms)
{
	clock_advance_ms(ms);
	for (int i = 0; i < 40; i++) {
		rig_turn();
		t_nap();
	}
}

/* -- clients: a socket and what came out of it -- */

struct client {
	int fd;
	bool eof, reset;
	struct buf in;
};

static inline struct client client_open_sized(int receive_buffer)
{
	struct client c = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)rig.port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	assert_true(c.fd >= 0);
	if (receive_buffer)
		setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
	assert_int_equal(connect(c.fd, (struct sockaddr *)&a, sizeof a), 0);
	fcntl(c.fd, F_SETFL, O_NONBLOCK);
	return c;
}

static inline struct client client_open(void)
{
	return client_open_sized(0);
}

static inline void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	buf_clear(&c->in);
}

/* With a reset instead of a polite end. */
static inline void client_break(struct client *c)
{
	struct linger l = { 1, 0 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
	client_close(c);
}

static inline bool client_poll(struct client *c)
{
	char room[16384];
	ssize_t n = c->eof ? 0 : recv(c->fd, room, sizeof room, 0);

	if (n > 0)
		buf_add(&c->in, room, (size_t)n);
	else if (n == 0)
		c->eof = true;
	else if (errno != EAGAIN)
		c->eof = c->reset = true;
	return n > 0;
}

/* Sends all, turning the loop while the socket is full; what comes back meanwhile is kept. */
static inline void client_send_n(struct client *c, const char *p, size_t n)
{
	for (int64_t end = t_now_ms() + RIG_WAIT_MS; n > 0 && t_now_ms() < end;) {
		ssize_t w = send(c->fd, p, n, MSG_NOSIGNAL);

		if (w > 0) {
			p += w;
			n -= (size_t)w;
		} else if (errno != EAGAIN) {
			return;		/* the server has closed: the caller looks at what it said */
		}
		client_poll(c);
		rig_turn();
	}
}

static inline void client_send(struct client *c, const char *text)
{
	client_send_n(c, text, strlen(text));
}

static inline const char *client_text(const struct client *c)
{
	return c->in.data ? c->in.data : "";
}

static inline int client_count(const struct client *c, const char *what)
{
	int n = 0;

	for (const char *at = client_text(c); (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

#define CLIENT_UNTIL(c, cond) RIG_UNTIL((client_poll(c), (cond)))
#define CLIENT_SEES(c, text) CLIENT_UNTIL(c, strstr(client_text(c), (text)) != NULL)
#define CLIENT_ENDS(c) CLIENT_UNTIL(c, (c)->eof)

/* The whole conversation of a connection of its own that the server ends. */
static inline struct client rig_ask(const char *request)
{
	struct client c = client_open();

	client_send(&c, request);
	CLIENT_ENDS(&c);
	return c;
}

static inline int client_status(const struct client *c)
{
	int status = 0;

	sscanf(client_text(c), "HTTP/1.1 %d", &status);
	return status;
}

#define RIG_HELLO "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"
#define RIG_LATER "GET /later HTTP/1.1\r\nHost: h\r\n\r\n"

/* A client that has asked for something which the application answers later: rig.waiting. `say` begins with RIG_LATER. */
static inline struct client rig_park(const char *say)
{
	struct client c = client_open();

	client_send(&c, say);
	RIG_UNTIL(rig.waiting);
	return c;
}

#endif
