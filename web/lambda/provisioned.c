/* provisioned.c - provisioned concurrency of versions and aliases: so many environments are initialised beforehand. facts/01 section 4,
 * facts/05 section 10.
 *
 * What is wanted is a record; how far it is, the custom pool tells: the catalog is asked for the version, on the loop, one after the other.
 */
#include "web/lambda/config.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "functions/custom.h"
#include "pipeline/concurrency.h"
#include "web/lambda/account.h"
#include "web/lambda/items.h"

#define UNPUBLISHED "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
#define NOT_PUBLISHED "The function resource provided must be an alias or a published version."

struct item {
	struct str qualifier, version, second;	/* numbers that the qualifier stands for; second: of an alias with weights, else absent */
	int64_t wanted;
	struct str modified;
	int ready;
	bool failed;
};

struct provisioned {			/* l->state */
	struct lambda *l;
	struct item item[ITEMS_MAX];
	int count, at;
	bool list;
	struct items items;
	struct catalog_query query;
};

static int check_target(struct lambda *l, const char *of_latest)
{
	struct str asked = params_get(&l->params, "Qualifier");
	int rc;

	if (!str_is_set(asked))
		constrain_broken(l, "qualifier", asked, CONSTRAINT_MISSING);
	if ((rc = lambda_target(l)) < 0)
		return rc;
	return l->target.latest ? lambda_refuse(l, LAMBDA_BAD_PARAMETER, "%s", of_latest) : 0;
}

static int put_check(struct lambda *l)
{
	static const struct member members[] = {
		{ "ProvisionedConcurrentExecutions", MEMBER_INT, true, 1, 0, NULL, NULL, NULL, NULL },
		{ 0 },
	};

	constrain_members(l, l->body, "", members);
	return check_target(l, UNPUBLISHED);
}

static int one_check(struct lambda *l)
{
	return check_target(l, NOT_PUBLISHED);
}

static int find_version(struct lambda *l, struct db *db, struct function_row *row, struct str *version, const struct json_value **document)
{
	int rc = function_get(db, l->target.name, &l->arena, row);

	if (rc == E_NOT_FOUND)
		return config_no_version(l);
	return rc < 0 ? rc : config_version(l, db, row, version, document);
}

/* The other version of an alias with weights, which has its share. */
static struct str second_of(struct lambda *l, struct db *db, int64_t function, struct str alias)
{
	const struct json_value *weights;
	struct json_value *v;
	struct str body;

	if (record_get(db, RECORD_ALIAS, function, alias, &l->arena, &body) < 0 || json_parse(&l->arena, body, &v) < 0)
		return (struct str){ 0 };
	weights = json_get(v, "Weights");
	return weights && weights->first ? weights->first->name : (struct str){ 0 };
}

/* Does an alias that has some point to the version? */
struct pointing {
	struct lambda *l;
	struct db *db;
	int64_t function;
	struct str version;
	bool found;
};

static int look_at_alias(void *owner, const struct record *r)
{
	struct pointing *p = owner;
	struct json_value *v;
	struct str body;

	if (lambda_is_number(r->name))
		return 0;
	if (record_get(p->db, RECORD_ALIAS, p->function, arena_str(&p->l->arena, r->name), &p->l->arena, &body) < 0 ||
	    json_parse(&p->l->arena, body, &v) < 0)
		return 0;
	p->found = str_eq(json_text(v, "FunctionVersion"), p->version);
	return p->found;
}

/* A version is provisioned by its own number, or by one alias. */
static int refuse_twice(struct lambda *l, struct db *db, int64_t function, struct str version)
{
	struct pointing p = { .l = l, .db = db, .function = function, .version = version };
	struct str body;
	int rc;

	if (!lambda_is_number(l->target.qualifier)) {
		rc = record_get(db, RECORD_PROVISIONED, function, version, &l->arena, &body);
		if (rc == 0)
			return lambda_refuse(l, LAMBDA_CONFLICT, "Alias can't be used for Provisioned Concurrency configuration on an already "
					     "Provisioned version");
		return rc == E_NOT_FOUND ? 0 : rc;
	}
	rc = record_list(db, RECORD_PROVISIONED, function, (struct str){ 0 }, INT32_MAX, look_at_alias, &p);
	if (p.found)
		return lambda_refuse(l, LAMBDA_CONFLICT, "Version is pointed by a Provisioned Concurrency alias");
	return rc;
}

static int check_room(struct lambda *l, struct db *db, int64_t function, int64_t wanted)
{
	int64_t reserved, others, left;
	struct account a;
	int rc;

	if ((rc = account_of_function(db, function, l->target.qualifier, &reserved, &others)) < 0 || (rc = account_look(l, db, function, &a)) < 0)
		return rc;
	if (reserved >= 0) {
		if (wanted + others > reserved)
			return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Requested Provisioned Concurrency should not be greater than the "
					     "reservedConcurrentExecution for function");
		return 0;
	}
	left = a.unreserved - others;
	if (wanted > left)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Specified ConcurrentExecutions for function is greater than account's unreserved "
				     "concurrency [%lld].", (long long)left);
	if (left - wanted < CONCURRENCY_UNRESERVED_MIN)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Specified ConcurrentExecutions for function decreases account's "
				     "UnreservedConcurrentExecution below its minimum value of [%d].", CONCURRENCY_UNRESERVED_MIN);
	return 0;
}

static struct str now_text(struct lambda *l)
{
	char iso[CLOCK_TEXT_MAX];

	clock_iso_s(iso, clock_wall_ms());
	return str_of(arena_printf(&l->arena, "%.19s+0000", iso));
}

static int keep(struct lambda *l, struct db *db, int64_t function, const struct item *it)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc;

	json_open(&j, NULL, '{');
	json_int(&j, "Requested", it->wanted);
	json_str(&j, "LastModified", it->modified);
	json_close(&j);
	rc = record_put(db, RECORD_PROVISIONED, function, it->qualifier, str_n(b.data, b.len));
	buf_clear(&b);
	l->changed = function;
	return rc;
}

static void show(struct lambda *l, struct json *j, const struct item *it, bool arn)
{
	const char *status = it->ready >= it->wanted ? "READY" : it->failed ? "FAILED" : "IN_PROGRESS";

	json_open(j, NULL, '{');
	if (arn)
		json_cstr(j, "FunctionArn", lambda_arn(l, l->target.name, it->qualifier));
	json_int(j, "RequestedProvisionedConcurrentExecutions", it->wanted);
	json_int(j, "AvailableProvisionedConcurrentExecutions", it->ready);
	json_int(j, "AllocatedProvisionedConcurrentExecutions", it->ready);
	json_cstr(j, "Status", status);
	if (it->failed && it->ready < it->wanted)
		json_cstr(j, "StatusReason", "FUNCTION_ERROR_INIT_FAILURE");
	json_str(j, "LastModified", it->modified);
	json_close(j);
}

/* More than the catalog keeps would be kept here and never be ready. */
static int check_count(struct lambda *l, struct db *db, int64_t function, struct str qualifier)
{
	struct str body;
	int64_t n;
	int rc = record_get(db, RECORD_PROVISIONED, function, qualifier, &l->arena, &body);

	if (rc != E_NOT_FOUND)
		return rc;
	if ((rc = record_count(db, RECORD_PROVISIONED, function, &n)) < 0 || n < CATALOG_PROVISIONED_MAX)
		return rc;
	return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "A function has at most %d provisioned concurrency configurations", CATALOG_PROVISIONED_MAX);
}

static int put_run(struct lambda *l, struct db *db)
{
	struct item it = { .qualifier = l->target.qualifier, .wanted = json_number(l->body, "ProvisionedConcurrentExecutions", 0),
			   .modified = now_text(l) };
	const struct json_value *document;
	struct json j = json_into(&l->out);
	struct function_row row;
	int rc = find_version(l, db, &row, &it.version, &document);

	if (rc < 0)
		return rc;
	if (str_eq(it.version, STR("$LATEST")))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, UNPUBLISHED);
	if (registry_is_builtin(document))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "The environments of the built-in function are kept ready as it is: nothing can be "
				     "provisioned.");
	if ((rc = refuse_twice(l, db, row.id, it.version)) < 0 || (rc = check_count(l, db, row.id, it.qualifier)) < 0 ||
	    (rc = check_room(l, db, row.id, it.wanted)) < 0 || (rc = keep(l, db, row.id, &it)) < 0)
		return rc;
	show(l, &j, &it, false);
	return 0;
}

static int delete_run(struct lambda *l, struct db *db)
{
	const struct json_value *document;
	struct function_row row;
	struct str version;
	int rc = find_version(l, db, &row, &version, &document);

	if (rc < 0)
		return rc;
	l->changed = row.id;
	rc = record_delete(db, RECORD_PROVISIONED, row.id, l->target.qualifier);
	return rc == E_NOT_FOUND ? 0 : rc;
}

/* Reading: what is wanted on a lane, how far it is on the loop, the answer on a lane again. */

static int read_item(struct lambda *l, struct str body, struct item *it)
{
	struct json_value *v;

	if (json_parse(&l->arena, body, &v) < 0)
		return E_CORRUPT;
	it->wanted = json_number(v, "Requested", 0);
	it->modified = json_text(v, "LastModified");
	return 0;
}

static int read_one(struct lambda *l, struct db *db)
{
	struct provisioned *p = l->state;
	struct item *it = &p->item[0];
	const struct json_value *document;
	struct function_row row;
	struct str body;
	int rc = find_version(l, db, &row, &it->version, &document);

	if (rc < 0)
		return rc;
	it->qualifier = l->target.qualifier;
	rc = record_get(db, RECORD_PROVISIONED, row.id, it->qualifier, &l->arena, &body);
	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_NO_PROVISIONED, "No Provisioned Concurrency Config found for this function");
	p->count = 1;
	it->second = second_of(l, db, row.id, it->qualifier);
	return rc < 0 ? rc : read_item(l, body, it);
}

static int take_item(void *owner, const struct record *r)
{
	struct provisioned *p = owner;
	struct item *it = &p->item[p->count];

	if (!items_add(p->l, &p->items, r->name))
		return 1;
	it->qualifier = p->items.last;
	p->count++;
	return read_item(p->l, r->body, it);
}

static int read_list(struct lambda *l, struct db *db)
{
	struct provisioned *p = l->state;
	const struct json_value *document;
	struct function_row row;
	int rc = lambda_function(l, db, &row);

	items_read(l, &p->items);
	if (rc < 0 || (rc = record_list(db, RECORD_PROVISIONED, row.id, p->items.marker, p->items.max + 1, take_item, p)) < 0)
		return rc;
	for (int i = 0; i < p->count; i++) {
		rc = lambda_document(l, db, &row, p->item[i].qualifier, &p->item[i].version, &document);
		if (rc < 0 && rc != E_NOT_FOUND)
			return rc;
		p->item[i].second = second_of(l, db, row.id, p->item[i].qualifier);
	}
	return 0;
}

static int write_answer(struct lambda *l, struct db *db)
{
	struct provisioned *p = l->state;
	struct json j = json_into(&l->out);

	(void)db;
	if (!p->list) {
		show(l, &j, &p->item[0], false);
		return 0;
	}
	json_open(&j, NULL, '{');
	json_open(&j, "ProvisionedConcurrencyConfigs", '[');
	for (int i = 0; i < p->count; i++)
		show(l, &j, &p->item[i], true);
	json_close(&j);
	items_end(&p->items, &j);
	json_close(&j);
	return 0;
}

/* What cannot be run here is never ready. */
static void take_progress(struct provisioned *p)
{
	struct item *it = &p->item[p->at];
	struct catalog_version *v = p->query.version;
	int ready = 0;
	bool failed = p->query.rc < 0 || !p->l->m->custom;

	if (!failed && v->recipe)
		custom_provisioned(p->l->m->custom, v->recipe, &ready, &failed);
	if (p->query.rc == 0)
		catalog_give(v);
	it->ready += ready;
	it->failed = it->failed || failed;
	it->version = it->second;	/* is next */
	it->second = (struct str){ 0 };
}

static void on_found(struct catalog_query *q);

static void look_at_next(struct provisioned *p)
{
	struct lambda *l = p->l;

	for (; p->at < p->count; p->at++)
		while (str_is_set(p->item[p->at].version)) {
			p->query = (struct catalog_query){ .name = l->target.name, .qualifier = p->item[p->at].version, .done = on_found };
			if (catalog_find(l->m->catalog, &p->query) != 0)
				return;
			take_progress(p);
		}
	l->busy = false;
	lambda_run(l, write_answer, lambda_finish);
}

static void on_found(struct catalog_query *q)
{
	struct provisioned *p = container_of(q, struct provisioned, query);

	take_progress(p);
	look_at_next(p);
}

static void on_read(struct lambda *l, int rc)
{
	if (rc < 0) {
		lambda_finish(l, rc);
		return;
	}
	l->busy = true;		/* the catalog has it */
	look_at_next(l->state);
}

static struct provisioned *begin(struct lambda *l)
{
	struct provisioned *p = arena_take(&l->arena, sizeof *p);

	p->l = l;
	l->state = p;
	return p;
}

static void get_serve(struct lambda *l)
{
	begin(l);
	lambda_run(l, read_one, on_read);
}

static void list_serve(struct lambda *l)
{
	begin(l)->list = true;
	lambda_run(l, read_list, on_read);
}

#define PROVISIONED "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"

const struct lambda_operation lambda_provisioned[] = {
	{ "PutProvisionedConcurrencyConfig", "PUT", PROVISIONED, 202, LAMBDA_WRITES, 0, put_check, put_run, NULL, NULL },
	{ "ListProvisionedConcurrencyConfigs", "GET", PROVISIONED "?List=ALL", 200, LAMBDA_SERVES, 0, items_check, NULL, list_serve, NULL },
	{ "GetProvisionedConcurrencyConfig", "GET", PROVISIONED, 200, LAMBDA_SERVES, 0, one_check, NULL, get_serve, NULL },
	{ "DeleteProvisionedConcurrencyConfig", "DELETE", PROVISIONED, 204, LAMBDA_FREES, 0, one_check, delete_run, NULL, NULL },
	{ 0 },
};
