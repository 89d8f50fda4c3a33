#include "functions/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

#define FDS_LOOKED_AT 4		/* the kernel closes what does not fit */

static int code(int error)
{
	return error == EPIPE || error == ECONNRESET ? E_CLOSED : -error;
}

int wire_send(int sock, struct wire_header head, struct str text, int fd)
{
	struct iovec iov[2] = { { &head, sizeof head }, { (void *)(uintptr_t)text.p, text.n } };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = text.n ? 2 : 1 };
	ssize_t sent;

	if (text.n > WIRE_TEXT_MAX)
		return E_TOO_LARGE;
	head.length = (uint32_t)text.n;
	if (fd >= 0) {
		struct cmsghdr *c;

		m.msg_control = &control;
		m.msg_controllen = sizeof control.bytes;
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	do
		sent = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? code(errno) : 0;
}

/* Takes one descriptor; the number of all that came. */
static int take_fds(struct msghdr *m, int *fd)
{
	int count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int one;

			memcpy(&one, CMSG_DATA(c) + i * sizeof one, sizeof one);
			if (count++ == 0)
				*fd = one;
			else
				close(one);
		}
	}
	return count;
}

int wire_receive(int sock, struct wire_message *w)
{
	struct iovec iov[2] = { { &w->head, sizeof w->head }, { w->text, WIRE_TEXT_MAX } };
	union {
		char bytes[CMSG_SPACE(FDS_LOOKED_AT * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2, .msg_control = &control,
			    .msg_controllen = sizeof control.bytes };
	ssize_t n;
	int fds;

	w->fd = -1;
	w->text[0] = '\0';
	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return code(errno);
	fds = take_fds(&m, &w->fd);
	if (n == 0 && fds == 0)
		return E_CLOSED;
	if (fds > 1 || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || (size_t)n < sizeof w->head ||
	    w->head.length != (size_t)n - sizeof w->head) {
		if (w->fd >= 0)
			close(w->fd);
		w->fd = -1;
		return E_BAD_INPUT;
	}
	w->text[w->head.length] = '\0';
	return 0;
}
