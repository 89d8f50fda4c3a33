#include "web/iam/operations.h"

#include "base/err.h"
#include "web/iam/document.h"
#include "web/iam/page.h"
#include "web/iam/policy.h"
#include "web/iam/role.h"

static int check_trust(struct iam *i, struct str document)
{
	if (document_size(document) > ROLE_TRUST_SIZE_MAX)
		return iam_refuse(i, IAM_LIMIT, "Cannot exceed quota for ACLSizePerRole: %d", ROLE_TRUST_SIZE_MAX);
	return document_check(i, document, DOCUMENT_TRUST);
}

int create_role_check(struct iam *i)
{
	return check_trust(i, i->param[PARAM_TRUST_DOCUMENT]);
}

static int refuse_new(struct iam *i, struct db *db)
{
	struct str name = i->param[PARAM_ROLE_NAME], body;
	int64_t n;
	int rc = record_get(db, RECORD_ROLE, 0, role_key(&i->arena, name), &i->arena, &body);

	if (rc == 0)
		return iam_refuse(i, IAM_EXISTS, "Role with name %.*s already exists.", STR_ARG(name));
	if (rc != E_NOT_FOUND || (rc = record_count(db, RECORD_ROLE, 0, &n)) < 0)
		return rc;
	if (n >= ROLES_MAX)
		return iam_refuse(i, IAM_LIMIT, "Cannot exceed quota for RolesPerAccount: %d", ROLES_MAX);
	return 0;
}

static int64_t session_of(const struct iam *i, int64_t otherwise)
{
	int64_t n = otherwise;

	if (str_is_set(i->param[PARAM_MAX_SESSION]))
		(void)str_to_int(i->param[PARAM_MAX_SESSION], 0, INT32_MAX, &n);
	return n;
}

int create_role_run(struct iam *i, struct db *db)
{
	struct role r = { .name = i->param[PARAM_ROLE_NAME], .created_ms = i->now_ms, .trust = i->param[PARAM_TRUST_DOCUMENT],
		.description = i->param[PARAM_DESCRIPTION], .boundary = i->param[PARAM_BOUNDARY], .max_session_s = session_of(i, ROLE_SESSION_S) };
	int rc;

	r.path = str_is_set(i->param[PARAM_PATH]) ? i->param[PARAM_PATH] : STR("/");
	r.id = iam_id(i, "AROA");
	if (!r.description.n)
		r.description = (struct str){ 0 };
	if ((rc = refuse_new(i, db)) < 0 || (rc = tags_add(i, r.tags, &r.tag_count)) < 0 || (rc = role_keep(i, db, &r)) < 0)
		return rc;
	role_show(i, "Role", &r, true);
	return 0;
}

int get_role_run(struct iam *i, struct db *db)
{
	struct role r;
	int rc = role_find(i, db, &r);

	if (rc == 0)
		role_show(i, "Role", &r, true);
	return rc;
}

struct listing {
	struct iam *i;
	struct page page;
};

static int list_one(void *owner, const struct record *row)
{
	struct listing *l = owner;
	struct str prefix = l->i->param[PARAM_PATH_PREFIX];
	struct arena a = { 0 };
	struct role r;
	int rc = role_read(&a, row->body, &r);

	if (rc == 0 && str_starts(r.path, str_is_set(prefix) ? prefix : STR("/"))) {
		if (page_takes(l->i, &l->page, row->name))
			role_show(l->i, "member", &r, false);
		else
			rc = 1;
	}
	arena_clear(&a);
	return rc;
}

int list_roles_run(struct iam *i, struct db *db)
{
	struct listing l = { .i = i };
	int rc;

	page_begin(i, &l.page);
	xml_open(&i->xml, "Roles", NULL);
	rc = record_list(db, RECORD_ROLE, 0, i->param[PARAM_MARKER], ROLES_MAX, list_one, &l);
	xml_close(&i->xml);
	page_end(i, &l.page);
	return rc < 0 ? rc : 0;
}

int update_role_run(struct iam *i, struct db *db)
{
	struct role r;
	int rc = role_find(i, db, &r);

	if (rc < 0)
		return rc;
	if (str_is_set(i->param[PARAM_DESCRIPTION]))
		r.description = i->param[PARAM_DESCRIPTION].n ? i->param[PARAM_DESCRIPTION] : (struct str){ 0 };
	r.max_session_s = session_of(i, r.max_session_s);
	return role_keep(i, db, &r);
}

int update_trust_check(struct iam *i)
{
	return check_trust(i, i->param[PARAM_POLICY_DOCUMENT]);
}

int update_trust_run(struct iam *i, struct db *db)
{
	struct role r;
	int rc = role_find(i, db, &r);

	r.trust = i->param[PARAM_POLICY_DOCUMENT];
	return rc < 0 ? rc : role_keep(i, db, &r);
}

int delete_role_run(struct iam *i, struct db *db)
{
	struct role r;
	int rc = role_find(i, db, &r);

	if (rc < 0)
		return rc;
	if (r.attached_count > 0)
		return iam_refuse(i, IAM_DELETE_CONFLICT, "Cannot delete entity, must detach all policies first.");
	if (r.inlined_count > 0)
		return iam_refuse(i, IAM_DELETE_CONFLICT, "Cannot delete entity, must delete policies first.");
	return record_delete(db, RECORD_ROLE, 0, role_key(&i->arena, r.name));
}

int tag_role_run(struct iam *i, struct db *db)
{
	struct role r;
	int rc;

	if ((rc = role_find(i, db, &r)) < 0 || (rc = tags_add(i, r.tags, &r.tag_count)) < 0)
		return rc;
	return role_keep(i, db, &r);
}

int untag_role_run(struct iam *i, struct db *db)
{
	struct role r;
	int rc = role_find(i, db, &r);

	if (rc < 0)
		return rc;
	tags_remove(i, r.tags, &r.tag_count);
	return role_keep(i, db, &r);
}

int list_role_tags_run(struct iam *i, struct db *db)
{
	struct role r;
	int rc = role_find(i, db, &r);

	if (rc < 0)
		return rc;
	tags_show(i, r.tags, r.tag_count);
	xml_bool(&i->xml, "IsTruncated", false);
	return 0;
}

/* There are no instance profiles; who deletes a role asks first. */
int list_profiles_run(struct iam *i, struct db *db)
{
	struct role r;
	int rc = role_find(i, db, &r);

	if (rc < 0)
		return rc;
	xml_open(&i->xml, "InstanceProfiles", NULL);
	xml_close(&i->xml);
	xml_bool(&i->xml, "IsTruncated", false);
	return 0;
}
