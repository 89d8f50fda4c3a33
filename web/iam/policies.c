#include "web/iam/operations.h"

#include "base/err.h"
#include "web/iam/document.h"
#include "web/iam/page.h"
#include "web/iam/policy.h"
#include "web/iam/role.h"

int permissions_check(struct iam *i)
{
	if (str_is_set(i->param[PARAM_POLICY_ARN]) || !str_is_set(i->param[PARAM_ROLE_NAME])) {
		if (document_size(i->param[PARAM_POLICY_DOCUMENT]) > POLICY_SIZE_MAX)
			return iam_refuse(i, IAM_LIMIT, "Cannot exceed quota for PolicySize: %d", POLICY_SIZE_MAX);
	}
	return document_check(i, i->param[PARAM_POLICY_DOCUMENT], DOCUMENT_PERMISSIONS);
}

static int refuse_new(struct iam *i, struct db *db, struct str name)
{
	struct str body;
	int64_t n;
	int rc = record_get(db, RECORD_MANAGED_POLICY, 0, role_key(&i->arena, name), &i->arena, &body);

	if (rc == 0)
		return iam_refuse(i, IAM_EXISTS, "A policy called %.*s already exists. Duplicate names are not allowed.", STR_ARG(name));
	if (rc != E_NOT_FOUND || (rc = record_count(db, RECORD_MANAGED_POLICY, 0, &n)) < 0)
		return rc;
	if (n >= POLICIES_MAX)
		return iam_refuse(i, IAM_LIMIT, "Cannot exceed quota for PoliciesPerAccount: %d", POLICIES_MAX);
	return 0;
}

int create_policy_run(struct iam *i, struct db *db)
{
	struct str path = i->param[PARAM_PATH];
	struct policy p = { .name = i->param[PARAM_POLICY_NAME], .path = str_is_set(path) ? path : STR("/"), .created_ms = i->now_ms,
		.updated_ms = i->now_ms, .current = 1, .last = 1, .version_count = 1 };
	int rc;

	policy_name(&i->arena, i->m->settings.account, &p);
	p.id = iam_id(i, "ANPA");
	p.versions[0] = (struct policy_version){ 1, i->now_ms, i->param[PARAM_POLICY_DOCUMENT] };
	if (i->param[PARAM_DESCRIPTION].n)
		p.description = i->param[PARAM_DESCRIPTION];
	if ((rc = refuse_new(i, db, p.name)) < 0 || (rc = tags_add(i, p.tags, &p.tag_count)) < 0 || (rc = policy_keep(i, db, &p)) < 0)
		return rc;
	policy_show(i, "Policy", &p, false);
	return 0;
}

int get_policy_run(struct iam *i, struct db *db)
{
	struct policy p;
	int rc = policy_find(i, db, &p, "was not found.");

	if (rc == 0)
		policy_show(i, "Policy", &p, true);
	return rc;
}

int list_policies_check(struct iam *i)
{
	if (str_eq(i->param[PARAM_USAGE], STR("PermissionsBoundary")))
		return iam_refuse(i, IAM_NOT_BUILT, "Policies that are used as permissions boundaries cannot be listed");
	return 0;
}

struct listing {
	struct iam *i;
	struct page page;
};

/* 1: the page is full. */
static int list_policy(struct listing *l, struct str name, const struct policy *p)
{
	struct str prefix = l->i->param[PARAM_PATH_PREFIX];

	if (!str_starts(p->path, str_is_set(prefix) ? prefix : STR("/")) || (param_true(l->i, PARAM_ONLY_ATTACHED) && p->attachments == 0))
		return 0;
	if (!page_takes(l->i, &l->page, name))
		return 1;
	policy_show(l->i, "member", p, false);
	return 0;
}

static int list_own(void *owner, const struct record *row)
{
	struct listing *l = owner;
	struct arena a = { 0 };
	struct policy p;
	int rc;

	if (str_starts(row->name, STR("arn:")))
		return 0;		/* how often one of AWS's is attached */
	rc = policy_read(&a, l->i->m->settings.account, row->body, &p);
	if (rc == 0)
		rc = list_policy(l, row->name, &p);
	arena_clear(&a);
	return rc;
}

/* AWS's come first, by ARN, which no name of another can be taken for. */
static int list_managed(struct listing *l, struct db *db, struct str after)
{
	struct policy p;
	int rc = 0;

	for (int n = 0; rc == 0 && managed_policy(&l->i->arena, n, &p); n++) {
		if (str_is_set(after) && str_cmp(p.arn, after) <= 0)
			continue;
		if ((rc = policy_attachments(l->i, db, &p)) == 0)
			rc = list_policy(l, p.arn, &p);
	}
	return rc;
}

int list_policies_run(struct iam *i, struct db *db)
{
	struct str after = i->param[PARAM_MARKER], scope = i->param[PARAM_SCOPE];
	bool managed = str_starts(after, STR("arn:"));
	struct str own_after = managed ? STR("") : after;
	struct listing l = { .i = i };
	int rc = 0;

	page_begin(i, &l.page);
	xml_open(&i->xml, "Policies", NULL);
	if (!str_eq(scope, STR("Local")) && (managed || !str_is_set(after)))
		rc = list_managed(&l, db, after);
	if (rc == 0 && !str_eq(scope, STR("AWS")))
		rc = record_list(db, RECORD_MANAGED_POLICY, 0, own_after, POLICIES_MAX * 2, list_own, &l);
	xml_close(&i->xml);
	page_end(i, &l.page);
	return rc < 0 ? rc : 0;
}

int delete_policy_run(struct iam *i, struct db *db)
{
	struct policy p;
	int rc = policy_find_own(i, db, &p);

	if (rc < 0)
		return rc;
	if (p.attachments > 0)
		return iam_refuse(i, IAM_DELETE_CONFLICT, "Cannot delete a policy attached to entities.");
	if (p.version_count > 1)
		return iam_refuse(i, IAM_DELETE_CONFLICT, "This policy has more than one version. Before you delete a policy, you must delete "
				  "the policy's versions. The default version is deleted with the policy.");
	return record_delete(db, RECORD_MANAGED_POLICY, 0, p.key);
}
