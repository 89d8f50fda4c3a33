/* functions.c - functions looked at, listed and deleted. */
#include "base/err.h"
#include "pipeline/webhook.h"
#include "web/lambda/code.h"
#include "web/lambda/function.h"
#include "web/lambda/items.h"
#include "web/lambda/version.h"

static int get_configuration(struct lambda *l, struct db *db)
{
	const struct json_value *document;
	struct function_row row;
	struct str version;
	struct json j = json_into(&l->out);
	int rc = lambda_function_document(l, db, &row, &version, &document);

	if (rc < 0)
		return rc;
	json_open(&j, NULL, '{');
	lambda_write_configuration(l, &j, document, row.name, version, l->target.qualifier, LAMBDA_SETTLED);
	json_close(&j);
	return 0;
}

static void write_code(struct lambda *l, struct json *j, const struct json_value *document)
{
	struct str package = json_text(document, "Package");

	json_open(j, "Code", '{');
	json_cstr(j, "RepositoryType", str_is_set(package) ? "S3" : "minilab");
	if (str_is_set(package))
		json_cstr(j, "Location", code_link(l, package));
	json_close(j);
}

static int write_extras(struct lambda *l, struct db *db, struct json *j, int64_t function)
{
	const struct json_value *record, *tags;
	int64_t reserved;
	int rc = lambda_record(l, db, function, &record);

	if (rc < 0)
		return rc;
	tags = json_get(record, "Tags");
	if (tags && tags->count > 0 && (!str_is_set(l->target.qualifier) || l->target.latest))
		json_value(j, "Tags", tags);
	reserved = json_number(record, "Reserved", -1);
	if (reserved >= 0) {
		json_open(j, "Concurrency", '{');
		json_int(j, "ReservedConcurrentExecutions", reserved);
		json_close(j);
	}
	return 0;
}

static int get(struct lambda *l, struct db *db)
{
	const struct json_value *document;
	struct function_row row;
	struct str version;
	struct json j = json_into(&l->out);
	int rc = lambda_function_document(l, db, &row, &version, &document);

	if (rc < 0)
		return rc;
	json_open(&j, NULL, '{');
	json_open(&j, "Configuration", '{');
	lambda_write_configuration(l, &j, document, row.name, version, l->target.qualifier, LAMBDA_SETTLED);
	json_close(&j);
	write_code(l, &j, document);
	rc = write_extras(l, db, &j, row.id);
	json_close(&j);
	return rc;
}

/* A list. With FunctionVersion=ALL it goes on in the middle of a function's versions: the marker is "NAME" or "NAME:0000000007". */

struct listing {			/* in l->state */
	struct lambda *l;
	struct db *db;
	struct items page;
	bool all;
	struct json j;
	struct function_row row;
};

static int check_list(struct lambda *l)
{
	struct listing *li = arena_take(&l->arena, sizeof *li);
	struct str versions = params_get(&l->params, "FunctionVersion");

	if (str_is_set(versions))
		constrain_enum(l, "functionVersion", versions, "[ALL]");
	items_read(l, &li->page);
	li->l = l;
	li->all = str_is_set(versions);
	l->state = li;
	return 0;
}

static int show(struct listing *li, struct str marker, struct str version, struct str document)
{
	struct lambda *l = li->l;
	struct json_value *v;

	if (!items_add(l, &li->page, marker))
		return 1;
	if (json_parse(&l->arena, document, &v) < 0)
		return E_CORRUPT;
	json_open(&li->j, NULL, '{');
	lambda_write_configuration(l, &li->j, v, li->row.name, version, li->all ? version : (struct str){ 0 }, LAMBDA_LISTED);
	json_close(&li->j);
	return 0;
}

static int show_version(void *owner, const struct record *r)
{
	struct listing *li = owner;
	struct arena *a = &li->l->arena;
	struct str number = r->name;

	while (number.n > 1 && *number.p == '0')
		number = str_n(number.p + 1, number.n - 1);
	return show(li, str_of(arena_printf(a, "%.*s:%.*s", STR_ARG(li->row.name), STR_ARG(r->name))), arena_str(a, number), r->body);
}

static int show_versions(struct listing *li, struct str after)
{
	int rc;

	rc = record_list(li->db, RECORD_VERSION, li->row.id, after, li->page.max + 1, show_version, li);
	return rc;
}

static int show_function(void *owner, const struct function_row *row)
{
	struct listing *li = owner;
	int rc;

	li->row = *row;
	rc = show(li, row->name, STR("$LATEST"), row->config);
	return rc == 0 && li->all ? show_versions(li, (struct str){ 0 }) : rc;
}

/* What is left of the function at which the page before ended. */
static int show_rest(struct listing *li, struct str *after)
{
	struct str rest = *after, name;
	int rc;

	if (!str_is_set(*after) || !li->all)
		return 0;
	str_next(&rest, ':', &name);
	*after = name;
	rc = function_get(li->db, name, &li->l->arena, &li->row);
	return rc == 0 ? show_versions(li, rest) : rc == E_NOT_FOUND ? 0 : rc;
}

static int list(struct lambda *l, struct db *db)
{
	struct listing *li = l->state;
	struct str after = li->page.marker;
	int rc;

	li->db = db;
	li->j = json_into(&l->out);
	json_open(&li->j, NULL, '{');
	json_open(&li->j, "Functions", '[');
	rc = show_rest(li, &after);
	if (rc == 0)
		rc = function_page(db, after, li->page.max + 1, show_function, li);
	json_close(&li->j);
	items_end(&li->page, &li->j);
	json_close(&li->j);
	return rc < 0 ? rc : 0;
}

/* Deleting */

struct holder {
	struct lambda *l;
	struct str version, alias;
};

static int holds(void *owner, const struct record *r)
{
	struct holder *h = owner;
	struct json_value *v;
	const struct json_value *weights;

	if (json_parse(&h->l->arena, r->body, &v) < 0)
		return 0;
	weights = json_get(v, "Weights");
	if (!str_eq(json_text(v, "FunctionVersion"), h->version) && !(weights && weights->first && str_eq(weights->first->name, h->version)))
		return 0;
	h->alias = arena_str(&h->l->arena, r->name);
	return 1;
}

static int delete_version(struct lambda *l, struct db *db, const struct function_row *row)
{
	struct holder h = { .l = l, .version = l->target.qualifier };
	int64_t number;
	int rc;

	if (l->target.latest)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "$LATEST version cannot be deleted without deleting the function.");
	if (!lambda_is_number(h.version))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Deletion of aliases is not currently supported.");
	if (h.version.p[0] == '0' || str_to_int(h.version, 1, INT64_MAX, &number) < 0)
		return 0;	/* no version has that number */
	rc = record_list(db, RECORD_ALIAS, row->id, (struct str){ 0 }, ALIASES_MAX, holds, &h);
	if (rc > 0)
		return lambda_refuse(l, LAMBDA_CONFLICT, "Version %.*s is referenced by alias %.*s. Delete or update the alias first.",
				     STR_ARG(h.version), STR_ARG(h.alias));
	if (rc == 0)
		rc = record_delete(db, RECORD_VERSION, row->id, lambda_version_name(l, number));
	if (rc == 0)
		rc = qualifier_drop(db, &l->arena, row->id, h.version);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int delete(struct lambda *l, struct db *db)
{
	struct webhook_lost lost;
	struct function_row row;
	int rc = function_get(db, l->target.name, &l->arena, &row);

	if (rc == E_NOT_FOUND)
		return lambda_no_function(l, (struct str){ 0 });
	if (rc < 0)
		return rc;
	l->changed = row.id;
	l->gone = !str_is_set(l->target.qualifier);
	if (!l->gone)
		return delete_version(l, db, &row);
	lost = (struct webhook_lost){ .db = db, .function = l->target.name, .waiting_max = l->m->settings.webhook_waiting_max };
	return function_delete(db, row.id, webhook_lose, &lost);
}

#define FUNCTIONS "/2015-03-31/functions"
#define FUNCTION FUNCTIONS "/{FunctionName}"

const struct lambda_operation lambda_functions[] = {
	{ "CreateFunction", "POST", FUNCTIONS, 201, LAMBDA_SERVES, LAMBDA_REQUEST_MAX, function_create_check, NULL, function_create, NULL },
	{ "ListFunctions", "GET", FUNCTIONS, 200, LAMBDA_READS, 0, check_list, list, NULL, NULL },
	{ "GetFunction", "GET", FUNCTION, 200, LAMBDA_READS, 0, NULL, get, NULL, NULL },
	{ "GetFunctionConfiguration", "GET", FUNCTION "/configuration", 200, LAMBDA_READS, 0, NULL, get_configuration, NULL, NULL },
	{ "UpdateFunctionConfiguration", "PUT", FUNCTION "/configuration", 200, LAMBDA_WRITES, 0, function_configure_check, function_configure,
	  NULL, NULL },
	{ "DeleteFunction", "DELETE", FUNCTION, 204, LAMBDA_FREES, 0, NULL, delete, NULL, NULL },
	{ 0 },
};
