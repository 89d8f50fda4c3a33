#include "web/s3/error.h"

#include <errno.h>

#include "base/check.h"
#include "base/err.h"

static const struct {
	int status;
	const char *code, *message;
} rows[] = {
	[S3_FINE] = { 200, "", "" },
#define X(name, status, code, message) [name] = { status, code, message },
	S3_ERRORS(X)
#undef X
};

int error_status(enum s3_code c)
{
	CHECK(c < S3_CODES);
	return rows[c].status;
}

const char *error_code(enum s3_code c)
{
	CHECK(c < S3_CODES);
	return rows[c].code;
}

const char *error_message(enum s3_code c)
{
	CHECK(c < S3_CODES);
	return rows[c].message;
}

enum s3_code error_of(int rc)
{
	static const struct {
		int rc;
		enum s3_code code;
	} meaning[] = {
		{ E_NOT_FOUND, S3_NO_SUCH_BUCKET },
		{ E_TOO_LARGE, S3_ENTITY_TOO_LARGE },
		{ E_PRECONDITION, S3_PRECONDITION },
		{ E_BUSY, S3_SLOW_DOWN },
		{ E_TIMEOUT, S3_REQUEST_TIMEOUT },
		{ E_FULL, S3_STORAGE_FULL },
		{ -ENOSPC, S3_STORAGE_FULL },
		{ -EDQUOT, S3_STORAGE_FULL },
		{ -EROFS, S3_UNAVAILABLE },
		{ -EACCES, S3_UNAVAILABLE },
		{ -EPERM, S3_UNAVAILABLE },
	};

	for (size_t i = 0; i < sizeof meaning / sizeof meaning[0]; i++)
		if (meaning[i].rc == rc)
			return meaning[i].code;
	return S3_INTERNAL;
}
