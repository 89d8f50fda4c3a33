/* operations.h - the operations, for the table in operation.c. */
#ifndef IAM_OPERATIONS_H
#define IAM_OPERATIONS_H

#include "web/iam/iam.h"

/* roles.c */
int create_role_check(struct iam *i);
int create_role_run(struct iam *i, struct db *db);
int get_role_run(struct iam *i, struct db *db);
int list_roles_run(struct iam *i, struct db *db);
int update_role_run(struct iam *i, struct db *db);
int update_trust_check(struct iam *i);
int update_trust_run(struct iam *i, struct db *db);
int delete_role_run(struct iam *i, struct db *db);
int tag_role_run(struct iam *i, struct db *db);
int untag_role_run(struct iam *i, struct db *db);
int list_role_tags_run(struct iam *i, struct db *db);
int list_profiles_run(struct iam *i, struct db *db);

/* role_policies.c */
int attach_run(struct iam *i, struct db *db);
int detach_run(struct iam *i, struct db *db);
int list_attached_run(struct iam *i, struct db *db);
int put_inline_run(struct iam *i, struct db *db);
int get_inline_run(struct iam *i, struct db *db);
int list_inline_run(struct iam *i, struct db *db);
int delete_inline_run(struct iam *i, struct db *db);

/* policies.c, policy_versions.c */
int permissions_check(struct iam *i);
int create_policy_run(struct iam *i, struct db *db);
int get_policy_run(struct iam *i, struct db *db);
int list_policies_check(struct iam *i);
int list_policies_run(struct iam *i, struct db *db);
int delete_policy_run(struct iam *i, struct db *db);
int create_version_run(struct iam *i, struct db *db);
int get_version_run(struct iam *i, struct db *db);
int list_versions_run(struct iam *i, struct db *db);
int delete_version_run(struct iam *i, struct db *db);
int set_default_run(struct iam *i, struct db *db);

/* account.c */
int get_user_run(struct iam *i, struct db *db);
int list_users_run(struct iam *i, struct db *db);
int list_aliases_run(struct iam *i, struct db *db);
int caller_identity_run(struct iam *i, struct db *db);

#endif
