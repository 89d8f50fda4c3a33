/* operation.c - the tables of IAM's and STS's operations. */
#include "web/iam/operations.h"

#define P(name) (1u << PARAM_##name)
#define PAGED (P(MARKER) | P(MAX_ITEMS))
#define ROLE P(ROLE_NAME)
#define POLICY P(POLICY_ARN)
#define INLINE (P(ROLE_NAME) | P(POLICY_NAME))

static const struct iam_operation of_iam[] = {
	{ "CreateRole", ROLE | P(TRUST_DOCUMENT), P(PATH) | P(DESCRIPTION) | P(MAX_SESSION) | P(BOUNDARY) | P(TAGS), ERRAND_WRITES, true,
	  create_role_check, create_role_run },
	{ "GetRole", ROLE, 0, ERRAND_READS, true, NULL, get_role_run },
	{ "ListRoles", 0, PAGED | P(PATH_PREFIX), ERRAND_READS, true, NULL, list_roles_run },
	{ "UpdateRole", ROLE, P(DESCRIPTION) | P(MAX_SESSION), ERRAND_WRITES, true, NULL, update_role_run },
	{ "UpdateAssumeRolePolicy", ROLE | P(POLICY_DOCUMENT), 0, ERRAND_WRITES, false, update_trust_check, update_trust_run },
	{ "DeleteRole", ROLE, 0, ERRAND_FREES, false, NULL, delete_role_run },
	{ "TagRole", ROLE | P(TAGS), 0, ERRAND_WRITES, false, NULL, tag_role_run },
	{ "UntagRole", ROLE | P(TAG_KEYS), 0, ERRAND_FREES, false, NULL, untag_role_run },
	{ "ListRoleTags", ROLE, PAGED, ERRAND_READS, true, NULL, list_role_tags_run },
	{ "ListInstanceProfilesForRole", ROLE, PAGED, ERRAND_READS, true, NULL, list_profiles_run },

	{ "AttachRolePolicy", ROLE | POLICY, 0, ERRAND_WRITES, false, NULL, attach_run },
	{ "DetachRolePolicy", ROLE | POLICY, 0, ERRAND_FREES, false, NULL, detach_run },
	{ "ListAttachedRolePolicies", ROLE, PAGED | P(PATH_PREFIX), ERRAND_READS, true, NULL, list_attached_run },
	{ "PutRolePolicy", INLINE | P(POLICY_DOCUMENT), 0, ERRAND_WRITES, false, permissions_check, put_inline_run },
	{ "GetRolePolicy", INLINE, 0, ERRAND_READS, true, NULL, get_inline_run },
	{ "ListRolePolicies", ROLE, PAGED, ERRAND_READS, true, NULL, list_inline_run },
	{ "DeleteRolePolicy", INLINE, 0, ERRAND_FREES, false, NULL, delete_inline_run },

	{ "CreatePolicy", P(POLICY_NAME) | P(POLICY_DOCUMENT), P(PATH) | P(DESCRIPTION) | P(TAGS), ERRAND_WRITES, true, permissions_check,
	  create_policy_run },
	{ "GetPolicy", POLICY, 0, ERRAND_READS, true, NULL, get_policy_run },
	{ "ListPolicies", 0, PAGED | P(PATH_PREFIX) | P(SCOPE) | P(ONLY_ATTACHED) | P(USAGE), ERRAND_READS, true, list_policies_check,
	  list_policies_run },
	{ "DeletePolicy", POLICY, 0, ERRAND_FREES, false, NULL, delete_policy_run },
	{ "CreatePolicyVersion", POLICY | P(POLICY_DOCUMENT), P(SET_DEFAULT), ERRAND_WRITES, true, permissions_check, create_version_run },
	{ "GetPolicyVersion", POLICY | P(VERSION_ID), 0, ERRAND_READS, true, NULL, get_version_run },
	{ "ListPolicyVersions", POLICY, PAGED, ERRAND_READS, true, NULL, list_versions_run },
	{ "DeletePolicyVersion", POLICY | P(VERSION_ID), 0, ERRAND_FREES, false, NULL, delete_version_run },
	{ "SetDefaultPolicyVersion", POLICY | P(VERSION_ID), 0, ERRAND_WRITES, false, NULL, set_default_run },

	{ "GetUser", 0, P(USER_NAME), ERRAND_READS, true, NULL, get_user_run },
	{ "ListUsers", 0, PAGED | P(PATH_PREFIX), ERRAND_READS, true, NULL, list_users_run },
	{ "ListAccountAliases", 0, PAGED, ERRAND_READS, true, NULL, list_aliases_run },
	{ 0 }
};

/* Sessions would need keys of their own, which nothing checks yet. */
static const struct iam_operation of_sts[] = {
	{ "GetCallerIdentity", 0, 0, ERRAND_READS, true, NULL, caller_identity_run },
	{ 0 }
};

const struct iam_service iam_service_iam = { "iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/", of_iam };
const struct iam_service iam_service_sts = { "sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/", of_sts };
