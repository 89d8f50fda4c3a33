/* Why a signature does not do, in CloudWatch Logs' words. */
#include "web/logs/logs.h"

#include "base/clock.h"

#define SKEW_MIN (AUTH_SKEW_S / 60)

static int skewed(struct logs *l, const struct auth *a)
{
	char now[CLOCK_TEXT_MAX], edge[CLOCK_TEXT_MAX];
	int64_t at = clock_wall_ms();
	bool early = a->time_ms > at;

	clock_basic(now, at);
	clock_basic(edge, at + (early ? AUTH_SKEW_S : -AUTH_SKEW_S) * 1000);
	return logs_refuse(l, LOGS_BAD_SIGNATURE, "Signature %s: %.*s is %s than %s (%s %c %d min.)",
			   early ? "not yet current" : "expired", STR_ARG(a->timestamp), early ? "still later" : "now earlier", edge, now,
			   early ? '+' : '-', SKEW_MIN);
}

int logs_refuse_auth(struct logs *l, const struct auth *a)
{
	switch (a->problem) {
	case AUTH_MISSING:
		return logs_refuse(l, LOGS_NO_SIGNATURE, NULL);
	case AUTH_UNKNOWN_KEY:
		return logs_refuse(l, LOGS_UNKNOWN_KEY, NULL);
	case AUTH_SKEWED:
	case AUTH_EXPIRED:
		return skewed(l, a);
	case AUTH_WRONG_REGION:
		return logs_refuse(l, LOGS_BAD_SIGNATURE, "Credential should be scoped to a valid region.");
	case AUTH_WRONG_SERVICE:
		return logs_refuse(l, LOGS_BAD_SIGNATURE, "Credential should be scoped to correct service: 'logs'.");
	case AUTH_OK:
	case AUTH_BAD_SIGNATURE:
	case AUTH_UNSIGNED_HEADERS:
	case AUTH_BAD_PAYLOAD_HASH:
		return logs_refuse(l, LOGS_BAD_SIGNATURE, NULL);
	case AUTH_MALFORMED:
	case AUTH_BAD_EXPIRES:
	case AUTH_INCOMPLETE_QUERY:
	default:
		return logs_refuse(l, LOGS_INCOMPLETE, "%.*s", STR_ARG(a->detail));
	}
}
