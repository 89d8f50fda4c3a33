/* s3_load.c - clients of an S3 server that put or get as fast as they are answered.
 *
 *     s3_load put|get BUCKET PREFIX CONNECTIONS REQUESTS SIZE
 *
 * Endpoint and keys come from AWS_ENDPOINT_URL and its kin. One thread per connection, kept alive; every request
 * is signed (SigV4 in headers) and names the digest of its body, as the SDKs do over plain HTTP. Object number i is
 * PREFIX/i, so a get after a put of the same arguments finds them all. Prints one line:
 *
 *     requests=10000 errors=0 seconds=3.20 rate=3125 median_us=4700 p99_us=9100
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/str.h"

#define BODIES 64		/* different ones, digests made beforehand: the client's own cost stays small */
#define CONNECTIONS_MAX 256
#define SIGNED_HEADERS "host;x-amz-content-sha256;x-amz-date"

static struct {
	bool put;
	const char *bucket, *prefix, *access_key, *region;
	char host[256], name[200], port[8];
	long requests, size;
	struct { char *bytes, sha256[65]; } bodies[BODIES];
	uint8_t key[32];		/* SigV4's, of the day the run began */
	char day[9];
	uint32_t *took_us;		/* per request */
	_Atomic long next, errors;
} run;

struct client {
	pthread_t thread;
	int fd;
	struct buf request, canonical, answer;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "s3_load: %s: %s\n", what, errno ? strerror(errno) : "not usable");
	exit(1);
}

static const char *need_env(const char *name)
{
	const char *v = getenv(name);

	errno = 0;
	if (!v)
		die(name);
	return v;
}

static void read_environment(void)
{
	const char *endpoint = need_env("AWS_ENDPOINT_URL"), *secret = need_env("AWS_SECRET_ACCESS_KEY"), *colon;
	const char *const scope[] = { run.day, need_env("AWS_DEFAULT_REGION"), "s3", "aws4_request" };
	char now[CLOCK_TEXT_MAX];
	struct buf first = { 0 };

	run.access_key = need_env("AWS_ACCESS_KEY_ID");
	run.region = scope[1];
	if (strncmp(endpoint, "http://", 7) != 0 || !(colon = strchr(endpoint + 7, ':')))
		die("AWS_ENDPOINT_URL");
	snprintf(run.host, sizeof run.host, "%s", endpoint + 7);
	snprintf(run.name, sizeof run.name, "%.*s", (int)(colon - endpoint - 7), endpoint + 7);
	snprintf(run.port, sizeof run.port, "%s", colon + 1);
	snprintf(run.day, sizeof run.day, "%.8s", clock_basic(now, clock_wall_ms()));
	buf_printf(&first, "AWS4%s", secret);
	hmac_sha256(str_n(first.data, first.len), str_of(scope[0]), run.key);
	for (int i = 1; i < 4; i++)
		hmac_sha256(str_n(run.key, 32), str_of(scope[i]), run.key);
	buf_clear(&first);
}

static void make_bodies(void)
{
	for (int i = 0; i < BODIES; i++) {
		uint8_t digest[DIGEST_SIZE_MAX];
		size_t n = run.put ? (size_t)run.size : 0;

		run.bodies[i].bytes = malloc(n + 1);
		if (!run.bodies[i].bytes)
			die("memory");
		random_bytes(run.bodies[i].bytes, n);
		digest_of(DIGEST_SHA256, str_n(run.bodies[i].bytes, n), digest);
		hex_encode(run.bodies[i].sha256, digest, 32);
	}
}

static void dial(struct client *c)
{
	struct addrinfo *found, hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };

	errno = 0;
	if (getaddrinfo(run.name, run.port, &hints, &found) != 0)
		die(run.name);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, found->ai_addr, found->ai_addrlen) < 0)
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	freeaddrinfo(found);
}

static void reset(struct buf *b)
{
	b->len = 0;
	buf_puts(b, "");
}

static void sign(struct client *c, const char *method, long number, const char *sha256, const char *now, char hex[65])
{
	uint8_t digest[DIGEST_SIZE_MAX];

	reset(&c->canonical);
	buf_printf(&c->canonical, "%s\n/%s/%s/%ld\n\nhost:%s\nx-amz-content-sha256:%s\nx-amz-date:%s\n\n" SIGNED_HEADERS "\n%s",
		   method, run.bucket, run.prefix, number, run.host, sha256, now, sha256);
	digest_of(DIGEST_SHA256, str_n(c->canonical.data, c->canonical.len), digest);
	hex_encode(hex, digest, 32);
	reset(&c->canonical);
	buf_printf(&c->canonical, "AWS4-HMAC-SHA256\n%s\n%s/%s/s3/aws4_request\n%s", now, run.day, run.region, hex);
	hmac_sha256(str_n(run.key, 32), str_n(c->canonical.data, c->canonical.len), digest);
	hex_encode(hex, digest, 32);
}

static void write_request(struct client *c, long number)
{
	const char *method = run.put ? "PUT" : "GET", *sha256 = run.bodies[number % BODIES].sha256;
	char now[CLOCK_TEXT_MAX], hex[65];

	clock_basic(now, clock_wall_ms());
	sign(c, method, number, sha256, now, hex);
	reset(&c->request);
	buf_printf(&c->request, "%s /%s/%s/%ld HTTP/1.1\r\nHost: %s\r\nx-amz-date: %s\r\nx-amz-content-sha256: %s\r\n"
		   "Authorization: AWS4-HMAC-SHA256 Credential=%s/%s/%s/s3/aws4_request, SignedHeaders=" SIGNED_HEADERS
		   ", Signature=%s\r\n", method, run.bucket, run.prefix, number, run.host, now, sha256, run.access_key, run.day,
		   run.region, hex);
	if (run.put)
		buf_printf(&c->request, "Content-Type: application/octet-stream\r\nContent-Length: %ld\r\n", run.size);
	buf_puts(&c->request, "\r\n");
	if (run.put)
		buf_add(&c->request, run.bodies[number % BODIES].bytes, (size_t)run.size);
}

static void send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done <= 0)
			die("send");
		p += done;
		n -= (size_t)done;
	}
}

/* More of the answer; what is there is kept. */
static void more(struct client *c)
{
	ssize_t n = read(c->fd, buf_reserve(&c->answer, 65536), 65536);

	if (n <= 0)
		die("receive");
	buf_wrote(&c->answer, (size_t)n);
}

/* Reads one answer whole; its status. */
static int read_answer(struct client *c)
{
	const char *end, *length;
	size_t want;

	reset(&c->answer);
	while (!(end = strstr(c->answer.data, "\r\n\r\n")))
		more(c);
	length = strcasestr(c->answer.data, "\r\ncontent-length:");
	want = (size_t)(end + 4 - c->answer.data) + (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
	while (c->answer.len < want)
		more(c);
	return (int)strtol(c->answer.data + strlen("HTTP/1.1 "), NULL, 10);
}

static void *work(void *arg)
{
	struct client *c = arg;

	dial(c);
	for (long i; (i = atomic_fetch_add(&run.next, 1)) < run.requests;) {
		int64_t began = clock_mono_us();

		write_request(c, i);
		send_all(c->fd, c->request.data, c->request.len);
		if (read_answer(c) / 100 != 2) {
			if (atomic_fetch_add(&run.errors, 1) == 0)
				fprintf(stderr, "s3_load: %.*s\n", (int)c->answer.len, c->answer.data);
		}
		run.took_us[i] = (uint32_t)(clock_mono_us() - began);
	}
	close(c->fd);
	buf_clear(&c->request);
	buf_clear(&c->canonical);
	buf_clear(&c->answer);
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static struct client clients[CONNECTIONS_MAX];
	int64_t connections, requests, size, began;
	double seconds;

	if (argc != 7 || str_to_int(str_of(argv[4]), 1, CONNECTIONS_MAX, &connections) < 0 ||
	    str_to_int(str_of(argv[5]), 1, 100000000, &requests) < 0 || str_to_int(str_of(argv[6]), 0, 1 << 30, &size) < 0) {
		fprintf(stderr, "usage: s3_load put|get BUCKET PREFIX CONNECTIONS REQUESTS SIZE\n");
		return 2;
	}
	run.put = strcmp(argv[1], "put") == 0;
	run.bucket = argv[2];
	run.prefix = argv[3];
	run.requests = requests;
	run.size = size;
	run.took_us = calloc((size_t)requests, sizeof *run.took_us);
	read_environment();
	make_bodies();
	began = clock_mono_us();
	for (int i = 0; i < connections; i++)
		if (pthread_create(&clients[i].thread, NULL, work, &clients[i]) != 0)
			die("thread");
	for (int i = 0; i < connections; i++)
		pthread_join(clients[i].thread, NULL);
	seconds = (double)(clock_mono_us() - began) / 1e6;
	qsort(run.took_us, (size_t)requests, sizeof *run.took_us, by_value);
	printf("requests=%ld errors=%ld seconds=%.2f rate=%.0f median_us=%u p99_us=%u\n", run.requests, run.errors, seconds,
	       (double)requests / seconds, run.took_us[requests / 2], run.took_us[requests * 99 / 100]);
	return run.errors ? 1 : 0;
}
