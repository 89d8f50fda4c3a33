/* environment.c - variables of a function: names, sum of lengths, and those that belong to the platform. */
#include "web/lambda/configuration.h"

#include "base/err.h"

#define PATTERN "[a-zA-Z]([a-zA-Z0-9_])+"

static const char *const reserved[] = {
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_API",
	"AWS_LAMBDA_METADATA_TOKEN",
};

static bool is_reserved(struct str name)
{
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		if (str_eq(name, str_of(reserved[i])))
			return true;
	return false;
}

/* Begins with a letter, unless it is one of those that are told of by name. */
static bool is_name(struct str s)
{
	if (s.n < 2 || !((s.p[0] >= 'a' && s.p[0] <= 'z') || (s.p[0] >= 'A' && s.p[0] <= 'Z')))
		return is_reserved(s);
	for (size_t i = 1; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_'))
			return false;
	return true;
}

void environment_constraints(struct lambda *l, const struct json_value *environment)
{
	const struct json_value *variables = json_get(environment, "Variables");

	if (!variables || variables->kind != JSON_OBJECT)
		return;
	for (const struct json_value *v = variables->first; v; v = v->next)
		if (!is_name(v->name)) {
			constrain_map(l, "environment.variables", variables,
				      "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: " PATTERN "]");
			return;
		}
}

int environment_check(struct lambda *l, const struct json_value *variables)
{
	struct buf text = { 0 }, names = { 0 };
	struct json j = json_into(&text);
	int rc = 0;

	if (!variables)
		return 0;
	for (const struct json_value *v = variables->first; v; v = v->next)
		if (is_reserved(v->name))
			buf_printf(&names, "%s%.*s", names.len > 0 ? ", " : "", STR_ARG(v->name));
	json_value(&j, NULL, variables);
	if (names.len > 0)
		rc = lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Lambda was unable to configure your environment variables because the environment "
				   "variables you have provided contains reserved keys that are currently not supported for modification. "
				   "Reserved keys used in this request: %s", names.data);
	else if (text.len > ENVIRONMENT_MAX)
		rc = lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Lambda was unable to configure your environment variables because the environment "
				   "variables you have provided exceeded the 4KB limit. String measured: %s", text.data);
	buf_clear(&text);
	buf_clear(&names);
	return rc;
}
