/* The server: a listening socket, the connections it made, and the end of it all.
 *
 * Accepting is done here and not by uv_listen, which tries again without pause when descriptors have run out. */
#include "web/http/connection.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#define BACKLOG 1024
#define ACCEPTS_AT_ONCE 64	/* then others of the loop have their turn */
#define SPARES_MAX 64

struct exchange *server_exchange(struct http_server *s)
{
	struct exchange *x = s->spare;

	if (x) {
		s->spare = x->next;
		s->spares--;
		return x;
	}
	x = calloc(1, sizeof *x);
	CHECK(x != NULL);
	return x;
}

void server_give_back(struct http_server *s, struct exchange *x)
{
	arena_clear(&x->r.arena);
	if (s->spares >= SPARES_MAX) {
		free(x);
		return;
	}
	x->r = (struct http_request){0};
	x->next = s->spare;
	s->spare = x;
	s->spares++;
}

/* -- accepting -- */

static void peer_text(const struct sockaddr_storage *a, char to[64])
{
	static const char mapped[] = "::ffff:";

	to[0] = '\0';
	if (a->ss_family == AF_INET)
		uv_ip4_name((const struct sockaddr_in *)a, to, 64);
	else if (a->ss_family == AF_INET6)
		uv_ip6_name((const struct sockaddr_in6 *)a, to, 64);
	if (strncmp(to, mapped, sizeof mapped - 1) == 0 && strchr(to, '.'))
		memmove(to, to + sizeof mapped - 1, strlen(to + sizeof mapped - 1) + 1);
}

/* Out of descriptors or memory: no more until the next sweep, by when something may have closed. */
static void pause_accept(struct http_server *s, int error)
{
	if (!s->shortage_told)
		log_warn(-error, "event=accept-paused connections=%d", s->count);
	s->shortage_told = true;
	uv_poll_stop(&s->listener);
	s->accept_paused = true;
	server_watch(s);
}

static void on_incoming(uv_poll_t *p, int status, int events)
{
	struct http_server *s = p->data;

	(void)events;
	for (int i = 0; i < ACCEPTS_AT_ONCE && status == 0; i++) {
		struct sockaddr_storage a = { .ss_family = AF_UNSPEC };
		socklen_t n = sizeof a;
		char peer[64];
		int fd = accept4(s->fd, (struct sockaddr *)&a, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
			pause_accept(s, errno);
			return;
		}
		if (fd < 0 && errno == EAGAIN)
			return;
		if (fd < 0)
			continue;	/* that client has left again; the next may not */
		s->shortage_told = false;
		if (s->count >= s->spec.connections_max + HTTP_REFUSED_MAX) {
			close(fd);
			continue;
		}
		peer_text(&a, peer);
		connection_open(s, fd, peer, s->count >= s->spec.connections_max);
	}
}

/* -- turns of the loop -- */

static void run_ready(struct http_server *s)
{
	struct connection *c;

	while ((c = s->ready) != NULL) {
		s->ready = c->next_ready;
		c->ready = false;
		connection_step(c);
	}
}

static void on_prepare(uv_prepare_t *p)
{
	run_ready(p->data);
}

static void on_check(uv_check_t *p)
{
	run_ready(p->data);
}

static void on_sweep(uv_timer_t *t)
{
	struct http_server *s = t->data;
	struct connection *c, *next;
	int64_t now = clock_mono_ms();
	bool over = s->stopping && now >= s->stop_at_ms;

	for (c = s->connections; c; c = next) {
		next = c->next;		/* freed only from close callbacks, which do not run in here */
		if (over && c->phase == LINGER)
			connection_close(c);
		else if (over)
			connection_lost(c, E_CLOSED);
		else
			deadline_check(c, now);
	}
	if (s->accept_paused && s->listening) {
		s->accept_paused = false;
		uv_poll_start(&s->listener, UV_READABLE, on_incoming);
	}
	if (s->count == 0 && !s->accept_paused)
		uv_timer_stop(t);
}

void server_watch(struct http_server *s)
{
	if (!uv_is_active((uv_handle_t *)&s->sweep))
		uv_timer_start(&s->sweep, on_sweep, (uint64_t)s->period_ms, (uint64_t)s->period_ms);
}

/* -- the end -- */

static void free_server(struct http_server *s)
{
	struct exchange *x;

	while ((x = s->spare) != NULL) {
		s->spare = x->next;
		free(x);
	}
	if (s->stopped)
		s->stopped(s->stopped_owner);
	free(s);
}

static void on_closed(uv_handle_t *h)
{
	struct http_server *s = h->data;

	if (--s->open_handles == 0 && s->closing)
		free_server(s);
}

static void on_listener_closed(uv_handle_t *h)
{
	struct http_server *s = h->data;

	close(s->fd);
	on_closed(h);
}

/* Once nothing is left that could need them. */
static void finish(struct http_server *s)
{
	s->closing = true;
	senders_stop(s);
	uv_close((uv_handle_t *)&s->sweep, on_closed);
	uv_close((uv_handle_t *)&s->prepare, on_closed);
	uv_close((uv_handle_t *)&s->check, on_closed);
	uv_close((uv_handle_t *)&s->sent, on_closed);
}

void server_left(struct http_server *s)
{
	s->count--;
	if (s->stopping && s->count == 0 && !s->closing)
		finish(s);
}

void http_stop(struct http_server *s, int64_t drain_ms, void (*stopped)(void *owner), void *owner)
{
	CHECK(!s->stopping);
	s->stopping = true;
	s->stopped = stopped;
	s->stopped_owner = owner;
	s->stop_at_ms = clock_mono_ms() + drain_ms;
	if (s->listening)
		uv_close((uv_handle_t *)&s->listener, on_listener_closed);
	s->listening = s->accept_paused = false;
	for (struct connection *c = s->connections; c; c = c->next)
		if (connection_idle(c))
			connection_close(c);
	if (s->count == 0)
		finish(s);
}

int http_connections(struct http_server *s)
{
	return s->count;
}

/* -- the beginning -- */

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int server_make(struct http_server **out, const struct http_spec *spec)
{
	struct http_server *s = calloc(1, sizeof *s);
	int64_t ms = least(least(spec->header_ms, spec->body_ms), spec->idle_ms) / 4;
	int rc;

	CHECK(s != NULL && spec->on_request && spec->on_bad && spec->on_done);
	s->spec = *spec;
	s->fd = -1;
	s->period_ms = ms < 5 ? 5 : least(ms, 1000);
	if ((rc = uv_async_init(spec->loop, &s->sent, senders_on_back)) < 0) {
		free(s);
		return rc;
	}
	uv_timer_init(spec->loop, &s->sweep);
	uv_prepare_init(spec->loop, &s->prepare);
	uv_check_init(spec->loop, &s->check);
	s->sent.data = s->sweep.data = s->prepare.data = s->check.data = s->listener.data = s;
	s->open_handles = 4;
	uv_prepare_start(&s->prepare, on_prepare);
	uv_check_start(&s->check, on_check);
	uv_unref((uv_handle_t *)&s->sent);
	uv_unref((uv_handle_t *)&s->prepare);
	uv_unref((uv_handle_t *)&s->check);
	if ((rc = senders_start(s)) < 0) {
		finish(s);
		return rc;
	}
	*out = s;
	return 0;
}

/* A socket that listens on the first of the address's forms that works. */
static int listen_on(const char *address, int port, int *fd)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *all, *a;
	static const int on = 1;
	char text[16];
	int rc = -EADDRNOTAVAIL;

	snprintf(text, sizeof text, "%d", port);
	if (getaddrinfo(address, text, &hints, &all) != 0)
		return rc;
	for (a = all; a && rc != 0; a = a->ai_next) {
		*fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (*fd < 0) {
			rc = -errno;
			continue;
		}
		setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);	/* inherited by what it accepts */
		rc = bind(*fd, a->ai_addr, a->ai_addrlen) < 0 || listen(*fd, BACKLOG) < 0 ? -errno : 0;
		if (rc)
			close(*fd);
	}
	freeaddrinfo(all);
	return rc;
}

static int bound_port(int fd)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof a;

	if (getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		return -errno;
	return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port : ((struct sockaddr_in *)&a)->sin_port);
}

int http_listen(struct http_server **out, const struct http_spec *spec, int *port)
{
	struct http_server *s;
	int rc, fd;

	signal(SIGPIPE, SIG_IGN);	/* a client that left is an error code, not the end of us */
	if ((rc = listen_on(spec->address, spec->port, &fd)) < 0)
		return rc;
	if ((rc = server_make(&s, spec)) < 0)
		goto out;
	if ((rc = uv_poll_init(spec->loop, &s->listener, fd)) < 0) {
		finish(s);
		goto out;
	}
	s->fd = fd;
	s->listening = true;
	s->open_handles++;
	uv_poll_start(&s->listener, UV_READABLE, on_incoming);
	*port = bound_port(fd);
	*out = s;
	return 0;
out:
	close(fd);
	return rc;
}
