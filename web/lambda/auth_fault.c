/* Why a signature does not do, in the words of services that speak JSON. */
#include "web/lambda/lambda.h"

#include "base/clock.h"

#define SKEW_MIN (AUTH_SKEW_S / 60)

static int skewed(struct lambda *l, const struct auth *a)
{
	char now[CLOCK_TEXT_MAX], edge[CLOCK_TEXT_MAX];
	int64_t at = clock_wall_ms();
	bool early = a->time_ms > at;

	clock_basic(now, at);
	clock_basic(edge, at + (early ? AUTH_SKEW_S : -AUTH_SKEW_S) * 1000);
	return lambda_refuse(l, LAMBDA_BAD_SIGNATURE, "Signature %s: %.*s is %s than %s (%s %c %d min.)",
			     early ? "not yet current" : "expired", STR_ARG(a->timestamp), early ? "still later" : "now earlier",
			     edge, now, early ? '+' : '-', SKEW_MIN);
}

int lambda_refuse_auth(struct lambda *l, const struct auth *a)
{
	switch (a->problem) {
	case AUTH_MISSING:
		return lambda_refuse(l, LAMBDA_NO_SIGNATURE, "Missing Authentication Token");
	case AUTH_UNKNOWN_KEY:
		return lambda_refuse(l, LAMBDA_UNKNOWN_KEY, "The security token included in the request is invalid.");
	case AUTH_SKEWED:
	case AUTH_EXPIRED:
		return skewed(l, a);
	case AUTH_WRONG_REGION:
		return lambda_refuse(l, LAMBDA_BAD_SIGNATURE, "Credential should be scoped to a valid region.");
	case AUTH_WRONG_SERVICE:
		return lambda_refuse(l, LAMBDA_BAD_SIGNATURE, "Credential should be scoped to correct service: 'lambda'.");
	case AUTH_OK:
	case AUTH_BAD_SIGNATURE:
	case AUTH_UNSIGNED_HEADERS:
	case AUTH_BAD_PAYLOAD_HASH:
		return lambda_refuse(l, LAMBDA_BAD_SIGNATURE, "The request signature we calculated does not match the signature you provided. "
				     "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");
	case AUTH_MALFORMED:
	case AUTH_BAD_EXPIRES:
	case AUTH_INCOMPLETE_QUERY:
	default:
		return lambda_refuse(l, LAMBDA_INCOMPLETE, "%.*s", STR_ARG(a->detail));
	}
}
