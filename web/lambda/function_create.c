/* function_create.c - CreateFunction: what it says is checked, its code brought in, and then it is there, all of it or nothing. */
#include "base/err.h"
#include "pipeline/registry.h"
#include "web/lambda/code.h"
#include "web/lambda/configuration.h"
#include "web/lambda/function.h"
#include "web/lambda/version.h"

#define NAME_TEXT_MAX 140

static int check_constraints(struct lambda *l)
{
	struct str name = json_text(l->body, "FunctionName");

	constrain_members(l, l->body, "", create_members);
	environment_constraints(l, json_get(l->body, "Environment"));
	if (!json_get(l->body, "Code"))
		constrain_broken(l, "code", (struct str){ 0 }, CONSTRAINT_MISSING);
	if (str_is_set(name))
		return lambda_target_of(l, name, NAME_TEXT_MAX);
	constrain_broken(l, "functionName", (struct str){ 0 }, CONSTRAINT_MISSING);
	return constrain_end(l);
}

int function_create_check(struct lambda *l)
{
	struct code *c = arena_take(&l->arena, sizeof *c);
	const struct json_value *tags = json_get(l->body, "Tags");
	int rc = check_constraints(l);

	if (rc < 0)
		return rc;
	if (l->target.name.n > FUNCTION_NAME_MAX)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "1 validation error detected: Value '%.*s' at 'functionName' failed to satisfy "
				     "constraint: Member must have length less than or equal to %d", STR_ARG(l->target.name), FUNCTION_NAME_MAX);
	if ((rc = configuration_check(l)) < 0 || (tags && (rc = tags_check(l, tags)) < 0))
		return rc;
	if (!str_is_set(json_text(l->body, "Runtime")) || !str_is_set(json_text(l->body, "Handler")))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Runtime and Handler are mandatory parameters for functions created with deployment "
				     "packages.");
	if (str_eq(json_text(l->body, "Runtime"), STR(FUNCTION_BUILTIN)))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "A built-in function cannot be created.");
	l->state = c;
	return code_read(l, json_get(l->body, "Code"), c);
}

static int look(struct lambda *l, struct db *db)
{
	struct function_row row;
	int64_t n;
	int rc = function_get(db, l->target.name, &l->arena, &row);

	if (rc == 0)
		return lambda_refuse(l, LAMBDA_CONFLICT, "Function already exist: %.*s", STR_ARG(l->target.name));
	if (rc != E_NOT_FOUND || (rc = function_count(db, &n)) < 0)
		return rc;
	return n < FUNCTION_COUNT_MAX ? 0 : lambda_refuse(l, LAMBDA_CODE_STORAGE, "There are %d functions, which is as many as there can be.",
							  FUNCTION_COUNT_MAX);
}

static int put_row(struct lambda *l, struct db *db, struct function_row *row)
{
	struct configuration c = { .name = l->target.name, .code = l->state };
	struct buf text = { 0 };
	int rc = configuration_write(l, db, &c, &text);

	if (rc == 0)
		rc = function_put(db, l->target.name, str_n(text.data, text.len), &row->id);
	row->name = l->target.name;
	row->config = arena_str(&l->arena, str_n(text.data, text.len));
	buf_clear(&text);
	return rc;
}

static int put_tags(struct lambda *l, struct db *db, int64_t function)
{
	const struct json_value *tags = json_get(l->body, "Tags");
	struct buf text = { 0 };
	struct json j = json_into(&text);
	int rc;

	if (!tags || tags->count == 0)
		return 0;
	json_value(&j, NULL, tags);
	rc = lambda_record_set(l, db, function, "Tags", str_n(text.data, text.len));
	buf_clear(&text);
	return rc;
}

static int create(struct lambda *l, struct db *db)
{
	const struct json_value *publish = json_get(l->body, "Publish");
	struct version v = { .number = STR("$LATEST") };
	struct function_row row = { 0 };
	struct str version;
	struct json j;
	int rc = look(l, db);

	if (rc == 0)
		rc = put_row(l, db, &row);
	if (rc == 0)
		rc = put_tags(l, db, row.id);
	if (rc == 0)
		rc = publish && publish->yes ? version_publish(l, db, &row, (struct str){ 0 }, &v) :
			lambda_document(l, db, &row, (struct str){ 0 }, &version, &v.document);
	if (rc < 0)
		return rc;
	l->changed = row.id;
	j = json_into(&l->out);
	json_open(&j, NULL, '{');
	lambda_write_configuration(l, &j, v.document, row.name, v.number, (struct str){ 0 }, LAMBDA_CREATED);
	json_close(&j);
	return 0;
}

void function_create(struct lambda *l)
{
	struct code *c = l->state;

	c->look = look;
	c->change = create;
	code_serve(l, c);
}
