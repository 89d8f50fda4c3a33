/* Files as answers. The loop must not wait for a disk, so sendfile(2) is called on a few threads, a slice at a
 * time, with a second descriptor of the socket; when the socket is full the loop watches that descriptor and
 * the next slice goes to a thread again. Few bytes that are in the page cache are read at once, without waiting,
 * and leave together with the headers. */
#include "web/http/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"

#define AT_ONCE_MAX (128 << 10)
#define SENDER_STACK (512 << 10)

/* -- on a thread -- */

static int next_run(struct sending *f)
{
	int fd;

	if (f->fd >= 0) {
		close(f->fd);
		f->fd = -1;
	}
	if (f->run == f->runs)
		return E_CORRUPT;	/* fewer bytes than were announced */
	fd = f->next_run(f->owner, f->run++, &f->at, &f->run_left);
	if (fd < 0)
		return fd;
	f->fd = fd;
	return 0;
}

static void send_slice(struct sending *f)
{
	f->sent = 0;
	f->blocked = false;
	f->rc = 0;
	while (f->left > 0 && f->sent < HTTP_SLICE) {
		uint64_t n = HTTP_SLICE - f->sent;
		off_t at = (off_t)f->at;
		ssize_t w;

		if (f->run_left == 0) {
			if ((f->rc = next_run(f)) < 0)
				return;
			continue;
		}
		n = n < f->run_left ? n : f->run_left;
		n = n < f->left ? n : f->left;
		w = sendfile(f->sock, f->fd, &at, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0 && errno == EAGAIN) {
			f->blocked = true;
			return;
		}
		if (w <= 0) {
			f->rc = w < 0 ? -errno : E_CORRUPT;	/* 0: the file is shorter than the run */
			return;
		}
		f->at += (uint64_t)w;
		f->run_left -= (uint64_t)w;
		f->left -= (uint64_t)w;
		f->sent += (uint64_t)w;
	}
}

static void *sender(void *arg)
{
	struct http_server *s = arg;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		struct sending *f = s->due;

		if (!f && s->quit)
			break;
		if (!f) {
			pthread_cond_wait(&s->some, &s->lock);
			continue;
		}
		if ((s->due = f->next) == NULL)
			s->due_end = &s->due;
		pthread_mutex_unlock(&s->lock);
		send_slice(f);
		pthread_mutex_lock(&s->lock);
		f->next = s->back;
		s->back = f;
		uv_async_send(&s->sent);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

void senders_init(struct http_server *s)
{
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->some, NULL);
	s->due_end = &s->due;
}

/* One will do when there are no more to be had. */
static int start_senders(struct http_server *s)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int rc = 0;

	if (s->thread_count > 0)
		return 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, SENDER_STACK);
	sigfillset(&all);		/* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (s->thread_count < HTTP_SENDERS && rc == 0) {
		rc = pthread_create(&s->threads[s->thread_count], &attr, sender, s);
		if (rc == 0)
			s->thread_count++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return s->thread_count > 0 ? 0 : -rc;
}

void senders_stop(struct http_server *s)
{
	pthread_mutex_lock(&s->lock);
	s->quit = true;
	pthread_cond_broadcast(&s->some);
	pthread_mutex_unlock(&s->lock);
	while (s->thread_count > 0)
		pthread_join(s->threads[--s->thread_count], NULL);
	pthread_cond_destroy(&s->some);
	pthread_mutex_destroy(&s->lock);
}

/* -- on the loop -- */

static void give(struct connection *c)
{
	struct http_server *s = c->server;

	c->file.busy = true;
	c->file.next = NULL;
	pthread_mutex_lock(&s->lock);
	*s->due_end = &c->file;
	s->due_end = &c->file.next;
	pthread_cond_signal(&s->some);
	pthread_mutex_unlock(&s->lock);
}

static void on_writable(uv_poll_t *p, int status, int events)
{
	struct connection *c = p->data;

	(void)events;
	uv_poll_stop(p);
	if (status < 0)
		connection_lost(c, status);
	else if (!c->gone && c->phase == OPEN)
		give(c);
}

static void slice_back(struct connection *c)
{
	struct sending *f = &c->file;
	int rc = f->rc;

	f->busy = false;
	c->x->r.bytes_out += (int64_t)f->sent;
	if (f->sent > 0)
		connection_progress(c);
	if (c->gone) {
		connection_kick(c);
	} else if (rc == 0 && f->left == 0) {
		c->out = OUT_SENT;
		connection_kick(c);
	} else if (rc == 0 && f->blocked) {
		rc = uv_poll_start(&f->poll, UV_WRITABLE, on_writable);
	} else if (rc == 0) {
		give(c);
	}
	if (rc < 0)
		connection_lost(c, rc);
}

void senders_on_back(uv_async_t *a)
{
	struct http_server *s = a->data;
	struct sending *f, *next;

	pthread_mutex_lock(&s->lock);
	f = s->back;
	s->back = NULL;
	pthread_mutex_unlock(&s->lock);
	for (; f; f = next) {
		next = f->next;
		slice_back(container_of(f, struct connection, file));
	}
}

/* The second descriptor is made once per connection and lives as long. */
static int open_sock(struct connection *c)
{
	struct sending *f = &c->file;
	uv_os_fd_t fd;
	int rc;

	if (f->poll_open)
		return 0;
	if ((rc = uv_fileno((uv_handle_t *)&c->tcp, &fd)) < 0)
		return rc;
	if (f->sock < 0 && (f->sock = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
		return -errno;
	if ((rc = uv_poll_init(c->server->spec.loop, &f->poll, f->sock)) < 0)
		return rc;
	f->poll_open = true;
	c->open_handles++;
	return 0;
}

void sending_start(struct connection *c)
{
	int rc;

	c->file.wanted = false;
	if ((rc = start_senders(c->server)) == 0 && (rc = open_sock(c)) == 0) {
		give(c);
		return;
	}
	log_warn(rc, "event=file-unsendable");	/* for want of a descriptor or thread, not the client's doing */
	connection_lost(c, rc);
}

void sending_drop(struct connection *c)
{
	struct sending *f = &c->file;

	CHECK(!f->busy);
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	f->wanted = false;
	f->left = f->run_left = 0;
	f->run = f->runs = 0;
}

/* True when all of it was in the page cache and is now in c->content. */
static bool read_at_once(struct connection *c, int fd, uint64_t at, uint64_t n)
{
	struct iovec v = { .iov_len = (size_t)n };
	ssize_t got;

	if (n > AT_ONCE_MAX)
		return false;
	v.iov_base = buf_reserve(&c->content, (size_t)n);
	got = preadv2(fd, &v, 1, (off_t)at, RWF_NOWAIT);
	if (got != (ssize_t)n)
		return false;
	buf_wrote(&c->content, (size_t)n);
	return true;
}

static void send_files(struct connection *c, struct sending spec)
{
	struct sending *f = &c->file;

	f->fd = spec.fd;
	f->at = spec.at;
	f->run_left = spec.run_left;
	f->left = spec.left;
	f->run = 0;
	f->runs = spec.runs;
	f->next_run = spec.next_run;
	f->owner = spec.owner;
	f->wanted = f->left > 0 && !reply_bodiless(&c->x->r);
	reply_send(c, (struct str){0});
}

void http_reply_file(struct http_request *r, int fd, uint64_t at, uint64_t n)
{
	struct connection *c = connection_of(r);

	reply_begin(r, (int64_t)n);
	if (!reply_bodiless(r) && n > 0 && read_at_once(c, fd, at, n)) {
		close(fd);
		reply_send(c, str_n(c->content.data, c->content.len));
		return;
	}
	send_files(c, (struct sending){ .fd = fd, .at = at, .run_left = n, .left = n });
}

void http_reply_runs(struct http_request *r, int64_t content_length, int runs, http_run_fn *next, void *owner)
{
	CHECK(content_length >= 0);
	reply_begin(r, content_length);
	send_files(connection_of(r), (struct sending){ .fd = -1, .left = (uint64_t)content_length, .runs = runs,
						       .next_run = next, .owner = owner });
}
