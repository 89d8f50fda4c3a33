/* Who is asking, and what there is none of: minilab has one user, root. */
#include "web/iam/operations.h"

static const char *root_arn(struct iam *i)
{
	return arena_printf(&i->arena, "arn:aws:iam::%s:root", i->m->settings.account);
}

int get_user_run(struct iam *i, struct db *db)
{
	(void)db;
	if (str_is_set(i->param[PARAM_USER_NAME]))
		return iam_refuse(i, IAM_NO_SUCH_ENTITY, "The user with name %.*s cannot be found.", STR_ARG(i->param[PARAM_USER_NAME]));
	xml_open(&i->xml, "User", NULL);
	xml_cstr(&i->xml, "UserId", i->m->settings.account);
	xml_cstr(&i->xml, "Arn", root_arn(i));
	xml_close(&i->xml);
	return 0;
}

static int list_none(struct iam *i, const char *element)
{
	xml_open(&i->xml, element, NULL);
	xml_close(&i->xml);
	xml_bool(&i->xml, "IsTruncated", false);
	return 0;
}

int list_users_run(struct iam *i, struct db *db)
{
	(void)db;
	return list_none(i, "Users");
}

int list_aliases_run(struct iam *i, struct db *db)
{
	(void)db;
	return list_none(i, "AccountAliases");
}

int caller_identity_run(struct iam *i, struct db *db)
{
	(void)db;
	xml_cstr(&i->xml, "Arn", root_arn(i));
	xml_cstr(&i->xml, "UserId", i->m->settings.account);
	xml_cstr(&i->xml, "Account", i->m->settings.account);
	return 0;
}
