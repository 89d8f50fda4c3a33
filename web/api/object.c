/* GET /_/o/BUCKET/KEY[?download]: an object's bytes for the console, by its cookie. An image is shown where a page asks for one; everything else,
 * and all with ?download, is told to be saved under its name. What it says cannot act as the console: it has an origin of its own. */
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/object.h"
#include "web/api/local.h"

#define SET_APART "sandbox; default-src 'none'; style-src 'unsafe-inline'"
#define CACHE "private, max-age=86400"	/* addresses of the console's own say which version they mean */

struct showing {			/* in l->state */
	struct str bucket, key;
	struct object o;
	bool no_bucket;
	int fd;				/* one extent in a file */
	uint64_t at;
	struct buf bytes;		/* one needle */
};

/* Small ones are in a segment, whose bytes are checked as they are read. */
static int open_one(struct local *l, struct showing *g)
{
	const struct extent *e = &g->o.extents[0];
	struct blobs *blobs = store_blobs(l->m->store);
	int64_t n;

	if (e->kind != EXTENT_NEEDLE) {
		g->fd = extent_open(blobs, e, &g->at);
		return g->fd < 0 ? g->fd : 0;
	}
	n = extent_read(blobs, e, 0, buf_reserve(&g->bytes, (size_t)e->len), (size_t)e->len);
	if (n < 0)
		return (int)n;
	buf_wrote(&g->bytes, (size_t)n);
	return n == (int64_t)e->len ? 0 : E_CORRUPT;
}

static int find(struct local *l, struct db *db)
{
	struct showing *g = l->state;
	int rc = object_get(db, g->bucket, g->key, &l->arena, &g->o, &g->no_bucket);

	return rc == 0 && g->o.extent_count == 1 ? open_one(l, g) : rc;
}

/* As S3's own answers do (web/s3/object_get.c): parts one after the other, needles copied. */
static int open_part(void *owner, int i, uint64_t *at, uint64_t *n)
{
	struct local *l = owner;
	const struct showing *g = l->state;
	const struct extent *e = &g->o.extents[i];
	struct blobs *blobs = store_blobs(l->m->store);

	*at = 0;
	*n = e->len;
	return e->kind == EXTENT_NEEDLE ? blob_isolate(blobs, e, 1) : extent_open(blobs, e, at);
}

static struct str name_of(struct str key)
{
	size_t from = key.n;

	while (from > 0 && key.p[from - 1] != '/')
		from--;
	return from == key.n ? STR("object") : str_n(key.p + from, key.n - from);
}

static void write_headers(struct local *l, const struct showing *g)
{
	struct http_request *r = l->call->r;
	struct str type = STR("application/octet-stream");
	bool save = str_is_set(params_get(&l->params, "download"));
	struct json_value *headers;
	struct buf name = { 0 };

	if (json_parse(&l->arena, g->o.headers, &headers) == 0 && json_text(headers, "content-type").n > 0)
		type = json_text(headers, "content-type");
	http_status(r, 200);
	http_header(r, "x-amz-request-id", str_of(l->call->id));
	http_header(r, "Server", STR("minilab"));
	http_header(r, "Content-Type", type);
	http_header(r, "Cache-Control", STR(CACHE));
	http_header(r, "Content-Security-Policy", STR(SET_APART));
	http_header(r, "X-Content-Type-Options", STR("nosniff"));
	http_header(r, "Cross-Origin-Resource-Policy", STR("same-origin"));
	if (!save && str_starts(type, STR("image/")))
		return;
	uri_encode(&name, name_of(g->key), URI_NOTHING);
	http_header(r, "Content-Disposition", str_of(arena_printf(&l->arena, "attachment; filename*=UTF-8''%.*s", (int)name.len, (char *)name.data)));
	buf_clear(&name);
}

static void answer(struct local *l, struct showing *g)
{
	struct http_request *r = l->call->r;
	int fd = g->fd;

	write_headers(l, g);
	if (str_eq(r->method, STR("HEAD"))) {
		http_reply_head(r, g->o.size);
		return;
	}
	g->fd = -1;
	if (g->o.extent_count == 0)
		http_reply(r, STR(""));
	else if (g->o.extent_count > 1)
		http_reply_runs(r, g->o.size, g->o.extent_count, open_part, l);
	else if (fd >= 0)
		http_reply_file(r, fd, g->at, (uint64_t)g->o.size);
	else
		http_reply_buf(r, &g->bytes);
}

static void on_found(struct local *l, int rc)
{
	struct showing *g = l->state;

	if (rc == 0)
		answer(l, g);
	else if (rc == E_NOT_FOUND)
		local_refuse(l, 404, g->no_bucket ? "NoSuchBucket" : "NoSuchKey", g->no_bucket ? "There is no such bucket." : "There is no such object.");
	else
		local_refuse(l, 500, "InternalError", err_text(rc));
}

static void release(struct local *l)
{
	struct showing *g = l->state;

	buf_clear(&g->bytes);
	if (g->fd >= 0)
		close(g->fd);
}

void object_serve(struct local *l)
{
	struct showing *g = arena_take(&l->arena, sizeof *g);

	l->state = g;
	l->release = release;
	g->fd = -1;
	if (!local_place(l, "/_/o/", true))
		return;
	l->for_pages = false;
	g->bucket = arena_str(&l->arena, l->call->bucket);
	g->key = arena_str(&l->arena, l->call->key);
	local_run(l, find, on_found);
}
