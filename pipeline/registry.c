#include "pipeline/registry.h"

#include "base/err.h"

static int64_t bounded(const struct json_value *v, const char *name, int64_t otherwise, int64_t min, int64_t max)
{
	int64_t n = json_number(v, name, otherwise);

	return n < min || n > max ? otherwise : n;
}

bool registry_is_builtin(const struct json_value *document)
{
	return str_eq(json_text(document, "Runtime"), STR(FUNCTION_BUILTIN)) || str_eq(json_text(document, "kind"), STR("native"));
}

static const struct json_value *read_old(const struct json_value *v, struct function *f)
{
	f->memory_mb = bounded(v, "memory_mb", 512, FUNCTION_MEMORY_MIN_MB, FUNCTION_MEMORY_MAX_MB);
	f->timeout_ms = bounded(v, "timeout_ms", 30000, 1, FUNCTION_TIMEOUT_MAX_MS);
	f->concurrency = bounded(v, "concurrency", 0, 0, FUNCTION_CONCURRENCY_MAX);
	f->retries = bounded(v, "retries", 2, 0, FUNCTION_RETRIES_MAX);
	return json_get(v, "environment");
}

/* A document whose Environment was cleared has none. */
static const struct json_value *read_document(const struct json_value *v, struct function *f)
{
	static const struct json_value nothing = { .kind = JSON_OBJECT };
	const struct json_value *variables = json_get(json_get(v, "Environment"), "Variables");

	f->memory_mb = bounded(v, "MemorySize", 128, FUNCTION_MEMORY_MIN_MB, FUNCTION_MEMORY_MAX_MB);
	f->timeout_ms = 1000 * bounded(v, "Timeout", 3, 1, FUNCTION_TIMEOUT_MAX_MS / 1000);
	f->retries = FUNCTION_RETRIES_MAX;
	return variables ? variables : &nothing;
}

int registry_parse(const struct function_row *row, struct function *f)
{
	const struct json_value *environment;
	struct arena a = {0};
	struct json_value *v;
	struct json j;
	int rc;

	if ((rc = json_parse(&a, row->config, &v)) < 0)
		goto out;
	*f = (struct function){ .id = row->id, .generation = row->modified_ms };
	environment = str_is_set(json_text(v, "kind")) ? read_old(v, f) : read_document(v, f);
	rc = E_BAD_INPUT;
	if (!registry_is_builtin(v) || !environment || environment->kind != JSON_OBJECT || row->name.n > FUNCTION_NAME_MAX)
		goto out;
	memcpy(f->name, row->name.p, row->name.n);
	j = json_into(&f->environment);
	json_value(&j, NULL, environment);
	f->renditions = arena_str(&f->memory, json_text(environment, "RENDITIONS"));
	rc = 0;
out:
	arena_clear(&a);
	return rc;
}

void function_clear(struct function *f)
{
	buf_clear(&f->environment);
	arena_clear(&f->memory);
}

struct loading {
	int64_t id;
	struct function *f;
	bool found;
};

static int load_one(void *owner, const struct function_row *row)
{
	struct loading *l = owner;

	if (row->id != l->id)
		return 0;
	l->found = true;
	return registry_parse(row, l->f);
}

int function_load(struct db *db, int64_t id, struct function *f)
{
	struct loading l = { .id = id, .f = f };
	int rc;

	*f = (struct function){0};
	rc = function_list(db, load_one, &l);
	return rc < 0 ? rc : l.found ? 0 : E_NOT_FOUND;
}

static struct str fill(struct str text, struct str bucket, struct arena *a)
{
	static const char hole[] = "{bucket}";
	const char *at = text.n ? memmem(text.p, text.n, hole, sizeof hole - 1) : NULL;

	if (!at)
		return arena_str(a, text);
	return str_of(arena_printf(a, "%.*s%.*s%.*s", (int)(at - text.p), text.p, STR_ARG(bucket),
				   (int)(text.p + text.n - at - (sizeof hole - 1)), at + sizeof hole - 1));
}

struct str function_variable(const struct function *f, const char *name, struct str bucket, struct arena *a)
{
	struct json_value *v;
	struct str text;

	if (json_parse(a, str_n(f->environment.data, f->environment.len), &v) < 0)
		return (struct str){0};
	text = json_text(v, name);
	return str_is_set(text) ? fill(text, bucket, a) : text;
}
