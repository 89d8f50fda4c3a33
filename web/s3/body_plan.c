/* What the headers promise about the body. */
#include "web/s3/body.h"

#include "base/codec.h"
#include "base/err.h"
#include "web/s3/checksum.h"

static int refuse_length(struct s3 *s, const char *header)
{
	return s3_refuse(s, S3_NOT_IMPLEMENTED, NULL, S3_WITH({ "Header", str_of(header) },
			 { "additionalMessage", STR("Send the length of the body") }));
}

static int plan_length(struct s3 *s, struct body *b, enum body_need need)
{
	struct http_request *r = s->call->r;
	struct str decoded = http_field(r, "x-amz-decoded-content-length");

	b->length = r->content_length;
	if (b->framed) {
		if (!str_is_set(decoded))
			return s3_refuse(s, S3_MISSING_LENGTH, NULL, NULL);
		if (str_to_int(decoded, 0, INT64_MAX, &b->length) < 0)
			return s3_refuse(s, S3_INVALID_ARGUMENT, NULL,
					 S3_WITH({ "ArgumentName", STR("x-amz-decoded-content-length") },
						 { "ArgumentValue", s3_copy(s, decoded) }));
	} else if (b->length < 0 && need == BODY_LENGTH_NEEDED) {
		return r->has_body ? refuse_length(s, "Transfer-Encoding") :
				     s3_refuse(s, S3_MISSING_LENGTH, NULL, NULL);
	} else if (b->length < 0 && !r->has_body) {
		b->length = 0;
	}
	if (b->length <= b->max)
		return 0;
	return s3_refuse(s, need == BODY_LENGTH_NEEDED ? S3_ENTITY_TOO_LARGE : S3_MAX_MESSAGE, NULL,
			 S3_WITH({ "ProposedSize", str_of(arena_printf(&s->arena, "%lld", (long long)b->length)) },
				 { "MaxSizeAllowed", str_of(arena_printf(&s->arena, "%lld", (long long)b->max)) }));
}

static void plan_payload(struct s3 *s, struct body *b)
{
	const struct auth *a = &s->auth;

	switch (a->payload) {
	case PAYLOAD_SHA256:
		b->promised = true;
		memcpy(b->promise, a->payload_sha256, sizeof b->promise);
		body_digest(b, DIGEST_SHA256);
		return;
	case PAYLOAD_CHUNKED_SIGNED:
	case PAYLOAD_CHUNKED_SIGNED_TRAILER:
		b->framed = b->chain_signed = true;
		b->trailer_signed = a->payload == PAYLOAD_CHUNKED_SIGNED_TRAILER;
		auth_chain_begin(&b->chain, a);
		return;
	case PAYLOAD_CHUNKED_TRAILER:
		b->framed = true;
		return;
	case PAYLOAD_UNSIGNED:
		return;
	}
}

static int plan_md5(struct s3 *s, struct body *b)
{
	struct str given = s3_field(s, "content-md5");

	if (!str_is_set(given))
		return 0;
	if (checksum_decode(DIGEST_MD5, given, b->want[DIGEST_MD5]) < 0)
		return s3_refuse(s, S3_INVALID_DIGEST, NULL, S3_WITH({ "Content-MD5", s3_copy(s, given) }));
	b->wanted[DIGEST_MD5] = true;
	body_digest(b, DIGEST_MD5);
	return 0;
}

static int unsupported(struct s3 *s)
{
	return s3_refuse(s, S3_INVALID_REQUEST, "Checksum algorithm provided is unsupported. Please try again with any of "
			 "the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]", NULL);
}

/* Names that begin like a checksum's and are none. */
static bool about_checksums(struct str name)
{
	return str_ieq(name, STR("x-amz-checksum-algorithm")) || str_ieq(name, STR("x-amz-checksum-type")) ||
	       str_ieq(name, STR("x-amz-checksum-mode"));
}

static int plan_sum_field(struct s3 *s, struct body *b, const struct http_field *f)
{
	static const struct str prefix = { "x-amz-checksum-", 15 };
	enum digest_kind k;

	if (f->name.n <= prefix.n || !str_ieq(str_n(f->name.p, prefix.n), prefix) || about_checksums(f->name))
		return 0;
	if ((k = checksum_of_header(f->name)) == DIGEST_KINDS)
		return unsupported(s);
	if (b->asked != DIGEST_KINDS)
		return s3_refuse(s, S3_INVALID_REQUEST, "Expecting a single x-amz-checksum- header. Multiple checksum Types "
				 "are not allowed.", NULL);
	if (checksum_decode(k, f->value, b->want[k]) < 0)
		return s3_refuse(s, S3_INVALID_REQUEST, arena_printf(&s->arena, "Value for %s header is invalid.",
				 checksum_header(k)), NULL);
	b->asked = k;
	b->wanted[k] = true;
	return 0;
}

static int plan_trailer(struct s3 *s, struct body *b)
{
	struct str name = http_field(s->call->r, "x-amz-trailer");
	enum digest_kind k;

	if (!str_is_set(name))
		return 0;
	k = checksum_of_header(name);
	if (k == DIGEST_KINDS || !b->framed)
		return s3_refuse(s, S3_INVALID_REQUEST, "The value specified in the x-amz-trailer header is not supported",
				 S3_WITH({ "x-amz-trailer", s3_copy(s, name) }));
	if (b->asked != DIGEST_KINDS)
		return s3_refuse(s, S3_INVALID_REQUEST, "Expecting a single x-amz-checksum- header. Multiple checksum Types "
				 "are not allowed.", NULL);
	b->asked = k;
	b->in_trailer = true;
	return 0;
}

static int plan_sum(struct s3 *s, struct body *b)
{
	struct http_request *r = s->call->r;
	struct str named = http_field(r, "x-amz-sdk-checksum-algorithm");
	int rc;

	for (int i = 0; i < r->field_count; i++)
		if ((rc = plan_sum_field(s, b, &r->fields[i])) < 0)
			return rc;
	if ((rc = plan_trailer(s, b)) < 0)
		return rc;
	if (b->asked != DIGEST_KINDS)
		body_digest(b, b->asked);
	if (!str_is_set(named))
		return 0;
	if (checksum_of_algorithm(named) == DIGEST_KINDS)
		return unsupported(s);
	if (checksum_of_algorithm(named) != b->asked)
		return s3_refuse(s, S3_INVALID_REQUEST, "x-amz-sdk-checksum-algorithm specified, but no corresponding "
				 "x-amz-checksum-* or x-amz-trailer headers were found.", NULL);
	return 0;
}

int body_plan(struct s3 *s, int64_t max, enum body_need need)
{
	struct body *b = arena_take(&s->arena, sizeof *b);
	int rc;

	b->s = s;
	b->max = max;
	b->blob.fd = -1;
	b->asked = DIGEST_KINDS;
	s->body = b;
	plan_payload(s, b);
	if ((rc = plan_length(s, b, need)) < 0 || (rc = plan_md5(s, b)) < 0)
		return rc;
	return need == BODY_UNSUMMED ? 0 : plan_sum(s, b);
}

void body_digest(struct body *b, enum digest_kind k)
{
	b->on[k] = true;
}

void body_to_storage(struct body *b)
{
	b->for_storage = true;
	b->to_file = b->length > BLOB_NEEDLE_MAX;
}
