/* Why a signature does not do, with S3's codes: the requests are signed as S3's are. */
#include "base/check.h"
#include "web/api/local.h"

#define SIGN "This request must be signed with Signature Version 4 for service s3."

static const struct {
	int status;
	const char *code, *message;
} rows[] = {
	[AUTH_MISSING]          = { 403, "AccessDenied", SIGN },
	[AUTH_MALFORMED]        = { 400, "AuthorizationHeaderMalformed", "The authorization header or query is malformed." },
	[AUTH_UNKNOWN_KEY]      = { 403, "InvalidAccessKeyId", "The access key is not the one of this minilab." },
	[AUTH_BAD_SIGNATURE]    = { 403, "SignatureDoesNotMatch", "The signature was not made with the secret key of that access key." },
	[AUTH_SKEWED]           = { 403, "RequestTimeTooSkewed", "The time of the request differs too much from the time here." },
	[AUTH_EXPIRED]          = { 403, "AccessDenied", "Request has expired." },
	[AUTH_WRONG_REGION]     = { 400, "AuthorizationHeaderMalformed", "The request is signed for another region." },
	[AUTH_WRONG_SERVICE]    = { 400, "AuthorizationHeaderMalformed", SIGN },
	[AUTH_UNSIGNED_HEADERS] = { 403, "AccessDenied", "There were headers present in the request which were not signed." },
	[AUTH_BAD_EXPIRES]      = { 400, "AuthorizationQueryParametersError", "X-Amz-Expires is out of bounds." },
	[AUTH_INCOMPLETE_QUERY] = { 400, "AuthorizationQueryParametersError", "A parameter of the signature is missing." },
	[AUTH_BAD_PAYLOAD_HASH] = { 400, "InvalidRequest", "x-amz-content-sha256 is missing or malformed." },
};

void local_refuse_auth(struct local *l, enum auth_problem problem)
{
	CHECK(problem != AUTH_OK && problem < sizeof rows / sizeof rows[0]);
	local_refuse(l, rows[problem].status, rows[problem].code, rows[problem].message);
}
