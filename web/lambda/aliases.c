/* aliases.c - names for versions, and how invocations are shared between two of them. */
#include <stdlib.h>

#include "base/err.h"
#include "storage/queue.h"
#include "web/lambda/function.h"
#include "web/lambda/items.h"
#include "web/lambda/version.h"

#define VERSION_PATTERN "(\\$LATEST(\\.PUBLISHED)?|[0-9]+)"

static bool is_version(struct str s)
{
	return str_eq(s, STR("$LATEST")) || shape_digits.fits(s);
}

static const struct shape shape_version = { VERSION_PATTERN, is_version };

static const struct member create_members[] = {
	{ .name = "Name", .kind = MEMBER_TEXT, .required = true, .min = 1, .max = 128, .shape = &shape_alias },
	{ .name = "FunctionVersion", .kind = MEMBER_TEXT, .required = true, .min = 1, .max = 1024, .shape = &shape_version },
	{ .name = "Description", .kind = MEMBER_TEXT, .max = 256 },
	{ .name = "RoutingConfig", .kind = MEMBER_ANY },
	{ 0 },
};

static const struct member update_members[] = {
	{ .name = "FunctionVersion", .kind = MEMBER_TEXT, .min = 1, .max = 1024, .shape = &shape_version },
	{ .name = "Description", .kind = MEMBER_TEXT, .max = 256 },
	{ .name = "RoutingConfig", .kind = MEMBER_ANY },
	{ .name = "RevisionId", .kind = MEMBER_TEXT },
	{ 0 },
};

/* Weights are the one map of numbers there is. */

static const struct json_value *weights_of(const struct lambda *l)
{
	return json_get(json_get(l->body, "RoutingConfig"), "AdditionalVersionWeights");
}

/* As Java prints a double, so that the value is the one in the recordings. */
static struct str printed(struct lambda *l, const struct json_value *weights)
{
	struct buf b = { 0 };
	struct str s;

	buf_puts(&b, "{");
	for (const struct json_value *w = weights->first; w && b.len < CONSTRAINT_VALUE_MAX; w = w->next) {
		bool whole = w->kind == JSON_NUMBER && memchr(w->text.p, '.', w->text.n) == NULL && memchr(w->text.p, 'e', w->text.n) == NULL;

		buf_printf(&b, "%.*s=%.*s%s%s", STR_ARG(w->name), STR_ARG(w->text), whole ? ".0" : "", w->next ? ", " : "");
	}
	buf_puts(&b, "}");
	s = arena_str(&l->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

static bool weight_does(const struct json_value *w)
{
	double d = w->text.n < 40 ? strtod(w->text.p, NULL) : -1;

	return d >= 0 && d <= 1;
}

static void check_weights(struct lambda *l)
{
	static const char path[] = "routingConfig.additionalVersionWeights";
	const struct json_value *weights = weights_of(l);
	bool keys = true, values = true;

	for (const struct json_value *w = weights ? weights->first : NULL; w; w = w->next) {
		if (w->kind != JSON_NUMBER) {
			lambda_refuse(l, LAMBDA_SERIALIZATION, "A weight is not a number");
			return;
		}
		keys = keys && shape_digits.fits(w->name) && w->name.n <= 1024;
		values = values && weight_does(w);
	}
	if (!keys)
		constrain_broken(l, path, printed(l, weights), "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
			       "Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]");
	if (!values)
		constrain_broken(l, path, printed(l, weights), "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
			       "Member must have value greater than or equal to 0.0, Member must not be null]");
}

static int check_create(struct lambda *l)
{
	constrain_members(l, l->body, "", create_members);
	check_weights(l);
	return 0;
}

static int check_name(struct lambda *l)
{
	constrain_text(l, "name", l->path[1], 1, 128, &shape_alias);
	return 0;
}

static int check_update(struct lambda *l)
{
	check_name(l);
	constrain_members(l, l->body, "", update_members);
	check_weights(l);
	return 0;
}

/* An alias as it stands, or as it shall. */
struct alias {
	struct str name, version, description, revision;
	const struct json_value *weights;	/* NULL or empty: none */
};

static struct str alias_body(struct lambda *l, const struct alias *a)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);
	struct str s;

	json_open(&j, NULL, '{');
	json_str(&j, "FunctionVersion", a->version);
	json_str(&j, "Description", a->description);
	json_str(&j, "RevisionId", a->revision);
	if (a->weights && a->weights->count > 0)
		json_value(&j, "Weights", a->weights);
	json_close(&j);
	s = arena_str(&l->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

static int alias_read(struct lambda *l, struct str name, struct str body, struct alias *a)
{
	struct json_value *v;

	if (json_parse(&l->arena, body, &v) < 0)
		return E_CORRUPT;
	*a = (struct alias){ .name = name, .version = json_text(v, "FunctionVersion"), .description = json_text(v, "Description"),
		.revision = json_text(v, "RevisionId"), .weights = json_get(v, "Weights") };
	return 0;
}

static void alias_write(struct lambda *l, struct json *j, const struct alias *a)
{
	json_open(j, NULL, '{');
	json_cstr(j, "AliasArn", lambda_arn(l, l->target.name, a->name));
	json_str(j, "Name", a->name);
	json_str(j, "FunctionVersion", a->version);
	json_str(j, "Description", a->description);
	if (a->weights && a->weights->count > 0) {
		json_open(j, "RoutingConfig", '{');
		json_value(j, "AdditionalVersionWeights", a->weights);
		json_close(j);
	}
	json_str(j, "RevisionId", a->revision);
	json_close(j);
}

static int answer(struct lambda *l, const struct alias *a)
{
	struct json j = json_into(&l->out);

	alias_write(l, &j, a);
	return 0;
}

static int check_version(struct lambda *l, struct db *db, const struct function_row *row, struct str number)
{
	const struct json_value *document;
	struct str version;
	int rc = lambda_document(l, db, row, number, &version, &document);

	return rc == E_NOT_FOUND ? lambda_no_function(l, number) : rc;
}

static int check_routing(struct lambda *l, struct db *db, const struct function_row *row, const struct alias *a)
{
	const struct json_value *w = a->weights;

	if (!w || w->count == 0)
		return 0;
	if (w->count > 1)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Number of items in AdditionalVersionWeights cannot be greater than 1");
	if (str_eq(a->version, STR("$LATEST")))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "$LATEST is not supported for an alias pointing to more than 1 version");
	if (str_eq(w->first->name, a->version))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Invalid function version %.*s. Function version %.*s is already included in routing "
				     "configuration.", STR_ARG(a->version), STR_ARG(a->version));
	return check_version(l, db, row, w->first->name);
}

static int put(struct lambda *l, struct db *db, const struct function_row *row, struct alias *a)
{
	char id[JOB_REQUEST_ID + 1];
	int rc = check_version(l, db, row, a->version);

	if (rc < 0 || (rc = check_routing(l, db, row, a)) < 0)
		return rc;
	queue_request_make(id);
	a->revision = arena_str(&l->arena, str_of(id));
	if ((rc = record_put(db, RECORD_ALIAS, row->id, a->name, alias_body(l, a))) < 0)
		return rc;
	l->changed = row->id;
	return answer(l, a);
}

static int create(struct lambda *l, struct db *db)
{
	struct str there, description = json_text(l->body, "Description");
	struct alias a = { .name = json_text(l->body, "Name"), .version = json_text(l->body, "FunctionVersion"),
		.description = str_is_set(description) ? description : STR(""), .weights = weights_of(l) };
	struct function_row row;
	int64_t n;
	int rc = lambda_function(l, db, &row);

	if (rc < 0)
		return rc;
	rc = record_get(db, RECORD_ALIAS, row.id, a.name, &l->arena, &there);
	if (rc == 0)
		return lambda_refuse(l, LAMBDA_CONFLICT, "Alias already exists: %s", lambda_arn(l, row.name, a.name));
	if (rc != E_NOT_FOUND || (rc = record_count(db, RECORD_ALIAS, row.id, &n)) < 0)
		return rc;
	if (n >= ALIASES_MAX)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "A function cannot have more than %d aliases.", ALIASES_MAX);
	return put(l, db, &row, &a);
}

/* E_NOT_FOUND: no function, or no alias of that name. */
static int find(struct lambda *l, struct db *db, struct function_row *row, struct alias *a)
{
	struct str body;
	int rc = function_get(db, l->target.name, &l->arena, row);

	if (rc == 0)
		rc = record_get(db, RECORD_ALIAS, row->id, l->path[1], &l->arena, &body);
	return rc < 0 ? rc : alias_read(l, l->path[1], body, a);
}

static int get(struct lambda *l, struct db *db)
{
	struct function_row row;
	struct alias a;
	int rc = find(l, db, &row, &a);

	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "Cannot find alias arn: %s", lambda_arn(l, l->target.name, l->path[1]));
	return rc < 0 ? rc : answer(l, &a);
}

static int update(struct lambda *l, struct db *db)
{
	struct str version = json_text(l->body, "FunctionVersion"), description = json_text(l->body, "Description");
	struct str revision = json_text(l->body, "RevisionId");
	const struct json_value *routing = json_get(l->body, "RoutingConfig");
	struct function_row row;
	struct alias a;
	int rc = find(l, db, &row, &a);

	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "Alias not found: %s", lambda_arn(l, l->target.name, l->path[1]));
	if (rc < 0)
		return rc;
	if (revision.n > 0 && !str_eq(revision, a.revision))
		return lambda_refuse(l, LAMBDA_PRECONDITION, "The Revision Id provided does not match the latest Revision Id. Call the "
				     "GetFunction/GetAlias API to retrieve the latest Revision Id");
	if (str_is_set(version))
		a.version = version;
	if (str_is_set(description))
		a.description = description;
	if (routing && routing->kind == JSON_OBJECT)
		a.weights = weights_of(l);
	return put(l, db, &row, &a);
}

static int delete(struct lambda *l, struct db *db)
{
	struct function_row row;
	int rc = lambda_function(l, db, &row);

	if (rc < 0)
		return rc;
	rc = record_delete(db, RECORD_ALIAS, row.id, l->path[1]);
	if (rc == 0)
		rc = qualifier_drop(db, &l->arena, row.id, l->path[1]);
	l->changed = row.id;
	return rc == E_NOT_FOUND ? 0 : rc;
}

struct listing {			/* in l->state */
	struct lambda *l;
	struct items page;
	struct str version;		/* only those that point to it; absent: all */
	struct json j;
};

static int check_list(struct lambda *l)
{
	struct listing *li = arena_take(&l->arena, sizeof *li);

	li->l = l;
	li->version = params_get(&l->params, "FunctionVersion");
	if (str_is_set(li->version))
		constrain_text(l, "functionVersion", li->version, 1, 1024, &shape_version);
	items_read(l, &li->page);
	l->state = li;
	return 0;
}

static int show(void *owner, const struct record *r)
{
	struct listing *li = owner;
	struct alias a;
	int rc = alias_read(li->l, r->name, r->body, &a);

	if (rc < 0 || (str_is_set(li->version) && !str_eq(li->version, a.version)))
		return rc;
	if (!items_add(li->l, &li->page, r->name))
		return 1;
	alias_write(li->l, &li->j, &a);
	return 0;
}

static int list(struct lambda *l, struct db *db)
{
	struct listing *li = l->state;
	struct function_row row;
	int rc = lambda_function(l, db, &row);

	if (rc < 0)
		return rc;
	li->j = json_into(&l->out);
	json_open(&li->j, NULL, '{');
	json_open(&li->j, "Aliases", '[');
	rc = record_list(db, RECORD_ALIAS, row.id, li->page.marker, ALIASES_MAX, show, li);
	json_close(&li->j);
	items_end(&li->page, &li->j);
	json_close(&li->j);
	return rc < 0 ? rc : 0;
}

#define ALIASES "/2015-03-31/functions/{FunctionName}/aliases"
#define ALIAS ALIASES "/{Name}"

const struct lambda_operation lambda_aliases[] = {
	{ "CreateAlias", "POST", ALIASES, 201, LAMBDA_WRITES, 0, check_create, create, NULL, NULL },
	{ "ListAliases", "GET", ALIASES, 200, LAMBDA_READS, 0, check_list, list, NULL, NULL },
	{ "GetAlias", "GET", ALIAS, 200, LAMBDA_READS, 0, check_name, get, NULL, NULL },
	{ "UpdateAlias", "PUT", ALIAS, 200, LAMBDA_WRITES, 0, check_update, update, NULL, NULL },
	{ "DeleteAlias", "DELETE", ALIAS, 204, LAMBDA_FREES, 0, check_name, delete, NULL, NULL },
	{ 0 },
};
