#include "web/logs/error.h"

#include <errno.h>
#include <stddef.h>

#include "base/check.h"
#include "base/err.h"

static const struct {
	int status;
	const char *type, *message;
} rows[] = {
	[LOGS_FINE] = { 200, "", NULL },
#define X(name, status, type, message) [name] = { status, type, message },
	LOGS_ERRORS(X)
#undef X
};

int logs_error_status(enum logs_code c)
{
	CHECK(c < LOGS_CODES);
	return rows[c].status;
}

const char *logs_error_type(enum logs_code c)
{
	CHECK(c < LOGS_CODES);
	return rows[c].type;
}

const char *logs_error_message(enum logs_code c)
{
	CHECK(c < LOGS_CODES);
	return rows[c].message;
}

enum logs_code logs_error_of(int rc)
{
	static const struct { int rc; enum logs_code code; } meanings[] = {
		{ E_FULL, LOGS_FULL }, { -ENOSPC, LOGS_FULL }, { E_BUSY, LOGS_UNAVAILABLE }, { -EROFS, LOGS_UNAVAILABLE },
		{ E_TOO_LARGE, LOGS_LIMIT },
	};

	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].rc == rc)
			return meanings[i].code;
	return LOGS_INTERNAL;
}
