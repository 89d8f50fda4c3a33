/* A bucket's policy, as a document. What it means is web/policy.h's, and for whom permit.c's. */
#include "web/policy.h"

#include "base/err.h"
#include "base/xml.h"
#include "web/s3/body.h"
#include "web/s3/document.h"

/* Publishing is said twice: first that the bucket may be public at all. */
static int check_block(struct s3 *s, struct str text)
{
	struct json_value *policy;

	if (!policy_blocks(shelf_get(s->m->shelf, s->bucket, RECORD_BUCKET_PUBLIC_BLOCK), "BlockPublicPolicy") ||
	    json_parse(&s->arena, text, &policy) < 0 || !policy_is_public(policy))
		return 0;
	return s3_refuse(s, S3_ACCESS_DENIED, arena_printf(&s->arena, "User: arn:aws:iam::%s:root is not authorized to perform: s3:PutBucketPolicy "
			 "on resource: \"arn:aws:s3:::%.*s\" because public policies are blocked by the BlockPublicPolicy block public access "
			 "setting. If the bucket shall be public, delete that setting first: aws s3api delete-public-access-block --bucket %.*s",
			 s->m->settings.account, STR_ARG(s->bucket), STR_ARG(s->bucket)), NULL);
}

static int check(struct s3 *s, struct str text)
{
	const char *why;

	switch (policy_check(&s->arena, text, s->bucket, s->m->settings.account, &why)) {
	case POLICY_MALFORMED:
		return s3_refuse(s, S3_MALFORMED_POLICY, why, NULL);
	case POLICY_NOT_BUILT:
		return s3_refuse(s, S3_NOT_IMPLEMENTED, why, NULL);
	case POLICY_FINE:
		break;
	}
	return check_block(s, text);
}

void bucket_policy_put(struct s3 *s)
{
	struct str text = body_text(s->body);

	if (check(s, text) < 0)
		s3_answer_fault(s);
	else
		document_put(s, RECORD_BUCKET_POLICY, s3_copy(s, text), 204);
}

static void refuse_missing(struct s3 *s)
{
	s3_refuse(s, S3_NO_POLICY, NULL, S3_WITH({ "BucketName", s->bucket }));
	s3_answer_fault(s);
}

static void on_policy(struct s3 *s, const struct json_value *v)
{
	if (!v) {
		refuse_missing(s);
		return;
	}
	http_header(s3_answer_begin(s, 200), "Content-Type", STR("application/json"));
	http_reply(s->call->r, document_text(s));
}

void bucket_policy_get(struct s3 *s)
{
	document_get(s, RECORD_BUCKET_POLICY, on_policy);
}

void bucket_policy_remove(struct s3 *s)
{
	document_delete(s, RECORD_BUCKET_POLICY);
}

static void on_status(struct s3 *s, const struct json_value *v)
{
	struct buf b = { 0 };
	struct xml x;

	if (!v) {
		refuse_missing(s);
		return;
	}
	x = xml_into(&b, XML_PROLOG);
	xml_open(&x, "PolicyStatus", S3_XMLNS);
	xml_bool(&x, "IsPublic", policy_is_public(v));
	xml_close(&x);
	s3_answer_xml(s, 200, &b);
}

void bucket_policy_status(struct s3 *s)
{
	document_get(s, RECORD_BUCKET_POLICY, on_status);
}
