/* http_bench.c - the HTTP server alone, for tests/bench/serve.py: no signatures, no storage.
 *
 *     http_bench FILE
 *
 * GET /memory answers FILE's bytes from memory; any other path opens FILE and answers it as a file. Prints its port
 * and serves until it is killed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "web/http/http.h"

static const char *path;
static struct buf bytes;

static void on_request(void *owner, struct http_request *r)
{
	struct stat st;
	int fd;

	(void)owner;
	http_status(r, 200);
	http_header(r, "Content-Type", STR("image/webp"));
	http_header(r, "ETag", STR("\"0123456789abcdef0123456789abcdef\""));
	if (str_eq(r->path, STR("/memory"))) {
		http_reply(r, str_n(bytes.data, bytes.len));
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && fstat(fd, &st) == 0);
	http_reply_file(r, fd, 0, (uint64_t)st.st_size);
}

static void on_bad(void *owner, struct http_request *r, int status, const char *why)
{
	(void)owner;
	http_status(r, status);
	http_reply(r, str_of(why));
}

static void on_done(void *owner, struct http_request *r)
{
	(void)owner;
	(void)r;
}

int main(int argc, char **argv)
{
	uv_loop_t *loop = uv_default_loop();
	struct http_spec spec = { .loop = loop, .address = "127.0.0.1", .connections_max = 1024, .header_bytes_max = 65536,
				  .header_ms = 20000, .body_ms = 30000, .idle_ms = 75000, .on_request = on_request,
				  .on_bad = on_bad, .on_done = on_done };
	struct http_server *s;
	ssize_t n;
	int port, fd;

	if (argc != 2 || (fd = open(argv[1], O_RDONLY | O_CLOEXEC)) < 0) {
		fprintf(stderr, "usage: http_bench FILE\n");
		return 2;
	}
	path = argv[1];
	while ((n = read(fd, buf_reserve(&bytes, 65536), 65536)) > 0)
		buf_wrote(&bytes, (size_t)n);
	close(fd);
	if (http_listen(&s, &spec, &port) < 0)
		return 1;
	printf("%d\n", port);
	fflush(stdout);
	return uv_run(loop, UV_RUN_DEFAULT);
}
