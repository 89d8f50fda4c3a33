/* http_load.c - one request, sent again and again as fast as it is answered.
 *
 *     http_load PORT CONNECTIONS REQUESTS FILE
 *
 * FILE is the whole request as it goes over the wire, signature and all; answers must have a Content-Length. One thread per
 * connection, kept alive. Prints one line:
 *
 *     requests=10000 errors=0 seconds=1.20 rate=8333 median_us=110 p99_us=310 max_us=900
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/str.h"

#define CONNECTIONS_MAX 1024
#define ANSWER_MAX (8 << 20)

static struct {
	int port;
	long requests;
	char *bytes;
	size_t length;
	uint32_t *took_us;
	_Atomic long next, errors;
} run;

static int dial(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)run.port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	CHECK(fd >= 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) == 0);
	return fd;
}

static void send_all(int fd)
{
	size_t at = 0;

	while (at < run.length) {
		ssize_t n = send(fd, run.bytes + at, run.length - at, MSG_NOSIGNAL);

		CHECK(n > 0);
		at += (size_t)n;
	}
}

/* How long the answer is as a whole, once its headers are there; 0: not yet. */
static size_t length_of(const char *p, size_t n)
{
	const char *end = memmem(p, n, "\r\n\r\n", 4), *length;

	if (!end)
		return 0;
	length = strcasestr(p, "\r\ncontent-length:");
	CHECK(length && length < end);
	return (size_t)(end + 4 - p) + (size_t)strtoul(length + 17, NULL, 10);
}

static bool receive(int fd, char *room)
{
	size_t have = 0, want = 0;

	while (want == 0 || have < want) {
		ssize_t n = recv(fd, room + have, ANSWER_MAX - have, 0);

		CHECK(n > 0);
		have += (size_t)n;
		room[have] = '\0';
		if (want == 0)
			want = length_of(room, have);
	}
	return have > 12 && room[9] == '2' && !memmem(room, have, "X-Amz-Function-Error", 20);
}

static void *client(void *arg)
{
	char *room = malloc(ANSWER_MAX + 1);
	int fd = dial();
	long i;

	(void)arg;
	CHECK(room != NULL);
	while ((i = atomic_fetch_add(&run.next, 1)) < run.requests) {
		int64_t began = clock_mono_us();

		send_all(fd);
		if (!receive(fd, room))
			atomic_fetch_add(&run.errors, 1);
		run.took_us[i] = (uint32_t)(clock_mono_us() - began);
	}
	close(fd);
	free(room);
	return NULL;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	CHECK(fd >= 0 && fstat(fd, &st) == 0);
	run.length = (size_t)st.st_size;
	run.bytes = malloc(run.length);
	CHECK(run.bytes && read(fd, run.bytes, run.length) == (ssize_t)run.length);
	close(fd);
}

int main(int argc, char **argv)
{
	pthread_t threads[CONNECTIONS_MAX];
	int connections;
	int64_t began;
	double seconds;

	if (argc != 5 || (connections = atoi(argv[2])) < 1 || connections > CONNECTIONS_MAX || (run.requests = atol(argv[3])) < 1) {
		fprintf(stderr, "usage: http_load PORT CONNECTIONS REQUESTS FILE\n");
		return 2;
	}
	run.port = atoi(argv[1]);
	load(argv[4]);
	run.took_us = calloc((size_t)run.requests, sizeof *run.took_us);
	CHECK(run.took_us != NULL);
	began = clock_mono_us();
	for (int i = 0; i < connections; i++)
		CHECK(pthread_create(&threads[i], NULL, client, NULL) == 0);
	for (int i = 0; i < connections; i++)
		pthread_join(threads[i], NULL);
	seconds = (double)(clock_mono_us() - began) / 1e6;
	qsort(run.took_us, (size_t)run.requests, sizeof *run.took_us, ascending);
	printf("requests=%ld errors=%ld seconds=%.2f rate=%.0f median_us=%u p99_us=%u max_us=%u\n", run.requests, atomic_load(&run.errors),
	       seconds, (double)run.requests / seconds, run.took_us[run.requests / 2], run.took_us[run.requests * 99 / 100],
	       run.took_us[run.requests - 1]);
	return 0;
}
