/* Objects come and go. */
#include "web/s3/put.h"

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "web/s3/body.h"
#include "web/s3/checksum.h"
#include "web/conditions.h"
#include "web/s3/expiration.h"
#include "web/s3/headers.h"
#include "web/s3/tag_set.h"
#include "web/s3/version.h"

int put_conditions(struct s3 *s, struct str *if_match, bool *if_absent)
{
	struct str match = http_field(s->call->r, "if-match"), none = http_field(s->call->r, "if-none-match");

	if (str_is_set(none) && !str_eq(none, STR("*")))
		return s3_refuse(s, S3_NOT_IMPLEMENTED, NULL, S3_WITH({ "Header", STR("If-None-Match") },
				 { "additionalMessage", STR("We don't accept the provided value of If-None-Match header "
							    "for this API") }));
	if (str_is_set(none) && str_is_set(match))
		return s3_refuse(s, S3_NOT_IMPLEMENTED, NULL, S3_WITH({ "Header", STR("If-Match,If-None-Match") },
				 { "additionalMessage", STR("Multiple conditional request headers present in the "
							    "request") }));
	if (str_eq(etag_bare(match), STR("*")))
		return s3_refuse(s, S3_NOT_IMPLEMENTED, NULL, S3_WITH({ "Header", STR("If-Match") },
				 { "additionalMessage", STR("We don't accept the provided value of If-Match header for this API") }));
	*if_absent = str_is_set(none);
	*if_match = s3_copy(s, etag_bare(match));
	return 0;
}

void put_needle(struct s3 *s, struct change *c, struct needle *n, struct str data)
{
	*n = (struct needle){ .key = str_of(arena_printf(&s->arena, "%.*s/%.*s", STR_ARG(s->bucket), STR_ARG(s->key))),
			      .data = data };
	c->needles = n;
	c->needle_count = 1;
}

int put_refused(struct s3 *s, int rc, bool if_absent)
{
	if (rc == E_PRECONDITION)
		return s3_refuse(s, S3_PRECONDITION, NULL,
				 S3_WITH({ "Condition", if_absent ? STR("If-None-Match") : STR("If-Match") }));
	if (rc == E_MISMATCH)
		return s3_refuse(s, S3_NO_SUCH_KEY, NULL, S3_WITH({ "Key", s->key }));
	if (rc == E_SUPERSEDED)
		return s3_refuse(s, S3_CONFLICT, NULL, S3_WITH({ "Condition", if_absent ? STR("If-None-Match") : STR("If-Match") },
				 { "Key", s->key }));
	return s3_refuse_rc(s, rc);
}

struct str put_etag(struct s3 *s, const uint8_t *md5)
{
	char hex[33];

	hex_encode(hex, md5, 16);
	return arena_str(&s->arena, str_of(hex));
}

struct checksum put_sum(struct s3 *s, enum digest_kind k, const uint8_t *sum)
{
	return (struct checksum){ SUM_FULL, k, checksum_encode(&s->arena, k, sum) };
}

static void on_put(struct s3 *s, int rc)
{
	struct put *p = s->state;

	if (rc < 0) {
		put_refused(s, rc, p->put.if_absent);
		s3_answer_fault(s);
		return;
	}
	http_header(s3_answer_begin(s, 200), "ETag", s3_quoted(s, p->put.o.etag));
	s3_answer_checksum(s, &p->put.o.sum);
	version_header(s, &p->put.o);
	expiration_header(s, &p->put.o);
	http_reply(s->call->r, (struct str){ 0 });
}

static void tell_put(struct s3 *s)
{
	s3_tell(s, FEED_UPLOADED, s->key, ((struct put *)s->state)->put.o.seq);
}

static void submit(struct s3 *s)
{
	struct put *p = s->state;
	struct body *b = s->body;
	struct object *o = &p->put.o;
	enum digest_kind k = b->asked == DIGEST_KINDS ? DIGEST_CRC64NVME : b->asked;

	o->size = b->got;
	o->etag = put_etag(s, b->sum[DIGEST_MD5]);
	o->sum = put_sum(s, k, b->sum[k]);
	if (b->to_file) {
		o->extents = &b->where;
		o->extent_count = 1;
	} else if (b->got > 0) {
		put_needle(s, &p->put.change, &p->needle, body_text(b));
	}
	s->news = tell_put;
	s3_commit(s, &p->put.change, on_put);
}

/* Worth a look before a large body; a small one is told by its commit. */
static int look_for_bucket(struct s3 *s, struct db *db)
{
	int64_t id;
	int rc = bucket_find(db, s->bucket, &id, NULL);

	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

static void on_bucket(struct s3 *s, int rc)
{
	if (rc < 0)
		s3_answer_fault(s);
	else
		body_store(s, submit);
}

static int plan(struct s3 *s, struct put *p)
{
	int rc;

	object_put_init(&p->put);
	p->put.store = s->m->store;
	p->put.bucket = s->bucket;
	p->put.o.key = s->key;
	p->put.kind = EVENT_CREATED_PUT;
	p->put.actor = s->actor;
	p->put.actor.door = s3_door(s);
	if ((rc = put_conditions(s, &p->put.if_match, &p->put.if_absent)) < 0)
		return rc;
	if ((rc = headers_take(s, &p->put.o.headers)) < 0 || (rc = tag_set_header(s, &p->put.o.tags)) < 0)
		return rc;
	if ((rc = body_plan(s, OBJECT_PUT_MAX, BODY_LENGTH_NEEDED)) < 0)
		return rc;
	body_digest(s->body, DIGEST_MD5);
	if (s->body->asked == DIGEST_KINDS)
		body_digest(s->body, DIGEST_CRC64NVME);
	body_to_storage(s->body);
	return 0;
}

void object_upload(struct s3 *s)
{
	struct put *p = arena_take(&s->arena, sizeof *p);

	s->state = p;
	if (plan(s, p) < 0)
		s3_answer_fault(s);
	else if (s->body->to_file)
		s3_run(s, look_for_bucket, on_bucket);
	else
		body_store(s, submit);
}

struct erase {
	struct object_delete change;
	struct object_key key;
	struct object_gone gone;
	int result;
};

static void on_erased(struct s3 *s, int rc)
{
	struct erase *e = s->state;
	struct http_request *r;

	if (rc == 0)
		rc = e->result;
	if (rc < 0) {
		put_refused(s, rc, false);
		s3_answer_fault(s);
		return;
	}
	r = s3_answer_begin(s, 204);
	if (e->gone.marker)
		http_header(r, "x-amz-delete-marker", STR("true"));
	if (str_is_set(e->key.version))
		http_header(r, "x-amz-version-id", e->key.version);
	else if (e->gone.born)
		version_header_of(s, "x-amz-version-id", e->gone.born, e->gone.named);
	http_reply(r, (struct str){ 0 });
}

static void tell_erased(struct s3 *s)
{
	const struct erase *e = s->state;

	if (e->result == 0 && !str_is_set(e->key.version))	/* a version that goes may not be the current one */
		s3_tell(s, FEED_DELETED, s->key, 0);
}

void object_erase(struct s3 *s)
{
	struct erase *e = arena_take(&s->arena, sizeof *e);

	s->state = e;
	object_delete_init(&e->change);
	e->key = (struct object_key){ .key = s->key, .if_match = s3_copy(s, etag_bare(http_field(s->call->r, "if-match"))),
				      .version = version_asked(s) };
	e->change.store = s->m->store;
	e->change.bucket = s->bucket;
	e->change.keys = &e->key;
	e->change.results = &e->result;
	e->change.gone = &e->gone;
	e->change.count = 1;
	e->change.actor = s->actor;
	s->news = tell_erased;
	s3_commit(s, &e->change.change, on_erased);
}
