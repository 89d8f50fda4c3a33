/* async.c - how asynchronous invocations are tried and where their results go, for each qualifier of a function. facts/02 section 4. */
#include "web/lambda/config.h"

#include "base/clock.h"
#include "base/err.h"
#include "web/lambda/items.h"

#define NO_FUNCTION "The function doesn't exist."
#define RETRIES_MAX 2
#define AGE_MIN_S 60
#define AGE_MAX_S 21600

static const struct member target_members[] = {
	{ "Destination", MEMBER_TEXT, false, 0, 350, &shape_destination, NULL, NULL, NULL },
	{ 0 },
};

static const struct member destination_members[] = {
	{ "OnSuccess", MEMBER_OBJECT, false, 0, 0, NULL, NULL, NULL, target_members },
	{ "OnFailure", MEMBER_OBJECT, false, 0, 0, NULL, NULL, NULL, target_members },
	{ 0 },
};

static const struct member members[] = {
	{ "MaximumRetryAttempts", MEMBER_INT, false, 0, RETRIES_MAX, NULL, NULL, NULL, NULL },
	{ "MaximumEventAgeInSeconds", MEMBER_INT, false, AGE_MIN_S, AGE_MAX_S, NULL, NULL, NULL, NULL },
	{ "DestinationConfig", MEMBER_OBJECT, false, 0, 0, NULL, NULL, NULL, destination_members },
	{ 0 },
};

struct async {				/* as it is kept */
	int64_t retries, age_s;		/* -1: never set */
	struct str on_success, on_failure;
	int64_t modified_ms;
};

static struct str qualifier_of(const struct lambda *l)
{
	return str_is_set(l->target.qualifier) ? l->target.qualifier : STR("$LATEST");
}

static bool is_there(const struct lambda *l, const char *member)
{
	const struct json_value *v = json_get(l->body, member);

	return v && v->kind != JSON_NULL;
}

static int put_check(struct lambda *l)
{
	int rc;

	constrain_members(l, l->body, "", members);
	if ((rc = lambda_target(l)) < 0)
		return rc;
	if (!is_there(l, "MaximumRetryAttempts") && !is_there(l, "MaximumEventAgeInSeconds") && !is_there(l, "DestinationConfig"))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "You must specify at least one of error handling or destination setting.");
	return 0;
}

/* Those that AWS knows for this are refused one by one; anything else as AWS refuses it. */
static int check_kinds(struct lambda *l, struct str on_success, struct str on_failure)
{
	static const char *const known[] = { "arn:aws:lambda:", "arn:aws:sqs:", "arn:aws:sns:", "arn:aws:events:", "arn:aws:s3:", "arn:aws:minilab:" };
	const struct str both[] = { on_success, on_failure };

	for (int i = 0; i < 2; i++) {
		size_t k = 0;

		while (k < sizeof known / sizeof known[0] && !str_starts(both[i], str_of(known[k])))
			k++;
		if (both[i].n > 0 && k == sizeof known / sizeof known[0])
			return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "The provided destination config DestinationConfig(onSuccess=%s%.*s%s, "
					     "onFailure=%s%.*s%s) is invalid.", on_success.n ? "OnSuccess(destination=" : "null",
					     STR_ARG(on_success), on_success.n ? ")" : "", on_failure.n ? "OnFailure(destination=" : "null",
					     STR_ARG(on_failure), on_failure.n ? ")" : "");
	}
	return 0;
}

/* What the request says over what was. */
static int take_request(struct lambda *l, struct db *db, struct async *a)
{
	const struct json_value *config = json_get(l->body, "DestinationConfig"), *success = json_get(config, "OnSuccess"),
		*failure = json_get(config, "OnFailure");
	int rc;

	a->retries = json_number(l->body, "MaximumRetryAttempts", a->retries);
	a->age_s = json_number(l->body, "MaximumEventAgeInSeconds", a->age_s);
	a->modified_ms = clock_wall_ms();
	if (success)
		a->on_success = json_text(success, "Destination");
	if (failure)
		a->on_failure = json_text(failure, "Destination");
	if ((rc = check_kinds(l, a->on_success, a->on_failure)) < 0 ||
	    (rc = config_destination(l, db, a->on_success, false)) < 0)
		return rc;
	return config_destination(l, db, a->on_failure, true);
}

static int read_async(struct arena *arena, struct str body, struct async *a)
{
	struct json_value *v;

	if (json_parse(arena, body, &v) < 0)
		return E_CORRUPT;
	*a = (struct async){ json_number(v, "MaximumRetryAttempts", -1), json_number(v, "MaximumEventAgeInSeconds", -1),
		json_text(v, "OnSuccess"), json_text(v, "OnFailure"), json_number(v, "LastModified", 0) };
	return 0;
}

static void write_numbers(struct json *j, const struct async *a)
{
	if (a->retries >= 0)
		json_int(j, "MaximumRetryAttempts", a->retries);
	if (a->age_s >= 0)
		json_int(j, "MaximumEventAgeInSeconds", a->age_s);
}

static int keep(struct lambda *l, struct db *db, int64_t function, const struct async *a)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc;

	json_open(&j, NULL, '{');
	write_numbers(&j, a);
	if (a->on_success.n)
		json_str(&j, "OnSuccess", a->on_success);
	if (a->on_failure.n)
		json_str(&j, "OnFailure", a->on_failure);
	json_int(&j, "LastModified", a->modified_ms);
	json_close(&j);
	rc = record_put(db, RECORD_EVENT_INVOKE, function, qualifier_of(l), str_n(b.data, b.len));
	buf_clear(&b);
	l->changed = function;
	return rc;
}

static void write_destination(struct json *j, const char *name, struct str arn)
{
	json_open(j, name, '{');
	if (arn.n)
		json_str(j, "Destination", arn);
	json_close(j);
}

static void show(struct lambda *l, struct json *j, struct str qualifier, const struct async *a)
{
	json_open(j, NULL, '{');
	json_real(j, "LastModified", (double)a->modified_ms / 1000);
	json_cstr(j, "FunctionArn", lambda_arn(l, l->target.name, qualifier));
	write_numbers(j, a);
	json_open(j, "DestinationConfig", '{');
	write_destination(j, "OnSuccess", a->on_success);
	write_destination(j, "OnFailure", a->on_failure);
	json_close(j);
	json_close(j);
}

static int put_run(struct lambda *l, struct db *db)
{
	struct async a = { .retries = -1, .age_s = -1 };
	const struct json_value *document;
	struct json j = json_into(&l->out);
	struct function_row row;
	struct str version;
	int rc = function_get(db, l->target.name, &l->arena, &row);

	if (rc == 0)
		rc = lambda_document(l, db, &row, l->target.qualifier, &version, &document);
	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_NOT_FOUND, NO_FUNCTION);
	if (rc < 0 || (rc = take_request(l, db, &a)) < 0 || (rc = keep(l, db, row.id, &a)) < 0)
		return rc;
	show(l, &j, qualifier_of(l), &a);
	return 0;
}

/* Refuses when there is none, whatever of it is not there. */
static int find(struct lambda *l, struct db *db, struct function_row *row, struct async *a)
{
	struct str body;
	int rc = function_get(db, l->target.name, &l->arena, row);

	if (rc == 0)
		rc = record_get(db, RECORD_EVENT_INVOKE, row->id, qualifier_of(l), &l->arena, &body);
	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "The function %s doesn't have an EventInvokeConfig",
				     lambda_arn(l, l->target.name, qualifier_of(l)));
	return rc < 0 ? rc : read_async(&l->arena, body, a);
}

static int update_run(struct lambda *l, struct db *db)
{
	struct json j = json_into(&l->out);
	struct function_row row;
	struct async a;
	int rc;

	if ((rc = find(l, db, &row, &a)) < 0 || (rc = take_request(l, db, &a)) < 0 || (rc = keep(l, db, row.id, &a)) < 0)
		return rc;
	show(l, &j, qualifier_of(l), &a);
	return 0;
}

static int get_run(struct lambda *l, struct db *db)
{
	struct json j = json_into(&l->out);
	struct function_row row;
	struct async a;
	int rc = find(l, db, &row, &a);

	if (rc == 0)
		show(l, &j, qualifier_of(l), &a);
	return rc;
}

static int delete_run(struct lambda *l, struct db *db)
{
	struct function_row row;
	struct async a;
	int rc = find(l, db, &row, &a);

	if (rc < 0)
		return rc;
	l->changed = row.id;
	return record_delete(db, RECORD_EVENT_INVOKE, row.id, qualifier_of(l));
}

struct listing {
	struct lambda *l;
	struct json *j;
	struct items items;
};

static int list_one(void *owner, const struct record *r)
{
	struct listing *k = owner;
	struct async a;
	int rc;

	if (!items_add(k->l, &k->items, r->name))
		return 1;
	if ((rc = read_async(&k->l->arena, r->body, &a)) < 0)
		return rc;
	show(k->l, k->j, k->items.last, &a);
	return 0;
}

static int list_run(struct lambda *l, struct db *db)
{
	struct json j = json_into(&l->out);
	struct listing k = { .l = l, .j = &j };
	struct function_row row;
	int rc = function_get(db, l->target.name, &l->arena, &row);

	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_NOT_FOUND, NO_FUNCTION);
	if (rc < 0)
		return rc;
	items_read(l, &k.items);
	json_open(&j, NULL, '{');
	json_open(&j, "FunctionEventInvokeConfigs", '[');
	rc = record_list(db, RECORD_EVENT_INVOKE, row.id, k.items.marker, k.items.max + 1, list_one, &k);
	json_close(&j);
	items_end(&k.items, &j);
	json_close(&j);
	return rc < 0 ? rc : 0;
}

#define CONFIG "/2019-09-25/functions/{FunctionName}/event-invoke-config"

const struct lambda_operation lambda_async[] = {
	{ "PutFunctionEventInvokeConfig", "PUT", CONFIG, 200, LAMBDA_WRITES, 0, put_check, put_run, NULL, NULL },
	{ "UpdateFunctionEventInvokeConfig", "POST", CONFIG, 200, LAMBDA_WRITES, 0, put_check, update_run, NULL, NULL },
	{ "GetFunctionEventInvokeConfig", "GET", CONFIG, 200, LAMBDA_READS, 0, NULL, get_run, NULL, NULL },
	{ "DeleteFunctionEventInvokeConfig", "DELETE", CONFIG, 204, LAMBDA_FREES, 0, NULL, delete_run, NULL, NULL },
	{ "ListFunctionEventInvokeConfigs", "GET", CONFIG "/list", 200, LAMBDA_READS, 0, items_check, list_run, NULL, NULL },
	{ 0 },
};
