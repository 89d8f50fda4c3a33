/* runtime_management.c - when a version gets a newer build of its runtime. Here there is one build of each, that of this house: what is
 * asked is kept and shown, and only that build can be asked for. The answer of code signing, of which there is none, is here too, as the
 * other thing that AWS may do with a function behind its owner's back. */
#include "base/err.h"
#include "web/lambda/constraint.h"
#include "web/lambda/runtimes.h"

#define MEMBER "RuntimeManagement"

static bool is_runtime_arn(struct str s)
{
	return str_starts(s, STR("arn:")) && s.n >= 26;
}

static const struct shape shape_runtime_arn = { "arn:(aws[a-zA-Z-]*):lambda:" LAMBDA_REGION_PATTERN "::runtime:.+", is_runtime_arn };

static const struct member put_members[] = {
	{ .name = "UpdateRuntimeOn", .kind = MEMBER_TEXT, .required = true, .values = "[Auto, Manual, FunctionUpdate]" },
	{ .name = "RuntimeVersionArn", .kind = MEMBER_TEXT, .min = 26, .max = 2048, .shape = &shape_runtime_arn },
	{ 0 },
};

static int check_put(struct lambda *l)
{
	bool manual = str_eq(json_text(l->body, "UpdateRuntimeOn"), STR("Manual")), named = str_is_set(json_text(l->body, "RuntimeVersionArn"));
	int rc;

	constrain_members(l, l->body, "", put_members);
	if ((rc = lambda_target(l)) < 0)
		return rc;
	if (manual != named)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "RuntimeVersionArn is given with UpdateRuntimeOn Manual, and only then.");
	return 0;
}

static int answer(struct lambda *l, struct str on, struct str arn)
{
	struct json j = json_into(&l->out);

	json_open(&j, NULL, '{');
	json_str(&j, "UpdateRuntimeOn", str_is_set(on) ? on : STR("Auto"));
	json_cstr(&j, "FunctionArn", lambda_arn(l, l->target.name, l->target.qualifier));
	if (str_is_set(arn))
		json_str(&j, "RuntimeVersionArn", arn);
	json_close(&j);
	return 0;
}

static int get(struct lambda *l, struct db *db)
{
	const struct json_value *document, *v;
	struct function_row row;
	struct str version;
	int rc = lambda_function_document(l, db, &row, &version, &document);

	v = rc == 0 ? json_get(document, MEMBER) : NULL;
	return rc < 0 ? rc : answer(l, json_text(v, "UpdateRuntimeOn"), json_text(v, "RuntimeVersionArn"));
}

static struct str with_member(struct lambda *l, const struct json_value *document)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);
	struct str s;

	json_open(&j, NULL, '{');
	for (const struct json_value *m = document->first; m; m = m->next)
		if (!str_eq(m->name, STR(MEMBER))) {
			json_name(&j, m->name);
			json_value(&j, JSON_NAMED, m);
		}
	json_open(&j, MEMBER, '{');
	json_str(&j, "UpdateRuntimeOn", json_text(l->body, "UpdateRuntimeOn"));
	if (str_is_set(json_text(l->body, "RuntimeVersionArn")))
		json_str(&j, "RuntimeVersionArn", json_text(l->body, "RuntimeVersionArn"));
	json_close(&j);
	json_close(&j);
	s = arena_str(&l->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

static int put(struct lambda *l, struct db *db)
{
	struct str version, text, arn = json_text(l->body, "RuntimeVersionArn");
	const struct json_value *document;
	struct function_row row;
	int64_t number, id;
	int rc = lambda_function_document(l, db, &row, &version, &document);

	if (rc < 0)
		return rc;
	if (str_is_set(arn) && !str_eq(arn, str_of(runtime_arn(&l->arena, l->m->settings.region, json_text(document, "Runtime")))))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "There is no other build of the runtime here than %s",
				     runtime_arn(&l->arena, l->m->settings.region, json_text(document, "Runtime")));
	text = with_member(l, document);
	if (str_to_int(version, 1, INT64_MAX, &number) == 0)
		rc = record_put(db, RECORD_VERSION, row.id, lambda_version_name(l, number), text);
	else
		rc = function_put(db, row.name, text, &id);
	return rc < 0 ? rc : answer(l, json_text(l->body, "UpdateRuntimeOn"), arn);
}

static int get_signing(struct lambda *l, struct db *db)
{
	struct function_row row;
	struct json j = json_into(&l->out);
	int rc = lambda_function(l, db, &row);

	if (rc < 0)
		return rc;
	json_open(&j, NULL, '{');
	json_close(&j);
	return 0;
}

#define PATH "/2021-07-20/functions/{FunctionName}/runtime-management-config"

const struct lambda_operation lambda_runtime_management[] = {
	{ "GetRuntimeManagementConfig", "GET", PATH, 200, LAMBDA_READS, 0, NULL, get, NULL, NULL },
	{ "PutRuntimeManagementConfig", "PUT", PATH, 200, LAMBDA_WRITES, 0, check_put, put, NULL, NULL },
	{ "GetFunctionCodeSigningConfig", "GET", "/2020-06-30/functions/{FunctionName}/code-signing-config", 200, LAMBDA_READS, 0, NULL, get_signing,
	  NULL, NULL },
	{ 0 },
};
