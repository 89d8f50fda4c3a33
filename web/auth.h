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
#define AUTH_SIGNED_HEADERS_MAX 64

enum auth_kind { AUTH_NONE, AUTH_V4_HEADER, AUTH_V4_QUERY, AUTH_V2_HEADER, AUTH_V2_QUERY };

/* What x-amz-content-sha256 promised. */
enum payload_kind { PAYLOAD_UNSIGNED, PAYLOAD_SHA256, PAYLOAD_CHUNKED_SIGNED, PAYLOAD_CHUNKED_SIGNED_TRAILER,
	PAYLOAD_CHUNKED_TRAILER };

enum auth_problem {
	AUTH_OK, AUTH_MISSING, AUTH_MALFORMED, AUTH_UNKNOWN_KEY, AUTH_BAD_SIGNATURE, AUTH_SKEWED, AUTH_EXPIRED,
	AUTH_WRONG_REGION, AUTH_WRONG_SERVICE, AUTH_UNSIGNED_HEADERS, AUTH_BAD_EXPIRES, AUTH_INCOMPLETE_QUERY,
	AUTH_BAD_PAYLOAD_HASH
};

/* The session token that came along. What is not fine is AUTH_UNKNOWN_KEY, and some faces have a better word for it. */
enum auth_token { AUTH_TOKEN_FINE, AUTH_TOKEN_WRONG, AUTH_TOKEN_EXPIRED };

struct auth {
	enum auth_kind kind;
	enum auth_problem problem;
	enum auth_token token;
	struct str access_key, date, region, service, signed_headers, signature;
	int64_t time_ms, expires_s;	/* expires_s: a length for V4, the moment itself for V2 */
	enum payload_kind payload;
	struct str payload_text;	/* as promised, or absent */
	bool payload_untold;		/* S3: no x-amz-content-sha256; the hash of no body was signed */
	uint8_t payload_sha256[32];	/* PAYLOAD_SHA256 */
	struct str host_bucket;		/* in, of S3: the bucket that the host names, which version 2 signs before the path; else absent */
	const uint8_t *body_sha256;	/* in, of services other than S3: of the whole body, when it is known already; else NULL */
	uint8_t signing_key[32];	/* for the chunks' signatures */
	uint8_t seed[32];		/* the request's own signature, binary */
	struct str timestamp;		/* 20260102T030405Z as sent */
	/* for the error body of SignatureDoesNotMatch; in the request's arena */
	struct str string_to_sign, canonical_request, detail;
};

/* What is claimed, without checking: for routing. `a` is filled up to `signature`. */
void auth_parse(struct http_request *r, struct auth *a);

/* x-amz-content-sha256 of a request without a signature: how its body is framed, and what it must be. */
void auth_take_payload(struct http_request *r, struct auth *a);

/* Checks it. For services other than S3 the whole body must be given (its hash may be signed); absent for S3. */
enum auth_problem auth_verify(struct http_request *r, struct auth *a, const struct credentials *c, struct str region,
			      struct str service, struct str body);

/* A browser's form (PostObject): the policy it carries is what is signed, by version 4 or 2. `fields` are named in lower case. *missing: a field that
 * it needs, in AWS's spelling; then AUTH_INCOMPLETE_QUERY. When the policy ends is the policy's to say. */
struct params;
enum auth_problem auth_verify_form(struct http_request *r, struct auth *a, const struct credentials *c, struct str region,
				   const struct params *fields, const char **missing);

/* The pieces of an aws-chunked body are signed in a chain: each signature covers the one before
 * it, the first the request's own. Holds copies only, so it may leave with the body to another thread. */
struct auth_chain {
	uint8_t key[32], last[32];
	char timestamp[17], scope[96];
};

enum auth_link { AUTH_CHUNK, AUTH_TRAILER };

void auth_chain_begin(struct auth_chain *c, const struct auth *a);

/* `sha256` of the piece's data (of the trailer's lines, each ended by \n). False: not signed by that key. */
bool auth_chain_next(struct auth_chain *c, enum auth_link link, const uint8_t sha256[32], const uint8_t given[32]);

#endif
