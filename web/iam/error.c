#include "web/iam/error.h"

#include <errno.h>
#include <stddef.h>

#include "base/check.h"
#include "base/err.h"

static const struct {
	const char *name;
	int status;
	const char *message;
} rows[] = {
	[IAM_FINE] = { "", 200, NULL },
#define X(name, code, status, message) [name] = { code, status, message },
	IAM_ERRORS(X)
#undef X
};

int iam_error_status(enum iam_code c)
{
	CHECK(c < IAM_CODES);
	return rows[c].status;
}

const char *iam_error_name(enum iam_code c)
{
	CHECK(c < IAM_CODES);
	return rows[c].name;
}

const char *iam_error_message(enum iam_code c)
{
	CHECK(c < IAM_CODES);
	return rows[c].message ? rows[c].message : "";
}

enum iam_code iam_error_of(int rc)
{
	static const struct { int rc; enum iam_code code; } meanings[] = {
		{ E_FULL, IAM_FULL }, { -ENOSPC, IAM_FULL }, { E_BUSY, IAM_UNAVAILABLE }, { -EROFS, IAM_UNAVAILABLE },
	};

	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].rc == rc)
			return meanings[i].code;
	return IAM_INTERNAL;
}
