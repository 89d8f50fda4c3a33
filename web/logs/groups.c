#include "web/logs/operations.h"

#include "base/err.h"
#include "storage/record.h"
#include "web/logs/place.h"

const struct param_rule logs_create_group_params[] = {
	{ .name = "logGroupName", .kind = PARAM_GROUP, .required = true },
	{ .name = "tags", .kind = PARAM_MAP, .min = 1, .max = LOGS_TAGS_MAX },
	{ .name = "logGroupClass", .kind = PARAM_ENUM, .values = "STANDARD, INFREQUENT_ACCESS, DELIVERY", .built = "STANDARD" },
	{ .name = "kmsKeyId", .kind = PARAM_ABSENT },
	{ .name = "deletionProtectionEnabled", .kind = PARAM_OFF },
	{ 0 }
};

const struct param_rule logs_group_params[] = {
	{ .name = "logGroupName", .kind = PARAM_GROUP, .required = true },
	{ 0 }
};

const struct param_rule logs_describe_groups_params[] = {
	{ .name = "logGroupNamePrefix", .kind = PARAM_TEXT, .min = 1, .max = LOG_GROUP_NAME_MAX },
	{ .name = "logGroupNamePattern", .kind = PARAM_TEXT, .max = LOG_GROUP_NAME_MAX },
	{ .name = "nextToken", .kind = PARAM_TEXT, .min = 1 },
	{ .name = "limit", .kind = PARAM_INT, .min = 1, .max = LOGS_LIST_MAX },
	{ .name = "logGroupClass", .kind = PARAM_ENUM, .values = "STANDARD, INFREQUENT_ACCESS, DELIVERY" },
	{ .name = "accountIdentifiers", .kind = PARAM_ABSENT },
	{ .name = "includeLinkedAccounts", .kind = PARAM_OFF },
	{ .name = "logGroupIdentifiers", .kind = PARAM_ABSENT },
	{ 0 }
};

const struct param_rule logs_put_retention_params[] = {
	{ .name = "logGroupName", .kind = PARAM_GROUP, .required = true },
	{ .name = "retentionInDays", .kind = PARAM_INT, .required = true },
	{ 0 }
};

int logs_group_named_check(struct logs *l)
{
	if (!str_is_set(l->group))
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "1 validation error detected: Value null at 'logGroupName' failed to satisfy "
				   "constraint: Member must not be null");
	return 0;
}

int logs_create_group_check(struct logs *l)
{
	return logs_tags_check(l, param_get(l->body, "tags"));
}

int logs_create_group_run(struct logs *l, struct db *db)
{
	const struct json_value *tags = param_get(l->body, "tags");
	int64_t id;
	int rc = log_group_create(db, l->group, &id);

	if (rc == E_EXISTS)
		return logs_refuse(l, LOGS_GROUP_EXISTS, NULL);
	return rc < 0 || !tags ? rc : logs_tags_add(l, db, tags);
}

int logs_delete_group_run(struct logs *l, struct db *db)
{
	int rc = log_group_delete(db, l->group);

	if (rc == E_NOT_FOUND)
		return logs_refuse(l, LOGS_NO_GROUP, NULL);
	if (rc == 0)
		rc = record_delete(db, RECORD_LOG_GROUP, 0, l->group);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int retain(struct logs *l, struct db *db, int days)
{
	int rc = log_group_retain(db, l->group, days);

	return rc == E_NOT_FOUND ? logs_refuse(l, LOGS_NO_GROUP, NULL) : rc;
}

int logs_put_retention_check(struct logs *l)
{
	static const int allowed[] = { 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 };
	int64_t days = json_number(l->body, "retentionInDays", 0);

	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		if (days == allowed[i])
			return 0;
	return logs_refuse(l, LOGS_INVALID_PARAMETER, "Invalid retention value. Valid values are: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, "
			   "365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]");
}

int logs_put_retention_run(struct logs *l, struct db *db)
{
	return retain(l, db, (int)json_number(l->body, "retentionInDays", 0));
}

int logs_delete_retention_run(struct logs *l, struct db *db)
{
	return retain(l, db, 0);
}

/* DescribeLogGroups. */

struct listing {			/* in l->state */
	struct logs *l;
	struct json j;
	struct str after, prefix, pattern, last;
	int left;
	bool more;
};

int logs_describe_groups_check(struct logs *l)
{
	struct listing *g = arena_take(&l->arena, sizeof *g);
	struct str token = json_text(l->body, "nextToken");

	l->state = g;
	g->l = l;
	g->prefix = json_text(l->body, "logGroupNamePrefix");
	g->pattern = json_text(l->body, "logGroupNamePattern");
	if (g->prefix.n > 0 && g->pattern.n > 0)
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
	if (token.n > 0 && !logs_token_read(l, token, &g->after))
		return logs_refuse(l, LOGS_INVALID_PARAMETER, "The specified nextToken is invalid.");
	return 0;
}

static void write_group(struct listing *g, const struct log_group *group)
{
	const char *arn = logs_group_arn(g->l, group->name);
	struct json *j = &g->j;

	json_open(j, NULL, '{');
	json_str(j, "logGroupName", group->name);
	json_int(j, "creationTime", group->created_ms);
	if (group->retention_days > 0)
		json_int(j, "retentionInDays", group->retention_days);
	json_int(j, "metricFilterCount", 0);
	json_cstr(j, "arn", arena_printf(&g->l->arena, "%s:*", arn));
	json_int(j, "storedBytes", group->bytes);
	json_cstr(j, "logGroupClass", "STANDARD");
	json_cstr(j, "logGroupArn", arn);
	json_close(j);
}

static int on_group(void *owner, const struct log_group *group)
{
	struct listing *g = owner;

	if (g->pattern.n > 0 && !memmem(group->name.p, group->name.n, g->pattern.p, g->pattern.n))
		return 0;
	if (g->left == 0) {
		g->more = true;
		return 1;
	}
	g->left--;
	write_group(g, group);
	g->last = arena_str(&g->l->arena, group->name);
	return 0;
}

int logs_describe_groups_run(struct logs *l, struct db *db)
{
	struct str class = json_text(l->body, "logGroupClass");
	struct listing *g = l->state;
	int rc = 0;

	g->j = json_into(&l->out);
	g->left = (int)json_number(l->body, "limit", LOGS_LIST_MAX);
	json_open(&g->j, NULL, '{');
	json_open(&g->j, "logGroups", '[');
	if (class.n == 0 || str_eq(class, STR("STANDARD")))	/* there are no others */
		rc = log_group_list(db, g->prefix, g->after, LOG_GROUPS_MAX * 2, on_group, g);
	json_close(&g->j);
	if (g->more)
		json_cstr(&g->j, "nextToken", logs_token_write(l, g->last));
	json_close(&g->j);
	return rc < 0 ? rc : 0;
}
