/* GET and HEAD of an object: found and judged on a lane, sent from memory (needles, checked) or from files. */
#include <unistd.h>

#include "web/s3/s3.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "web/s3/conditions.h"
#include "web/s3/headers.h"
#include "web/s3/range.h"
#include "web/s3/tag_set.h"
#include "web/s3/version.h"

struct run {				/* a part of one extent */
	const struct extent *extent;
	uint64_t skip, length;
};

struct get {
	/* asked */
	struct conditions conditions;
	struct str range, if_range;
	int64_t part;			/* 0: none */
	bool head, checksum;
	/* found */
	struct object o;
	bool not_modified, partial;
	int64_t first, length;
	struct run *runs;
	int run_count;
	struct buf bytes;		/* one needle, read and checked; given to the answer */
	int fd;				/* one file */
	uint64_t at;
};

static int judge(struct s3 *s, struct get *g)
{
	const char *which = "";

	switch (conditions_check(&g->conditions, g->o.etag, g->o.mtime_ms, clock_wall_ms(), &which)) {
	case CONDITIONS_FAILED:
		return s3_refuse(s, S3_PRECONDITION, NULL, S3_WITH({ "Condition", str_of(which) }));
	case CONDITIONS_NOT_MODIFIED:
		g->not_modified = true;
		break;
	case CONDITIONS_HOLD:
		break;
	}
	return 0;
}

static bool is_multipart(const struct object *o)
{
	return o->etag.n > 32;
}

static int choose_part(struct s3 *s, struct get *g)
{
	const struct object *o = &g->o;
	int count = is_multipart(o) ? o->extent_count : 1;

	if (g->part > count)
		return s3_refuse(s, S3_INVALID_PART_NUMBER, NULL,
				 S3_WITH({ "PartNumberRequested", str_of(arena_printf(&s->arena, "%lld", (long long)g->part)) },
					 { "ActualPartCount", str_of(arena_printf(&s->arena, "%d", count)) }));
	if (!is_multipart(o))
		return 0;
	for (int i = 0; i + 1 < g->part; i++)
		g->first += (int64_t)o->extents[i].len;
	g->length = (int64_t)o->extents[g->part - 1].len;
	return 0;
}

static int choose_range(struct s3 *s, struct get *g)
{
	int64_t size = g->o.size;

	if (str_is_set(g->if_range) && !etag_in(g->if_range, g->o.etag))
		return 0;
	switch (range_parse(g->range, size, &g->first, &g->length)) {
	case RANGE_NOT_SATISFIABLE:
		return s3_refuse(s, S3_INVALID_RANGE, NULL, S3_WITH({ "RangeRequested", g->range },
				 { "ActualObjectSize", str_of(arena_printf(&s->arena, "%lld", (long long)size)) }));
	case RANGE_PART:
		g->partial = true;
		break;
	case RANGE_WHOLE:
		break;
	}
	return 0;
}

static int choose(struct s3 *s, struct get *g)
{
	int rc;

	g->first = 0;
	g->length = g->o.size;
	if (g->part == 0)
		return choose_range(s, g);
	rc = choose_part(s, g);
	g->partial = g->length > 0;	/* no Content-Range can tell of no bytes */
	return rc;
}

static void plan_runs(struct s3 *s, struct get *g)
{
	uint64_t at = 0, from = (uint64_t)g->first, to = from + (uint64_t)g->length;

	g->runs = arena_take(&s->arena, (size_t)(g->o.extent_count + 1) * sizeof *g->runs);
	for (int i = 0; i < g->o.extent_count; i++) {
		const struct extent *e = &g->o.extents[i];
		uint64_t begin = at > from ? at : from, end = at + e->len < to ? at + e->len : to;

		if (begin < end)
			g->runs[g->run_count++] = (struct run){ e, begin - at, end - begin };
		at += e->len;
	}
}

/* Whole, because only then is its checksum looked at; then cut to size. */
static int read_needle(struct s3 *s, struct get *g)
{
	const struct run *run = &g->runs[0];
	size_t len = (size_t)run->extent->len;
	int64_t n = extent_read(store_blobs(s->m->store), run->extent, 0, buf_reserve(&g->bytes, len), len);

	if (n < 0)
		return (int)n;
	if ((size_t)n != len)
		return E_CORRUPT;
	if (run->skip > 0)
		memmove(g->bytes.data, g->bytes.data + run->skip, (size_t)run->length);
	buf_wrote(&g->bytes, (size_t)run->length);
	return 0;
}

static int open_file(struct s3 *s, struct get *g)
{
	g->fd = extent_open(store_blobs(s->m->store), g->runs[0].extent, &g->at);
	g->at += g->runs[0].skip;
	return g->fd < 0 ? g->fd : 0;
}

static int find(struct s3 *s, struct db *db)
{
	struct get *g = s->state;
	int rc = version_find(s, db, &g->o);

	if (rc < 0 || (rc = judge(s, g)) < 0)
		return rc;
	if (g->not_modified)
		return 0;
	if ((rc = choose(s, g)) < 0 || g->head)
		return rc;
	plan_runs(s, g);
	if (g->run_count == 1)
		rc = g->runs[0].extent->kind == EXTENT_NEEDLE ? read_needle(s, g) : open_file(s, g);
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

/* Called by the server's thread, for objects of several parts. A needle is checked and copied: its object may be deleted
 * while the parts before it are sent, and then its place in the segment reads as zeros. */
static int open_run(void *owner, int i, uint64_t *at, uint64_t *n)
{
	struct s3 *s = owner;
	const struct get *g = s->state;
	const struct run *run = &g->runs[i];
	struct blobs *blobs = store_blobs(s->m->store);
	bool needle = run->extent->kind == EXTENT_NEEDLE;
	int fd = needle ? blob_isolate(blobs, run->extent, 1) : extent_open(blobs, run->extent, at);

	*at = run->skip + (needle ? 0 : *at);
	*n = run->length;
	return fd;
}

/* The console has the same origin as the objects have. A page among them must not act as the console: browsers are told to give it an origin of its
 * own, in every answer, for they keep what came for an <img> and show it as a page later. */
#define SET_APART STR("sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts")

static void answer_headers(struct s3 *s, const struct get *g)
{
	struct http_request *r = s3_answer_begin(s, g->not_modified ? 304 : g->partial ? 206 : 200);
	char when[CLOCK_TEXT_MAX];

	http_header(r, "ETag", s3_quoted(s, g->o.etag));
	http_header(r, "Last-Modified", str_of(clock_http(when, g->o.mtime_ms)));
	http_header(r, "Content-Security-Policy", SET_APART);
	version_header(s, &g->o);
	if (g->not_modified)
		return;
	tag_set_count(s, g->o.tags);
	http_header(r, "Accept-Ranges", STR("bytes"));
	if (g->partial)
		http_header(r, "Content-Range", str_of(arena_printf(&s->arena, "bytes %lld-%lld/%lld", (long long)g->first,
				(long long)(g->first + g->length - 1), (long long)g->o.size)));
	if (g->part > 0 && is_multipart(&g->o))
		http_header_int(r, "x-amz-mp-parts-count", g->o.extent_count);
	if (g->checksum && !g->partial && g->length == g->o.size)
		s3_answer_checksum(s, &g->o.sum);
	headers_answer(s, g->o.headers);
}

static void on_found(struct s3 *s, int rc)
{
	struct get *g = s->state;
	struct http_request *r = s->call->r;
	int fd = g->fd;

	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	answer_headers(s, g);
	g->fd = -1;
	if (g->not_modified)
		http_reply(r, (struct str){ 0 });
	else if (g->head)
		http_reply_head(r, g->length);
	else if (g->run_count == 0)
		http_reply(r, STR(""));
	else if (g->run_count > 1)
		http_reply_runs(r, g->length, g->run_count, open_run, s);
	else if (fd >= 0)
		http_reply_file(r, fd, g->at, (uint64_t)g->length);
	else
		http_reply_buf(r, &g->bytes);
}

static int ask(struct s3 *s, struct get *g)
{
	struct http_request *r = s->call->r;
	struct str part = params_get(&s->params, "partNumber");

	g->fd = -1;
	g->head = str_eq(r->method, STR("HEAD"));
	g->conditions.if_match = s3_copy(s, http_field(r, "if-match"));
	g->conditions.if_none_match = s3_copy(s, http_field(r, "if-none-match"));
	g->conditions.if_modified_since = s3_copy(s, http_field(r, "if-modified-since"));
	g->conditions.if_unmodified_since = s3_copy(s, http_field(r, "if-unmodified-since"));
	g->range = s3_copy(s, http_field(r, "range"));
	g->if_range = s3_copy(s, http_field(r, "if-range"));
	g->checksum = str_ieq(s3_field(s, "x-amz-checksum-mode"), STR("ENABLED"));
	if (!str_is_set(part))
		return 0;
	if (str_is_set(g->range))
		return s3_refuse(s, S3_INVALID_REQUEST, "Cannot specify both Range header and partNumber query parameter",
				 NULL);
	if (str_to_int(part, 1, 10000, &g->part) < 0)
		return s3_refuse(s, S3_INVALID_ARGUMENT, "Part number must be an integer between 1 and 10000, inclusive",
				 S3_WITH({ "ArgumentName", STR("partNumber") }, { "ArgumentValue", part }));
	return 0;
}

static void release(struct s3 *s)
{
	struct get *g = s->state;

	buf_clear(&g->bytes);
	if (g->fd >= 0)
		close(g->fd);
}

void object_download(struct s3 *s)
{
	struct get *g = arena_take(&s->arena, sizeof *g);

	s->state = g;
	s->release = release;
	if (ask(s, g) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, find, on_found);
}
