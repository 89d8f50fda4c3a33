/* auth.h - who sent this request: AWS Signature Version 4 in header and query, and the
 * Version 2 query and header forms that S3 clients still use. facts/10 has the algorithms and vectors.
 *
 * S3 signs the path as sent; every other service normalises and encodes twice. Dates may be off by
 * AUTH_SKEW_S. The body's hash is what the signature covers: auth only says what was promised; the face verifies
 * it while the body streams (body.h).
 */
#ifndef WEB_AUTH_H
#define WEB_AUTH_H

#include "web/http/http.h"
#include "pipeline/credentials.h"

#define AUTH_SKEW_S 900
#define AUTH_EXPIRES_MAX_S 604800

enum auth_kind { AUTH_NONE, AUTH_V4_HEADER, AUTH_V4_QUERY, AUTH_V2_HEADER, AUTH_V2_QUERY };

/* What x-amz-content-sha256 promised. */
enum payload_kind { PAYLOAD_UNSIGNED, PAYLOAD_SHA256, PAYLOAD_CHUNKED_SIGNED, PAYLOAD_CHUNKED_SIGNED_TRAILER,
	PAYLOAD_CHUNKED_TRAILER };

enum auth_problem {
	AUTH_OK, AUTH_MISSING, AUTH_MALFORMED, AUTH_UNKNOWN_KEY, AUTH_BAD_SIGNATURE, AUTH_SKEWED, AUTH_EXPIRED,
	AUTH_WRONG_REGION, AUTH_WRONG_SERVICE, AUTH_UNSIGNED_HEADERS, AUTH_BAD_EXPIRES, AUTH_INCOMPLETE_QUERY,
	AUTH_BAD_PAYLOAD_HASH
};

struct auth {
	enum auth_kind kind;
	enum auth_problem problem;
	struct str access_key, date, region, service, signed_headers, signature;
	int64_t time_ms, expires_s;
	enum payload_kind payload;
	uint8_t payload_sha256[32];	/* PAYLOAD_SHA256 */
	uint8_t signing_key[32];	/* for the chunks' signatures */
	uint8_t seed[32];		/* the request's own signature, binary */
	/* for the error body of SignatureDoesNotMatch; in the request's arena */
	struct str string_to_sign, canonical_request, detail;
};

/* What is claimed, without checking: for routing. `a` is filled up to `signature`. */
void auth_parse(struct http_request *r, struct auth *a);

/* Checks it. For services other than S3 the whole body must be given (its hash may be signed); absent for S3. */
enum auth_problem auth_verify(struct http_request *r, struct auth *a, const struct credentials *c, struct str region,
			      struct str service, struct str body);

#endif
