/* Signatures of browsers' forms (docs.aws.amazon.com: "Browser-based uploads using POST"): over the policy as it stands in its field. */
#include "web/auth_forms.h"

#include "base/codec.h"
#include "base/digest.h"
#include "web/params.h"

struct needed {
	const char *field, *name;	/* in lower case, and as AWS spells it */
};

static const char *find_missing(const struct params *fields, const struct needed *needed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (params_get(fields, needed[i].field).n == 0)
			return needed[i].name;
	return NULL;
}

static enum auth_problem bad_credential(struct auth *a, const char *detail)
{
	a->detail = str_of(detail);
	return AUTH_MALFORMED;
}

static enum auth_problem take_v4(struct auth *a, struct str region, const struct params *fields)
{
	a->timestamp = params_get(fields, "x-amz-date");
	a->signature = params_get(fields, "x-amz-signature");
	if (!str_eq(params_get(fields, "x-amz-algorithm"), STR("AWS4-HMAC-SHA256")))
		return bad_credential(a, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
	if (!auth_take_credential(a, params_get(fields, "x-amz-credential")))
		return bad_credential(a, "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
				      "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
	if (!str_starts(a->timestamp, a->date))
		return bad_credential(a, "The date in the credential scope is not that of the request");
	if (!str_eq(a->region, region))
		return AUTH_WRONG_REGION;
	return str_eq(a->service, STR("s3")) ? AUTH_OK :
	       bad_credential(a, "Error parsing the X-Amz-Credential parameter; incorrect service. This endpoint belongs to \"s3\".");
}

static bool is_signed(struct http_request *r, struct auth *a, const char *secret)
{
	uint8_t mine[32], given[32];
	struct buf raw = { 0 };
	bool same;

	if (a->kind == AUTH_V4_QUERY) {
		auth_v4_key(a, &r->arena, secret);
		hmac_sha256(str_n(a->signing_key, sizeof a->signing_key), a->string_to_sign, mine);
		return hex_decode(a->signature, given, sizeof given) == 0 && digest_same(mine, given, sizeof given);
	}
	hmac_sha1(str_of(secret), a->string_to_sign, mine);
	same = base64_decode(&raw, a->signature) == 0 && raw.len == 20 && digest_same(mine, raw.data, 20);
	buf_clear(&raw);
	return same;
}

static bool is_v4(const struct params *fields)
{
	return str_is_set(params_get(fields, "x-amz-signature")) || str_is_set(params_get(fields, "x-amz-credential")) ||
	       str_is_set(params_get(fields, "x-amz-algorithm"));
}

static enum auth_problem check(struct http_request *r, struct auth *a, const struct credentials *c, struct str region,
			       const struct params *fields, const char **missing)
{
	static const struct needed v4[] = { { "x-amz-algorithm", "X-Amz-Algorithm" }, { "x-amz-credential", "X-Amz-Credential" },
		{ "x-amz-date", "X-Amz-Date" }, { "x-amz-signature", "X-Amz-Signature" } };
	static const struct needed v2[] = { { "awsaccesskeyid", "AWSAccessKeyId" }, { "signature", "Signature" } };
	const char *secret;
	enum auth_problem p;

	if (is_v4(fields)) {
		a->kind = AUTH_V4_QUERY;
		if ((*missing = find_missing(fields, v4, sizeof v4 / sizeof v4[0])) != NULL)
			return AUTH_INCOMPLETE_QUERY;
		if ((p = take_v4(a, region, fields)) != AUTH_OK)
			return p;
	} else {
		a->kind = AUTH_V2_QUERY;
		if ((*missing = find_missing(fields, v2, sizeof v2 / sizeof v2[0])) != NULL)
			return AUTH_INCOMPLETE_QUERY;
		a->access_key = params_get(fields, "awsaccesskeyid");
		a->signature = params_get(fields, "signature");
	}
	if (!(secret = auth_secret(a, c, params_get(fields, "x-amz-security-token"))))
		return AUTH_UNKNOWN_KEY;
	a->string_to_sign = params_get(fields, "policy");
	return is_signed(r, a, secret) ? AUTH_OK : AUTH_BAD_SIGNATURE;
}

enum auth_problem auth_verify_form(struct http_request *r, struct auth *a, const struct credentials *c, struct str region,
				   const struct params *fields, const char **missing)
{
	*a = (struct auth){ .problem = AUTH_OK };
	*missing = NULL;
	a->problem = check(r, a, c, region, fields, missing);
	return a->problem;
}
