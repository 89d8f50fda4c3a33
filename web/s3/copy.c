/* CopyObject: the bytes are read and stored again, a piece per lane call, because stored bytes belong to one row. */
#include "web/s3/put.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/digest_share.h"
#include "base/err.h"
#include "base/xml.h"
#include "storage/bucket.h"
#include "web/s3/body.h"
#include "web/s3/checksum.h"
#include "web/s3/conditions.h"
#include "web/s3/headers.h"
#include "web/s3/tag_set.h"
#include "web/s3/version.h"

#define COPY_PIECE (1 << 20)
#define COPY_STEP (16 << 20)		/* copied by one lane call, so that others get their turn */

struct copy {				/* in s->state */
	struct s3 *s;
	struct room_guest guest;	/* for `data` */
	struct object_put put;
	struct needle needle;
	struct str bucket, key, version;	/* of the source */
	struct conditions conditions;
	bool replace;			/* headers and metadata are the request's */
	bool replace_tags;
	struct object from;
	enum digest_kind kind;
	struct digest md5, sum;
	struct blob blob;
	struct extent where;
	struct buf data;		/* of a small one; else the piece at hand */
	int at;				/* extent at hand, and how far in it */
	uint64_t skip;
	bool done;
};

static bool is_large(const struct copy *c)
{
	return c->from.size > BLOB_NEEDLE_MAX;
}

static void undo(struct s3 *s)
{
	struct copy *c = s->state;

	blob_abort(&c->blob);
	if (c->where.kind != EXTENT_NONE)
		blob_forget(store_blobs(s->m->store), &c->where);
}

static void release(struct s3 *s)
{
	struct copy *c = s->state;

	buf_clear(&c->data);
	room_give(s->room, &c->guest);
}

static int check_source(struct s3 *s, struct copy *c)
{
	const char *which = "";

	if (conditions_check(&c->conditions, c->from.etag, c->from.mtime_ms, clock_wall_ms(), &which) != CONDITIONS_HOLD)
		return s3_refuse(s, S3_PRECONDITION, NULL,
				 S3_WITH({ "Condition", str_of(arena_printf(&s->arena, "x-amz-copy-source-%s", which)) }));
	if (c->from.size > OBJECT_PUT_MAX)
		return s3_refuse(s, S3_INVALID_REQUEST, "The specified copy source is larger than the maximum allowable size "
				 "for a copy source: 5368709120", NULL);
	return 0;
}

static int find(struct s3 *s, struct db *db)
{
	struct copy *c = s->state;
	int64_t id;
	int rc = version_find_source(s, db, c->bucket, c->key, c->version, &c->from);

	if (rc < 0)
		return rc;
	if ((rc = bucket_find(db, s->bucket, &id, NULL)) < 0)
		return s3_refuse_rc(s, rc);
	if ((rc = check_source(s, c)) < 0)
		return rc;
	if (!c->replace)
		c->put.o.headers = c->from.headers;
	if (!c->replace_tags)
		c->put.o.tags = c->from.tags;
	if (c->kind == DIGEST_KINDS)
		c->kind = c->from.sum.type == SUM_NONE ? DIGEST_CRC64NVME : c->from.sum.kind;
	digest_begin(&c->md5, DIGEST_MD5);
	digest_begin(&c->sum, c->kind);
	if (is_large(c))
		rc = blob_stage(&c->blob, store_blobs(s->m->store), (uint64_t)c->from.size);
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

/* One read, at most COPY_PIECE; needles whole, so that their checksum is looked at. */
static int64_t copy_piece(struct s3 *s, struct copy *c)
{
	const struct extent *e = &c->from.extents[c->at];
	size_t n = e->len - c->skip < COPY_PIECE ? (size_t)(e->len - c->skip) : COPY_PIECE;
	char *to;
	int64_t got;
	int rc;

	if (is_large(c))
		c->data.len = 0;
	to = buf_reserve(&c->data, n);
	got = extent_read(store_blobs(s->m->store), e, c->skip, to, n);
	if (got != (int64_t)n)
		return got < 0 ? got : E_CORRUPT;
	buf_wrote(&c->data, n);
	digest_feed_shared(&c->md5, to, n);
	digest_feed(&c->sum, to, n);
	if (is_large(c) && (rc = blob_write(&c->blob, to, n)) < 0)
		return rc;
	c->skip += n;
	return (int64_t)n;
}

static int copy_some(struct s3 *s, struct db *db)
{
	struct copy *c = s->state;
	int64_t copied = 0, n;
	int rc;

	(void)db;
	while (c->at < c->from.extent_count && copied < COPY_STEP) {
		if (c->skip == c->from.extents[c->at].len) {
			c->at++;
			c->skip = 0;
			continue;
		}
		if ((n = copy_piece(s, c)) < 0)
			return s3_refuse_rc(s, (int)n);
		copied += n;
	}
	c->done = c->at == c->from.extent_count;
	if (c->done && is_large(c) && (rc = blob_commit(&c->blob, &c->where)) < 0)
		return s3_refuse_rc(s, rc);
	return 0;
}

static void on_put(struct s3 *s, int rc)
{
	struct copy *c = s->state;
	const struct object *o = &c->put.o;
	struct buf body = { 0 };
	char when[CLOCK_TEXT_MAX];
	struct xml x;

	if (rc < 0) {
		put_refused(s, rc, c->put.if_absent);
		s3_answer_fault(s);
		return;
	}
	x = xml_into(&body, XML_PROLOG);
	xml_open(&x, "CopyObjectResult", S3_XMLNS);
	xml_text(&x, "ETag", s3_quoted(s, o->etag));
	xml_cstr(&x, "LastModified", clock_iso_ms(when, o->mtime_ms / 1000 * 1000));
	xml_text(&x, checksum_element(o->sum.kind), o->sum.text);
	xml_cstr(&x, "ChecksumType", checksum_type(o->sum.type));
	xml_close(&x);
	s3_answer_begin(s, 200);
	http_header(s->call->r, "Content-Type", STR("application/xml"));
	if (c->from.named || c->from.versioned)
		version_header_of(s, "x-amz-copy-source-version-id", c->from.born, c->from.named);
	version_header(s, o);
	http_reply_buf(s->call->r, &body);
}

static void tell_put(struct s3 *s)
{
	s3_tell(s, FEED_UPLOADED, s->key, ((struct copy *)s->state)->put.o.seq);
}

static void submit(struct s3 *s)
{
	struct copy *c = s->state;
	struct object *o = &c->put.o;
	uint8_t md5[DIGEST_SIZE_MAX], sum[DIGEST_SIZE_MAX];

	digest_end(&c->md5, md5);
	digest_end(&c->sum, sum);
	o->size = c->from.size;
	o->etag = put_etag(s, md5);
	o->sum = put_sum(s, c->kind, sum);
	if (is_large(c)) {
		o->extents = &c->where;
		o->extent_count = 1;
	} else if (o->size > 0) {
		put_needle(s, &c->put.change, &c->needle, str_n(c->data.data, c->data.len));
	}
	s->news = tell_put;
	s3_commit(s, &c->put.change, on_put);
}

static void on_some(struct s3 *s, int rc)
{
	struct copy *c = s->state;

	if (rc < 0)
		s3_answer_fault(s);
	else if (c->done)
		submit(s);
	else
		s3_run(s, copy_some, on_some);
}

static int bad_source(struct s3 *s, const char *why)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, why, S3_WITH({ "ArgumentName", STR("x-amz-copy-source") }));
}

static int read_version(struct s3 *s, struct copy *c, struct str query)
{
	struct params *p = arena_take(&s->arena, sizeof *p);
	int64_t born;
	bool named;

	if (!str_is_set(query))
		return 0;
	if (params_parse(&s->arena, query, true, p) < 0 || p->count != 1 || !str_is_set(c->version = params_get(p, "versionId")) ||
	    version_parse(c->version, &born, &named) < 0)
		return bad_source(s, "Invalid version id specified");
	return 0;
}

/* "/bucket/key?versionId=..", encoded; the slash in front may be missing. */
static int read_source(struct s3 *s, struct copy *c)
{
	struct str source = http_field(s->call->r, "x-amz-copy-source"), path, bucket;
	int rc;

	(void)str_next(&source, '?', &path);
	if (str_starts(path, STR("/")))
		path = str_n(path.p + 1, path.n - 1);
	if (uri_decode(&s->arena, path, false, &path) < 0)
		path = (struct str){ 0 };
	(void)str_next(&path, '/', &bucket);
	c->bucket = s3_copy(s, bucket);
	c->key = s3_copy(s, path);
	if (!bucket_name_valid(c->bucket))
		return bad_source(s, "Invalid copy source bucket name");
	if (!c->key.n || c->key.n > OBJECT_KEY_MAX)
		return bad_source(s, "Invalid copy source object key");
	if ((rc = read_version(s, c, source)) < 0)
		return rc;
	if (s3_is_denied(s, str_is_set(c->version) ? "s3:GetObjectVersion" : "s3:GetObject", c->bucket, c->key))
		return s3_refuse(s, S3_ACCESS_DENIED, NULL, NULL);
	return 0;
}

/* COPY, which is also meant when nothing is said, or REPLACE. */
static int read_directive(struct s3 *s, const char *header, const char *complaint, bool *replace)
{
	struct str d = http_field(s->call->r, header);

	*replace = str_eq(d, STR("REPLACE"));
	if (!str_is_set(d) || *replace || str_eq(d, STR("COPY")))
		return 0;
	return s3_refuse(s, S3_INVALID_ARGUMENT, complaint, S3_WITH({ "ArgumentName", str_of(header) }, { "ArgumentValue", s3_copy(s, d) }));
}

/* What the copy gets of its source, and what of the request. */
static int read_directives(struct s3 *s, struct copy *c)
{
	int rc;

	if ((rc = read_directive(s, "x-amz-metadata-directive", "Unknown metadata directive.", &c->replace)) < 0)
		return rc;
	if ((rc = read_directive(s, "x-amz-tagging-directive", "Unknown tagging directive.", &c->replace_tags)) < 0)
		return rc;
	if (!c->replace && !str_is_set(c->version) && str_eq(c->bucket, s->bucket) && str_eq(c->key, s->key))
		return s3_refuse(s, S3_INVALID_REQUEST, "This copy request is illegal because it is trying to copy an object "
				 "to itself without changing the object's metadata, storage class, website redirect location "
				 "or encryption attributes.", NULL);
	if (c->replace_tags && (rc = tag_set_header(s, &c->put.o.tags)) < 0)
		return rc;
	return c->replace ? headers_take(s, &c->put.o.headers) : 0;
}

static int ask(struct s3 *s, struct copy *c)
{
	struct http_request *r = s->call->r;
	struct str algorithm = http_field(r, "x-amz-checksum-algorithm");
	int rc;

	c->kind = checksum_of_algorithm(algorithm);
	if (str_is_set(algorithm) && c->kind == DIGEST_KINDS)
		return s3_refuse(s, S3_INVALID_REQUEST, "Checksum algorithm provided is unsupported. Please try again with "
				 "any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]", NULL);
	c->conditions.if_match = s3_copy(s, http_field(r, "x-amz-copy-source-if-match"));
	c->conditions.if_none_match = s3_copy(s, http_field(r, "x-amz-copy-source-if-none-match"));
	c->conditions.if_modified_since = s3_copy(s, http_field(r, "x-amz-copy-source-if-modified-since"));
	c->conditions.if_unmodified_since = s3_copy(s, http_field(r, "x-amz-copy-source-if-unmodified-since"));
	if ((rc = put_conditions(s, &c->put.if_match, &c->put.if_absent)) < 0 || (rc = read_source(s, c)) < 0)
		return rc;
	return read_directives(s, c);
}

static void on_granted(struct room_guest *g)
{
	struct s3 *s = container_of(g, struct copy, guest)->s;

	if (s->call)		/* else the client left while it waited, and its undo is under way */
		s3_run(s, find, on_some);
}

void object_copy(struct s3 *s)
{
	struct copy *c = arena_take(&s->arena, sizeof *c);

	s->state = c;
	s->undo = undo;
	s->release = release;
	object_put_init(&c->put);
	c->s = s;
	c->guest.granted = on_granted;
	c->blob.fd = -1;
	c->put.store = s->m->store;
	c->put.bucket = s->bucket;
	c->put.o.key = s->key;
	c->put.kind = EVENT_CREATED_COPY;
	c->put.actor = s->actor;
	if (ask(s, c) < 0)
		s3_answer_fault(s);
	else if (room_take(s->room, &c->guest, COPY_PIECE))
		s3_run(s, find, on_some);
}
