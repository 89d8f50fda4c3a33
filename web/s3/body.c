#include "web/s3/body.h"

#include "base/codec.h"
#include "base/digest_share.h"
#include "base/err.h"
#include "web/s3/checksum.h"

/* Fed directly it is on the loop, which must not wait for others. */
static void feed_digests(struct body *b, const void *p, size_t n)
{
	for (int k = 0; k < DIGEST_KINDS; k++)
		if (b->on[k] && b->direct)
			digest_feed(&b->digest[k], p, n);
		else if (b->on[k])
			digest_feed_shared(&b->digest[k], p, n);
	if (b->chain_signed)
		digest_feed(&b->piece, p, n);
}

static int on_data(void *owner, const void *p, size_t n)
{
	struct body *b = owner;
	int rc;

	b->got += (int64_t)n;
	if (b->length >= 0 && b->got > b->length)
		return s3_refuse(b->s, S3_INCOMPLETE_BODY, NULL, NULL);
	if (b->got > b->max)
		return s3_refuse(b->s, S3_MAX_MESSAGE, NULL, NULL);
	if (!b->to_file)
		buf_add(&b->data, p, n);
	else if ((rc = blob_write(&b->blob, p, n)) < 0)	/* first, so that the disk works while the digests do */
		return rc;
	feed_digests(b, p, n);
	return 0;
}

static int refuse_signature(struct body *b)
{
	return s3_refuse(b->s, S3_SIGNATURE, NULL, NULL);
}

static int on_chunk(void *owner, struct str signature)
{
	struct body *b = owner;
	uint8_t sum[DIGEST_SIZE_MAX], given[32];

	b->last_chunk = b->chunked.state == CHUNKED_TRAILER;
	if (!b->chain_signed)
		return 0;
	if (hex_decode(signature, given, sizeof given) < 0)
		return refuse_signature(b);
	digest_end(&b->piece, sum);
	digest_begin(&b->piece, DIGEST_SHA256);
	return auth_chain_next(&b->chain, AUTH_CHUNK, sum, given) ? 0 : refuse_signature(b);
}

static int on_trailer_signature(struct body *b, struct str value)
{
	uint8_t sum[DIGEST_SIZE_MAX], given[32];

	if (!b->trailer_signed || b->trailer_verified || hex_decode(value, given, sizeof given) < 0)
		return refuse_signature(b);
	digest_end(&b->trailer, sum);
	b->trailer_verified = auth_chain_next(&b->chain, AUTH_TRAILER, sum, given);
	return b->trailer_verified ? 0 : refuse_signature(b);
}

static int on_trailer(void *owner, struct str name, struct str value)
{
	struct body *b = owner;
	enum digest_kind k = checksum_of_header(name);

	if (str_ieq(name, STR("x-amz-trailer-signature")))
		return on_trailer_signature(b, value);
	if (b->trailer_signed) {
		digest_feed(&b->trailer, name.p, name.n);
		digest_feed(&b->trailer, ":", 1);
		digest_feed(&b->trailer, value.p, value.n);
		digest_feed(&b->trailer, "\n", 1);
	}
	if (!b->in_trailer || k != b->asked || b->trailer_verified)
		return s3_refuse(b->s, S3_MALFORMED_TRAILER, NULL, NULL);
	if (checksum_decode(k, value, b->want[k]) < 0)
		return s3_refuse(b->s, S3_INVALID_REQUEST, arena_printf(&b->s->arena, "Value for %s trailing header is "
				 "invalid.", checksum_header(k)), NULL);
	b->wanted[k] = true;
	return 0;
}

void body_begin(struct body *b)
{
	static const struct chunked_calls calls = { on_data, on_chunk, on_trailer };

	chunked_init(&b->chunked, &calls, b);
	for (int k = 0; k < DIGEST_KINDS; k++)
		if (b->on[k])
			digest_begin(&b->digest[k], (enum digest_kind)k);
	digest_begin(&b->piece, DIGEST_SHA256);
	digest_begin(&b->trailer, DIGEST_SHA256);
}

int body_feed(struct body *b, const void *p, size_t n)
{
	int rc;

	if (!b->framed)
		return on_data(b, p, n);
	rc = chunked_feed(&b->chunked, p, n);
	if ((rc == E_BAD_INPUT || rc == E_TOO_LARGE) && b->s->fault.code == S3_FINE)
		return s3_refuse(b->s, S3_INCOMPLETE_BODY, "The aws-chunked framing of the body is malformed", NULL);
	return rc;
}

static int check_frame(struct body *b)
{
	if (b->length >= 0 && b->got != b->length)
		return s3_refuse(b->s, S3_INCOMPLETE_BODY, NULL, NULL);
	if (b->framed && (!b->last_chunk || !chunked_complete(&b->chunked)))
		return s3_refuse(b->s, S3_INCOMPLETE_BODY, NULL, NULL);
	if ((b->in_trailer && !b->wanted[b->asked]) || (b->trailer_signed && !b->trailer_verified))
		return s3_refuse(b->s, S3_MALFORMED_TRAILER, NULL, NULL);
	return 0;
}

static struct str in_hex(struct body *b, const uint8_t *sum, size_t n)
{
	char *hex = arena_take(&b->s->arena, 2 * n + 1);

	hex_encode(hex, sum, n);
	return str_of(hex);
}

static int check_promise(struct body *b)
{
	const uint8_t *sum = b->sum[DIGEST_SHA256];

	if (!b->promised || digest_same(sum, b->promise, 32))
		return 0;
	return s3_refuse(b->s, S3_SHA256_MISMATCH, NULL,
			 S3_WITH({ "ClientComputedContentSHA256", in_hex(b, b->promise, 32) },
				 { "S3ComputedContentSHA256", in_hex(b, sum, 32) }));
}

static int check_digest(struct body *b, enum digest_kind k)
{
	struct arena *a = &b->s->arena;

	if (!b->wanted[k] || digest_same(b->sum[k], b->want[k], digest_size(k)))
		return 0;
	if (k == DIGEST_MD5)
		return s3_refuse(b->s, S3_BAD_DIGEST, NULL,
				 S3_WITH({ "ExpectedDigest", in_hex(b, b->want[k], 16) },
					 { "CalculatedDigest", checksum_encode(a, k, b->sum[k]) }));
	return s3_refuse(b->s, S3_BAD_DIGEST, arena_printf(a, "The %s you specified did not match the calculated checksum.",
			 checksum_algorithm(k)), NULL);
}

int body_end(struct body *b)
{
	int rc;

	if ((rc = check_frame(b)) < 0)
		return rc;
	for (int k = 0; k < DIGEST_KINDS; k++)
		if (b->on[k])
			digest_end(&b->digest[k], b->sum[k]);
	if ((rc = check_promise(b)) < 0)
		return rc;
	for (int k = 0; k < DIGEST_KINDS; k++)
		if ((rc = check_digest(b, (enum digest_kind)k)) < 0)
			return rc;
	return 0;
}

int body_keep_file(struct body *b)
{
	int rc = blob_commit(&b->blob, &b->where);

	return rc < 0 ? s3_refuse_rc(b->s, rc) : 0;
}

struct str body_text(const struct body *b)
{
	return b->data.data ? str_n(b->data.data, b->data.len) : STR("");
}

void body_clear(struct body *b, struct room *room)
{
	buf_clear(&b->data);
	buf_clear(&b->filling);
	buf_clear(&b->writing);
	room_give(room, &b->guest);
	room_give(room, &b->work);
}
