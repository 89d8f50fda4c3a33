/* function_update.c - UpdateFunctionConfiguration and UpdateFunctionCode: $LATEST becomes another. */
#include "base/err.h"
#include "pipeline/registry.h"
#include "web/lambda/code.h"
#include "web/lambda/configuration.h"
#include "web/lambda/function.h"
#include "web/lambda/version.h"

int function_revision(struct lambda *l, const struct json_value *document)
{
	struct str wanted = json_text(l->body, "RevisionId");

	if (wanted.n == 0 || str_eq(wanted, json_text(document, "RevisionId")))
		return 0;
	return lambda_refuse(l, LAMBDA_PRECONDITION, "The Revision Id provided does not match the latest Revision Id. Call the "
			     "GetFunction/GetAlias API to retrieve the latest Revision Id");
}

static int find(struct lambda *l, struct db *db, struct function_row *row, const struct json_value **document)
{
	struct str version;
	int rc = function_get(db, l->target.name, &l->arena, row);

	if (rc == E_NOT_FOUND)
		return lambda_no_function(l, (struct str){ 0 });
	return rc < 0 ? rc : lambda_document(l, db, row, (struct str){ 0 }, &version, document);
}

static int put_row(struct lambda *l, struct db *db, const struct configuration *c, struct function_row *row)
{
	struct buf text = { 0 };
	int rc = configuration_write(l, db, c, &text);
	int64_t id;

	if (rc == 0) {
		row->config = arena_str(&l->arena, str_n(text.data, text.len));
		rc = function_put(db, row->name, row->config, &id);
	}
	buf_clear(&text);
	return rc;
}

static int answer(struct lambda *l, const struct function_row *row, const struct version *v, struct str qualifier, enum lambda_shown shown)
{
	struct json j = json_into(&l->out);

	json_open(&j, NULL, '{');
	lambda_write_configuration(l, &j, v->document, row->name, v->number, qualifier, shown);
	json_close(&j);
	return 0;
}

/* UpdateFunctionConfiguration */

int function_configure_check(struct lambda *l)
{
	int rc;

	constrain_members(l, l->body, "", update_members);
	environment_constraints(l, json_get(l->body, "Environment"));
	if ((rc = lambda_target(l)) < 0)
		return rc;
	return configuration_check(l);
}

/* The built-in function stays what it is, and nothing else becomes one. */
static int check_builtin(struct lambda *l, const struct json_value *before)
{
	bool builtin = registry_is_builtin(before);
	struct str runtime = json_text(l->body, "Runtime"), handler = json_text(l->body, "Handler");

	if (!builtin)
		return str_eq(runtime, STR(FUNCTION_BUILTIN)) ? lambda_refuse(l, LAMBDA_BAD_PARAMETER,
				"A function with code of its own cannot become a built-in one.") : 0;
	if ((runtime.n > 0 && !str_eq(runtime, json_text(before, "Runtime"))) || (handler.n > 0 && !str_eq(handler, json_text(before, "Handler"))))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Runtime and Handler of a built-in function cannot be changed.");
	if (json_get(l->body, "Layers") && json_get(l->body, "Layers")->count > 0)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "A built-in function has no layers.");
	return 0;
}

int function_configure(struct lambda *l, struct db *db)
{
	struct configuration c = { 0 };
	struct version v = { .number = STR("$LATEST") };
	struct function_row row;
	struct str version;
	int rc = find(l, db, &row, &c.before);

	if (rc == 0)
		rc = function_revision(l, c.before);
	if (rc == 0)
		rc = check_builtin(l, c.before);
	c.name = row.name;
	if (rc == 0)
		rc = put_row(l, db, &c, &row);
	if (rc == 0)
		rc = lambda_document(l, db, &row, (struct str){ 0 }, &version, &v.document);
	if (rc < 0)
		return rc;
	l->changed = row.id;
	return answer(l, &row, &v, (struct str){ 0 }, LAMBDA_UPDATED);
}

/* UpdateFunctionCode */

static const struct member recode_members[] = {
	{ .name = "ZipFile", .kind = MEMBER_TEXT },
	{ .name = "S3Bucket", .kind = MEMBER_TEXT, .min = 3, .max = 63 },
	{ .name = "S3Key", .kind = MEMBER_TEXT, .min = 1, .max = 1024 },
	{ .name = "S3ObjectVersion", .kind = MEMBER_TEXT, .min = 1, .max = 1024 },
	{ .name = "ImageUri", .kind = MEMBER_TEXT },
	{ .name = "Publish", .kind = MEMBER_BOOL },
	{ .name = "DryRun", .kind = MEMBER_BOOL },
	{ .name = "RevisionId", .kind = MEMBER_TEXT },
	{ .name = "Architectures", .kind = MEMBER_TEXTS, .min = 1, .max = 1, .values = "[x86_64, arm64]",
	  .each = "Member must satisfy enum value set: [x86_64, arm64], Member must not be null" },
	{ 0 },
};

static bool said(const struct lambda *l, const char *member)
{
	const struct json_value *v = json_get(l->body, member);

	return v && v->yes;
}

static int recode_check(struct lambda *l)
{
	struct code *c = arena_take(&l->arena, sizeof *c);
	int rc;

	constrain_members(l, l->body, "", recode_members);
	if ((rc = lambda_target(l)) < 0)
		return rc;
	c->dry = said(l, "DryRun");
	l->state = c;
	return code_read(l, l->body, c);
}

static int look(struct lambda *l, struct db *db)
{
	const struct json_value *before;
	struct function_row row;
	int rc = find(l, db, &row, &before);

	if (rc == 0)
		rc = function_revision(l, before);
	if (rc == 0 && registry_is_builtin(before))
		rc = lambda_refuse(l, LAMBDA_BAD_PARAMETER, "The code of a built-in function cannot be updated.");
	return rc;
}

/* What would be, and nothing of it is. */
static int show_dry(struct lambda *l, struct db *db, const struct configuration *c, const struct function_row *row)
{
	struct version v = { .number = STR("$LATEST") };
	struct buf text = { 0 };
	struct json_value *document = NULL, *m;
	int rc = configuration_write(l, db, c, &text);

	if (rc == 0)
		rc = json_parse(&l->arena, str_n(text.data, text.len), &document);
	buf_clear(&text);
	if (rc < 0)
		return rc;
	for (m = document->first; m; m = m->next)
		if (str_eq(m->name, STR("RevisionId")))
			m->text = json_text(c->before, "RevisionId");
	v.document = document;
	return answer(l, row, &v, (struct str){ 0 }, LAMBDA_SETTLED);
}

static int recode(struct lambda *l, struct db *db)
{
	struct code *code = l->state;
	struct configuration c = { .code = code };
	struct version v = { .number = STR("$LATEST") };
	struct function_row row;
	struct str version;
	bool publish = said(l, "Publish");
	int rc = look(l, db);

	if (rc == 0)
		rc = find(l, db, &row, &c.before);
	if (rc < 0)
		return rc;
	c.name = row.name;
	if (code->dry)
		return show_dry(l, db, &c, &row);
	if ((rc = put_row(l, db, &c, &row)) == 0)
		rc = publish ? version_publish(l, db, &row, (struct str){ 0 }, &v) :
			lambda_document(l, db, &row, (struct str){ 0 }, &version, &v.document);
	if (rc < 0)
		return rc;
	l->changed = row.id;
	return answer(l, &row, &v, publish ? v.number : (struct str){ 0 }, LAMBDA_UPDATED);
}

static void serve_recode(struct lambda *l)
{
	struct code *c = l->state;

	c->look = look;
	c->change = recode;
	code_serve(l, c);
}

const struct lambda_operation lambda_code_ops[] = {
	{ "UpdateFunctionCode", "PUT", "/2015-03-31/functions/{FunctionName}/code", 200, LAMBDA_SERVES, LAMBDA_REQUEST_MAX, recode_check,
	  NULL, serve_recode, NULL },
	{ "DownloadCode", "GET", "/2015-03-31/code/{Package}", 200, LAMBDA_SERVES, 0, NULL, NULL, code_download, NULL },
	{ 0 },
};
