#include "functions/custom/variables.h"

#include <stdio.h>
#include <string.h>

#include "functions/sandbox.h"

#define STRING_OF(n) #n
#define STRING(n) STRING_OF(n)

enum {
	RESERVED = 1,			/* never the user's */
	PLATFORM = 2,			/* not for extensions */
	NODE = 4, PYTHON = 8,		/* for these runtimes only; MANAGED: for both */
	MANAGED = NODE | PYTHON,
	FRAMES = 16,			/* where there is a descriptor for them */
	JSON = 32,			/* with logs in JSON */
};

typedef struct str value_fn(struct arena *a, const struct variables_spec *s);

static struct str value_handler(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return s->recipe->handler;
}

static struct str value_name(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return s->recipe->name;
}

static struct str value_version(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return s->recipe->version;
}

static struct str value_region(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return s->recipe->region;
}

static struct str value_group(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return s->recipe->log_group;
}

static struct str value_stream(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return str_of(s->stream);
}

static struct str value_access_key(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return s->recipe->access_key;
}

static struct str value_secret_key(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return s->recipe->secret_key;
}

static struct str value_session_token(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return s->recipe->session_token;
}

static struct str value_memory(struct arena *a, const struct variables_spec *s)
{
	return str_of(arena_printf(a, "%lld", (long long)s->recipe->memory_mb));
}

static struct str value_execution(struct arena *a, const struct variables_spec *s)
{
	return str_of(arena_printf(a, "AWS_Lambda_%.*s", STR_ARG(s->recipe->runtime)));
}

static struct str value_initialization(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return s->provisioned ? STR("provisioned-concurrency") : STR("on-demand");
}

static struct str value_log_fd(struct arena *a, const struct variables_spec *s)
{
	return str_of(arena_printf(a, "%d", s->log_fd));
}

static struct str value_log_format(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return s->recipe->log_json ? STR("JSON") : STR("Text");
}

static struct str value_log_level(struct arena *a, const struct variables_spec *s)
{
	(void)a;
	return s->recipe->app_level.n ? s->recipe->app_level : STR("INFO");
}

/* The part of "nodejs20.x" or "python3.12" that layers have in their paths. */
static struct str part_of(struct str runtime, struct str before, struct str after)
{
	if (!str_starts(runtime, before))
		return STR("");
	runtime = str_n(runtime.p + before.n, runtime.n - before.n);
	return str_ends(runtime, after) ? str_n(runtime.p, runtime.n - after.n) : runtime;
}

static struct str value_node_path(struct arena *a, const struct variables_spec *s)
{
	struct str major = part_of(s->recipe->runtime, STR("nodejs"), STR(".x"));

	return str_of(arena_printf(a, "/opt/nodejs/node%.*s/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:"
				   "/var/runtime:/var/task", STR_ARG(major)));
}

/* On AWS the interpreter knows the layers' folders by itself and this is /var/runtime; so what the user sets comes first here, and the
 * layers stay. */
static struct str value_python_path(struct arena *a, const struct variables_spec *s)
{
	struct str minor = part_of(s->recipe->runtime, STR("python"), STR(""));
	struct str user = variables_user(s->recipe, STR("PYTHONPATH"));

	return str_of(arena_printf(a, "%.*s%s/opt/python/lib/python%.*s/site-packages:/opt/python:/var/runtime",
				   STR_ARG(user), user.n ? ":" : "", STR_ARG(minor)));
}

static const struct row {
	const char *name;
	int what;
	const char *text;		/* or: */
	value_fn *value;
} rows[] = {
	{ "_HANDLER", RESERVED, NULL, value_handler },
	{ "AWS_REGION", RESERVED, NULL, value_region },
	{ "AWS_DEFAULT_REGION", RESERVED, NULL, value_region },
	{ "AWS_EXECUTION_ENV", RESERVED | PLATFORM | MANAGED, NULL, value_execution },
	{ "AWS_LAMBDA_FUNCTION_NAME", RESERVED, NULL, value_name },
	{ "AWS_LAMBDA_FUNCTION_VERSION", RESERVED, NULL, value_version },
	{ "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", RESERVED, NULL, value_memory },
	{ "AWS_LAMBDA_INITIALIZATION_TYPE", RESERVED, NULL, value_initialization },
	{ "AWS_LAMBDA_LOG_GROUP_NAME", RESERVED | PLATFORM, NULL, value_group },
	{ "AWS_LAMBDA_LOG_STREAM_NAME", RESERVED | PLATFORM, NULL, value_stream },
	{ "AWS_LAMBDA_LOG_FORMAT", 0, NULL, value_log_format },
	{ "AWS_LAMBDA_LOG_LEVEL", JSON, NULL, value_log_level },
	{ "AWS_LAMBDA_RUNTIME_API", RESERVED, "127.0.0.1:" STRING(SANDBOX_RUNTIME_PORT), NULL },
	{ "AWS_ACCESS_KEY_ID", RESERVED, NULL, value_access_key },
	{ "AWS_SECRET_ACCESS_KEY", RESERVED, NULL, value_secret_key },
	{ "AWS_SESSION_TOKEN", RESERVED, NULL, value_session_token },
	{ "LAMBDA_TASK_ROOT", RESERVED | PLATFORM, "/var/task", NULL },
	{ "LAMBDA_RUNTIME_DIR", RESERVED | PLATFORM, "/var/runtime", NULL },
	{ "_LAMBDA_TELEMETRY_LOG_FD", RESERVED | FRAMES, NULL, value_log_fd },
	/* not reserved */
	{ "AWS_ENDPOINT_URL", 0, "http://127.0.0.1:" STRING(SANDBOX_ENDPOINT_PORT), NULL },
	{ "LANG", 0, "en_US.UTF-8", NULL },
	{ "TZ", 0, ":UTC", NULL },
	{ "PATH", 0, "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin", NULL },
	{ "LD_LIBRARY_PATH", 0, "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib", NULL },
	{ "NODE_PATH", NODE, NULL, value_node_path },
	{ "PYTHONPATH", RESERVED | PYTHON, NULL, value_python_path },
	{ "AWS_XRAY_CONTEXT_MISSING", PLATFORM, "LOG_ERROR", NULL },
	{ "AWS_XRAY_DAEMON_ADDRESS", PLATFORM, "127.0.0.1:2000", NULL },
	{ "_AWS_XRAY_DAEMON_ADDRESS", RESERVED | PLATFORM, "127.0.0.1", NULL },
	{ "_AWS_XRAY_DAEMON_PORT", RESERVED | PLATFORM, "2000", NULL },
	{ "PWD", 0, "/var/task", NULL },
	{ "SHLVL", 0, "0", NULL },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* Reserved names that are not set: what would change how a runtime works, or is AWS's old name for a key. */
static const char *const refused[] = { "AWS_ACCESS_KEY", "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN" };

bool variables_managed(enum runtime_kind kind)
{
	return kind == RUNTIME_NODE || kind == RUNTIME_PYTHON;
}

struct str variables_user(const struct recipe *r, struct str name)
{
	for (int i = 0; i < r->variable_count; i++)
		if (str_eq(r->variables[i].name, name))
			return r->variables[i].value;
	return (struct str){0};
}

static bool has_row(const struct row *row, const struct variables_spec *s)
{
	enum runtime_kind kind = s->recipe->kind;

	if ((row->what & PLATFORM || row->name[0] == '_') && s->extension)
		return false;
	if (row->what & FRAMES && s->log_fd < 0)
		return false;
	if (row->what & JSON && !s->recipe->log_json)
		return false;
	if (row->what & MANAGED && !(row->what & (kind == RUNTIME_NODE ? NODE : kind == RUNTIME_PYTHON ? PYTHON : 0)))
		return false;
	return row->what & RESERVED || !str_is_set(variables_user(s->recipe, str_of(row->name)));
}

/* What execve can carry, and what is the user's to set. The runtime of another kind may use a name that is reserved for this one. */
static bool allowed(const struct variables_spec *s, const struct recipe_variable *v)
{
	if (v->name.n == 0 || v->name.p[0] == '_' || memchr(v->name.p, '=', v->name.n) || memchr(v->name.p, '\0', v->name.n) ||
	    (v->value.n && memchr(v->value.p, '\0', v->value.n)))
		return false;
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].what & RESERVED && str_eq(v->name, str_of(rows[i].name)))
			return !(rows[i].what & PLATFORM) && rows[i].what & MANAGED && !has_row(&rows[i], s);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (str_eq(v->name, str_of(refused[i])))
			return false;
	return true;
}

const char *const *variables_make(struct arena *a, const struct variables_spec *s)
{
	const struct recipe *r = s->recipe;
	const char **out = arena_take(a, sizeof *out * (size_t)(ROWS + r->variable_count + 1));
	int n = 0;

	for (size_t i = 0; i < ROWS; i++) {
		struct str value;

		if (!has_row(&rows[i], s))
			continue;
		value = rows[i].value ? rows[i].value(a, s) : str_of(rows[i].text);
		out[n++] = arena_printf(a, "%s=%.*s", rows[i].name, STR_ARG(value));
	}
	for (int i = 0; i < r->variable_count; i++)
		if (allowed(s, &r->variables[i]))
			out[n++] = arena_printf(a, "%.*s=%.*s", STR_ARG(r->variables[i].name), STR_ARG(r->variables[i].value));
	return out;
}
