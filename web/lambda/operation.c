/* operation.c - all operations there are, and how a path finds its own. */
#include "web/lambda/lambda.h"

#include "base/codec.h"
#include "base/err.h"

/* What AWS has and minilab has not: known, so that it is refused by its name and never taken for something else. */
#define NOT_BUILT(name, method, path) { name, method, path, 0, LAMBDA_READS, 0, NULL, NULL, NULL, NULL }

static const struct lambda_operation not_built[] = {
	NOT_BUILT("CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings"),
	NOT_BUILT("ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings"),
	NOT_BUILT("GetEventSourceMapping", "GET", "/2015-03-31/event-source-mappings/{UUID}"),
	NOT_BUILT("UpdateEventSourceMapping", "PUT", "/2015-03-31/event-source-mappings/{UUID}"),
	NOT_BUILT("DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{UUID}"),
	NOT_BUILT("CreateCodeSigningConfig", "POST", "/2020-04-22/code-signing-configs"),
	NOT_BUILT("ListCodeSigningConfigs", "GET", "/2020-04-22/code-signing-configs"),
	NOT_BUILT("GetCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
	NOT_BUILT("UpdateCodeSigningConfig", "PUT", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
	NOT_BUILT("DeleteCodeSigningConfig", "DELETE", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
	NOT_BUILT("ListFunctionsByCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions"),
	NOT_BUILT("PutFunctionCodeSigningConfig", "PUT", "/2020-06-30/functions/{FunctionName}/code-signing-config"),
	NOT_BUILT("DeleteFunctionCodeSigningConfig", "DELETE", "/2020-06-30/functions/{FunctionName}/code-signing-config"),
	NOT_BUILT("CreateCapacityProvider", "POST", "/2025-11-30/capacity-providers"),
	NOT_BUILT("ListCapacityProviders", "GET", "/2025-11-30/capacity-providers"),
	NOT_BUILT("GetCapacityProvider", "GET", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
	NOT_BUILT("UpdateCapacityProvider", "PUT", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
	NOT_BUILT("DeleteCapacityProvider", "DELETE", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
	NOT_BUILT("ListFunctionVersionsByCapacityProvider", "GET",
		  "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions"),
	NOT_BUILT("PutFunctionScalingConfig", "PUT", "/2025-11-30/functions/{FunctionName}/function-scaling-config"),
	NOT_BUILT("GetFunctionScalingConfig", "GET", "/2025-11-30/functions/{FunctionName}/function-scaling-config"),
	NOT_BUILT("GetDurableExecution", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}"),
	NOT_BUILT("GetDurableExecutionHistory", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/history"),
	NOT_BUILT("GetDurableExecutionState", "GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/state"),
	NOT_BUILT("CheckpointDurableExecution", "POST", "/2025-12-01/durable-executions/{CheckpointToken}/checkpoint"),
	NOT_BUILT("StopDurableExecution", "POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/stop"),
	NOT_BUILT("ListDurableExecutionsByFunction", "GET", "/2025-12-01/functions/{FunctionName}/durable-executions"),
	NOT_BUILT("SendDurableExecutionCallbackSuccess", "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed"),
	NOT_BUILT("SendDurableExecutionCallbackFailure", "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail"),
	NOT_BUILT("SendDurableExecutionCallbackHeartbeat", "POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat"),
	{ 0 },
};

/* Asked in this order, the hot one first. */
static const struct lambda_operation *const tables[] = {
	lambda_invokes, lambda_streams, lambda_functions, lambda_code_ops, lambda_versions, lambda_aliases, lambda_layers,
	lambda_policies, lambda_concurrency, lambda_provisioned, lambda_async, lambda_urls, lambda_tags, lambda_account,
	lambda_runtime_management, not_built,
};

/* Old clients end some paths with a slash. */
static struct str without_slash(struct str path)
{
	return path.n > 1 && path.p[path.n - 1] == '/' ? str_n(path.p, path.n - 1) : path;
}

/* The part of a template after its '?': "name=value" that the query must have. */
static bool query_fits(const struct lambda *l, struct str wanted)
{
	struct str name;

	if (!str_is_set(wanted))
		return true;
	str_next(&wanted, '=', &name);
	for (int i = 0; i < l->params.count; i++)
		if (str_eq(l->params.at[i].name, name))
			return str_eq(l->params.at[i].value, wanted);
	return false;
}

static bool path_fits(struct str template, struct str path, struct str names[LAMBDA_PATH_NAMES])
{
	struct str wanted, part;
	int n = 0;

	while (str_next(&template, '/', &wanted)) {
		if (!str_next(&path, '/', &part))
			return false;
		if (!str_starts(wanted, STR("{"))) {
			if (!str_eq(wanted, part))
				return false;
		} else if (part.n > 0 && n < LAMBDA_PATH_NAMES) {
			names[n++] = part;
		} else {
			return false;
		}
	}
	return !str_is_set(path);
}

static bool fits(struct lambda *l, const struct lambda_operation *op, struct str path, struct str names[LAMBDA_PATH_NAMES])
{
	struct str query = str_of(op->path), template;

	str_next(&query, '?', &template);
	return path_fits(without_slash(template), path, names) && query_fits(l, query);
}

static const struct lambda_operation *look(struct lambda *l, struct str method, struct str path, struct str names[LAMBDA_PATH_NAMES])
{
	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (const struct lambda_operation *op = tables[t]; op->name; op++) {
			memset(names, 0, LAMBDA_PATH_NAMES * sizeof names[0]);
			if (!fits(l, op, path, names))
				continue;
			l->known_path = true;
			if (str_eq(method, str_of(op->method)))
				return op;
		}
	return NULL;
}

int lambda_find(struct lambda *l, struct str method, struct str path)
{
	struct str names[LAMBDA_PATH_NAMES];
	const struct lambda_operation *op = look(l, method, without_slash(path), names);
	int rc = 0;

	for (int i = 0; rc == 0 && op && i < LAMBDA_PATH_NAMES; i++)
		if (str_is_set(names[i]))
			rc = uri_decode(&l->arena, names[i], false, &l->path[i]);
	l->op = op;
	return rc;
}
