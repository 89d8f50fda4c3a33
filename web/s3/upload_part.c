/* One part: like PutObject, but the upload decides which checksum is kept. */
#include "storage/upload.h"

#include "base/err.h"
#include "web/s3/body.h"
#include "web/s3/checksum.h"
#include "web/s3/part.h"
#include "web/s3/put.h"

struct part_state {			/* in s->state */
	struct part_put put;
	struct needle needle;
	struct upload upload;
	enum digest_kind keep;
};

static void on_put(struct s3 *s, int rc)
{
	struct part_state *p = s->state;
	struct body *b = s->body;
	struct http_request *r;

	if (rc < 0) {
		if (rc == E_NOT_FOUND)
			upload_refuse_missing(s);
		else
			s3_refuse_rc(s, rc);
		s3_answer_fault(s);
		return;
	}
	r = s3_answer_begin(s, 200);
	http_header(r, "ETag", s3_quoted(s, put_etag(s, p->put.part.md5)));
	if (b->asked != DIGEST_KINDS)
		http_header(r, checksum_header(b->asked), checksum_encode(&s->arena, b->asked, b->sum[b->asked]));
	http_reply(r, (struct str){ 0 });
}

static void submit(struct s3 *s)
{
	struct part_state *p = s->state;
	struct body *b = s->body;
	struct part *part = &p->put.part;

	part->size = b->got;
	memcpy(part->md5, b->sum[DIGEST_MD5], sizeof part->md5);
	part->sum = put_sum(s, p->keep, b->sum[p->keep]);
	if (b->to_file) {
		part->where = b->where;
	} else if (b->got > 0) {
		put_needle(s, &p->put.change, &p->needle, body_text(b));
	}
	s3_commit(s, &p->put.change, on_put);
}

static int check_kind(struct s3 *s, struct part_state *p)
{
	enum digest_kind asked = s->body->asked;
	const struct checksum *sum = &p->upload.sum;

	/* An upload that named no algorithm ends with the CRC of the whole, which every part's CRC joins into. */
	p->keep = sum->type == SUM_NONE ? DIGEST_CRC64NVME : sum->kind;
	body_digest(s->body, p->keep);
	if (sum->type == SUM_NONE || asked == sum->kind || asked == DIGEST_KINDS)
		return 0;
	return s3_refuse(s, S3_INVALID_REQUEST, arena_printf(&s->arena, "Checksum Type mismatch occurred, expected checksum "
			 "Type: %s, actual checksum Type: %s", checksum_lower(sum->kind), checksum_lower(asked)), NULL);
}

static int look(struct s3 *s, struct db *db)
{
	struct part_state *p = s->state;

	return upload_look(s, db, &p->upload);
}

static void on_upload(struct s3 *s, int rc)
{
	if (rc < 0 || check_kind(s, s->state) < 0)
		s3_answer_fault(s);
	else
		body_store(s, submit);
}

static int plan(struct s3 *s, struct part_state *p)
{
	int64_t number;
	int rc;

	part_put_init(&p->put);
	p->put.bucket = s->bucket;
	p->put.key = s->key;
	p->put.upload = params_get(&s->params, "uploadId");
	if ((rc = part_number_read(s, params_get(&s->params, "partNumber"), &number)) < 0)
		return rc;
	p->put.part.number = (int)number;
	if ((rc = body_plan(s, OBJECT_PUT_MAX, BODY_LENGTH_NEEDED)) < 0)
		return rc;
	body_digest(s->body, DIGEST_MD5);
	body_to_storage(s->body);
	return 0;
}

void upload_part(struct s3 *s)
{
	struct part_state *p = arena_take(&s->arena, sizeof *p);

	s->state = p;
	if (plan(s, p) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, look, on_upload);
}
