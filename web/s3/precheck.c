/* Headers that ask for what is not there are refused, never ignored: a client that wants its object encrypted or
 * public must not be told it is. In presigned requests the same names may be query parameters. */
#include "web/s3/s3.h"

#include "base/err.h"

enum verdict { NOT_BUILT, NOT_BUILT_UNLESS_FALSE, ACL, NO_GRANTS, STORAGE_CLASS, OWNER, OWNERSHIP };

/* A name that ends in '*' stands for all that begin so. */
static const struct {
	const char *name;
	enum verdict verdict;
} rows[] = {
	{ "x-amz-acl", ACL },
	{ "x-amz-grant-*", NO_GRANTS },
	{ "x-amz-storage-class", STORAGE_CLASS },
	{ "x-amz-expected-bucket-owner", OWNER },
	{ "x-amz-source-expected-bucket-owner", OWNER },
	{ "x-amz-object-ownership", OWNERSHIP },
	{ "x-amz-bucket-object-lock-enabled", NOT_BUILT_UNLESS_FALSE },
	{ "x-amz-bypass-governance-retention", NOT_BUILT_UNLESS_FALSE },
	{ "x-amz-server-side-encryption*", NOT_BUILT },
	{ "x-amz-copy-source-server-side-encryption*", NOT_BUILT },
	{ "x-amz-object-lock-*", NOT_BUILT },
	{ "x-amz-website-redirect-location", NOT_BUILT },
	{ "x-amz-write-offset-bytes", NOT_BUILT },
	{ "x-amz-mfa", NOT_BUILT },
	{ "x-amz-if-match-*", NOT_BUILT },
	{ "x-amz-bucket-namespace", NOT_BUILT },
};

static bool is(struct str name, const char *row)
{
	struct str r = str_of(row);

	if (r.p[r.n - 1] != '*')
		return str_ieq(name, r);
	r.n--;
	return name.n >= r.n && str_ieq(str_n(name.p, r.n), r);
}

static int not_built(struct s3 *s, struct str name)
{
	return s3_refuse(s, S3_NOT_IMPLEMENTED, NULL, S3_WITH({ "Header", s3_copy(s, name) }));
}

static int check_class(struct s3 *s, struct str value)
{
	static const char *const others[] = { "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
		"GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "EXPRESS_ONEZONE" };

	if (str_eq(value, STR("STANDARD")))
		return 0;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (str_eq(value, str_of(others[i])))
			return not_built(s, STR("x-amz-storage-class"));
	return s3_refuse(s, S3_INVALID_STORAGE_CLASS, NULL, S3_WITH({ "StorageClassRequested", s3_copy(s, value) }));
}

static int check_owner(struct s3 *s, struct str value)
{
	int64_t n;

	if (value.n != 12 || str_to_int(value, 0, INT64_MAX, &n) < 0)
		return s3_refuse(s, S3_INVALID_OWNER, arena_printf(&s->arena, "%s [%.*s]",
				 error_message(S3_INVALID_OWNER), STR_ARG(value)), NULL);
	if (!str_eq(value, str_of(s->m->settings.account)))
		return s3_refuse(s, S3_ACCESS_DENIED, NULL, NULL);
	return 0;
}

static int judge(struct s3 *s, enum verdict v, struct str name, struct str value)
{
	switch (v) {
	case NOT_BUILT:
		break;
	case NOT_BUILT_UNLESS_FALSE:
		if (str_ieq(value, STR("false")))
			return 0;
		break;
	case ACL:
		if (str_eq(value, STR("private")) || str_eq(value, STR("bucket-owner-full-control")))
			return 0;
		return s3_refuse(s, S3_ACL_NOT_SUPPORTED, NULL, NULL);
	case NO_GRANTS:
		return s3_refuse(s, S3_ACL_NOT_SUPPORTED, NULL, NULL);
	case STORAGE_CLASS:
		return check_class(s, value);
	case OWNER:
		return check_owner(s, value);
	case OWNERSHIP:
		if (str_eq(value, STR("BucketOwnerEnforced")))
			return 0;
		if (str_eq(value, STR("BucketOwnerPreferred")) || str_eq(value, STR("ObjectWriter")))
			break;
		return s3_refuse(s, S3_INVALID_ARGUMENT, arena_printf(&s->arena, "Invalid x-amz-object-ownership header: %.*s", STR_ARG(value)),
				 S3_WITH({ "ArgumentName", STR("x-amz-object-ownership") }));
	}
	return not_built(s, name);
}

static int check(struct s3 *s, struct str name, struct str value)
{
	if (name.n < 6 || !str_ieq(str_n(name.p, 6), STR("x-amz-")))
		return 0;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (is(name, rows[i].name))
			return judge(s, rows[i].verdict, name, value);
	return 0;
}

int s3_check_headers(struct s3 *s)
{
	struct http_request *r = s->call->r;
	int rc = 0;

	for (int i = 0; i < r->field_count && rc == 0; i++)
		rc = check(s, r->fields[i].name, r->fields[i].value);
	for (int i = 0; i < s->params.count && rc == 0; i++)
		rc = check(s, s->params.at[i].name, s->params.at[i].value);
	return rc;
}
