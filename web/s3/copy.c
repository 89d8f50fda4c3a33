/* CopyObject. */
#include "web/s3/put.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/xml.h"
#include "storage/bucket.h"
#include "web/s3/checksum.h"
#include "web/s3/copy_source.h"
#include "web/s3/expiration.h"
#include "web/s3/headers.h"
#include "web/s3/tag_set.h"
#include "web/s3/version.h"

struct copy {				/* in s->state */
	struct s3 *s;
	struct room_guest guest;	/* for the bytes at hand */
	struct copy_source source;
	struct object_put put;
	struct needle needle;
	bool replace;			/* headers and metadata are the request's */
	bool replace_tags;
	enum digest_kind kind;		/* asked for; DIGEST_KINDS: none */
};

static void undo(struct s3 *s)
{
	copy_source_undo(s, &((struct copy *)s->state)->source);
}

static void release(struct s3 *s)
{
	struct copy *c = s->state;

	copy_source_clear(&c->source);
	room_give(s->room, &c->guest);
}

static int find(struct s3 *s, struct db *db)
{
	struct copy *c = s->state;
	const struct object *from = &c->source.from;
	int64_t id;
	int rc = copy_source_find(s, db, &c->source);

	if (rc < 0)
		return rc;
	if ((rc = bucket_find(db, s->bucket, &id, NULL)) < 0)
		return s3_refuse_rc(s, rc);
	if (!c->replace)
		c->put.o.headers = from->headers;
	if (!c->replace_tags)
		c->put.o.tags = from->tags;
	if (c->kind == DIGEST_KINDS)
		c->kind = from->sum.type == SUM_NONE ? DIGEST_CRC64NVME : from->sum.kind;
	return copy_source_begin(s, &c->source, 0, from->size, c->kind);
}

static int copy_some(struct s3 *s, struct db *db)
{
	(void)db;
	return copy_source_some(s, &((struct copy *)s->state)->source);
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
	copy_source_version(s, &c->source);
	version_header(s, o);
	expiration_header(s, o);
	http_reply_buf(s->call->r, &body);
}

static void tell_put(struct s3 *s)
{
	s3_tell(s, FEED_UPLOADED, s->key, ((struct copy *)s->state)->put.o.seq);
}

static void submit(struct s3 *s)
{
	struct copy *c = s->state;
	struct copy_source *from = &c->source;
	struct object *o = &c->put.o;
	uint8_t md5[DIGEST_SIZE_MAX], sum[DIGEST_SIZE_MAX];

	digest_end(&from->md5, md5);
	digest_end(&from->sum, sum);
	o->size = from->length;
	o->etag = put_etag(s, md5);
	o->sum = put_sum(s, c->kind, sum);
	if (!copy_source_is_small(from)) {
		o->extents = &from->where;
		o->extent_count = 1;
	} else if (o->size > 0) {
		put_needle(s, &c->put.change, &c->needle, str_n(from->data.data, from->data.len));
	}
	s->news = tell_put;
	s3_commit(s, &c->put.change, on_put);
}

static void on_some(struct s3 *s, int rc)
{
	struct copy *c = s->state;

	if (rc < 0)
		s3_answer_fault(s);
	else if (c->source.done)
		submit(s);
	else
		s3_run(s, copy_some, on_some);
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
	const struct copy_source *from = &c->source;
	int rc;

	if ((rc = read_directive(s, "x-amz-metadata-directive", "Unknown metadata directive.", &c->replace)) < 0)
		return rc;
	if ((rc = read_directive(s, "x-amz-tagging-directive", "Unknown tagging directive.", &c->replace_tags)) < 0)
		return rc;
	/* A storage class that is asked for counts as a change, even if it is the one that the object has. */
	if (!c->replace && !str_is_set(from->version) && str_eq(from->bucket, s->bucket) && str_eq(from->key, s->key) &&
	    !str_is_set(s3_field(s, "x-amz-storage-class")))
		return s3_refuse(s, S3_INVALID_REQUEST, "This copy request is illegal because it is trying to copy an object "
				 "to itself without changing the object's metadata, storage class, website redirect location "
				 "or encryption attributes.", NULL);
	if (c->replace_tags && (rc = tag_set_header(s, &c->put.o.tags)) < 0)
		return rc;
	return c->replace ? headers_take(s, &c->put.o.headers) : 0;
}

static int ask(struct s3 *s, struct copy *c)
{
	struct str algorithm = http_field(s->call->r, "x-amz-checksum-algorithm");
	int rc;

	c->kind = checksum_of_algorithm(algorithm);
	if (str_is_set(algorithm) && c->kind == DIGEST_KINDS)
		return s3_refuse(s, S3_INVALID_REQUEST, "Checksum algorithm provided is unsupported. Please try again with "
				 "any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]", NULL);
	if ((rc = put_conditions(s, &c->put.if_match, &c->put.if_absent)) < 0 || (rc = copy_source_ask(s, &c->source)) < 0)
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
	c->guest = (struct room_guest){ .use = ROOM_WORK, .granted = on_granted };
	copy_source_init(&c->source);
	c->put.store = s->m->store;
	c->put.bucket = s->bucket;
	c->put.o.key = s->key;
	c->put.kind = EVENT_CREATED_COPY;
	c->put.actor = s->actor;
	c->put.actor.door = s3_door(s);
	if (ask(s, c) < 0)
		s3_answer_fault(s);
	else if (room_take(s->room, &c->guest, COPY_PIECE))
		s3_run(s, find, on_some);
}
