#include "web/sending.h"

#include <unistd.h>

#include "base/err.h"
#include "base/json.h"

static void plan(struct sending *s, struct arena *a)
{
	uint64_t at = 0, from = (uint64_t)s->first, to = from + (uint64_t)s->length;

	s->runs = arena_take(a, (size_t)(s->o->extent_count + 1) * sizeof *s->runs);
	for (int i = 0; i < s->o->extent_count; i++) {
		const struct extent *e = &s->o->extents[i];
		uint64_t begin = at > from ? at : from, end = at + e->len < to ? at + e->len : to;

		if (begin < end)
			s->runs[s->run_count++] = (struct sending_run){ e, begin - at, end - begin };
		at += e->len;
	}
}

/* Whole, because only then is its checksum looked at; then cut to size. */
static int read_needle(struct sending *s)
{
	const struct sending_run *run = &s->runs[0];
	size_t len = (size_t)run->extent->len;
	int64_t n = extent_read(s->blobs, run->extent, 0, buf_reserve(&s->bytes, len), len);

	if (n < 0)
		return (int)n;
	if ((size_t)n != len)
		return E_CORRUPT;
	if (run->skip > 0)
		memmove(s->bytes.data, s->bytes.data + run->skip, (size_t)run->length);
	buf_wrote(&s->bytes, (size_t)run->length);
	return 0;
}

int sending_open(struct sending *s, struct arena *a)
{
	plan(s, a);
	if (s->run_count != 1)
		return 0;
	if (s->runs[0].extent->kind == EXTENT_NEEDLE)
		return read_needle(s);
	s->fd = extent_open(s->blobs, s->runs[0].extent, &s->at);
	s->at += s->runs[0].skip;
	return s->fd < 0 ? s->fd : 0;
}

/* Called by the server's thread, for objects of several parts. A needle is checked and copied: its object may be deleted
 * while the parts before it are sent, and then its place in the segment reads as zeros. */
static int open_run(void *owner, int i, uint64_t *at, uint64_t *n)
{
	const struct sending *s = owner;
	const struct sending_run *run = &s->runs[i];
	bool needle = run->extent->kind == EXTENT_NEEDLE;
	int fd = needle ? blob_isolate(s->blobs, run->extent, 1) : extent_open(s->blobs, run->extent, at);

	*at = run->skip + (needle ? 0 : *at);
	*n = run->length;
	return fd;
}

void sending_reply(struct sending *s, struct http_request *r)
{
	int fd = s->fd;

	s->fd = -1;
	if (s->run_count == 0)
		http_reply(r, STR(""));
	else if (s->run_count > 1)
		http_reply_runs(r, s->length, s->run_count, open_run, s);
	else if (fd >= 0)
		http_reply_file(r, fd, s->at, (uint64_t)s->length);
	else
		http_reply_buf(r, &s->bytes);
}

void sending_clear(struct sending *s)
{
	buf_clear(&s->bytes);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

struct str sending_type(const struct object *o, struct arena *a)
{
	struct json_value *headers;
	struct str type = { 0 };

	if (json_parse(a, o->headers, &headers) == 0)
		type = json_text(headers, "content-type");
	return type.n > 0 ? type : STR("application/octet-stream");
}
