/* An upload goes on: PATCH. */
#include "base/check.h"
#include "base/err.h"
#include "web/api/tus.h"

/* -- what the body must be like -- */

static bool take_signed_hash(struct tus *t)
{
	const struct auth *a = &t->u.l->call->auth;

	if (t->u.leave.by_token || a->kind == AUTH_NONE || a->payload == PAYLOAD_UNSIGNED)
		return true;
	if (a->payload != PAYLOAD_SHA256) {
		local_refuse(t->u.l, 501, "NotImplemented", "Bodies in aws-chunked are for PutObject.");
		return false;
	}
	if (t->u.wanted[DIGEST_SHA256] && !digest_same(t->u.want[DIGEST_SHA256], a->payload_sha256, 32)) {
		local_refuse(t->u.l, 460, "ChecksumMismatch", "Upload-Checksum has another SHA-256 than the signature: no body can have both.");
		return false;
	}
	t->u.promised = true;
	t->u.wanted[DIGEST_SHA256] = true;
	memcpy(t->u.want[DIGEST_SHA256], a->payload_sha256, 32);
	return true;
}

static bool take_checksum(struct tus *t)
{
	struct local *l = t->u.l;
	struct str header = http_field(l->call->r, "upload-checksum");
	uint8_t sum[DIGEST_SIZE_MAX];
	enum digest_kind kind;
	int rc = str_is_set(header) ? tus_checksum(header, &kind, sum) : 0;

	if (rc == E_NOT_FOUND) {
		local_refuse(l, 400, "UnsupportedChecksum", arena_printf(&l->arena, "Checksums are known as %s.", tus_algorithms));
	} else if (rc < 0) {
		local_refuse(l, 400, "InvalidChecksum", "Upload-Checksum is the algorithm's name, a blank, and the digest in base64.");
	} else if (str_is_set(header)) {
		t->u.wanted[kind] = true;
		memcpy(t->u.want[kind], sum, digest_size(kind));
	}
	return rc == 0;
}

bool tus_take_promises(struct tus *t)
{
	if (!take_checksum(t) || !take_signed_hash(t))
		return false;
	for (int k = 0; k < DIGEST_KINDS; k++)
		t->held = t->held || t->u.wanted[k];
	return true;
}

/* -- where it goes on -- */

static bool is_in_order(struct tus *t, int64_t offset)
{
	const struct http_request *r = t->u.l->call->r;
	int64_t length = r->content_length < 0 && !r->has_body ? 0 : r->content_length;

	if (offset != t->r.at)
		tus_refuse_rc(t, E_MISMATCH);
	else if (t->r.length != RESUMABLE_LATER && length > t->r.length - t->r.at)
		tus_refuse_rc(t, E_TOO_LARGE);
	return t->u.fault_status == 0;
}

static void take_body(struct tus *t)
{
	int64_t offset;

	if (str_to_int(http_field(t->u.l->call->r, "upload-offset"), 0, INT64_MAX, &offset) < 0)
		upload_fault(&t->u, 400, "InvalidRequest", "Upload-Offset is a number of bytes.");
	else if (is_in_order(t, offset) && !tus_feeder_enter(t))
		upload_fault(&t->u, 423, "UploadLocked", "Another request feeds this upload at the moment.");
	if (t->u.fault_status != 0)
		tus_refuse(t);
	else
		tus_body_start(t);
}

/* -- a length that was left open -- */

static int apply_length(struct change *c, struct db *db)
{
	struct tus *t = container_of(c, struct tus, change);

	return resumable_length(db, t->r.id, t->length);
}

static void on_length(struct local *l, int rc)
{
	struct tus *t = l->state;

	if (rc < 0) {
		tus_refuse_rc(t, rc);
		tus_refuse(t);
		return;
	}
	t->r.length = t->length;
	take_body(t);
}

static void take_length(struct tus *t, struct str header)
{
	struct local *l = t->u.l;

	if (str_to_int(header, 0, INT64_MAX, &t->length) < 0) {
		local_refuse(l, 400, "InvalidRequest", "Upload-Length is a number of bytes.");
	} else if (t->r.length == t->length) {
		take_body(t);
	} else if (t->r.length != RESUMABLE_LATER) {
		local_refuse(l, 400, "InvalidRequest", "The upload has another length already.");
	} else if (t->length > OBJECT_SIZE_MAX || t->length < t->r.at) {
		local_refuse(l, 413, "EntityTooLarge", "The length is over Tus-Max-Size, or less than what is here already.");
	} else if (leave_allows(l, &t->u.leave, t->r.key, t->length, t->type)) {
		t->change = (struct change){ .apply = apply_length };
		local_commit(l, &t->change, on_length);
	}
}

static void on_found(struct tus *t)
{
	struct local *l = t->u.l;
	struct str header = http_field(l->call->r, "upload-length");

	tus_take_type(t);
	if (!tus_take_promises(t) ||
	    !leave_allows(l, &t->u.leave, t->r.key, t->r.length == RESUMABLE_LATER ? -1 : t->r.length, t->type))
		return;
	if (str_is_set(header))
		take_length(t, header);
	else
		take_body(t);
}

void tus_patch(struct tus *t)
{
	struct str type = http_field(t->u.l->call->r, "content-type");

	if (str_ieq(type, STR("application/offset+octet-stream")))
		tus_find(t, on_found);
	else
		local_refuse(t->u.l, 415, "UnsupportedMediaType", "A PATCH has Content-Type: application/offset+octet-stream.");
}
