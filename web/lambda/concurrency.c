/* concurrency.c - reserved concurrency, and whether a function may be in loops. facts/01 section 4, facts/05 section 10, facts/02 section 8. */
#include "web/lambda/config.h"

#include "base/err.h"
#include "pipeline/concurrency.h"
#include "web/lambda/account.h"

static int functions_only(struct lambda *l)
{
	int rc = lambda_target(l);

	if (rc == 0 && str_is_set(l->target.qualifier))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, FUNCTIONS_ONLY);
	return rc;
}

static int put_check(struct lambda *l)
{
	static const struct member members[] = {
		{ "ReservedConcurrentExecutions", MEMBER_INT, true, 0, 0, NULL, NULL, NULL, NULL },
		{ 0 },
	};

	constrain_members(l, l->body, "", members);
	return functions_only(l);
}

static int check_room(struct lambda *l, struct db *db, int64_t function, int64_t wanted)
{
	int64_t reserved, provisioned;
	struct account a;
	int rc;

	if ((rc = account_look(l, db, function, &a)) < 0 ||
	    (rc = account_of_function(db, function, (struct str){ 0 }, &reserved, &provisioned)) < 0)
		return rc;
	if (a.unreserved - wanted < CONCURRENCY_UNRESERVED_MIN)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Specified ReservedConcurrentExecutions for function decreases account's "
				     "UnreservedConcurrentExecution below its minimum value of [%d].", CONCURRENCY_UNRESERVED_MIN);
	if (wanted < provisioned)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, " ReservedConcurrentExecutions  %lld should not be lower than function's total "
				     "provisioned concurrency [%lld].", (long long)wanted, (long long)provisioned);
	return 0;
}

static void write_reserved(struct lambda *l, int64_t reserved)
{
	struct json j = json_into(&l->out);

	json_open(&j, NULL, '{');
	if (reserved >= 0)
		json_int(&j, "ReservedConcurrentExecutions", reserved);
	json_close(&j);
}

static int put_run(struct lambda *l, struct db *db)
{
	int64_t wanted = json_number(l->body, "ReservedConcurrentExecutions", 0);
	struct function_row row;
	int rc = function_get(db, l->target.name, &l->arena, &row);

	if (rc == E_NOT_FOUND)
		return lambda_no_function(l, STR("$LATEST"));	/* so AWS, of this operation */
	if (rc < 0 || (rc = check_room(l, db, row.id, wanted)) < 0)
		return rc;
	write_reserved(l, wanted);
	l->changed = row.id;
	return lambda_record_set(l, db, row.id, "Reserved", str_of(arena_printf(&l->arena, "%lld", (long long)wanted)));
}

static int get_run(struct lambda *l, struct db *db)
{
	const struct json_value *record;
	struct function_row row;
	int rc;

	if ((rc = lambda_function(l, db, &row)) < 0 || (rc = lambda_record(l, db, row.id, &record)) < 0)
		return rc;
	write_reserved(l, json_number(record, "Reserved", -1));
	return 0;
}

static int delete_run(struct lambda *l, struct db *db)
{
	struct function_row row;
	int rc = lambda_function(l, db, &row);

	if (rc < 0)
		return rc;
	l->changed = row.id;
	return lambda_record_set(l, db, row.id, "Reserved", (struct str){ 0 });
}

static int recursion_check(struct lambda *l)
{
	static const struct member members[] = {
		{ "RecursiveLoop", MEMBER_TEXT, true, 0, 0, NULL, "[Terminate, Allow]", NULL, NULL },
		{ 0 },
	};

	constrain_members(l, l->body, "", members);
	return functions_only(l);
}

static void write_recursion(struct lambda *l, struct str recursion)
{
	struct json j = json_into(&l->out);

	json_open(&j, NULL, '{');
	json_str(&j, "RecursiveLoop", str_is_set(recursion) ? recursion : STR("Terminate"));
	json_close(&j);
}

static int put_recursion_run(struct lambda *l, struct db *db)
{
	struct str wanted = config_text(l, "RecursiveLoop");
	struct function_row row;
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc = lambda_function(l, db, &row);

	if (rc < 0)
		return rc;
	json_str(&j, NULL, wanted);
	rc = lambda_record_set(l, db, row.id, "Recursion", str_n(b.data, b.len));
	buf_clear(&b);
	write_recursion(l, wanted);
	l->changed = row.id;
	return rc;
}

static int get_recursion_run(struct lambda *l, struct db *db)
{
	const struct json_value *record;
	struct function_row row;
	int rc;

	if ((rc = lambda_function(l, db, &row)) < 0 || (rc = lambda_record(l, db, row.id, &record)) < 0)
		return rc;
	write_recursion(l, json_text(record, "Recursion"));
	return 0;
}

#define CONCURRENCY(version) version "/functions/{FunctionName}/concurrency"
#define RECURSION "/2024-08-31/functions/{FunctionName}/recursion-config"

const struct lambda_operation lambda_concurrency[] = {
	{ "PutFunctionConcurrency", "PUT", CONCURRENCY("/2017-10-31"), 200, LAMBDA_WRITES, 0, put_check, put_run, NULL, NULL },
	{ "GetFunctionConcurrency", "GET", CONCURRENCY("/2019-09-30"), 200, LAMBDA_READS, 0, functions_only, get_run, NULL, NULL },
	{ "DeleteFunctionConcurrency", "DELETE", CONCURRENCY("/2017-10-31"), 204, LAMBDA_FREES, 0, functions_only, delete_run, NULL, NULL },
	{ "PutFunctionRecursionConfig", "PUT", RECURSION, 200, LAMBDA_WRITES, 0, recursion_check, put_recursion_run, NULL, NULL },
	{ "GetFunctionRecursionConfig", "GET", RECURSION, 200, LAMBDA_READS, 0, functions_only, get_recursion_run, NULL, NULL },
	{ 0 },
};
