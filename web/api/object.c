/* GET /_/o/BUCKET/KEY[?download]: an object's bytes for the console, by its cookie. An image is shown where a page asks for one; everything else,
 * and all with ?download, is told to be saved under its name. What it says cannot act as the console: it has an origin of its own. */
#include "base/codec.h"
#include "base/err.h"
#include "web/api/local.h"
#include "web/sending.h"

#define CACHE "private, max-age=86400"	/* addresses of the console's own say which version they mean */

struct showing {			/* in l->state */
	struct str bucket, key;
	struct object o;
	bool head, no_bucket;
	struct sending sending;
};

static int find(struct local *l, struct db *db)
{
	struct showing *g = l->state;
	int rc = object_get(db, g->bucket, g->key, &l->arena, &g->o, &g->no_bucket);

	if (rc < 0)
		return rc;
	g->sending = (struct sending){ .blobs = store_blobs(l->m->store), .o = &g->o, .length = g->o.size, .fd = -1 };
	return g->head ? 0 : sending_open(&g->sending, &l->arena);
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
	struct str type = sending_type(&g->o, &l->arena);
	bool save = str_is_set(params_get(&l->params, "download"));
	struct buf name = { 0 };

	http_status(r, 200);
	http_header(r, "x-amz-request-id", str_of(l->call->id));
	http_header(r, "Server", STR("minilab"));
	http_header(r, "Content-Type", type);
	http_header(r, "Cache-Control", STR(CACHE));
	http_header(r, "Content-Security-Policy", STR(SENDING_SET_APART));
	http_header(r, "X-Content-Type-Options", STR("nosniff"));
	http_header(r, "Cross-Origin-Resource-Policy", STR("same-origin"));
	if (!save && str_starts(type, STR("image/")))
		return;
	uri_encode(&name, name_of(g->key), URI_NOTHING);
	http_header(r, "Content-Disposition", str_of(arena_printf(&l->arena, "attachment; filename*=UTF-8''%.*s", (int)name.len, (char *)name.data)));
	buf_clear(&name);
}

static void on_found(struct local *l, int rc)
{
	struct showing *g = l->state;

	if (rc == E_NOT_FOUND && g->no_bucket) {
		local_refuse_bucket(l);
	} else if (rc == E_NOT_FOUND) {
		local_refuse(l, 404, "NoSuchKey", "There is no such object.");
	} else if (rc < 0) {
		local_refuse_rc(l, rc, NULL);
	} else {
		write_headers(l, g);
		if (g->head)
			http_reply_head(l->call->r, g->o.size);
		else
			sending_reply(&g->sending, l->call->r);
	}
}

static void release(struct local *l)
{
	struct showing *g = l->state;

	sending_clear(&g->sending);
}

void object_serve(struct local *l)
{
	struct showing *g = arena_take(&l->arena, sizeof *g);

	l->state = g;
	l->release = release;
	g->sending.fd = -1;
	if (!local_place(l, "/_/o/", TAIL_KEY))
		return;
	l->for_pages = false;
	g->head = str_eq(l->call->r->method, STR("HEAD"));
	g->bucket = arena_str(&l->arena, l->call->bucket);
	g->key = arena_str(&l->arena, l->call->key);
	local_run(l, find, on_found);
}
