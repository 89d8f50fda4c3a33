/* Why a signature does not do, in S3's words. */
#include "web/s3/s3.h"

#include "base/clock.h"
#include "base/err.h"

static struct str iso(struct s3 *s, int64_t ms)
{
	char text[CLOCK_TEXT_MAX];

	return arena_str(&s->arena, str_of(clock_iso_s(text, ms)));
}

/* What was signed here, byte by byte, so that a client's author can see where his differs. */
static struct str bytes_of(struct s3 *s, struct str text)
{
	static const char digits[] = "0123456789abcdef";
	char *to = arena_take(&s->arena, text.n * 3 + 1);

	for (size_t i = 0; i < text.n; i++) {
		to[3 * i] = digits[(unsigned char)text.p[i] >> 4];
		to[3 * i + 1] = digits[(unsigned char)text.p[i] & 15];
		to[3 * i + 2] = ' ';
	}
	return str_n(to, text.n ? text.n * 3 - 1 : 0);
}

static int bad_signature(struct s3 *s)
{
	const struct auth *a = &s->auth;

	if (!str_is_set(a->canonical_request))	/* version 2 has none */
		return s3_refuse(s, S3_SIGNATURE, NULL,
				 S3_WITH({ "AWSAccessKeyId", a->access_key }, { "StringToSign", a->string_to_sign },
					 { "SignatureProvided", a->signature },
					 { "StringToSignBytes", bytes_of(s, a->string_to_sign) }));
	return s3_refuse(s, S3_SIGNATURE, NULL,
			 S3_WITH({ "AWSAccessKeyId", a->access_key }, { "StringToSign", a->string_to_sign },
				 { "SignatureProvided", a->signature },
				 { "StringToSignBytes", bytes_of(s, a->string_to_sign) },
				 { "CanonicalRequest", a->canonical_request },
				 { "CanonicalRequestBytes", bytes_of(s, a->canonical_request) }));
}

static int skewed(struct s3 *s)
{
	if (s->auth.kind == AUTH_V4_QUERY)
		return s3_refuse(s, S3_ACCESS_DENIED, "Request is not valid yet",
				 S3_WITH({ "ServerTime", iso(s, clock_wall_ms()) }));
	return s3_refuse(s, S3_SKEWED, NULL,
			 S3_WITH({ "RequestTime", s->auth.timestamp }, { "ServerTime", iso(s, clock_wall_ms()) },
				 { "MaxAllowedSkewMilliseconds", STR("900000") }));
}

static int expired(struct s3 *s)
{
	const struct auth *a = &s->auth;
	struct str now = iso(s, clock_wall_ms());

	if (a->kind == AUTH_V2_QUERY)
		return s3_refuse(s, S3_ACCESS_DENIED, "Request has expired",
				 S3_WITH({ "Expires", iso(s, a->expires_s * 1000) }, { "ServerTime", now }));
	return s3_refuse(s, S3_ACCESS_DENIED, "Request has expired",
			 S3_WITH({ "X-Amz-Expires", str_of(arena_printf(&s->arena, "%lld", (long long)a->expires_s)) },
				 { "Expires", iso(s, a->time_ms + a->expires_s * 1000) }, { "ServerTime", now }));
}

static int malformed(struct s3 *s)
{
	const struct auth *a = &s->auth;

	if (a->kind == AUTH_V4_QUERY)
		return s3_refuse(s, S3_AUTH_QUERY, arena_printf(&s->arena, "%.*s", STR_ARG(a->detail)), NULL);
	return s3_refuse(s, S3_AUTH_HEADER, arena_printf(&s->arena, "The authorization header is malformed; %.*s",
			 STR_ARG(a->detail)), NULL);
}

/* Clients that know the code try again with the region named. */
static int wrong_region(struct s3 *s)
{
	const struct auth *a = &s->auth;
	const char *region = s->m->settings.region;

	return s3_refuse(s, a->kind == AUTH_V4_QUERY ? S3_AUTH_QUERY : S3_AUTH_HEADER,
			 arena_printf(&s->arena, "%sthe region '%.*s' is wrong; expecting '%s'",
				      a->kind == AUTH_V4_QUERY ? "Error parsing the X-Amz-Credential parameter; " :
				      "The authorization header is malformed; ", STR_ARG(a->region), region),
			 S3_WITH({ "Region", str_of(region) }));
}

static int incomplete_query(struct s3 *s)
{
	if (s->auth.kind == AUTH_V4_QUERY)
		return s3_refuse(s, S3_AUTH_QUERY, NULL, NULL);
	return s3_refuse(s, S3_ACCESS_DENIED, "Query-string authentication requires the Signature, Expires and "
			 "AWSAccessKeyId parameters", NULL);
}

static int bad_payload_hash(struct s3 *s)
{
	if (!str_is_set(http_field(s->call->r, "x-amz-content-sha256")) && s->auth.kind == AUTH_V4_HEADER)
		return s3_refuse(s, S3_INVALID_REQUEST, "Missing required header for this request: x-amz-content-sha256",
				 NULL);
	return s3_refuse(s, S3_INVALID_ARGUMENT, "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "
			 "STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
			 "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
			 S3_WITH({ "ArgumentName", STR("x-amz-content-sha256") },
				 { "ArgumentValue", s->auth.payload_text }));
}

static int unknown_key(struct s3 *s)
{
	static const enum s3_code codes[] = {
		[AUTH_TOKEN_FINE] = S3_INVALID_ACCESS_KEY, [AUTH_TOKEN_WRONG] = S3_INVALID_TOKEN, [AUTH_TOKEN_EXPIRED] = S3_EXPIRED_TOKEN,
	};

	return s3_refuse(s, codes[s->auth.token], NULL,
			 s->auth.token == AUTH_TOKEN_FINE ? S3_WITH({ "AWSAccessKeyId", s->auth.access_key }) : NULL);
}

int s3_refuse_auth(struct s3 *s, enum auth_problem problem)
{
	switch (problem) {
	case AUTH_MALFORMED:
	case AUTH_BAD_EXPIRES:
	case AUTH_WRONG_SERVICE:
		return malformed(s);
	case AUTH_UNKNOWN_KEY:
		return unknown_key(s);
	case AUTH_BAD_SIGNATURE:
		return bad_signature(s);
	case AUTH_SKEWED:
		return skewed(s);
	case AUTH_EXPIRED:
		return expired(s);
	case AUTH_WRONG_REGION:
		return wrong_region(s);
	case AUTH_UNSIGNED_HEADERS:
		return s3_refuse(s, S3_ACCESS_DENIED, "There were headers present in the request which were not signed",
				 S3_WITH({ "HeadersNotSigned", s->auth.detail }));
	case AUTH_INCOMPLETE_QUERY:
		return incomplete_query(s);
	case AUTH_BAD_PAYLOAD_HASH:
		return bad_payload_hash(s);
	case AUTH_OK:
	case AUTH_MISSING:
		break;
	}
	return s3_refuse(s, S3_ACCESS_DENIED, NULL, NULL);	/* nothing is public */
}
