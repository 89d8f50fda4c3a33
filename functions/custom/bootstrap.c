#include "functions/custom/bootstrap.h"

#include <sys/stat.h>

#include "functions/custom/variables.h"

#define WORDS_MAX 8

const char *bootstrap_host_path(struct arena *a, const struct custom_spec *spec, struct str path)
{
	if (str_starts(path, STR("/")))
		return arena_dup(a, path);
	return arena_printf(a, "%s/%.*s", spec->code_dir, STR_ARG(path));
}

static bool has(struct arena *a, const struct custom_spec *spec, struct str folder, const char *name)
{
	struct stat st;

	return lstat(arena_printf(a, "%s/%s", bootstrap_host_path(a, spec, folder), name), &st) == 0 && !S_ISDIR(st.st_mode);
}

static void fail(struct bootstrap *b, const char *type, const char *message)
{
	b->error_type = type;
	b->message = message;
}

static const char **words(struct arena *a)
{
	return arena_take(a, sizeof(char *) * (WORDS_MAX + 1));
}

static void find_provided(struct bootstrap *b, struct arena *a, const struct custom_spec *spec, const struct recipe *r)
{
	const char **argv = words(a);

	if (has(a, spec, r->code, "bootstrap"))
		b->path = "/var/task/bootstrap";
	for (int i = 0; i < r->layer_count && !b->path; i++)
		if (has(a, spec, r->layers[i], "bootstrap"))
			b->path = "/opt/bootstrap";
	if (!b->path)
		fail(b, "Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
	argv[0] = b->path;
	b->argv = argv;
}

/* V8 takes the machine's memory for its own unless it is told: a tenth is for objects that die young. */
static void find_node(struct bootstrap *b, struct arena *a, const char *node, const struct recipe *r)
{
	int64_t young = r->memory_mb / 10;
	const char **argv = words(a);

	if (!node[0]) {
		fail(b, "Runtime.InvalidEntrypoint", "there is no Node.js on this machine (setting node)");
		return;
	}
	b->path = argv[0] = node;
	argv[1] = arena_printf(a, "--max-semi-space-size=%lld", (long long)(young / 2));
	argv[2] = arena_printf(a, "--max-old-space-size=%lld", (long long)(r->memory_mb - young));
	argv[3] = "/var/runtime/nodejs/bootstrap.cjs";
	b->argv = argv;
}

static void find_python(struct bootstrap *b, struct arena *a, const char *python)
{
	const char **argv = words(a);

	if (!python[0]) {
		fail(b, "Runtime.InvalidEntrypoint", "there is no Python on this machine (setting python)");
		return;
	}
	b->path = argv[0] = python;
	argv[1] = "-S";		/* without the machine's .pth files, which can double its start */
	argv[2] = "/var/runtime/python/bootstrap.py";
	b->argv = argv;
}

static void find_native(struct bootstrap *b, struct arena *a, const struct recipe *r)
{
	const char **argv = words(a);
	size_t dot = r->handler.n;

	while (dot > 0 && r->handler.p[dot - 1] != '.')
		dot--;
	if (dot <= 1 || dot == r->handler.n) {
		fail(b, "Runtime.MalformedHandlerName", arena_printf(a, "Bad handler '%.*s': expected file.symbol", STR_ARG(r->handler)));
		return;
	}
	b->native = true;
	b->path = arena_printf(a, "/var/task/%.*s.so", (int)dot - 1, r->handler.p);
	argv[0] = "minilab-native";
	argv[1] = arena_printf(a, "%s:%.*s", b->path, (int)(r->handler.n - dot), r->handler.p + dot);
	b->argv = argv;
}

static void wrap(struct bootstrap *b, struct arena *a, const struct recipe *r)
{
	struct str wrapper = variables_user(r, STR("AWS_LAMBDA_EXEC_WRAPPER"));
	const char **argv;

	if (wrapper.n == 0 || !b->path)
		return;
	argv = words(a);
	b->path = argv[0] = arena_dup(a, wrapper);
	for (int i = 0; b->argv[i]; i++)
		argv[i + 1] = b->argv[i];
	b->argv = argv;
	b->wrapped = true;
}

void bootstrap_find(struct bootstrap *b, struct arena *a, const struct custom_spec *spec, const struct recipe *r, const char *interpreter)
{
	*b = (struct bootstrap){0};
	switch (r->kind) {
	case RUNTIME_PROVIDED:
		find_provided(b, a, spec, r);
		break;
	case RUNTIME_NODE:
		find_node(b, a, interpreter, r);
		wrap(b, a, r);
		break;
	case RUNTIME_PYTHON:
		find_python(b, a, interpreter);
		wrap(b, a, r);
		break;
	case RUNTIME_NATIVE:
		find_native(b, a, r);
		break;
	}
}
