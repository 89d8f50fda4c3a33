#include "functions/sandbox/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define IN_SIZE (HTTP_HEAD_MAX + HTTP_BODY_MAX + 1)
#define REQUEST_HEAD_MAX 1024

char *http_pages(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void http_give_back(char *pages, size_t n)
{
	if (n > HTTP_KEEP_BYTES)
		madvise(pages + HTTP_KEEP_BYTES, n - HTTP_KEEP_BYTES, MADV_DONTNEED);
}

bool http_open(struct http *h, const char *address)
{
	const char *colon = strrchr(address, ':');
	char ip[sizeof h->host];
	int64_t port;

	*h = (struct http){ .fd = -1 };
	if (!colon || strlen(address) >= sizeof ip || str_to_int(str_of(colon + 1), 1, 65535, &port) < 0)
		return false;
	snprintf(ip, sizeof ip, "%.*s", (int)(colon - address), address);
	snprintf(h->host, sizeof h->host, "%s", address);
	h->to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	if (inet_pton(AF_INET, ip, &h->to.sin_addr) != 1)
		return false;
	h->in = http_pages(IN_SIZE);
	return h->in != NULL;
}

static void hang_up(struct http *h)
{
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
}

static bool dial(struct http *h)
{
	const int yes = 1;

	if (h->fd >= 0)
		return true;
	if ((h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return false;
	setsockopt(h->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	if (connect(h->fd, (struct sockaddr *)&h->to, sizeof h->to) == 0)
		return true;
	hang_up(h);
	return false;
}

static bool send_all(int fd, struct iovec *v, int n)
{
	struct msghdr m = { .msg_iov = v, .msg_iovlen = (size_t)n };

	while (m.msg_iovlen > 0) {
		ssize_t sent = sendmsg(fd, &m, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			return false;
		for (; sent > 0 && (size_t)sent >= m.msg_iov->iov_len; m.msg_iov++, m.msg_iovlen--)
			sent -= (ssize_t)m.msg_iov->iov_len;
		if (sent > 0) {
			m.msg_iov->iov_base = (char *)m.msg_iov->iov_base + sent;
			m.msg_iov->iov_len -= (size_t)sent;
		}
		while (m.msg_iovlen > 0 && m.msg_iov->iov_len == 0) {
			m.msg_iov++;
			m.msg_iovlen--;
		}
	}
	return true;
}

/* At least `n` bytes of the answer in the buffer. */
static bool fill(struct http *h, size_t n)
{
	while (h->have < n) {
		ssize_t got = recv(h->fd, h->in + h->have, IN_SIZE - 1 - h->have, 0);

		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		h->have += got > 0 ? (size_t)got : 0;
	}
	return true;
}

/* Up to the blank line. */
static bool read_head(struct http *h)
{
	char *end, *line;

	while (!(end = memmem(h->in, h->have, "\r\n\r\n", 4)))
		if (h->have >= HTTP_HEAD_MAX || !fill(h, h->have + 1))
			return false;
	line = memchr(h->in, '\n', h->have);
	h->head = line + 1;
	h->head_end = end + 2;
	h->body = end + 4;
	h->status = h->have > 12 && strncmp(h->in, "HTTP/1.", 7) == 0 ? (int)strtol(h->in + 9, NULL, 10) : 0;
	return h->status >= 100;
}

static bool read_answer(struct http *h)
{
	size_t head_size;
	int64_t length;

	h->have = 0;
	if (!read_head(h) || str_to_int(str_of(http_header(h, "Content-Length")), 0, HTTP_BODY_MAX, &length) < 0)
		return false;
	head_size = (size_t)(h->body - h->in);
	if (!fill(h, head_size + (size_t)length))
		return false;
	h->body_length = (size_t)length;
	h->body[length] = '\0';
	return h->have == head_size + (size_t)length;
}

static bool once(struct http *h, const char *head, size_t head_length, struct str body)
{
	struct iovec v[2] = { { (void *)(uintptr_t)head, head_length }, { (void *)(uintptr_t)body.p, body.n } };
	bool sent;

	if (!dial(h))
		return false;
	sent = send_all(h->fd, v, 2);
	/* Who refuses a body may say so before it has read it all. */
	if (read_answer(h)) {
		if (!sent || strcasecmp(http_header(h, "Connection"), "close") == 0)
			hang_up(h);
		return true;
	}
	hang_up(h);
	return false;
}

bool http_request(struct http *h, const char *method_and_path, const char *headers, struct str body, bool again)
{
	char head[REQUEST_HEAD_MAX];
	int n = snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %zu\r\n\r\n", method_and_path, h->host, headers, body.n);

	if (n < 0 || n >= (int)sizeof head)
		return false;
	return once(h, head, (size_t)n, body) || (again && once(h, head, (size_t)n, body));
}

const char *http_header(struct http *h, const char *name)
{
	size_t n = strlen(name);
	char *end;

	for (char *line = h->head; line < h->head_end; line = end + 1) {
		if (!(end = memchr(line, '\n', (size_t)(h->head_end - line))))
			break;
		if ((size_t)(end - line) <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		for (line += n + 1; *line == ' '; line++)
			;
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		return line;
	}
	return "";
}
