/* catalog_load.c - a function, what a qualifier of it stands for, and the versions meant, read from the registry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/catalog_parts.h"

#define VERSION_DIGITS 10		/* of a version's record: record.h */

int load_function(struct db *db, int64_t id, struct str name, struct arena *a, struct catalog_function *f, struct function_row *row)
{
	int rc = id > 0 ? function_get_id(db, id, a, row) : function_get(db, name, a, row);
	struct json_value *document, *record;
	struct str body;

	if (rc < 0)
		return rc;
	*f = (struct catalog_function){ .id = row->id, .reserved = -1 };
	snprintf(f->name, sizeof f->name, "%.*s", STR_ARG(row->name));
	f->builtin = json_parse(a, row->config, &document) == 0 && registry_is_builtin(document);
	rc = record_get(db, RECORD_FUNCTION, row->id, STR(""), a, &body);
	if (rc < 0)
		return rc == E_NOT_FOUND ? 0 : rc;
	if ((rc = json_parse(a, body, &record)) < 0)
		return rc;
	f->reserved = json_number(record, "Reserved", -1);
	f->recursion_allowed = str_eq(json_text(record, "Recursion"), STR("Allow"));
	return 0;
}

static bool is_number(struct str s)
{
	int64_t n;

	return s.n > 0 && s.p[0] != '0' && str_to_int(s, 1, INT64_MAX, &n) == 0;
}

static bool is_latest(struct str qualifier)
{
	return qualifier.n == 0 || str_eq(qualifier, STR("$LATEST"));
}

/* "0.25" of 2^32; 0 for what is no share. */
static uint32_t weight_of(struct str text, struct arena *a)
{
	double w = strtod(arena_dup(a, text), NULL);

	return w > 0 && w <= 1 ? (uint32_t)(w * 4294967295.0) : 0;
}

static int read_alias(struct db *db, int64_t function, struct str name, struct arena *a, struct choice *to)
{
	const struct json_value *weights;
	struct json_value *v;
	struct str body;
	int rc = record_get(db, RECORD_ALIAS, function, name, a, &body);

	if (rc < 0 || (rc = json_parse(a, body, &v)) < 0)
		return rc;
	snprintf(to->version[0], sizeof to->version[0], "%.*s", STR_ARG(json_text(v, "FunctionVersion")));
	weights = json_get(v, "Weights");
	if (!weights || weights->kind != JSON_OBJECT || !weights->first)
		return 0;
	snprintf(to->version[1], sizeof to->version[1], "%.*s", STR_ARG(weights->first->name));
	to->weight = weight_of(weights->first->text, a);
	return 0;
}

static void read_target(char to[256], const struct json_value *v, const char *name)
{
	const struct json_value *t = json_get(v, name);
	struct str arn = t && t->kind == JSON_OBJECT ? json_text(t, "Destination") : json_text(v, name);

	snprintf(to, 256, "%.*s", STR_ARG(arn.n < 256 ? arn : STR("")));
}

static int read_async(struct db *db, int64_t function, struct str qualifier, struct arena *a, struct catalog_async *to)
{
	struct json_value *v;
	struct str body;
	int rc;

	*to = (struct catalog_async){ .retries = FUNCTION_RETRIES_MAX, .age_s = CATALOG_AGE_MAX_S };
	rc = record_get(db, RECORD_EVENT_INVOKE, function, is_latest(qualifier) ? STR("$LATEST") : qualifier, a, &body);
	if (rc < 0 || (rc = json_parse(a, body, &v)) < 0)
		return rc == E_NOT_FOUND ? 0 : rc;
	to->retries = (int)json_number(v, "MaximumRetryAttempts", FUNCTION_RETRIES_MAX);
	to->age_s = json_number(v, "MaximumEventAgeInSeconds", CATALOG_AGE_MAX_S);
	read_target(to->on_success, v, "OnSuccess");
	read_target(to->on_failure, v, "OnFailure");
	return 0;
}

int load_choice(struct db *db, const struct function_row *row, struct str qualifier, struct arena *a, struct choice *to)
{
	int rc = 0;

	*to = (struct choice){0};
	if (qualifier.n > QUALIFIER_MAX)
		return E_NOT_FOUND;
	snprintf(to->qualifier, sizeof to->qualifier, "%.*s", STR_ARG(qualifier));
	if (is_latest(qualifier))
		memcpy(to->version[0], "$LATEST", sizeof "$LATEST");
	else if (is_number(qualifier))
		snprintf(to->version[0], sizeof to->version[0], "%.*s", STR_ARG(qualifier));
	else
		rc = read_alias(db, row->id, qualifier, a, to);
	return rc < 0 ? rc : read_async(db, row->id, qualifier, a, &to->async);
}

struct looking {
	struct arena *a;
	int64_t modified_ms;
	struct str body, name;
};

static int found(void *owner, const struct record *r)
{
	struct looking *l = owner;

	if (!str_eq(r->name, l->name))
		return E_NOT_FOUND;
	l->body = arena_str(l->a, r->body);
	l->modified_ms = r->modified_ms;
	return 0;
}

/* Of the row itself, or of the record of a published version. */
static int read_document(struct db *db, const struct function_row *row, struct str version, struct arena *a, struct function_row *to)
{
	struct looking l = { .a = a };
	int64_t n;
	int rc;

	*to = *row;
	if (is_latest(version))
		return 0;
	if (str_to_int(version, 1, INT64_MAX, &n) < 0)
		return E_NOT_FOUND;
	l.name = str_of(arena_printf(a, "%0*lld", VERSION_DIGITS, (long long)n));
	/* The last one before it is what the list begins after. */
	rc = record_list(db, RECORD_VERSION, row->id, str_of(arena_printf(a, "%0*lld", VERSION_DIGITS, (long long)n - 1)), 1, found, &l);
	if (rc < 0)
		return rc;
	if (!str_is_set(l.body))
		return E_NOT_FOUND;
	to->config = l.body;
	to->modified_ms = l.modified_ms;
	return 0;
}

int load_version(struct catalog *c, struct db *db, const struct function_row *row, struct str version, struct arena *a, struct version **out)
{
	struct function_row of;
	struct version *v;
	int rc = read_document(db, row, version, a, &of);

	*out = NULL;
	if (rc < 0)
		return rc;
	v = calloc(1, sizeof *v);
	CHECK(v != NULL);
	v->v.refs = 1;
	rc = document_read(v, &(struct document_source){ .m = c->m, .code_dir = c->code_dir, .row = &of, .version = version });
	if (rc < 0) {
		log_error(rc, "fn=%s version=%.*s step=load", log_quote(row->name), STR_ARG(version));
		version_drop(v);
		return E_CORRUPT;
	}
	*out = v;
	return 0;
}

void load_code(struct catalog *c, struct db *db, struct version *v)
{
	const struct recipe *r = v ? v->v.recipe : NULL;
	size_t dir = strlen(c->code_dir) + 1;
	int rc;

	if (!r)
		return;
	rc = code_ready(c, db, str_n(r->code.p + dir, r->code.n - dir));
	for (int i = 0; i < r->layer_count && rc == 0; i++)
		rc = code_ready(c, db, str_n(r->layers[i].p + dir, r->layers[i].n - dir));
	v->v.ready = rc == 0;
}

int load_run(struct work *w, struct db *db)
{
	struct load *l = container_of(w, struct load, work);
	struct function_row row;
	int rc = db_snapshot_begin(db);

	if (rc == 0)
		rc = load_function(db, l->id, l->name, &l->arena, &l->function, &row);
	if (rc == 0)
		rc = load_choice(db, &row, l->qualifier, &l->arena, &l->choice);
	for (int i = 0; i < LOADED_MAX && rc == 0 && l->choice.version[i][0]; i++)
		rc = load_version(l->catalog, db, &row, str_of(l->choice.version[i]), &l->arena, &l->versions[i]);
	db_snapshot_end(db);
	for (int i = 0; i < LOADED_MAX; i++)
		load_code(l->catalog, db, l->versions[i]);	/* may take long: not while the snapshot holds up the log */
	return rc;
}
