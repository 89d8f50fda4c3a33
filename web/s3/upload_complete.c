/* Completion: the list of parts is read and checked against the upload, then rows change. */
#include "storage/upload.h"

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/xml.h"
#include "web/s3/body.h"
#include "web/s3/checksum.h"
#include "web/s3/expiration.h"
#include "web/conditions.h"
#include "web/s3/part.h"
#include "web/s3/put.h"
#include "web/s3/version.h"

struct finish {				/* in s->state */
	struct upload_complete change;
	struct upload upload;
	struct part_named *parts;
	int64_t size_said;		/* x-amz-mp-object-size; -1: not */
	enum sum_type mode;		/* x-amz-checksum-type; SUM_NONE: not sent */
	enum digest_kind sums;		/* of the parts in the document; DIGEST_KINDS: none */
	bool before;			/* it was completed already, from these parts */
	struct object there;		/* then: what it became */
	/* the walk over the stored parts */
	struct s3 *s;
	int at;
	int64_t total;
};

static int take_part(struct s3 *s, struct finish *f, const struct xml_node *n)
{
	struct part_named *p = &f->parts[f->change.count];
	int64_t number;
	int rc;

	if ((rc = part_number_read(s, xml_child_text(n, "PartNumber"), &number)) < 0)
		return rc;
	p->number = (int)number;
	p->etag = etag_bare(xml_child_text(n, "ETag"));
	for (int k = 0; k < DIGEST_KINDS; k++) {
		if (k == DIGEST_MD5 || !xml_child(n, checksum_element((enum digest_kind)k)))
			continue;
		p->sum = str_trim(xml_child_text(n, checksum_element((enum digest_kind)k)));
		f->sums = (enum digest_kind)k;
	}
	if (f->change.count > 0 && p->number <= p[-1].number)
		return s3_refuse(s, S3_INVALID_PART_ORDER, NULL,
				 S3_WITH({ "UploadId", params_get(&s->params, "uploadId") }));
	f->change.count++;
	return 0;
}

static int read_parts(struct s3 *s, struct finish *f)
{
	struct xml_node *root;
	int rc;

	if (xml_parse(&s->arena, body_text(s->body), &root) < 0 || !str_eq(root->name, STR("CompleteMultipartUpload")))
		return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
	f->parts = arena_take(&s->arena, PART_MAX * sizeof *f->parts);
	for (const struct xml_node *n = xml_child(root, "Part"); n; n = xml_again(n)) {
		if (f->change.count == PART_MAX)
			return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
		if ((rc = take_part(s, f, n)) < 0)
			return rc;
	}
	f->change.parts = f->parts;
	if (f->change.count == 0)
		return s3_refuse(s, S3_INVALID_REQUEST, "You must specify at least one part", NULL);
	return 0;
}

/* The checksum of the whole, if the client says what it must be. The header is about the object, not about this
 * document, so it is not body_plan's. */
static int read_wanted(struct s3 *s, struct finish *f)
{
	struct str type = s3_field(s, "x-amz-checksum-type"), size = s3_field(s, "x-amz-mp-object-size");
	struct checksum *want = &f->change.want;

	f->size_said = -1;
	if (str_is_set(size) && str_to_int(size, 0, OBJECT_SIZE_MAX, &f->size_said) < 0)
		return s3_refuse(s, S3_INVALID_REQUEST, "Value for x-amz-mp-object-size header is invalid.", NULL);
	f->mode = str_ieq(type, STR("COMPOSITE")) ? SUM_COMPOSITE : str_ieq(type, STR("FULL_OBJECT")) ? SUM_FULL : SUM_NONE;
	if (str_is_set(type) && f->mode == SUM_NONE)
		return s3_refuse(s, S3_INVALID_REQUEST, "Value for x-amz-checksum-type header is invalid.", NULL);
	for (int k = 0; k < DIGEST_KINDS; k++) {
		struct str v = { 0 };

		if (k != DIGEST_MD5)
			v = s3_field(s, checksum_header((enum digest_kind)k));
		if (!str_is_set(v))
			continue;
		want->kind = (enum digest_kind)k;
		want->text = s3_copy(s, v);
		want->type = f->mode == SUM_COMPOSITE || memchr(v.p, '-', v.n) ? SUM_COMPOSITE : SUM_FULL;
		if (f->mode == SUM_NONE && want->type == SUM_FULL && !checksum_can(want->kind, SUM_FULL))
			want->type = SUM_COMPOSITE;
	}
	return 0;
}

static int mode_refused(struct s3 *s, const char *mode)
{
	return s3_refuse(s, S3_INVALID_REQUEST, arena_printf(&s->arena, "The upload was created using the %s checksum mode. "
			 "The complete request must use the same checksum mode.", mode), NULL);
}

static int check_mode(struct s3 *s, struct finish *f)
{
	const struct checksum *sum = &f->upload.sum, *want = &f->change.want;
	enum digest_kind kind = sum->type == SUM_NONE ? DIGEST_CRC64NVME : sum->kind;
	enum sum_type type = sum->type == SUM_NONE ? SUM_FULL : sum->type;

	if ((f->mode != SUM_NONE && f->mode != type) || (want->type != SUM_NONE && (want->type != type || want->kind != kind)))
		return mode_refused(s, sum->type == SUM_NONE ? "null" : checksum_type(sum->type));
	if (f->sums != DIGEST_KINDS && f->sums != kind)
		return s3_refuse(s, S3_INVALID_REQUEST, arena_printf(&s->arena, "Checksum Type mismatch occurred, expected "
				 "checksum Type: %s, actual checksum Type: %s",
				 sum->type == SUM_NONE ? "null" : checksum_lower(kind), checksum_lower(f->sums)), NULL);
	for (int i = 0; sum->type == SUM_COMPOSITE && i < f->change.count; i++)
		if (!str_is_set(f->parts[i].sum))
			return s3_refuse(s, S3_INVALID_REQUEST, arena_printf(&s->arena, "The upload was created using a %s "
					 "checksum. The complete request must include the checksum for each part. It was "
					 "missing for part %d in the request.", checksum_lower(kind), f->parts[i].number),
					 NULL);
	return 0;
}

static int on_stored_part(void *owner, const struct part *p)
{
	struct finish *f = owner;
	const struct part_named *named;

	while (f->at < f->change.count && f->parts[f->at].number < p->number)
		f->at++;
	if (f->at == f->change.count || f->parts[f->at].number != p->number)
		return 0;
	named = &f->parts[f->at];
	f->total += p->size;
	if (!str_is_set(named->sum) || p->sum.type == SUM_NONE || str_eq(named->sum, p->sum.text))
		return 0;
	return s3_refuse(f->s, S3_BAD_DIGEST, arena_printf(&f->s->arena, "The %s you specified for part %d did not match what "
			 "we received.", checksum_lower(p->sum.kind), p->number), NULL);
}

static int check_stored(struct s3 *s, struct db *db, struct finish *f)
{
	int rc = part_list(db, f->upload.id, 0, PART_MAX, on_stored_part, f);

	if (rc < 0)
		return s->fault.code == S3_FINE ? s3_refuse_rc(s, rc) : rc;
	if (f->size_said >= 0 && f->size_said != f->total)
		return s3_refuse(s, S3_INVALID_REQUEST, arena_printf(&s->arena, "The provided 'x-amz-mp-object-size' header "
				 "value %lld does not match what was computed: %lld", (long long)f->size_said,
				 (long long)f->total), NULL);
	return 0;
}

/* The etag that these parts give, as text; absent if a part's is no MD5. */
static struct str etag_of_parts(struct s3 *s, const struct finish *f)
{
	uint8_t md5[16], sum[DIGEST_SIZE_MAX];
	char hex[33];
	struct digest d;

	digest_begin(&d, DIGEST_MD5);
	for (int i = 0; i < f->change.count; i++) {
		if (hex_decode(f->parts[i].etag, md5, sizeof md5) < 0)
			return (struct str){ 0 };
		digest_feed(&d, md5, sizeof md5);
	}
	digest_end(&d, sum);
	hex_encode(hex, sum, 16);
	return str_of(arena_printf(&s->arena, "%s-%d", hex, f->change.count));
}

/* A client that never heard of its success asks again and hears of it now: as long as the object is that version and
 * the journal goes back to its completion. */
static bool completed_before(struct s3 *s, struct db *db, struct finish *f)
{
	struct str etag = etag_of_parts(s, f);
	bool bucket_missing;

	return str_is_set(etag) && object_get(db, s->bucket, s->key, &s->arena, &f->there, &bucket_missing) == 0 &&
	       str_eq(f->there.etag, etag) && upload_became(db, &f->there, params_get(&s->params, "uploadId")) == 1;
}

static int look(struct s3 *s, struct db *db)
{
	struct finish *f = s->state;
	int rc = upload_look(s, db, &f->upload);

	if (rc < 0 && s->fault.code == S3_NO_SUCH_UPLOAD && completed_before(s, db, f)) {
		f->before = true;
		s->fault = (struct fault){ 0 };
		return 0;
	}
	if (rc < 0 || (rc = check_mode(s, f)) < 0)
		return rc;
	return check_stored(s, db, f);
}

static void answer(struct s3 *s, const struct object *o)
{
	struct http_request *r = s->call->r;
	struct str host = http_field(r, "host");
	struct buf body = { 0 }, where = { 0 };
	struct xml x = xml_into(&body, XML_PROLOG);

	buf_printf(&where, "http://%.*s/%.*s/", STR_ARG(host), STR_ARG(s->bucket));
	uri_encode(&where, s->key, URI_SLASH);
	xml_open(&x, "CompleteMultipartUploadResult", S3_XMLNS);
	xml_text(&x, "Location", str_n(where.data, where.len));
	xml_text(&x, "Bucket", s->bucket);
	xml_text(&x, "Key", s->key);
	xml_text(&x, "ETag", s3_quoted(s, o->etag));
	if (o->sum.type != SUM_NONE) {
		xml_text(&x, checksum_element(o->sum.kind), o->sum.text);
		xml_cstr(&x, "ChecksumType", checksum_type(o->sum.type));
	}
	xml_close(&x);
	buf_clear(&where);
	s3_answer_begin(s, 200);
	http_header(r, "Content-Type", STR("application/xml"));
	version_header(s, o);
	expiration_header(s, o);
	http_reply_buf(r, &body);
}

static int refuse_part(struct s3 *s, const struct finish *f, enum s3_code code)
{
	const struct upload_complete *u = &f->change;
	struct str etag = { 0 }, number = str_of(arena_printf(&s->arena, "%d", u->bad_part));

	for (int i = 0; i < u->count; i++)
		if (u->parts[i].number == u->bad_part)
			etag = u->parts[i].etag;
	if (code == S3_ENTITY_TOO_SMALL)
		return s3_refuse(s, code, NULL, S3_WITH({ "ProposedSize", str_of(arena_printf(&s->arena, "%lld", (long long)u->bad_size)) },
				 { "MinSizeAllowed", STR("5242880") }, { "PartNumber", number }, { "ETag", etag }));
	return s3_refuse(s, code, NULL, S3_WITH({ "UploadId", params_get(&s->params, "uploadId") },
			 { "PartNumber", number }, { "ETag", etag }));
}

static int refused(struct s3 *s, int rc)
{
	struct finish *f = s->state;
	struct upload_complete *u = &f->change;

	if (rc == E_NOT_FOUND)
		return upload_refuse_missing(s);
	if (rc == E_BAD_INPUT)
		return refuse_part(s, f, S3_INVALID_PART);
	if (rc == E_TOO_LARGE && u->bad_part > 0)
		return refuse_part(s, f, S3_ENTITY_TOO_SMALL);
	if (rc == E_MISMATCH && u->wrong_sum)
		return s3_refuse(s, S3_BAD_DIGEST, arena_printf(&s->arena, "The %s you specified did not match the "
				 "calculated checksum.", checksum_lower(u->want.kind)), NULL);
	return put_refused(s, rc, u->if_absent);
}

static void on_finished(struct s3 *s, int rc)
{
	struct finish *f = s->state;

	if (rc < 0) {
		refused(s, rc);
		s3_answer_fault(s);
		return;
	}
	answer(s, &f->change.o);
}

static void tell_finished(struct s3 *s)
{
	s3_tell(s, FEED_UPLOADED, s->key, ((struct finish *)s->state)->change.o.seq);
}

static void on_looked(struct s3 *s, int rc)
{
	struct finish *f = s->state;

	if (rc < 0) {
		s3_answer_fault(s);
	} else if (f->before) {
		answer(s, &f->there);
	} else {
		s->news = tell_finished;
		s3_commit(s, &f->change.change, on_finished);
	}
}

static void release(struct s3 *s)
{
	arena_clear(&((struct finish *)s->state)->change.arena);
}

void upload_finish(struct s3 *s)
{
	struct finish *f = arena_take(&s->arena, sizeof *f);
	struct upload_complete *u = &f->change;

	s->state = f;
	s->release = release;
	f->s = s;
	f->sums = DIGEST_KINDS;
	upload_complete_init(u);
	u->store = s->m->store;
	u->bucket = s->bucket;
	u->key = s->key;
	u->upload = params_get(&s->params, "uploadId");
	u->actor = s->actor;
	u->actor.door = s3_door(s);
	if (put_conditions(s, &u->if_match, &u->if_absent) < 0 || read_parts(s, f) < 0 || read_wanted(s, f) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, look, on_looked);
}
