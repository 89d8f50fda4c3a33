#include "web/auth_words.h"

#include "base/clock.h"

#define SKEW_MIN (AUTH_SKEW_S / 60)

static const char *skewed(const struct auth *a, struct arena *arena)
{
	char now[CLOCK_TEXT_MAX], edge[CLOCK_TEXT_MAX];
	int64_t at = clock_wall_ms();
	bool early = a->time_ms > at;

	clock_basic(now, at);
	clock_basic(edge, at + (early ? AUTH_SKEW_S : -AUTH_SKEW_S) * 1000);
	return arena_printf(arena, "Signature %s: %.*s is %s than %s (%s %c %d min.)", early ? "not yet current" : "expired",
			    STR_ARG(a->timestamp), early ? "still later" : "now earlier", edge, now, early ? '+' : '-', SKEW_MIN);
}

enum auth_refusal auth_words(const struct auth *a, const char *service, struct arena *arena, const char **message)
{
	switch (a->problem) {
	case AUTH_MISSING:
		*message = "Missing Authentication Token";
		return AUTH_NO_TOKEN;
	case AUTH_UNKNOWN_KEY:
		*message = "The security token included in the request is invalid.";
		return AUTH_BAD_TOKEN;
	case AUTH_SKEWED:
	case AUTH_EXPIRED:
		*message = skewed(a, arena);
		return AUTH_NO_MATCH;
	case AUTH_WRONG_REGION:
		*message = "Credential should be scoped to a valid region.";
		return AUTH_NO_MATCH;
	case AUTH_WRONG_SERVICE:
		*message = arena_printf(arena, "Credential should be scoped to correct service: '%s'.", service);
		return AUTH_NO_MATCH;
	case AUTH_OK:
	case AUTH_BAD_SIGNATURE:
	case AUTH_UNSIGNED_HEADERS:
	case AUTH_BAD_PAYLOAD_HASH:
		*message = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
			   "and signing method. Consult the service documentation for details.";
		return AUTH_NO_MATCH;
	case AUTH_MALFORMED:
	case AUTH_BAD_EXPIRES:
	case AUTH_INCOMPLETE_QUERY:
	default:
		*message = arena_printf(arena, "%.*s", STR_ARG(a->detail));
		return AUTH_INCOMPLETE;
	}
}
