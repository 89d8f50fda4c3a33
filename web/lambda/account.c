#include "web/lambda/account.h"

#include "base/err.h"
#include "storage/package.h"

#define CODE_UNZIPPED_MAX 262144000	/* AWS's limits, which web/lambda/code.c keeps */
#define CODE_ZIPPED_MAX 52428800

struct summing {
	struct str except;
	int64_t sum;
};

static int64_t number_in(struct str body, const char *member, int64_t otherwise)
{
	struct arena a = { 0 };
	struct json_value *v;
	int64_t n = json_parse(&a, body, &v) == 0 ? json_number(v, member, otherwise) : otherwise;

	arena_clear(&a);
	return n;
}

static int add_provisioned(void *owner, const struct record *r)
{
	struct summing *s = owner;

	if (!str_is_set(s->except) || !str_eq(r->name, s->except))
		s->sum += number_in(r->body, "Requested", 0);
	return 0;
}

int account_of_function(struct db *db, int64_t function, struct str except, int64_t *reserved, int64_t *provisioned)
{
	struct summing s = { .except = except };
	struct arena a = { 0 };
	struct str body;
	int rc = record_get(db, RECORD_FUNCTION, function, STR(""), &a, &body);

	*reserved = rc == 0 ? number_in(body, "Reserved", -1) : -1;
	arena_clear(&a);
	if (rc == 0 || rc == E_NOT_FOUND)
		rc = record_list(db, RECORD_PROVISIONED, function, (struct str){ 0 }, CATALOG_PROVISIONED_MAX, add_provisioned, &s);
	*provisioned = s.sum;
	return rc;
}

struct looking {
	struct account *to;
	struct db *db;
	int64_t except;
};

static int look_at(void *owner, const struct function_row *row)
{
	struct looking *k = owner;
	int64_t reserved, provisioned;
	int rc;

	k->to->functions++;
	if (row->id == k->except)
		return 0;
	rc = account_of_function(k->db, row->id, (struct str){ 0 }, &reserved, &provisioned);
	k->to->unreserved -= reserved >= 0 ? reserved : provisioned;
	return rc;
}

int account_look(struct lambda *l, struct db *db, int64_t except, struct account *a)
{
	struct looking k = { .to = a, .db = db, .except = except };

	*a = (struct account){ .unreserved = l->m->settings.concurrency_max };
	return function_list(db, look_at, &k);
}

static int settings_run(struct lambda *l, struct db *db)
{
	struct json j = json_into(&l->out);
	struct account a;
	int64_t bytes;
	int rc;

	if ((rc = account_look(l, db, 0, &a)) < 0 || (rc = package_total(db, &bytes)) < 0)
		return rc;
	json_open(&j, NULL, '{');
	json_open(&j, "AccountLimit", '{');
	json_int(&j, "TotalCodeSize", PACKAGES_BYTES_MAX);
	json_int(&j, "CodeSizeUnzipped", CODE_UNZIPPED_MAX);
	json_int(&j, "CodeSizeZipped", CODE_ZIPPED_MAX);
	json_int(&j, "ConcurrentExecutions", l->m->settings.concurrency_max);
	json_int(&j, "UnreservedConcurrentExecutions", a.unreserved);
	json_close(&j);
	json_open(&j, "AccountUsage", '{');
	json_int(&j, "TotalCodeSize", bytes);
	json_int(&j, "FunctionCount", a.functions);
	json_close(&j);
	json_close(&j);
	return 0;
}

const struct lambda_operation lambda_account[] = {
	{ "GetAccountSettings", "GET", "/2016-08-19/account-settings", 200, LAMBDA_READS, 0, NULL, settings_run, NULL, NULL },
	{ 0 },
};
