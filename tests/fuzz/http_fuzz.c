/* http_fuzz.c - a connection that gets these bytes and then the end of input. Whatever they are, the connection
 * ends, every request is told over once, and a body that ended well had the length that was announced. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "web/http/connection.h"

#define TURNS_MAX 100000
#define BODY_MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uv_loop_t loop;
static struct http_server *server;
static struct http_request *paused;
static int begun, done, gone;
static int64_t told;

static void on_gone(struct http_request *r)
{
	gone++;
	CHECK(done == gone);
	if (paused == r)
		paused = NULL;
}

static void answer(struct http_request *r, int status)
{
	http_status(r, status);
	http_header(r, "x-echo", r->target);
	if (!str_eq(r->path, STR("/c"))) {
		http_reply(r, http_field(r, "x-answer"));
		return;
	}
	http_reply_begin(r);
	for (int i = 0; i < r->field_count; i++)
		http_reply_piece(r, r->fields[i].value);
	http_reply_piece(r, http_trailer(r, "x-last"));
	if (r->field_count % 4 == 3)
		http_break(r);
	http_reply_end(r);
}

static void over(struct http_request *r, int rc)
{
	CHECK(rc != 0 || r->content_length < 0 || r->content_length == told);
	answer(r, rc ? 400 : 200);
}

static void on_whole(struct http_request *r, int rc, struct str body)
{
	CHECK(body.n <= BODY_MAX);
	told = (int64_t)body.n;
	over(r, rc);
}

static void on_data(struct http_request *r, const uint8_t *p, size_t n)
{
	CHECK(!paused && n > 0 && p);
	told += (int64_t)n;
	if (str_eq(r->path, STR("/p"))) {
		http_pause(r);
		paused = r;
	}
}

static uint8_t *on_room(struct http_request *r, size_t *n)
{
	static uint8_t place[100];

	CHECK(!paused && *n > 0 && (int64_t)*n == r->content_length - told);
	if (*n > sizeof place)
		*n = sizeof place;
	return told % 2 ? NULL : place;
}

static void on_request(void *owner, struct http_request *r)
{
	static const struct http_sink sink = { on_data, over, on_room };

	(void)owner;
	begun++;
	told = 0;
	r->on_gone = on_gone;
	CHECK(r->method.n > 0 && r->path.n > 0 && r->field_count <= HTTP_HEADERS_MAX);
	for (int i = 0; i < r->field_count; i++) {
		CHECK(r->fields[i].name.n > 0 && str_is_set(r->fields[i].value));
		for (size_t k = 0; k < r->fields[i].value.n; k++)
			CHECK(!strchr("\r\n", r->fields[i].value.p[k]));
	}
	if (str_eq(r->path, STR("/w")))
		http_body_whole(r, BODY_MAX, on_whole);
	else if (str_eq(r->path, STR("/s")) || str_eq(r->path, STR("/p")) || str_eq(r->path, STR("/c")))
		http_body_stream(r, &sink);
	else
		answer(r, str_eq(r->path, STR("/n")) ? 204 : 200);
}

static void on_bad(void *owner, struct http_request *r, int status, const char *why)
{
	(void)owner;
	CHECK(status >= 400 && why);
	begun++;
	r->on_gone = on_gone;
	answer(r, status);
}

static void on_done(void *owner, struct http_request *r)
{
	(void)owner;
	CHECK(r->rc <= 0);
	done++;
}

static void start(void)
{
	struct http_spec spec = { .loop = &loop, .connections_max = 10, .header_bytes_max = 4096, .header_ms = 60000,
				  .body_ms = 60000, .idle_ms = 60000, .on_request = on_request, .on_bad = on_bad,
				  .on_done = on_done };

	CHECK(uv_loop_init(&loop) == 0);
	CHECK(http_open(&server, &spec) == 0);
}

static void turn(int client)
{
	char room[4096];

	uv_run(&loop, UV_RUN_NOWAIT);
	if (paused) {
		struct http_request *r = paused;

		paused = NULL;
		http_resume(r);
	}
	while (read(client, room, sizeof room) > 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	int pair[2], turns = 0;

	if (!server)
		start();
	if (n > 60000)		/* what a socket takes without waiting */
		return 0;
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	CHECK(write(pair[1], p, n) == (ssize_t)n);
	shutdown(pair[1], SHUT_WR);
	begun = done = gone = 0;
	connection_open(server, NULL, pair[0], "fuzz", false);
	while (http_connections(server) > 0 && turns++ < TURNS_MAX)
		turn(pair[1]);
	close(pair[1]);
	CHECK(http_connections(server) == 0 && begun == gone && !paused);
	return 0;
}
