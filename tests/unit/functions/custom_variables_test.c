/* Environment variables and command lines of each kind of runtime. */
#include <string.h>

#include "tests/unit/functions/custom_rig.h"
#include "functions/custom/bootstrap.h"
#include "functions/custom/variables.h"

static void set(struct recipe *r, const char *const pairs[][2], int n)
{
	r->variables = arena_take(&r->memory, sizeof *r->variables * (size_t)n);
	r->variable_count = n;
	for (int i = 0; i < n; i++)
		r->variables[i] = (struct recipe_variable){ str_of(pairs[i][0]), str_of(pairs[i][1]) };
}

/* The value; NULL: not set. Set twice is a failure. */
static const char *get(const char *const *list, const char *name)
{
	const char *found = NULL;
	size_t n = strlen(name);

	for (; *list; list++) {
		if (strncmp(*list, name, n) == 0 && (*list)[n] == '=') {
			assert_null(found);
			found = *list + n + 1;
		}
	}
	return found;
}

static const char *const *make(struct arena *a, const struct recipe *r, int log_fd)
{
	const struct variables_spec s = { .recipe = r, .stream = "2026/11/24/[$LATEST]0", .log_fd = log_fd };

	return variables_make(a, &s);
}

static void they_are_those_that_aws_sets(void **state)
{
	static const char *const want[][2] = {
		{ "_HANDLER", "index.handler" }, { "AWS_REGION", "us-east-1" }, { "AWS_DEFAULT_REGION", "us-east-1" },
		{ "AWS_EXECUTION_ENV", "AWS_Lambda_python3.12" }, { "AWS_LAMBDA_FUNCTION_NAME", "thumb" },
		{ "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST" }, { "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128" },
		{ "AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand" }, { "AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/thumb" },
		{ "AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/24/[$LATEST]0" }, { "AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001" },
		{ "AWS_ACCESS_KEY_ID", "AKIA" }, { "AWS_SECRET_ACCESS_KEY", "secret" }, { "AWS_SESSION_TOKEN", "token" },
		{ "LAMBDA_TASK_ROOT", "/var/task" }, { "LAMBDA_RUNTIME_DIR", "/var/runtime" }, { "AWS_ENDPOINT_URL", "http://127.0.0.1:9000" },
		{ "LANG", "en_US.UTF-8" }, { "TZ", ":UTC" }, { "PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin" },
		{ "LD_LIBRARY_PATH", "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib" },
		{ "PYTHONPATH", "/opt/python/lib/python3.12/site-packages:/opt/python:/var/runtime" }, { "_LAMBDA_TELEMETRY_LOG_FD", "3" },
		{ "PWD", "/var/task" }, { "AWS_LAMBDA_LOG_FORMAT", "Text" },
	};
	struct recipe *r = rig_recipe("1", RUNTIME_PYTHON);
	struct arena a = {0};
	const char *const *list = make(&a, r, 3);

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		assert_non_null(get(list, want[i][0]));
		assert_string_equal(get(list, want[i][0]), want[i][1]);
	}
	assert_null(get(list, "NODE_PATH"));
	assert_null(get(list, "AWS_LAMBDA_LOG_LEVEL"));
	assert_null(get(list, "_X_AMZN_TRACE_ID"));
	arena_clear(&a);
	recipe_unref(r);
}

static void each_kind_has_its_own(void **state)
{
	struct recipe *node = rig_recipe("1", RUNTIME_NODE), *provided = rig_recipe("1", RUNTIME_PROVIDED);
	struct arena a = {0};
	const char *const *list = make(&a, node, 3);

	(void)state;
	assert_string_equal(get(list, "NODE_PATH"),
			    "/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task");
	assert_null(get(list, "PYTHONPATH"));
	list = make(&a, provided, -1);
	assert_null(get(list, "AWS_EXECUTION_ENV"));
	assert_null(get(list, "_LAMBDA_TELEMETRY_LOG_FD"));
	assert_null(get(list, "NODE_PATH"));
	provided->log_json = true;
	provided->app_level = STR("WARN");
	list = make(&a, provided, -1);
	assert_string_equal(get(list, "AWS_LAMBDA_LOG_FORMAT"), "JSON");
	assert_string_equal(get(list, "AWS_LAMBDA_LOG_LEVEL"), "WARN");
	arena_clear(&a);
	recipe_unref(node);
	recipe_unref(provided);
}

static void the_users_win_where_they_may(void **state)
{
	static const char *const pairs[][2] = {
		{ "COLOUR", "blue" }, { "TZ", "Europe/Berlin" }, { "PATH", "/mine" }, { "AWS_ENDPOINT_URL", "http://elsewhere" }, { "EMPTY", "" },
		{ "AWS_REGION", "mars-1" }, { "AWS_ACCESS_KEY_ID", "mine" }, { "AWS_ACCESS_KEY", "mine" }, { "LAMBDA_TASK_ROOT", "/etc" },
		{ "AWS_LAMBDA_RUNTIME_API", "x" }, { "_LAMBDA_TELEMETRY_LOG_FD", "9" }, { "AWS_LAMBDA_MAX_CONCURRENCY", "4" },
		{ "BAD=NAME", "x" }, { "", "x" }, { "AWS_EXECUTION_ENV", "x" }, { "PYTHONPATH", "/mine" }, { "NODE_PATH", "/mine" },
	};
	struct recipe *r = rig_recipe("1", RUNTIME_PYTHON), *plain = rig_recipe("1", RUNTIME_PROVIDED);
	struct arena a = {0};
	const char *const *list;

	(void)state;
	set(r, pairs, sizeof pairs / sizeof pairs[0]);
	set(plain, pairs, sizeof pairs / sizeof pairs[0]);
	list = make(&a, r, 3);
	assert_string_equal(get(list, "COLOUR"), "blue");
	assert_string_equal(get(list, "EMPTY"), "");
	assert_string_equal(get(list, "TZ"), "Europe/Berlin");
	assert_string_equal(get(list, "PATH"), "/mine");
	assert_string_equal(get(list, "AWS_ENDPOINT_URL"), "http://elsewhere");
	assert_string_equal(get(list, "AWS_REGION"), "us-east-1");
	assert_string_equal(get(list, "AWS_ACCESS_KEY_ID"), "AKIA");
	assert_string_equal(get(list, "LAMBDA_TASK_ROOT"), "/var/task");
	assert_string_equal(get(list, "AWS_LAMBDA_RUNTIME_API"), "127.0.0.1:9001");
	assert_string_equal(get(list, "_LAMBDA_TELEMETRY_LOG_FD"), "3");
	assert_string_equal(get(list, "AWS_EXECUTION_ENV"), "AWS_Lambda_python3.12");
	assert_string_equal(get(list, "PYTHONPATH"), "/mine:/opt/python/lib/python3.12/site-packages:/opt/python:/var/runtime");
	assert_string_equal(get(list, "NODE_PATH"), "/mine");	/* nobody's here but the user's */
	assert_null(get(list, "AWS_ACCESS_KEY"));
	assert_null(get(list, "AWS_LAMBDA_MAX_CONCURRENCY"));
	assert_null(get(list, "BAD"));
	assert_null(get(list, ""));
	list = make(&a, plain, -1);
	assert_string_equal(get(list, "PYTHONPATH"), "/mine");
	assert_null(get(list, "AWS_EXECUTION_ENV"));
	assert_null(get(list, "_LAMBDA_TELEMETRY_LOG_FD"));
	arena_clear(&a);
	recipe_unref(r);
	recipe_unref(plain);
}

static void a_value_with_a_nul_is_left_out(void **state)
{
	struct recipe *r = rig_recipe("1", RUNTIME_PROVIDED);
	struct recipe_variable v[] = { { STR("A\0B"), STR("x") }, { STR("AB"), STR("x\0y") } };
	struct arena a = {0};
	const char *const *list;

	(void)state;
	r->variables = v;
	r->variable_count = 2;
	list = make(&a, r, -1);
	assert_null(get(list, "A"));
	assert_null(get(list, "AB"));
	arena_clear(&a);
	recipe_unref(r);
}

/* -- what is executed -- */

static void expect(struct rig *r, const struct recipe *recipe, const char *interpreter, const char *path, const char *line)
{
	struct bootstrap b;
	struct arena a = {0};
	char joined[512];

	bootstrap_find(&b, &a, &r->spec, recipe, interpreter);
	assert_null(b.error_type);
	assert_string_equal(b.path, path);
	paper_join(joined, sizeof joined, b.argv, ' ');
	assert_string_equal(joined, line);
	arena_clear(&a);
}

static void expect_error(struct rig *r, const struct recipe *recipe, const char *type, const char *message)
{
	struct bootstrap b;
	struct arena a = {0};

	bootstrap_find(&b, &a, &r->spec, recipe, "");
	assert_string_equal(b.error_type, type);
	assert_string_equal(b.message, message);
	arena_clear(&a);
}

static void each_kind_is_executed_in_its_way(void **state)
{
	struct recipe *recipe[] = { rig_recipe("1", RUNTIME_PROVIDED), rig_recipe("1", RUNTIME_NODE), rig_recipe("1", RUNTIME_PYTHON),
				    rig_recipe("1", RUNTIME_NATIVE) };
	struct rig r;

	rig_open(&r, state, 1);
	expect(&r, recipe[RUNTIME_PROVIDED], "", "/var/task/bootstrap", "/var/task/bootstrap ");
	recipe[RUNTIME_PROVIDED]->code = STR("empty");
	rig_file(&r, "layer/bootstrap", 0755);
	recipe[RUNTIME_PROVIDED]->layers[0] = STR("empty");
	recipe[RUNTIME_PROVIDED]->layers[1] = STR("layer");
	recipe[RUNTIME_PROVIDED]->layer_count = 2;
	expect(&r, recipe[RUNTIME_PROVIDED], "", "/opt/bootstrap", "/opt/bootstrap ");
	recipe[RUNTIME_NODE]->memory_mb = 1000;
	expect(&r, recipe[RUNTIME_NODE], "/usr/bin/node", "/usr/bin/node",
	       "/usr/bin/node --max-semi-space-size=50 --max-old-space-size=900 /var/runtime/nodejs/bootstrap.cjs ");
	expect(&r, recipe[RUNTIME_PYTHON], "/usr/bin/python3", "/usr/bin/python3", "/usr/bin/python3 -S /var/runtime/python/bootstrap.py ");
	recipe[RUNTIME_NATIVE]->handler = STR("dir/thumb.v2.handle");
	expect(&r, recipe[RUNTIME_NATIVE], "", "/var/task/dir/thumb.v2.so", "minilab-native /var/task/dir/thumb.v2.so:handle ");
	recipe[RUNTIME_NATIVE]->handler = STR("handle");
	expect_error(&r, recipe[RUNTIME_NATIVE], "Runtime.MalformedHandlerName", "Bad handler 'handle': expected file.symbol");
	expect_error(&r, recipe[RUNTIME_NODE], "Runtime.InvalidEntrypoint", "there is no Node.js on this machine (setting node)");
	rig_close(&r);
	for (int i = 0; i < 4; i++)
		recipe_unref(recipe[i]);
}

static void a_wrapper_gets_the_whole_command_line(void **state)
{
	static const char *const pairs[][2] = { { "AWS_LAMBDA_EXEC_WRAPPER", "/opt/wrap" } };
	struct recipe *python = rig_recipe("1", RUNTIME_PYTHON), *provided = rig_recipe("1", RUNTIME_PROVIDED);
	struct rig r;

	rig_open(&r, state, 1);
	set(python, pairs, 1);
	set(provided, pairs, 1);
	expect(&r, python, "/usr/bin/python3", "/opt/wrap", "/opt/wrap /usr/bin/python3 -S /var/runtime/python/bootstrap.py ");
	expect(&r, provided, "", "/var/task/bootstrap", "/var/task/bootstrap ");	/* that is the runtime's own affair */
	rig_close(&r);
	recipe_unref(python);
	recipe_unref(provided);
}

static void a_wrapper_that_is_missing_is_an_exit_of_127(void **state)
{
	static const char *const pairs[][2] = { { "AWS_LAMBDA_EXEC_WRAPPER", "/opt/wrap" } };
	struct recipe *node = rig_recipe("1", RUNTIME_NODE);
	struct call c = {0};
	struct rig r;

	rig_open(&r, state, 1);
	set(node, pairs, 1);
	rig_invoke(&r, &c, node);
	rig_teller(&r);
	for (int i = 0; i < 2; i++) {
		RIG_UNTIL(&r, papers->count == i + 1);
		paper_exit_how(papers, i, (struct sandbox_exit){ .error = ENOENT });
	}
	RIG_UNTIL(&r, c.dones == 1);
	assert_non_null(strstr(c.answer, "Runtime exited with error: exit status 127"));
	rig_close(&r);
	recipe_unref(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(they_are_those_that_aws_sets),
		T(each_kind_has_its_own),
		T(the_users_win_where_they_may),
		T(a_value_with_a_nul_is_left_out),
		T(each_kind_is_executed_in_its_way),
		T(a_wrapper_gets_the_whole_command_line),
		T(a_wrapper_that_is_missing_is_an_exit_of_127),
	};

	return cmocka_run_group_tests(tests, rig_warm_up, NULL);
}
