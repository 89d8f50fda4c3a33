/* What a role may do: managed policies that are attached to it, and inline ones that are part of it. */
#include "web/iam/operations.h"

#include "base/err.h"
#include "base/codec.h"
#include "web/iam/document.h"
#include "web/iam/page.h"
#include "web/iam/policy.h"
#include "web/iam/role.h"

/* Where it stands, or would stand, in the order of ARNs. */
static int attached_at(const struct role *r, struct str arn)
{
	int k = 0;

	while (k < r->attached_count && str_cmp(r->attached[k], arn) < 0)
		k++;
	return k;
}

static bool is_attached(const struct role *r, int at, struct str arn)
{
	return at < r->attached_count && str_eq(r->attached[at], arn);
}

int attach_run(struct iam *i, struct db *db)
{
	struct role r;
	struct policy p;
	int rc, at;

	if ((rc = role_find(i, db, &r)) < 0 || (rc = policy_find(i, db, &p, POLICY_ATTACHABLE)) < 0)
		return rc;
	at = attached_at(&r, p.arn);
	if (is_attached(&r, at, p.arn))
		return 0;
	if (r.attached_count == ROLE_ATTACHED_MAX)
		return iam_refuse(i, IAM_LIMIT, "Cannot exceed quota for PoliciesPerRole: %d", ROLE_ATTACHED_MAX);
	memmove(&r.attached[at + 1], &r.attached[at], (size_t)(r.attached_count - at) * sizeof r.attached[0]);
	r.attached[at] = p.arn;
	r.attached_count++;
	rc = role_keep(i, db, &r);
	return rc < 0 ? rc : policy_count_attachment(i, db, p.arn, 1);
}

int detach_run(struct iam *i, struct db *db)
{
	struct str arn = i->param[PARAM_POLICY_ARN];
	struct role r;
	int rc, at;

	if ((rc = role_find(i, db, &r)) < 0)
		return rc;
	at = attached_at(&r, arn);
	if (!is_attached(&r, at, arn))
		return iam_refuse(i, IAM_NO_SUCH_ENTITY, "Policy %.*s was not found.", STR_ARG(arn));
	memmove(&r.attached[at], &r.attached[at + 1], (size_t)(r.attached_count - at - 1) * sizeof r.attached[0]);
	r.attached_count--;
	rc = role_keep(i, db, &r);
	return rc < 0 ? rc : policy_count_attachment(i, db, arn, -1);
}

/* "arn:aws:iam::ACCOUNT:policy/PATH/NAME": path and name of it. */
static void split_arn(struct str arn, struct str *path, struct str *name)
{
	struct str rest = arn, part;

	*name = (struct str){ 0 };
	for (int k = 0; k < 6; k++)
		(void)str_next(&rest, k < 5 ? ':' : '/', &part);
	*path = str_n(rest.p - 1, rest.n + 1);
	while (str_next(&rest, '/', name))
		;
	path->n -= name->n;
}

int list_attached_run(struct iam *i, struct db *db)
{
	struct str after = i->param[PARAM_MARKER], prefix = i->param[PARAM_PATH_PREFIX], path, name;
	struct page page;
	struct role r;
	int rc = role_find(i, db, &r);

	if (rc < 0)
		return rc;
	page_begin(i, &page);
	xml_open(&i->xml, "AttachedPolicies", NULL);
	for (int k = 0; k < r.attached_count; k++) {
		split_arn(r.attached[k], &path, &name);
		if ((str_is_set(after) && str_cmp(r.attached[k], after) <= 0) || !str_starts(path, str_is_set(prefix) ? prefix : STR("/")))
			continue;
		if (!page_takes(i, &page, r.attached[k]))
			break;
		xml_open(&i->xml, "member", NULL);
		xml_text(&i->xml, "PolicyName", name);
		xml_text(&i->xml, "PolicyArn", r.attached[k]);
		xml_close(&i->xml);
	}
	xml_close(&i->xml);
	page_end(i, &page);
	return 0;
}

/* Likewise of an inline policy, by name. */
static int inlined_at(const struct role *r, struct str name)
{
	int k = 0;

	while (k < r->inlined_count && str_cmp(r->inlined[k].name, name) < 0)
		k++;
	return k;
}

static int64_t inlined_size(const struct role *r)
{
	int64_t n = 0;

	for (int k = 0; k < r->inlined_count; k++)
		n += document_size(r->inlined[k].value);
	return n;
}

int put_inline_run(struct iam *i, struct db *db)
{
	struct str name = i->param[PARAM_POLICY_NAME];
	struct role r;
	int rc, at;

	if ((rc = role_find(i, db, &r)) < 0)
		return rc;
	at = inlined_at(&r, name);
	if (at == r.inlined_count || !str_eq(r.inlined[at].name, name)) {
		if (r.inlined_count == ROLE_INLINE_MAX)
			return iam_refuse(i, IAM_LIMIT, "Cannot exceed quota for inline policies of a role: %d", ROLE_INLINE_MAX);
		memmove(&r.inlined[at + 1], &r.inlined[at], (size_t)(r.inlined_count - at) * sizeof r.inlined[0]);
		r.inlined_count++;
	}
	r.inlined[at] = (struct named){ name, i->param[PARAM_POLICY_DOCUMENT] };
	if (inlined_size(&r) > ROLE_INLINE_SIZE_MAX)
		return iam_refuse(i, IAM_LIMIT, "Maximum policy size of %d bytes exceeded for role %.*s", ROLE_INLINE_SIZE_MAX, STR_ARG(r.name));
	return role_keep(i, db, &r);
}

/* Refuses when it is not there. */
static int find_inline(struct iam *i, struct db *db, struct role *r, int *at)
{
	struct str name = i->param[PARAM_POLICY_NAME];
	int rc = role_find(i, db, r);

	if (rc < 0)
		return rc;
	*at = inlined_at(r, name);
	if (*at == r->inlined_count || !str_eq(r->inlined[*at].name, name))
		return iam_refuse(i, IAM_NO_SUCH_ENTITY, "The role policy with name %.*s cannot be found.", STR_ARG(name));
	return 0;
}

int get_inline_run(struct iam *i, struct db *db)
{
	struct buf text = { 0 };
	struct role r;
	int at, rc = find_inline(i, db, &r, &at);

	if (rc < 0)
		return rc;
	uri_encode(&text, r.inlined[at].value, URI_NOTHING);
	xml_text(&i->xml, "RoleName", r.name);
	xml_text(&i->xml, "PolicyName", r.inlined[at].name);
	xml_text(&i->xml, "PolicyDocument", str_n(text.data, text.len));
	buf_clear(&text);
	return 0;
}

int list_inline_run(struct iam *i, struct db *db)
{
	struct str after = i->param[PARAM_MARKER];
	struct page page;
	struct role r;
	int rc = role_find(i, db, &r);

	if (rc < 0)
		return rc;
	page_begin(i, &page);
	xml_open(&i->xml, "PolicyNames", NULL);
	for (int k = 0; k < r.inlined_count; k++) {
		if (str_is_set(after) && str_cmp(r.inlined[k].name, after) <= 0)
			continue;
		if (!page_takes(i, &page, r.inlined[k].name))
			break;
		xml_text(&i->xml, "member", r.inlined[k].name);
	}
	xml_close(&i->xml);
	page_end(i, &page);
	return 0;
}

int delete_inline_run(struct iam *i, struct db *db)
{
	struct role r;
	int at, rc = find_inline(i, db, &r, &at);

	if (rc < 0)
		return rc;
	memmove(&r.inlined[at], &r.inlined[at + 1], (size_t)(r.inlined_count - at - 1) * sizeof r.inlined[0]);
	r.inlined_count--;
	return role_keep(i, db, &r);
}
