/* A multipart upload's beginning and its end without an object. */
#include "storage/upload.h"

#include "base/check.h"
#include "base/err.h"
#include "base/xml.h"
#include "storage/bucket.h"
#include "web/s3/checksum.h"
#include "web/s3/headers.h"
#include "web/s3/part.h"
#include "web/s3/tag_set.h"

int upload_refuse_missing(struct s3 *s)
{
	return s3_refuse(s, S3_NO_SUCH_UPLOAD, NULL, S3_WITH({ "UploadId", params_get(&s->params, "uploadId") }));
}

int upload_look(struct s3 *s, struct db *db, struct upload *u)
{
	int64_t id;
	int rc = bucket_find(db, s->bucket, &id, NULL);

	if (rc < 0)
		return s3_refuse_rc(s, rc);
	rc = upload_get(db, s->bucket, s->key, params_get(&s->params, "uploadId"), &s->arena, u);
	if (rc == E_NOT_FOUND)
		return upload_refuse_missing(s);
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

int part_number_read(struct s3 *s, struct str text, int64_t *number)
{
	if (str_to_int(text, 1, PART_MAX, number) == 0)
		return 0;
	return s3_refuse(s, S3_INVALID_ARGUMENT, "Part number must be an integer between 1 and 10000, inclusive",
			 S3_WITH({ "ArgumentName", STR("partNumber") }, { "ArgumentValue", text }));
}

struct start {				/* in s->state */
	struct change change;
	struct s3 *s;
	struct upload upload;
	char id[UPLOAD_ID_MAX];
};

static int apply_start(struct change *c, struct db *db)
{
	struct start *st = container_of(c, struct start, change);

	return upload_begin(db, st->s->bucket, &st->upload, st->id);
}

static void on_started(struct s3 *s, int rc)
{
	struct start *st = s->state;
	const struct checksum *sum = &st->upload.sum;
	struct buf body = { 0 };
	struct http_request *r;
	struct xml x;

	if (rc < 0) {
		if (rc == E_TOO_LARGE)
			s3_refuse(s, S3_SLOW_DOWN, "Too many multipart uploads are open", NULL);
		else
			s3_refuse_rc(s, rc);
		s3_answer_fault(s);
		return;
	}
	x = xml_into(&body, XML_PROLOG);
	xml_open(&x, "InitiateMultipartUploadResult", S3_XMLNS);
	xml_text(&x, "Bucket", s->bucket);
	xml_text(&x, "Key", s->key);
	xml_cstr(&x, "UploadId", st->id);
	xml_close(&x);
	r = s3_answer_begin(s, 200);
	if (sum->type != SUM_NONE) {
		http_header(r, "x-amz-checksum-algorithm", str_of(checksum_algorithm(sum->kind)));
		http_header(r, "x-amz-checksum-type", str_of(checksum_type(sum->type)));
	}
	http_header(r, "Content-Type", STR("application/xml"));
	http_reply_buf(r, &body);
}

static int ask_type(struct s3 *s, struct str type, struct checksum *sum)
{
	sum->type = checksum_default(sum->kind);
	if (!str_is_set(type))
		return 0;
	if (str_ieq(type, STR("FULL_OBJECT")))
		sum->type = SUM_FULL;
	else if (str_ieq(type, STR("COMPOSITE")))
		sum->type = SUM_COMPOSITE;
	else
		return s3_refuse(s, S3_INVALID_REQUEST, "Value for x-amz-checksum-type header is invalid.", NULL);
	if (checksum_can(sum->kind, sum->type))
		return 0;
	return s3_refuse(s, S3_INVALID_REQUEST, arena_printf(&s->arena, "The %s checksum type cannot be used with the %s "
			 "checksum algorithm.", checksum_type(sum->type), checksum_lower(sum->kind)), NULL);
}

static int ask_checksum(struct s3 *s, struct checksum *sum)
{
	struct str algorithm = s3_field(s, "x-amz-checksum-algorithm"), type = s3_field(s, "x-amz-checksum-type");

	sum->type = SUM_NONE;
	if (!str_is_set(algorithm) && str_is_set(type))
		return s3_refuse(s, S3_INVALID_REQUEST, "The x-amz-checksum-type header can only be used with the "
				 "x-amz-checksum-algorithm header.", NULL);
	if (!str_is_set(algorithm))
		return 0;
	sum->kind = checksum_of_algorithm(algorithm);
	if (sum->kind == DIGEST_KINDS)
		return s3_refuse(s, S3_INVALID_REQUEST, "Checksum algorithm provided is unsupported. Please try again with "
				 "any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]", NULL);
	return ask_type(s, type, sum);
}

void upload_start(struct s3 *s)
{
	struct start *st = arena_take(&s->arena, sizeof *st);

	s->state = st;
	st->s = s;
	st->change.apply = apply_start;
	st->upload.key = s->key;
	if (headers_take(s, &st->upload.headers) < 0 || tag_set_header(s, &st->upload.tags) < 0 || ask_checksum(s, &st->upload.sum) < 0)
		s3_answer_fault(s);
	else
		s3_commit(s, &st->change, on_started);
}

struct dropping {			/* in s->state */
	struct change change;
	struct s3 *s;
};

static int apply_drop(struct change *c, struct db *db)
{
	struct s3 *s = container_of(c, struct dropping, change)->s;
	struct upload u;
	int rc = upload_look(s, db, &u);

	return rc < 0 ? rc : upload_abort(db, s->bucket, s->key, u.id);
}

static void on_dropped(struct s3 *s, int rc)
{
	if (rc < 0 && s->fault.code == S3_FINE)
		s3_refuse_rc(s, rc);
	if (rc < 0)
		s3_answer_fault(s);
	else
		s3_answer_empty(s, 204);
}

void upload_cancel(struct s3 *s)
{
	struct dropping *d = arena_take(&s->arena, sizeof *d);

	s->state = d;
	d->s = s;
	d->change.apply = apply_drop;
	d->change.always = true;	/* it gives space back */
	s3_commit(s, &d->change, on_dropped);
}
