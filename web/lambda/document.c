/* document.c - a function's document, found and shown. */
#include "web/lambda/lambda.h"

#include "base/err.h"
#include "pipeline/registry.h"
#include "storage/queue.h"
#include "web/lambda/runtimes.h"

struct str lambda_version_name(struct lambda *l, int64_t number)
{
	return str_of(arena_printf(&l->arena, "%010lld", (long long)number));
}

static int parse(struct lambda *l, struct str text, const struct json_value **document)
{
	struct json_value *v;

	if (json_parse(&l->arena, text, &v) < 0 || v->kind != JSON_OBJECT)
		return E_CORRUPT;
	*document = v;
	return 0;
}

static int of_alias(struct lambda *l, struct db *db, const struct function_row *row, struct str alias, struct str *version)
{
	const struct json_value *v;
	struct str text;
	int rc = record_get(db, RECORD_ALIAS, row->id, alias, &l->arena, &text);

	if (rc < 0 || (rc = parse(l, text, &v)) < 0)
		return rc;
	*version = json_text(v, "FunctionVersion");
	return str_is_set(*version) ? 0 : E_CORRUPT;
}

int lambda_document(struct lambda *l, struct db *db, const struct function_row *row, struct str qualifier, struct str *version,
		    const struct json_value **document)
{
	struct str text = row->config;
	int64_t number;
	int rc = 0;

	*version = str_is_set(qualifier) ? qualifier : STR("$LATEST");
	if (!str_eq(*version, STR("$LATEST")) && !lambda_is_number(*version))
		rc = of_alias(l, db, row, qualifier, version);
	if (rc == 0 && !str_eq(*version, STR("$LATEST"))) {
		if (version->p[0] == '0' || str_to_int(*version, 1, INT64_MAX, &number) < 0)
			return E_NOT_FOUND;	/* "07" is not another name of 7: what is kept by name would not be found */
		rc = record_get(db, RECORD_VERSION, row->id, lambda_version_name(l, number), &l->arena, &text);
	}
	return rc < 0 ? rc : parse(l, text, document);
}

static void copy(struct json *j, const struct json_value *document, const char *name)
{
	const struct json_value *v = json_get(document, name);

	if (v)
		json_value(j, name, v);
}

static void write_layers(struct json *j, const struct json_value *document)
{
	const struct json_value *layers = json_get(document, "Layers");

	if (!layers || layers->count == 0)
		return;
	json_open(j, "Layers", '[');
	for (const struct json_value *v = layers->first; v; v = v->next) {
		json_open(j, NULL, '{');
		copy(j, v, "Arn");
		copy(j, v, "CodeSize");
		json_close(j);
	}
	json_close(j);
}

static void write_state_text(struct json *j, const char *state, const char *reason, const char *code)
{
	json_cstr(j, "State", state);
	if (reason)
		json_cstr(j, "StateReason", reason);
	if (code)
		json_cstr(j, "StateReasonCode", code);
}

/* It never tells of a cage or a network that is not there. */
static void write_settled(struct lambda *l, struct json *j, const struct json_value *document)
{
	bool outbound = str_eq(json_text(document, "Network"), STR("outbound"));

	if (!l->sandbox && !registry_is_builtin(document))
		write_state_text(j, "Failed", "Functions with code of their own cannot run here: minilab-sandbox is not there, or cannot make the cage "
				 "that is required", "InternalError");
	else if (outbound && l->m->settings.outbound && !l->way_out)
		write_state_text(j, "Failed", "The function asks for a way out of its cage, and this host cannot give one (the log of minilab says "
				 "why): while the setting outbound is on it does not run", "InternalError");
	else if (outbound && !l->m->settings.outbound)
		write_state_text(j, "Active", "The function has no way out of its cage: it asks for one, and the setting outbound is off", NULL);
	else
		write_state_text(j, "Active", NULL, NULL);
}

static void write_state(struct lambda *l, struct json *j, const struct json_value *document, enum lambda_shown shown)
{
	if (shown == LAMBDA_LISTED)
		return;
	if (shown == LAMBDA_CREATED || shown == LAMBDA_PUBLISHED) {
		write_state_text(j, "Pending", "The function is being created.", "Creating");
		return;
	}
	write_settled(l, j, document);
	json_cstr(j, "LastUpdateStatus", shown == LAMBDA_UPDATED ? "InProgress" : "Successful");
	if (shown == LAMBDA_UPDATED) {
		json_cstr(j, "LastUpdateStatusReason", "The function is being created.");
		json_cstr(j, "LastUpdateStatusReasonCode", "Creating");
	}
}

static void write_runtime(struct lambda *l, struct json *j, const struct json_value *document)
{
	struct str runtime = json_text(document, "Runtime");

	if (!str_is_set(runtime) || str_eq(runtime, STR(FUNCTION_BUILTIN)))
		return;
	json_open(j, "RuntimeVersionConfig", '{');
	json_cstr(j, "RuntimeVersionArn", runtime_arn(&l->arena, l->m->settings.region, runtime));
	json_close(j);
}

static void write_snap_start(struct json *j, const struct json_value *document)
{
	struct str on = json_text(json_get(document, "SnapStart"), "ApplyOn");

	json_open(j, "SnapStart", '{');
	json_str(j, "ApplyOn", str_is_set(on) ? on : STR("None"));
	json_cstr(j, "OptimizationStatus", "Off");
	json_close(j);
}

/* The row that is there when it settled has another one. */
static void write_revision(struct json *j, const struct json_value *document, enum lambda_shown shown)
{
	char id[JOB_REQUEST_ID + 1];

	if (shown == LAMBDA_CREATED || shown == LAMBDA_UPDATED) {
		queue_request_make(id);
		json_cstr(j, "RevisionId", id);
	} else {
		copy(j, document, "RevisionId");
	}
}

/* Documents of before have no log group of their own. */
static void write_logging(struct lambda *l, struct json *j, const struct json_value *document, struct str name)
{
	const struct json_value *logging = json_get(document, "LoggingConfig");

	if (!logging || str_is_set(json_text(logging, "LogGroup"))) {
		copy(j, document, "LoggingConfig");
		return;
	}
	json_open(j, "LoggingConfig", '{');
	copy(j, logging, "LogFormat");
	json_cstr(j, "LogGroup", arena_printf(&l->arena, "/aws/lambda/%.*s", STR_ARG(name)));
	json_close(j);
}

void lambda_write_configuration(struct lambda *l, struct json *j, const struct json_value *document, struct str name, struct str version,
				struct str qualifier, enum lambda_shown shown)
{
	static const char *const before[] = { "Runtime", "Role", "Handler", "CodeSize", "Description", "Timeout", "MemorySize", "LastModified",
		"CodeSha256" };
	static const char *const after[] = { "VpcConfig", "DeadLetterConfig", "Environment", "KMSKeyArn", "TracingConfig" };
	static const char *const last[] = { "PackageType", "Architectures", "EphemeralStorage" };

	json_str(j, "FunctionName", name);
	json_cstr(j, "FunctionArn", lambda_arn(l, name, qualifier));
	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
		copy(j, document, before[i]);
	json_str(j, "Version", version);
	for (size_t i = 0; i < sizeof after / sizeof after[0]; i++)
		copy(j, document, after[i]);
	write_revision(j, document, shown);
	write_layers(j, document);
	write_state(l, j, document, shown);
	for (size_t i = 0; i < sizeof last / sizeof last[0]; i++)
		copy(j, document, last[i]);
	write_snap_start(j, document);
	if (shown != LAMBDA_LISTED)
		write_runtime(l, j, document);
	write_logging(l, j, document, name);
}
