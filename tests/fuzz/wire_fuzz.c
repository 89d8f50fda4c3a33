/* wire_fuzz.c - a packet from a process that has been taken over: it is refused, or has the form that wire.h promises, and no
 * descriptor that came with it stays open. First byte: how many descriptors ride along. What passes is also read as the
 * cage's features, which is the first thing that a zygote says. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "functions/cage.h"
#include "functions/wire.h"

#define FDS_MAX 7

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void send_packet(int sock, const uint8_t *p, size_t n, int fd, size_t fds)
{
	struct iovec iov = { (void *)(uintptr_t)p, n };
	union {
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fds > 0) {
		struct cmsghdr *c = (struct cmsghdr *)control.bytes;

		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(fds * sizeof fd);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds * sizeof fd);
		for (size_t i = 0; i < fds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof fd, &fd, sizeof fd);
	}
	CHECK(sendmsg(sock, &m, MSG_NOSIGNAL) == (ssize_t)n);
}

static void read_features(const struct wire_message *m)
{
	struct cage_features f = {0};

	if (cage_parse(str_n(m->text, m->head.length), &f) == 0)
		CHECK(cage_rank(&f) <= CAGE_E);
}

static int lowest_free(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct wire_message m;
	int s[2], rc, before;

	if (n < 1 || n > 2 * WIRE_TEXT_MAX)
		return 0;
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s) == 0);
	before = lowest_free();
	send_packet(s[0], p + 1, n - 1, s[0], p[0] % (FDS_MAX + 1));
	rc = wire_receive(s[1], &m);
	if (rc == 0) {
		CHECK(n - 1 == sizeof m.head + m.head.length && m.head.length <= WIRE_TEXT_MAX);
		CHECK(memcmp(m.text, p + 1 + sizeof m.head, m.head.length) == 0 && m.text[m.head.length] == '\0');
		CHECK((m.fd >= 0) == (p[0] % (FDS_MAX + 1) == 1));
		read_features(&m);
	} else {
		CHECK(rc == E_BAD_INPUT || (rc == E_CLOSED && n == 1));
		CHECK(m.fd == -1);
	}
	if (m.fd >= 0)
		close(m.fd);
	CHECK(lowest_free() == before);
	close(s[0]);
	close(s[1]);
	return 0;
}
