/* catalog_document.c - a function's document read into what its environments are made of. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "functions/unpack.h"
#include "pipeline/catalog_parts.h"
#include "pipeline/presets.h"
#include "pipeline/variables.h"
#include "base/log.h"
#include "storage/package.h"

#define VARIABLES_MAX 1024

static const struct {
	struct str prefix;
	enum runtime_kind kind;
} runtimes[] = {
	{ STR("provided"), RUNTIME_PROVIDED },
	{ STR("nodejs"), RUNTIME_NODE },
	{ STR("python"), RUNTIME_PYTHON },
	{ STR("minilab.native"), RUNTIME_NATIVE },
};

static int find_runtime(struct str name, enum runtime_kind *kind)
{
	for (size_t i = 0; i < sizeof runtimes / sizeof runtimes[0]; i++)
		if (str_starts(name, runtimes[i].prefix)) {
			*kind = runtimes[i].kind;
			return 0;
		}
	return E_BAD_INPUT;
}

static int64_t bounded(const struct json_value *v, const char *name, int64_t otherwise, int64_t min, int64_t max)
{
	int64_t n = json_number(v, name, otherwise);

	return n < min ? min : n > max ? max : n;
}

static struct str text_or(struct arena *a, const struct json_value *v, const char *name, struct str otherwise)
{
	struct str s = json_text(v, name);

	return s.n > 0 ? arena_str(a, s) : otherwise;
}

static struct str path_of(struct recipe *r, const char *code_dir, const struct json_value *v)
{
	struct str package = json_text(v, "Package");

	return package.n == PACKAGE_ID ? str_of(arena_printf(&r->memory, "%s/%.*s", code_dir, STR_ARG(package))) : (struct str){0};
}

static int read_code(struct recipe *r, const char *code_dir, const struct json_value *v)
{
	const struct json_value *layers = json_get(v, "Layers");

	r->code = path_of(r, code_dir, v);
	if (!str_is_set(r->code))
		return E_BAD_INPUT;
	for (const struct json_value *l = layers ? layers->first : NULL; l; l = l->next) {
		struct str path = path_of(r, code_dir, l);

		if (!str_is_set(path) || r->layer_count == RECIPE_LAYERS_MAX)
			return E_BAD_INPUT;
		r->layers[r->layer_count++] = path;
	}
	return 0;
}

static void read_variables(struct recipe *r, const struct json_value *v)
{
	const struct json_value *list = json_get(json_get(v, "Environment"), "Variables");
	int n = list && list->kind == JSON_OBJECT ? list->count : 0;

	if (n > VARIABLES_MAX)
		n = VARIABLES_MAX;
	r->variables = arena_take(&r->memory, (size_t)(n + 1) * sizeof *r->variables);
	for (const struct json_value *m = n ? list->first : NULL; m && r->variable_count < n; m = m->next)
		r->variables[r->variable_count++] = (struct recipe_variable){ arena_str(&r->memory, m->name),
									      arena_str(&r->memory, m->text) };
}

static void read_logging(struct recipe *r, const struct json_value *v)
{
	const struct json_value *l = json_get(v, "LoggingConfig");

	r->log_json = str_eq(json_text(l, "LogFormat"), STR("JSON"));
	r->app_level = text_or(&r->memory, l, "ApplicationLogLevel", STR("INFO"));
	r->system_level = text_or(&r->memory, l, "SystemLogLevel", STR("INFO"));
	r->log_group = text_or(&r->memory, l, "LogGroup",
			       str_of(arena_printf(&r->memory, "/aws/lambda/%.*s", STR_ARG(r->name))));
}

static void read_place(struct recipe *r, const struct minilab *m)
{
	const struct credentials *c = &m->credentials;

	r->account = arena_str(&r->memory, str_of(m->settings.account));
	r->region = arena_str(&r->memory, str_of(m->settings.region));
	r->arn = str_of(arena_printf(&r->memory, "arn:aws:lambda:%s:%s:function:%.*s", m->settings.region, m->settings.account,
				     STR_ARG(r->name)));
	r->access_key = arena_str(&r->memory, str_of(c->session.access_key));
	r->secret_key = arena_str(&r->memory, str_of(c->session.secret_key));
	r->session_token = arena_str(&r->memory, str_of(c->session.token));
}

static int read_recipe(struct version *v, const struct document_source *from, const struct json_value *document)
{
	struct recipe *r = recipe_new();
	struct str runtime = json_text(document, "Runtime");
	int rc = find_runtime(runtime, &r->kind);

	v->v.recipe = r;
	if (rc < 0)
		return rc;
	r->function = from->row->id;
	r->name = arena_str(&r->memory, from->row->name);
	r->version = arena_str(&r->memory, from->version);
	r->key = arena_str(&r->memory, v->key);
	r->runtime = arena_str(&r->memory, runtime);
	r->handler = arena_str(&r->memory, json_text(document, "Handler"));
	r->memory_mb = v->v.memory_mb;
	r->timeout_ms = v->v.timeout_ms;
	r->tmp_mb = bounded(json_get(document, "EphemeralStorage"), "Size", 512, 512, 10240);
	r->outbound = from->m->settings.outbound && str_eq(json_text(document, "Network"), STR("outbound"));
	read_place(r, from->m);
	read_logging(r, document);
	read_variables(r, document);
	v->v.log_group = r->log_group;
	return read_code(r, from->code_dir, document);
}

static int read_builtin(struct version *v, const struct document_source *from)
{
	struct function *f = &v->v.builtin;
	char error[PRESETS_ERROR_MAX];
	int rc = registry_parse(from->row, f);

	if (rc < 0)
		return rc;
	variables_put(&f->environment, from->m->variables);
	if (presets_check(from->m->presets, str_n(f->environment.data, f->environment.len), error) < 0)
		log_warn(0, "fn=%s variable=RENDITIONS message=%s", f->name, log_quote(str_of(error)));
	v->v.log_group = str_of(arena_printf(&v->memory, "/aws/lambda/%s", f->name));
	v->v.ready = true;
	return 0;
}

int document_read(struct version *v, const struct document_source *from)
{
	struct json_value *document;
	struct arena a = {0};
	struct str target;
	int rc = json_parse(&a, from->row->config, &document);

	if (rc < 0)
		goto out;
	snprintf(v->v.version, sizeof v->v.version, "%.*s", STR_ARG(from->version));
	v->key = str_of(arena_printf(&v->memory, "%lld:%.*s:%.*s", (long long)from->row->id, STR_ARG(from->version),
				     STR_ARG(json_text(document, "RevisionId"))));
	v->v.timeout_ms = 1000 * bounded(document, "Timeout", 3, 1, FUNCTION_TIMEOUT_MAX_MS / 1000);
	v->v.memory_mb = bounded(document, "MemorySize", 128, FUNCTION_MEMORY_MIN_MB, FUNCTION_MEMORY_MAX_MB);
	target = json_text(json_get(document, "DeadLetterConfig"), "TargetArn");
	if (target.n > 0)
		v->v.dead_letter = arena_str(&v->memory, target);
	rc = registry_is_builtin(document) ? read_builtin(v, from) : read_recipe(v, from, document);
out:
	arena_clear(&a);
	return rc;
}
