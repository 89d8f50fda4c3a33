/* GET and HEAD of an object: found and judged on a lane, sent from memory (needles, checked) or from files. */
#include "web/s3/s3.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "web/conditions.h"
#include "web/range.h"
#include "web/sending.h"
#include "web/s3/expiration.h"
#include "web/s3/headers.h"
#include "web/s3/tag_set.h"
#include "web/s3/version.h"

struct get {
	/* asked */
	struct conditions conditions;
	struct str range, if_range;
	int64_t part;			/* 0: none */
	bool head, checksum;
	/* found */
	struct object o;
	bool not_modified, partial;
	struct sending sending;
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
		g->sending.first += (int64_t)o->extents[i].len;
	g->sending.length = (int64_t)o->extents[g->part - 1].len;
	return 0;
}

static int choose_range(struct s3 *s, struct get *g)
{
	int64_t size = g->o.size;

	if (str_is_set(g->if_range) && !etag_in(g->if_range, g->o.etag))
		return 0;
	switch (range_parse(g->range, size, &g->sending.first, &g->sending.length)) {
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

	g->sending.first = 0;
	g->sending.length = g->o.size;
	if (g->part == 0)
		return choose_range(s, g);
	rc = choose_part(s, g);
	g->partial = g->sending.length > 0;	/* no Content-Range can tell of no bytes */
	return rc;
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
	g->sending.blobs = store_blobs(s->m->store);
	g->sending.o = &g->o;
	rc = sending_open(&g->sending, &s->arena);
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
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
	if (!str_is_set(version_asked(s)))	/* versions that are not current any more end otherwise */
		expiration_header(s, &g->o);
	http_header(r, "Accept-Ranges", STR("bytes"));
	if (g->partial)
		http_header(r, "Content-Range", str_of(arena_printf(&s->arena, "bytes %lld-%lld/%lld", (long long)g->sending.first,
				(long long)(g->sending.first + g->sending.length - 1), (long long)g->o.size)));
	if (g->part > 0 && is_multipart(&g->o))
		http_header_int(r, "x-amz-mp-parts-count", g->o.extent_count);
	if (g->checksum && !g->partial && g->sending.length == g->o.size)
		s3_answer_checksum(s, &g->o.sum);
	headers_answer(s, g->o.headers);
}

static void on_found(struct s3 *s, int rc)
{
	struct get *g = s->state;
	struct http_request *r = s->call->r;

	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	answer_headers(s, g);
	if (g->not_modified)
		http_reply(r, (struct str){ 0 });
	else if (g->head)
		http_reply_head(r, g->sending.length);
	else
		sending_reply(&g->sending, r);
}

static int ask(struct s3 *s, struct get *g)
{
	struct http_request *r = s->call->r;
	struct str part = params_get(&s->params, "partNumber");

	g->sending.fd = -1;
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

	sending_clear(&g->sending);
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
