#include "web/iam/error.h"

#include <errno.h>

#include "base/check.h"
#include "base/err.h"

static const struct error_row rows[] = {
	[IAM_FINE] = { 200, "", NULL },
#define X(name, code, status, message) [name] = { status, code, message },
	IAM_ERRORS(X)
#undef X
};

const struct error_row *iam_error(enum iam_code c)
{
	CHECK(c < IAM_CODES);
	return &rows[c];
}

enum iam_code iam_error_of(int rc)
{
	static const struct error_meaning meanings[] = {
		{ E_FULL, IAM_FULL }, { -ENOSPC, IAM_FULL }, { E_BUSY, IAM_UNAVAILABLE }, { -EROFS, IAM_UNAVAILABLE }, { 0, 0 },
	};

	return (enum iam_code)error_meaning(meanings, rc, IAM_INTERNAL);
}
