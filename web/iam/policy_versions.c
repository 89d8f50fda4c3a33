#include "web/iam/operations.h"

#include "base/err.h"
#include "web/iam/policy.h"

/* "v3" of that policy; NULL if there is none. */
static struct policy_version *version_of(struct iam *i, struct policy *p)
{
	struct str text = i->param[PARAM_VERSION_ID];
	int64_t number;

	if (!str_starts(text, STR("v")) || str_to_int(str_n(text.p + 1, text.n - 1), 1, INT32_MAX, &number) < 0)
		return NULL;
	for (int k = 0; k < p->version_count; k++)
		if (p->versions[k].number == number)
			return &p->versions[k];
	return NULL;
}

static int refuse_version(struct iam *i, const struct policy *p)
{
	return iam_refuse(i, IAM_NO_SUCH_ENTITY, "Policy %.*s version %.*s " POLICY_ATTACHABLE, STR_ARG(p->arn), STR_ARG(i->param[PARAM_VERSION_ID]));
}

int create_version_run(struct iam *i, struct db *db)
{
	struct policy_version v = { .created_ms = i->now_ms, .document = i->param[PARAM_POLICY_DOCUMENT] };
	struct policy p;
	int rc = policy_find_own(i, db, &p);

	if (rc < 0)
		return rc;
	if (p.version_count == POLICY_VERSIONS_MAX)
		return iam_refuse(i, IAM_LIMIT, "A managed policy can have up to %d versions. Before you create a new version, you must delete an "
				  "existing version.", POLICY_VERSIONS_MAX);
	v.number = ++p.last;
	p.versions[p.version_count++] = v;
	p.updated_ms = i->now_ms;
	if (param_true(i, PARAM_SET_DEFAULT))
		p.current = v.number;
	if ((rc = policy_keep(i, db, &p)) < 0)
		return rc;
	version_show(i, "PolicyVersion", &p, &v, false);
	return 0;
}

int get_version_run(struct iam *i, struct db *db)
{
	const struct policy_version *v;
	struct policy p;
	int rc = policy_find(i, db, &p, "was not found.");

	if (rc < 0)
		return rc;
	if (!(v = version_of(i, &p)))
		return refuse_version(i, &p);
	version_show(i, "PolicyVersion", &p, v, true);
	return 0;
}

int list_versions_run(struct iam *i, struct db *db)
{
	struct policy p;
	int rc = policy_find(i, db, &p, "was not found.");

	if (rc < 0)
		return rc;
	xml_open(&i->xml, "Versions", NULL);
	for (int k = p.version_count; k-- > 0;)
		version_show(i, "member", &p, &p.versions[k], false);
	xml_close(&i->xml);
	xml_bool(&i->xml, "IsTruncated", false);
	return 0;
}

int delete_version_run(struct iam *i, struct db *db)
{
	struct policy_version *v;
	struct policy p;
	int rc = policy_find_own(i, db, &p);

	if (rc < 0)
		return rc;
	if (!(v = version_of(i, &p)))
		return refuse_version(i, &p);
	if (v->number == p.current)
		return iam_refuse(i, IAM_DELETE_CONFLICT, "Cannot delete the default version of a policy.");
	memmove(v, v + 1, (size_t)(&p.versions[p.version_count] - (v + 1)) * sizeof *v);
	p.version_count--;
	return policy_keep(i, db, &p);
}

int set_default_run(struct iam *i, struct db *db)
{
	const struct policy_version *v;
	struct policy p;
	int rc = policy_find_own(i, db, &p);

	if (rc < 0)
		return rc;
	if (!(v = version_of(i, &p)))
		return refuse_version(i, &p);
	p.current = v->number;
	p.updated_ms = i->now_ms;
	return policy_keep(i, db, &p);
}
