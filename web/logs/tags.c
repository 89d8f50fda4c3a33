/* Tags of log groups, kept as a record of the group's name. */
#include "web/logs/operations.h"

#include "base/err.h"
#include "storage/record.h"

#define TAG_KEY_MAX 128
#define TAG_VALUE_MAX 256

const struct param_rule logs_list_tags_params[] = {
	{ .name = "resourceArn", .kind = PARAM_TEXT, .required = true, .min = 1, .max = 1011 },
	{ 0 }
};

const struct param_rule logs_tag_params[] = {
	{ .name = "resourceArn", .kind = PARAM_TEXT, .required = true, .min = 1, .max = 1011 },
	{ .name = "tags", .kind = PARAM_MAP, .required = true, .min = 1, .max = LOGS_TAGS_MAX },
	{ 0 }
};

const struct param_rule logs_untag_params[] = {
	{ .name = "resourceArn", .kind = PARAM_TEXT, .required = true, .min = 1, .max = 1011 },
	{ .name = "tagKeys", .kind = PARAM_LIST, .required = true, .max = LOGS_TAGS_MAX },
	{ 0 }
};

int logs_tags_check(struct logs *l, const struct json_value *tags)
{
	for (const struct json_value *t = tags ? tags->first : NULL; t; t = t->next) {
		if (t->kind != JSON_STRING)
			return logs_refuse(l, LOGS_SERIALIZATION, "a tag's value is not a string");
		if (t->name.n == 0 || constraints_characters(t->name) > TAG_KEY_MAX || constraints_characters(t->text) > TAG_VALUE_MAX)
			return logs_refuse(l, LOGS_INVALID_PARAMETER, "A tag's key has 1 to %d characters, its value 0 to %d.", TAG_KEY_MAX,
					   TAG_VALUE_MAX);
	}
	return 0;
}

int logs_tags_of_resource_check(struct logs *l)
{
	if (!logs_param_group_of_arn(l, json_text(l->body, "resourceArn"), &l->group))
		return logs_refuse(l, LOGS_NO_RESOURCE, NULL);
	return 0;
}

int logs_tag_check(struct logs *l)
{
	int rc = logs_tags_of_resource_check(l);

	return rc < 0 ? rc : logs_tags_check(l, param_get(l->body, "tags"));
}

/* The tags that the group has; NULL: none. */
static int read_tags(struct logs *l, struct db *db, const struct json_value **tags)
{
	struct json_value *v;
	struct str body;
	int rc = record_get(db, RECORD_LOG_GROUP, 0, l->group, &l->arena, &body);

	*tags = NULL;
	if (rc == E_NOT_FOUND)
		return 0;
	if (rc == 0 && (rc = json_parse(&l->arena, body, &v)) == 0)
		*tags = json_get(v, "Tags");
	return rc;
}

static bool has(const struct json_value *tags, struct str key)
{
	for (const struct json_value *t = tags ? tags->first : NULL; t; t = t->next)
		if (str_eq(t->name, key))
			return true;
	return false;
}

static void write_one(struct json *j, const struct json_value *t, int *count)
{
	json_name(j, t->name);
	json_str(j, JSON_NAMED, t->text);
	++*count;
}

/* What the group had, less those whose keys are in `less`, and `more`. */
static int write_tags(struct logs *l, struct db *db, const struct json_value *more, bool (*dropped)(struct logs *l, struct str key))
{
	const struct json_value *had;
	struct buf body = {0};
	struct json j = json_into(&body);
	int count = 0, rc = read_tags(l, db, &had);

	if (rc < 0)
		return rc;
	json_open(&j, NULL, '{');
	json_open(&j, "Tags", '{');
	for (const struct json_value *t = had ? had->first : NULL; t; t = t->next)
		if (!has(more, t->name) && !(dropped && dropped(l, t->name)))
			write_one(&j, t, &count);
	for (const struct json_value *t = more ? more->first : NULL; t; t = t->next)
		write_one(&j, t, &count);
	json_close(&j);
	json_close(&j);
	if (count > LOGS_TAGS_MAX)
		rc = logs_refuse(l, LOGS_TOO_MANY_TAGS, "A log group has at most %d tags.", LOGS_TAGS_MAX);
	else
		rc = record_put(db, RECORD_LOG_GROUP, 0, l->group, str_n(body.data, body.len));
	buf_clear(&body);
	return rc;
}

int logs_tags_add(struct logs *l, struct db *db, const struct json_value *tags)
{
	return write_tags(l, db, tags, NULL);
}

static int find_resource(struct logs *l, struct db *db)
{
	struct log_group g;
	int rc = log_group_get(db, l->group, &l->arena, &g);

	return rc == E_NOT_FOUND ? logs_refuse(l, LOGS_NO_RESOURCE, NULL) : rc;
}

int logs_list_tags_run(struct logs *l, struct db *db)
{
	struct json j = json_into(&l->out);
	const struct json_value *tags;
	int rc = find_resource(l, db), count = 0;

	if (rc < 0 || (rc = read_tags(l, db, &tags)) < 0)
		return rc;
	json_open(&j, NULL, '{');
	json_open(&j, "tags", '{');
	for (const struct json_value *t = tags ? tags->first : NULL; t; t = t->next)
		write_one(&j, t, &count);
	json_close(&j);
	json_close(&j);
	return 0;
}

int logs_tag_run(struct logs *l, struct db *db)
{
	int rc = find_resource(l, db);

	return rc < 0 ? rc : logs_tags_add(l, db, param_get(l->body, "tags"));
}

static bool is_named(struct logs *l, struct str key)
{
	for (const struct json_value *k = param_get(l->body, "tagKeys")->first; k; k = k->next)
		if (k->kind == JSON_STRING && str_eq(k->text, key))
			return true;
	return false;
}

int logs_untag_run(struct logs *l, struct db *db)
{
	int rc = find_resource(l, db);

	return rc < 0 ? rc : write_tags(l, db, NULL, is_named);
}
