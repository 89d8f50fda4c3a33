/* Sockets that listen. Accepting is done here and not by uv_listen, which tries again without pause when descriptors have run out. */
#include "web/http/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"

#define BACKLOG 1024
#define ACCEPTS_AT_ONCE 64	/* then others of the loop have their turn */

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
static void pause_accept(struct listener *l, int error)
{
	struct http_server *s = l->server;

	if (!s->shortage_told)
		log_warn(-error, "event=accept-paused connections=%d", s->count);
	s->shortage_told = true;
	uv_poll_stop(&l->poll);
	l->paused = true;
	server_watch(s);
}

/* How many there are beyond what is served; those up to HTTP_REFUSED_MAX are told. */
static int over_cap(const struct listener *l)
{
	int all = l->server->count - l->server->spec.connections_max, here = l->max ? l->count - l->max : -1;

	return (all > here ? all : here) + 1;
}

static void on_incoming(uv_poll_t *p, int status, int events)
{
	struct listener *l = p->data;

	(void)events;
	for (int i = 0; i < ACCEPTS_AT_ONCE && status == 0; i++) {
		struct sockaddr_storage a = { .ss_family = AF_UNSPEC };
		socklen_t n = sizeof a;
		char peer[64];
		int fd = accept4(l->fd, (struct sockaddr *)&a, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
			pause_accept(l, errno);
			return;
		}
		if (fd < 0 && errno == EAGAIN)
			return;
		if (fd < 0)
			continue;	/* that client has left again; the next may not */
		l->server->shortage_told = false;
		if (over_cap(l) > HTTP_REFUSED_MAX) {
			close(fd);
			continue;
		}
		peer_text(&a, peer);
		connection_open(l->server, l, fd, peer, over_cap(l) > 0);
	}
}

bool listeners_resume(struct http_server *s)
{
	bool some = false;

	for (struct listener *l = s->listeners; l; l = l->next)
		if (l->paused) {
			some = true;
			l->paused = false;
			uv_poll_start(&l->poll, UV_READABLE, on_incoming);
		}
	return some;
}

/* -- their end -- */

static void on_closed(uv_handle_t *h)
{
	struct listener *l = h->data;
	struct http_server *s = l->server;

	close(l->fd);
	free(l);
	server_closed(s);
}

static void close_listener(struct listener *l)
{
	for (struct connection *c = l->server->connections; c; c = c->next)
		if (c->from == l)
			c->from = NULL;
	uv_close((uv_handle_t *)&l->poll, on_closed);
}

static void end_connection(struct connection *c)
{
	c->tag = NULL;
	if (c->x)
		c->x->r.tag = NULL;
	if (c->phase == LINGER)
		connection_close(c);
	else
		connection_lost(c, E_CLOSED);
}

void http_disown(struct http_server *s, void *tag)
{
	struct listener **at = &s->listeners, *l;

	CHECK(tag != NULL);
	for (struct connection *c = s->connections; c; c = c->next)
		if (c->tag == tag)
			end_connection(c);
	while ((l = *at) != NULL) {
		if (l->tag != tag) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		close_listener(l);
	}
}

/* The connections stay, and finish what they are about. */
void listeners_close(struct http_server *s)
{
	struct listener *l;

	while ((l = s->listeners) != NULL) {
		s->listeners = l->next;
		close_listener(l);
	}
}

/* -- their beginning -- */

int http_adopt(struct http_server *s, int fd, void *tag, int max)
{
	static const int on = 1;
	struct listener *l;
	int rc;

	CHECK(!s->stopping && fd >= 0);
	l = calloc(1, sizeof *l);
	CHECK(l != NULL);
	*l = (struct listener){ .server = s, .fd = fd, .tag = tag, .max = max };
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);	/* inherited by what it accepts */
	rc = fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
	if (rc == 0)
		rc = uv_poll_init(s->spec.loop, &l->poll, fd);
	if (rc < 0) {
		close(fd);
		free(l);
		return rc;
	}
	l->poll.data = l;
	l->next = s->listeners;
	s->listeners = l;
	s->open_handles++;
	uv_poll_start(&l->poll, UV_READABLE, on_incoming);
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

	if ((rc = listen_on(spec->address, spec->port, &fd)) < 0)
		return rc;
	*port = bound_port(fd);
	if ((rc = http_open(&s, spec)) < 0) {
		close(fd);
		return rc;
	}
	if ((rc = http_adopt(s, fd, NULL, 0)) < 0)
		http_stop(s, 0, NULL, NULL);
	else
		*out = s;
	return rc;
}
