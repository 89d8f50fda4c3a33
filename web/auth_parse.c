#include "web/auth_forms.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "web/params.h"

#define V4_ALGORITHM "AWS4-HMAC-SHA256"
#define V4_PREFIX "AWS4-"

static const struct {
	const char *text;
	enum payload_kind kind;
} payloads[] = {
	{ "UNSIGNED-PAYLOAD", PAYLOAD_UNSIGNED },
	{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", PAYLOAD_CHUNKED_SIGNED },
	{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", PAYLOAD_CHUNKED_SIGNED_TRAILER },
	{ "STREAMING-UNSIGNED-PAYLOAD-TRAILER", PAYLOAD_CHUNKED_TRAILER },
};

static void parse_payload(struct auth *a, struct str text)
{
	a->payload_text = text;
	a->payload = PAYLOAD_UNSIGNED;
	if (!str_is_set(text))
		return;
	for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++)
		if (str_eq(text, str_of(payloads[i].text))) {
			a->payload = payloads[i].kind;
			return;
		}
	a->payload = PAYLOAD_SHA256;
	if (hex_decode(text, a->payload_sha256, sizeof a->payload_sha256) < 0)
		a->problem = AUTH_BAD_PAYLOAD_HASH;
}

/* AKID/20260102/us-east-1/s3/aws4_request. The key itself may hold no slash. */
bool auth_take_credential(struct auth *a, struct str text)
{
	struct str end;

	return str_next(&text, '/', &a->access_key) && a->access_key.n > 0 &&
	       str_next(&text, '/', &a->date) && a->date.n == 8 &&
	       str_next(&text, '/', &a->region) &&
	       str_next(&text, '/', &a->service) && a->service.n > 0 &&
	       str_next(&text, '/', &end) && str_eq(end, STR("aws4_request")) && !str_is_set(text);
}

static void malformed(struct auth *a, enum auth_problem p, const char *detail)
{
	a->problem = p;
	a->detail = str_of(detail);
}

static void parse_time(struct auth *a)
{
	if (clock_parse_basic(a->timestamp, &a->time_ms) < 0)
		malformed(a, AUTH_MALFORMED, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
	else if (!str_starts(a->timestamp, a->date))
		malformed(a, AUTH_MALFORMED, "The date in the credential scope is not that of the request");
}

/* A signature may be dated by Date alone; it is the basic form that was signed. */
static struct str header_time(struct http_request *r)
{
	struct str t = http_field(r, "x-amz-date");
	int64_t ms;
	char *to;

	if (str_is_set(t))
		return t;
	t = http_field(r, "date");
	if (clock_parse_http(t, &ms) < 0)
		return t;
	to = arena_take(&r->arena, CLOCK_TEXT_MAX);
	return str_of(clock_basic(to, ms));
}

static void parse_v4_header(struct http_request *r, struct auth *a, struct str rest)
{
	struct str part, name, credential = { 0 };

	a->kind = AUTH_V4_HEADER;
	a->timestamp = header_time(r);
	parse_payload(a, http_field(r, "x-amz-content-sha256"));
	while (str_next(&rest, ',', &part)) {
		part = str_trim(part);
		(void)str_next(&part, '=', &name);
		if (str_eq(name, STR("Credential")))
			credential = part;
		else if (str_eq(name, STR("SignedHeaders")))
			a->signed_headers = part;
		else if (str_eq(name, STR("Signature")))
			a->signature = part;
	}
	if (!str_is_set(credential) || !auth_take_credential(a, credential))
		malformed(a, AUTH_MALFORMED, "the Credential is mal-formed; expecting "
			  "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
	else if (!str_is_set(a->signed_headers) || a->signed_headers.n == 0)
		malformed(a, AUTH_MALFORMED, "the SignedHeaders are missing.");
	else if (hex_decode(a->signature, a->seed, sizeof a->seed) < 0)
		malformed(a, AUTH_MALFORMED, "the Signature is missing or not 64 hexadecimal digits.");
	else
		parse_time(a);
}

static void parse_v4_query(struct http_request *r, struct auth *a, const struct params *p)
{
	struct str algorithm = params_get(p, "X-Amz-Algorithm"), credential = params_get(p, "X-Amz-Credential");
	struct str expires = params_get(p, "X-Amz-Expires"), payload = http_field(r, "x-amz-content-sha256");

	a->kind = AUTH_V4_QUERY;
	a->timestamp = params_get(p, "X-Amz-Date");
	a->signed_headers = params_get(p, "X-Amz-SignedHeaders");
	a->signature = params_get(p, "X-Amz-Signature");
	parse_payload(a, str_is_set(payload) ? payload : params_iget(p, "X-Amz-Content-Sha256"));
	if (!algorithm.n || !credential.n || !expires.n || !a->timestamp.n || !a->signed_headers.n || !a->signature.n) {
		a->problem = AUTH_INCOMPLETE_QUERY;
		(void)auth_take_credential(a, credential);	/* routing wants the service all the same */
	} else if (!auth_take_credential(a, credential))
		malformed(a, AUTH_MALFORMED, "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; "
			  "expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
	else if (!str_eq(algorithm, STR(V4_ALGORITHM)))
		malformed(a, AUTH_MALFORMED, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
	else if (str_to_int(expires, 1, INT32_MAX, &a->expires_s) < 0)
		malformed(a, AUTH_BAD_EXPIRES, "X-Amz-Expires must be a positive number of seconds");
	else if (a->expires_s > AUTH_EXPIRES_MAX_S)
		malformed(a, AUTH_BAD_EXPIRES, "X-Amz-Expires must be less than a week (in seconds); that is, the given "
			  "X-Amz-Expires must be less than 604800 seconds");
	else if (hex_decode(a->signature, a->seed, sizeof a->seed) < 0)
		a->problem = AUTH_BAD_SIGNATURE;
	else
		parse_time(a);
}

/* Old clients write the date of mail (RFC 822), which is signed as it is. */
static int parse_old_date(struct arena *a, struct str text, int64_t *ms)
{
	if (str_ends(text, STR(" +0000")))
		text = str_of(arena_printf(a, "%.*s GMT", (int)text.n - 6, text.p));
	return clock_parse_http(text, ms);
}

static void parse_v2_header(struct http_request *r, struct auth *a, struct str rest)
{
	struct str date = http_field(r, "x-amz-date");

	a->kind = AUTH_V2_HEADER;
	a->service = STR("s3");
	rest = str_trim(rest);
	if (!str_next(&rest, ':', &a->access_key) || a->access_key.n == 0 || !str_is_set(rest)) {
		malformed(a, AUTH_MALFORMED, "expecting \"AWS <YOUR-AKID>:SIGNATURE\".");
		return;
	}
	a->signature = rest;
	a->timestamp = str_is_set(date) ? date : http_field(r, "date");
	if (parse_old_date(&r->arena, a->timestamp, &a->time_ms) < 0)
		malformed(a, AUTH_MALFORMED, "a valid Date or x-amz-date header is required.");
}

static void parse_v2_query(struct auth *a, const struct params *p)
{
	struct str expires = params_get(p, "Expires");

	a->kind = AUTH_V2_QUERY;
	a->service = STR("s3");
	a->access_key = params_get(p, "AWSAccessKeyId");
	a->signature = params_get(p, "Signature");
	if (!a->access_key.n || !a->signature.n || !expires.n)
		a->problem = AUTH_INCOMPLETE_QUERY;
	else if (str_to_int(expires, 0, INT64_MAX / 1000, &a->expires_s) < 0)
		malformed(a, AUTH_BAD_EXPIRES, "Expires must be seconds since 1970");
	a->timestamp = expires;
}

void auth_take_payload(struct http_request *r, struct auth *a)
{
	parse_payload(a, http_field(r, "x-amz-content-sha256"));
}

void auth_parse(struct http_request *r, struct auth *a)
{
	struct str header = http_field(r, "authorization"), scheme;
	struct params *p;

	*a = (struct auth){ .problem = AUTH_OK };
	if (str_is_set(header)) {
		(void)str_next(&header, ' ', &scheme);
		if (str_eq(scheme, STR(V4_ALGORITHM)))
			parse_v4_header(r, a, header);
		else if (str_eq(scheme, STR("AWS")))
			parse_v2_header(r, a, header);
		else if (str_starts(scheme, STR(V4_PREFIX)))
			malformed(a, AUTH_MALFORMED, "only AWS4-HMAC-SHA256 is supported.");
		else
			malformed(a, AUTH_MALFORMED, "the authorization type is not supported.");
		return;
	}
	if (!str_is_set(r->query))
		return;
	p = arena_take(&r->arena, sizeof *p);
	if (params_parse(&r->arena, r->query, true, p) < 0)
		return;		/* the face will say so */
	if (str_is_set(params_get(p, "X-Amz-Algorithm")) || str_is_set(params_get(p, "X-Amz-Credential")) ||
	    str_is_set(params_get(p, "X-Amz-Signature")))
		parse_v4_query(r, a, p);
	else if (str_is_set(params_get(p, "AWSAccessKeyId")) || str_is_set(params_get(p, "Signature")))
		parse_v2_query(a, p);
}
