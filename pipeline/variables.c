#include "pipeline/variables.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/check.h"
#include "base/err.h"
#include "base/json.h"

#define REFUSED 2		/* what the runner ends with when it has said why */

static const char *const not_here[] = { "RENDITIONS", "DESTINATION", "TABLE" };

static int complain(char error[VARIABLES_ERROR_MAX], struct str line, const char *why)
{
	snprintf(error, VARIABLES_ERROR_MAX, "variable \"%.*s\": %s", (int)(line.n < 200 ? line.n : 200), line.p, why);
	return E_BAD_INPUT;
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '_')
			return false;
	return s.n > 0;
}

static int add(struct json *j, struct str line, char error[VARIABLES_ERROR_MAX])
{
	struct str value = line, name;

	str_next(&value, '=', &name);
	if (!str_is_set(value) || !is_name(name))
		return complain(error, line, "not NAME=VALUE");
	for (size_t i = 0; i < sizeof not_here / sizeof not_here[0]; i++)
		if (str_eq(name, str_of(not_here[i])))
			return complain(error, line, "not set here; `renditions` and `preset` say what is made of photos");
	json_name(j, name);
	json_str(j, JSON_NAMED, value);
	return 0;
}

int variables_read(struct buf *json, struct str lines, char error[VARIABLES_ERROR_MAX])
{
	struct json j = json_into(json);
	struct str line;
	int rc = 0;

	json_open(&j, NULL, '{');
	while (rc == 0 && str_next(&lines, '\n', &line)) {
		line = str_trim(line);
		if (line.n > 0)
			rc = add(&j, line, error);
	}
	json_close(&j);
	return rc;
}

int variables_check(const char *runner, struct str json)
{
	struct arena a = { 0 };
	const char *const words[] = { runner, "--check", arena_printf(&a, "%.*s", STR_ARG(json)), NULL };
	char *none[] = { NULL }, *argv[sizeof words / sizeof words[0]];
	int status = 0, rc;
	pid_t pid;

	memcpy(argv, words, sizeof argv);	/* POSIX forgot the const */
	rc = -posix_spawn(&pid, runner, NULL, NULL, argv, none);
	if (rc == 0)
		while (waitpid(pid, &status, 0) < 0)
			CHECK(errno == EINTR);
	arena_clear(&a);
	if (rc < 0 || status == 0)
		return rc;
	return WIFEXITED(status) && WEXITSTATUS(status) == REFUSED ? E_BAD_INPUT : E_CRASHED;
}

static bool has(const struct json_value *object, struct str name)
{
	for (const struct json_value *v = object->first; v; v = v->next)
		if (str_eq(v->name, name))
			return true;
	return false;
}

void variables_put(struct buf *environment, struct str json)
{
	struct arena a = { 0 };
	struct json_value *under, *over;
	struct buf to = { 0 };
	struct json j = json_into(&to);

	if (json_parse(&a, json, &over) == 0 && over->first &&
	    json_parse(&a, str_n(environment->data, environment->len), &under) == 0) {
		json_open(&j, NULL, '{');
		for (const struct json_value *v = under->first; v; v = v->next)
			if (!has(over, v->name)) {
				json_name(&j, v->name);
				json_value(&j, JSON_NAMED, v);
			}
		for (const struct json_value *v = over->first; v; v = v->next) {
			json_name(&j, v->name);
			json_value(&j, JSON_NAMED, v);
		}
		json_close(&j);
		buf_clear(environment);
		*environment = to;
	}
	arena_clear(&a);
}
