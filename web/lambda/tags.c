/* tags.c - tags of functions, by ARN. facts/05 section 11. */
#include "web/lambda/config.h"

#include "base/err.h"
#include "web/lambda/configuration.h"

#define TAG_KEY_MAX 128
#define TAG_VALUE_MAX 256
#define RESOURCE_MAX 256

/* The ARN in the path, which names a function and nothing of it. */
static int take_resource(struct lambda *l)
{
	struct str arn = l->path[0], rest = arn, kind = { 0 };
	int rc;

	constrain_text(l, "resource", arn, 1, RESOURCE_MAX, &shape_taggable);
	if ((rc = constrain_end(l)) < 0)
		return rc;
	for (int i = 0; i < 6; i++)
		(void)str_next(&rest, ':', &kind);
	if (str_eq(kind, STR("event-source-mapping")))
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "Event source mapping not found: %.*s", STR_ARG(arn));
	if (str_eq(kind, STR("capacity-provider")))
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "Capacity provider not found: %.*s", STR_ARG(arn));
	if (!str_eq(kind, STR("function")))
		return lambda_refuse(l, LAMBDA_NOT_IMPLEMENTED, "Tags of a %.*s are not implemented", STR_ARG(kind));
	if ((rc = lambda_target_of(l, arn, RESOURCE_MAX)) < 0)
		return rc;
	if (str_is_set(l->target.qualifier))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Tags on function aliases and versions are not supported. Please specify a function ARN.");
	return 0;
}

/* The tags that there are; NULL: none yet. */
static int find_tags(struct lambda *l, struct db *db, struct function_row *row, const struct json_value **tags)
{
	const struct json_value *record;
	int rc;

	if ((rc = lambda_function(l, db, row)) < 0 || (rc = lambda_record(l, db, row->id, &record)) < 0)
		return rc;
	*tags = json_get(record, "Tags");
	return 0;
}

static int keep_tags(struct lambda *l, struct db *db, int64_t function, struct buf *tags)
{
	int rc = lambda_record_set(l, db, function, "Tags", str_n(tags->data, tags->len));

	buf_clear(tags);
	return rc;
}

static int too_many(struct lambda *l)
{
	return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Number of tags exceeds resource tag limit.");
}

int tags_check(struct lambda *l, const struct json_value *tags)
{
	if (tags->count > TAGS_MAX)
		return too_many(l);
	for (const struct json_value *t = tags->first; t; t = t->next)
		if (t->name.n == 0 || constraints_characters(t->name) > TAG_KEY_MAX || constraints_characters(t->text) > TAG_VALUE_MAX)
			return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Tag keys have 1 to %d characters, and values %d at most.", TAG_KEY_MAX,
					     TAG_VALUE_MAX);
	return 0;
}

static int tag_check(struct lambda *l)
{
	static const struct member members[] = {
		{ "Tags", MEMBER_MAP, true, 0, 0, NULL, NULL, NULL, NULL },
		{ 0 },
	};
	const struct json_value *tags = json_get(l->body, "Tags");
	int rc;

	constrain_members(l, l->body, "", members);
	if ((rc = take_resource(l)) < 0)
		return rc;
	if (tags->count == 0)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "An error occurred and the request cannot be processed.");
	return tags_check(l, tags);
}

static int tag_run(struct lambda *l, struct db *db)
{
	const struct json_value *was, *more = json_get(l->body, "Tags");
	struct function_row row;
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc, n = more->count;

	if ((rc = find_tags(l, db, &row, &was)) < 0)
		return rc;
	json_open(&j, NULL, '{');
	for (const struct json_value *t = was ? was->first : NULL; t; t = t->next) {
		if (json_get(more, arena_dup(&l->arena, t->name)))
			continue;
		json_name(&j, t->name);
		json_str(&j, JSON_NAMED, t->text);
		n++;
	}
	for (const struct json_value *t = more->first; t; t = t->next) {
		json_name(&j, t->name);
		json_str(&j, JSON_NAMED, t->text);
	}
	json_close(&j);
	if (n > TAGS_MAX) {
		buf_clear(&b);
		return too_many(l);
	}
	return keep_tags(l, db, row.id, &b);
}

static int untag_check(struct lambda *l)
{
	if (!str_is_set(params_get(&l->params, "tagKeys")))
		constrain_broken(l, "tagKeys", (struct str){ 0 }, CONSTRAINT_MISSING);
	return take_resource(l);
}

static bool is_asked(const struct lambda *l, struct str key)
{
	for (int i = 0; i < l->params.count; i++)
		if (str_eq(l->params.at[i].name, STR("tagKeys")) && str_eq(l->params.at[i].value, key))
			return true;
	return false;
}

static int untag_run(struct lambda *l, struct db *db)
{
	const struct json_value *was;
	struct function_row row;
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc = find_tags(l, db, &row, &was);

	if (rc < 0 || !was)
		return rc;
	json_open(&j, NULL, '{');
	for (const struct json_value *t = was->first; t; t = t->next) {
		if (is_asked(l, t->name))
			continue;
		json_name(&j, t->name);
		json_str(&j, JSON_NAMED, t->text);
	}
	json_close(&j);
	return keep_tags(l, db, row.id, &b);
}

static int list_run(struct lambda *l, struct db *db)
{
	const struct json_value *tags;
	struct function_row row;
	struct json j = json_into(&l->out);
	int rc = find_tags(l, db, &row, &tags);

	if (rc < 0)
		return rc;
	json_open(&j, NULL, '{');
	if (tags) {
		json_value(&j, "Tags", tags);
	} else {
		json_open(&j, "Tags", '{');
		json_close(&j);
	}
	json_close(&j);
	return 0;
}

#define TAGS "/2017-03-31/tags/{ARN}"

const struct lambda_operation lambda_tags[] = {
	{ "TagResource", "POST", TAGS, 204, LAMBDA_WRITES, 0, tag_check, tag_run, NULL, NULL },
	{ "UntagResource", "DELETE", TAGS, 204, LAMBDA_FREES, 0, untag_check, untag_run, NULL, NULL },
	{ "ListTags", "GET", TAGS, 200, LAMBDA_READS, 0, take_resource, list_run, NULL, NULL },
	{ 0 },
};
