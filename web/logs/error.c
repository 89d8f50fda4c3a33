#include "web/logs/error.h"

#include <errno.h>

#include "base/check.h"
#include "base/err.h"

static const struct error_row rows[] = {
	[LOGS_FINE] = { 200, "", NULL },
#define X(name, status, type, message) [name] = { status, type, message },
	LOGS_ERRORS(X)
#undef X
};

const struct error_row *logs_error(enum logs_code c)
{
	CHECK(c < LOGS_CODES);
	return &rows[c];
}

enum logs_code logs_error_of(int rc)
{
	static const struct error_meaning meanings[] = {
		{ E_FULL, LOGS_FULL }, { -ENOSPC, LOGS_FULL }, { E_BUSY, LOGS_UNAVAILABLE }, { -EROFS, LOGS_UNAVAILABLE },
		{ E_TOO_LARGE, LOGS_LIMIT }, { 0, 0 },
	};

	return (enum logs_code)error_meaning(meanings, rc, LOGS_INTERNAL);
}
