/* lambda_bootstrap.c - the smallest honest custom runtime, for tests/bench/functions.py: asks for an event, waits as long as its "sleep_ms"
 * says, answers with it, over one kept connection. It knows nothing of minilab and is linked with nothing of it. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static char room[8 << 20];
static size_t have;

static int dial(const char *api)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	char host[64];
	int fd = socket(AF_INET, SOCK_STREAM, 0), port;

	if (sscanf(api, "%63[^:]:%d", host, &port) != 2 || inet_pton(AF_INET, host, &a.sin_addr) != 1)
		exit(2);
	a.sin_port = htons((uint16_t)port);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		exit(3);
	return fd;
}

static void say(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w <= 0)
			exit(4);
		p += w;
		n -= (size_t)w;
	}
}

/* One whole answer in `room`; where its body is. */
static char *hear(int fd, size_t *length)
{
	char *end = NULL, *at;
	size_t want = 0;

	have = 0;
	while (!end || have < want) {
		ssize_t n = read(fd, room + have, sizeof room - 1 - have);

		if (n <= 0)
			exit(5);
		have += (size_t)n;
		room[have] = '\0';
		if (!end && (end = strstr(room, "\r\n\r\n"))) {
			at = strcasestr(room, "\r\ncontent-length:");
			*length = at ? strtoul(at + 17, NULL, 10) : 0;
			want = (size_t)(end + 4 - room) + *length;
		}
	}
	return end + 4;
}

int main(void)
{
	int fd = dial(getenv("AWS_LAMBDA_RUNTIME_API"));
	static const char next[] = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n";
	char id[64], head[512], *body, *at;
	size_t n, length;

	for (;;) {
		say(fd, next, sizeof next - 1);
		body = hear(fd, &n);
		at = strcasestr(room, "lambda-runtime-aws-request-id:");
		if (!at || sscanf(at + 30, " %63[^\r]", id) != 1)
			return 6;
		if ((at = strstr(body, "\"sleep_ms\":")))
			usleep((useconds_t)atoi(at + 11) * 1000);
		n = (size_t)(room + have - body);
		length = (size_t)snprintf(head, sizeof head, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: runtime\r\n"
					  "Content-Length: %zu\r\n\r\n", id, n);
		memmove(room + length, body, n);	/* headers and body in one go, as clients with a buffer send them */
		memcpy(room, head, length);
		say(fd, room, length + n);
		hear(fd, &n);
	}
}
