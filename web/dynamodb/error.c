#include "web/dynamodb/error.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"

static const struct {
	int status;
	const char *type, *message;
} rows[] = {
	[DYNAMODB_FINE] = { 200, "", NULL },
#define X(name, status, type, message) [name] = { status, type, message },
	DYNAMODB_ERRORS(X)
#undef X
};

int dynamodb_error_status(enum dynamodb_code c)
{
	CHECK(c < DYNAMODB_CODES);
	return rows[c].status;
}

const char *dynamodb_error_type(enum dynamodb_code c)
{
	CHECK(c < DYNAMODB_CODES);
	return rows[c].type;
}

const char *dynamodb_error_name(enum dynamodb_code c)
{
	const char *hash = strchr(dynamodb_error_type(c), '#');

	return hash ? hash + 1 : "";
}

const char *dynamodb_error_message(enum dynamodb_code c)
{
	CHECK(c < DYNAMODB_CODES);
	return rows[c].message;
}

enum dynamodb_code dynamodb_error_of(int rc)
{
	static const struct { int rc; enum dynamodb_code code; } meanings[] = {
		{ E_NOT_FOUND, DYNAMODB_NOT_FOUND }, { E_FULL, DYNAMODB_FULL }, { -ENOSPC, DYNAMODB_FULL },
		{ E_BUSY, DYNAMODB_UNAVAILABLE }, { -EROFS, DYNAMODB_UNAVAILABLE },
	};

	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].rc == rc)
			return meanings[i].code;
	return DYNAMODB_INTERNAL;
}
