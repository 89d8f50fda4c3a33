#include "web/auth.h"

#include "base/clock.h"
#include "web/auth_forms.h"

static enum auth_problem check_scope(struct auth *a, struct str region, struct str service)
{
	if (a->kind != AUTH_V4_HEADER && a->kind != AUTH_V4_QUERY)
		return AUTH_OK;
	if (!str_eq(a->region, region))
		return AUTH_WRONG_REGION;
	return str_eq(a->service, service) ? AUTH_OK : AUTH_WRONG_SERVICE;
}

static enum auth_problem check_time(const struct auth *a)
{
	int64_t now = clock_wall_ms(), skew = AUTH_SKEW_S * 1000;

	switch (a->kind) {
	case AUTH_V4_QUERY:
		if (now < a->time_ms - skew)
			return AUTH_SKEWED;
		return now > a->time_ms + a->expires_s * 1000 ? AUTH_EXPIRED : AUTH_OK;
	case AUTH_V2_QUERY:
		return now > a->expires_s * 1000 ? AUTH_EXPIRED : AUTH_OK;
	case AUTH_V4_HEADER:
	case AUTH_V2_HEADER:
		return now < a->time_ms - skew || now > a->time_ms + skew ? AUTH_SKEWED : AUTH_OK;
	case AUTH_NONE:
		break;
	}
	return AUTH_MISSING;
}

/* Other services hash the whole body. S3 wants to be told the hash; older curl does not tell and signs that of no
 * body, also above an upload: such a body is taken as unsigned, as if the client had said so. */
static enum auth_problem check_payload(struct auth *a, bool s3)
{
	if (!s3)
		return a->payload == PAYLOAD_UNSIGNED || a->payload == PAYLOAD_SHA256 ? AUTH_OK : AUTH_BAD_PAYLOAD_HASH;
	if (a->kind == AUTH_V4_HEADER && !str_is_set(a->payload_text)) {
		a->payload_text = STR("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
		a->payload_untold = true;
	}
	return AUTH_OK;
}

static enum auth_problem check(struct http_request *r, struct auth *a, const struct credentials *c, struct str region,
			       struct str service, struct str body)
{
	bool s3 = str_eq(service, STR("s3")), v4 = a->kind == AUTH_V4_HEADER || a->kind == AUTH_V4_QUERY;
	const char *secret;
	enum auth_problem p;

	if (a->problem != AUTH_OK)
		return a->problem;
	if (a->kind == AUTH_NONE)
		return AUTH_MISSING;
	if ((secret = credentials_secret(c, a->access_key)) == NULL)
		return AUTH_UNKNOWN_KEY;
	if ((p = check_scope(a, region, service)) != AUTH_OK)
		return p;
	if ((p = check_time(a)) != AUTH_OK)
		return p;
	if ((p = check_payload(a, s3)) != AUTH_OK)
		return p;
	if (v4 && s3) {
		a->detail = auth_v4_unsigned(r, a);
		if (str_is_set(a->detail))
			return AUTH_UNSIGNED_HEADERS;
	}
	if (v4 ? auth_v4_matches(r, a, secret, body) : auth_v2_matches(r, a, secret))
		return AUTH_OK;
	return a->payload_untold && r->has_body ? AUTH_BAD_PAYLOAD_HASH : AUTH_BAD_SIGNATURE;
}

enum auth_problem auth_verify(struct http_request *r, struct auth *a, const struct credentials *c, struct str region,
			      struct str service, struct str body)
{
	a->problem = check(r, a, c, region, service, body);
	return a->problem;
}
