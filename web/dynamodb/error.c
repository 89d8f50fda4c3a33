#include "web/dynamodb/error.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"

static const struct error_row rows[] = {
	[DYNAMODB_FINE] = { 200, "", NULL },
#define X(name, status, type, message) [name] = { status, type, message },
	DYNAMODB_ERRORS(X)
#undef X
};

const struct error_row *dynamodb_error(enum dynamodb_code c)
{
	CHECK(c < DYNAMODB_CODES);
	return &rows[c];
}

const char *dynamodb_error_name(enum dynamodb_code c)
{
	const char *hash = strchr(dynamodb_error(c)->name, '#');

	return hash ? hash + 1 : "";
}

enum dynamodb_code dynamodb_error_of(int rc)
{
	static const struct error_meaning meanings[] = {
		{ E_NOT_FOUND, DYNAMODB_NOT_FOUND }, { E_FULL, DYNAMODB_FULL }, { -ENOSPC, DYNAMODB_FULL },
		{ E_BUSY, DYNAMODB_UNAVAILABLE }, { -EROFS, DYNAMODB_UNAVAILABLE }, { 0, 0 },
	};

	return (enum dynamodb_code)error_meaning(meanings, rc, DYNAMODB_INTERNAL);
}
