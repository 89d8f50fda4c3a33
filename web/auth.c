#include "web/auth.h"

#include "base/clock.h"
#include "base/digest.h"
#include "web/auth_forms.h"
#include "web/params.h"

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

static struct str token_of(struct http_request *r, const struct auth *a)
{
	struct params *query = arena_take(&r->arena, sizeof *query);
	struct str token = http_field(r, "x-amz-security-token");

	if (str_is_set(token) || a->kind != AUTH_V4_QUERY || params_parse(&r->arena, r->query, true, query) < 0)
		return token;
	return params_iget(query, "X-Amz-Security-Token");
}

/* The root key has no token; one of a session is nothing without its own. A session's key that nobody knows is one of before the last
 * start. The signature covers the token, so it cannot be added by others. */
const char *auth_secret(struct auth *a, const struct credentials *c, struct str given)
{
	const char *token, *secret = credentials_secret(c, a->access_key, &token);
	bool good = token ? given.n == strlen(token) && digest_same(given.p, token, given.n) : !str_is_set(given);

	if (secret && good)
		return secret;
	if (!secret && str_starts(a->access_key, STR("ASIA")) && str_is_set(given))
		a->token = AUTH_TOKEN_EXPIRED;
	else if (secret && str_is_set(given))
		a->token = AUTH_TOKEN_WRONG;
	return NULL;
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
	if ((secret = auth_secret(a, c, token_of(r, a))) == NULL)
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
