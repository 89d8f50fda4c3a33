/* policy.c - who else may call a function: the policy of the function, or of a version or an alias of it, statement by statement. facts/05 section 8. */
#include "web/lambda/config.h"

#include "base/err.h"
#include "storage/queue.h"

#define POLICY_BYTES_MAX 20480
#define STALE "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id"

static const struct member members[] = {
	{ "StatementId", MEMBER_TEXT, true, 1, 100, &shape_word, NULL, NULL, NULL },
	{ "Action", MEMBER_TEXT, true, 0, 0, &shape_action, NULL, NULL, NULL },
	{ "Principal", MEMBER_TEXT, true, 0, 0, &shape_principal, NULL, NULL, NULL },
	{ "SourceArn", MEMBER_TEXT, false, 0, 0, &shape_source_arn, NULL, NULL, NULL },
	{ "SourceAccount", MEMBER_TEXT, false, 0, 12, &shape_account, NULL, NULL, NULL },
	{ "EventSourceToken", MEMBER_TEXT, false, 0, 256, &shape_token, NULL, NULL, NULL },
	{ "PrincipalOrgID", MEMBER_TEXT, false, 12, 34, &shape_organisation, NULL, NULL, NULL },
	{ "FunctionUrlAuthType", MEMBER_TEXT, false, 0, 0, NULL, "[NONE, AWS_IAM]", NULL, NULL },
	{ "InvokedViaFunctionUrl", MEMBER_BOOL, false, 0, 0, NULL, NULL, NULL, NULL },
	{ "RevisionId", MEMBER_TEXT, false, 0, 0, NULL, NULL, NULL, NULL },
	{ 0 },
};

static int add_check(struct lambda *l)
{
	int rc;

	constrain_members(l, l->body, "", members);
	if ((rc = lambda_target(l)) < 0)
		return rc;
	if (l->target.latest)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "We currently do not support adding policies for $LATEST.");
	return 0;
}

static int refuse_principal(struct lambda *l)
{
	return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "The provided principal was invalid. Please check the principal and try again.");
}

/* A role of this account must be there; what other accounts have is theirs to know. There are no users. */
static int find_principal(struct lambda *l, struct db *db, struct str arn)
{
	const char *own = arena_printf(&l->arena, "arn:aws:iam::%s:", l->m->settings.account);
	struct str rest = arn, name = arn, body;
	char *key;
	int rc;

	if (!str_starts(arn, str_of(own)) || str_ends(arn, STR(":root")))
		return shape_source_arn.fits(arn) ? 0 : refuse_principal(l);
	if (!str_starts(arn, str_of(arena_printf(&l->arena, "%srole/", own))))
		return refuse_principal(l);
	while (str_next(&rest, '/', &name))
		;
	key = arena_dup(&l->arena, name);
	for (char *p = key; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
	rc = record_get(db, RECORD_ROLE, 0, str_of(key), &l->arena, &body);
	return rc == E_NOT_FOUND ? refuse_principal(l) : rc;
}

static bool is_service(struct str s)
{
	return str_ends(s, STR(".amazonaws.com")) || str_ends(s, STR(".amazonaws.com.cn")) || str_ends(s, STR(".amazon.com"));
}

static int write_principal(struct lambda *l, struct db *db, struct json *j)
{
	struct str p = config_text(l, "Principal");
	int rc = 0;

	if (str_eq(p, STR("*"))) {
		json_str(j, "Principal", p);
		return 0;
	}
	if (shape_account.fits(p))
		p = str_of(arena_printf(&l->arena, "arn:aws:iam::%.*s:root", STR_ARG(p)));
	if (str_starts(p, STR("arn:")))
		rc = find_principal(l, db, p);
	else if (!is_service(p))
		rc = refuse_principal(l);
	json_open(j, "Principal", '{');
	json_str(j, str_starts(p, STR("arn:")) ? "AWS" : "Service", p);
	json_close(j);
	return rc;
}

/* {"StringEquals":{...},"ArnLike":{...},"Bool":{...}}: each only when there is something in it. */
static void write_condition(struct lambda *l, struct json *j)
{
	static const struct { const char *op, *key, *member; } rows[] = {
		{ "StringEquals", "aws:PrincipalOrgID", "PrincipalOrgID" },
		{ "StringEquals", "AWS:SourceAccount", "SourceAccount" },
		{ "StringEquals", "lambda:EventSourceToken", "EventSourceToken" },
		{ "StringEquals", "lambda:FunctionUrlAuthType", "FunctionUrlAuthType" },
		{ "ArnLike", "AWS:SourceArn", "SourceArn" },
		{ "Bool", "lambda:InvokedViaFunctionUrl", "InvokedViaFunctionUrl" },
	};
	const char *open = NULL;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct json_value *v = json_get(l->body, rows[i].member);

		if (!v || v->kind == JSON_NULL)
			continue;
		if (!open)
			json_open(j, "Condition", '{');
		if (!open || strcmp(open, rows[i].op) != 0) {
			if (open)
				json_close(j);
			json_open(j, rows[i].op, '{');
			open = rows[i].op;
		}
		json_str(j, rows[i].key, v->kind == JSON_BOOL ? (v->yes ? STR("true") : STR("false")) : v->text);
	}
	if (open) {
		json_close(j);
		json_close(j);
	}
}

static int write_statement(struct lambda *l, struct db *db, struct buf *to)
{
	struct json j = json_into(to);
	int rc;

	json_open(&j, NULL, '{');
	json_str(&j, "Sid", config_text(l, "StatementId"));
	json_cstr(&j, "Effect", "Allow");
	rc = write_principal(l, db, &j);
	json_str(&j, "Action", config_text(l, "Action"));
	json_cstr(&j, "Resource", lambda_arn(l, l->target.name, l->target.qualifier));
	write_condition(l, &j);
	json_close(&j);
	return rc;
}

static struct str name_of(const struct lambda *l)
{
	return str_is_set(l->target.qualifier) && !l->target.latest ? l->target.qualifier : STR("");
}

/* *policy NULL: there is none. */
static int find_policy(struct lambda *l, struct db *db, int64_t function, const struct json_value **policy)
{
	struct json_value *v = NULL;
	struct str body;
	int rc = record_get(db, RECORD_POLICY, function, name_of(l), &l->arena, &body);

	if (rc == 0 && json_parse(&l->arena, body, &v) < 0)
		rc = E_CORRUPT;
	*policy = v;
	return rc == E_NOT_FOUND ? 0 : rc;
}

static const struct json_value *find_statement(const struct json_value *policy, struct str id)
{
	const struct json_value *list = json_get(policy, "Statement"), *s = list ? list->first : NULL;

	while (s && !str_eq(json_text(s, "Sid"), id))
		s = s->next;
	return s;
}

/* Statements that were, without `less` and with `more`, either of which may be absent. */
static void write_statements(struct json *j, const struct json_value *policy, const struct json_value *less, struct str more)
{
	const struct json_value *list = json_get(policy, "Statement");

	json_open(j, "Statement", '[');
	for (const struct json_value *s = list ? list->first : NULL; s; s = s->next)
		if (s != less)
			json_value(j, NULL, s);
	if (str_is_set(more))
		json_raw(j, NULL, more);
	json_close(j);
}

static int keep_policy(struct lambda *l, struct db *db, int64_t function, const struct json_value *policy, const struct json_value *less,
		       struct str more)
{
	char revision[JOB_REQUEST_ID + 1];
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc;

	queue_request_make(revision);
	json_open(&j, NULL, '{');
	json_cstr(&j, "RevisionId", revision);
	write_statements(&j, policy, less, more);
	json_close(&j);
	if (b.len > POLICY_BYTES_MAX && str_is_set(more))
		rc = lambda_refuse(l, LAMBDA_POLICY_LENGTH, "The final policy size (%zu) is bigger than the limit (%d).", b.len, POLICY_BYTES_MAX);
	else
		rc = record_put(db, RECORD_POLICY, function, name_of(l), str_n(b.data, b.len));
	buf_clear(&b);
	return rc;
}

/* Where there is no policy yet, the revision is that of what it will belong to. */
static int check_revision(struct lambda *l, const struct json_value *policy, const struct json_value *document, struct str given)
{
	struct str now = json_text(policy ? policy : document, "RevisionId");

	if (!given.n || str_eq(given, now))
		return 0;
	return lambda_refuse(l, LAMBDA_PRECONDITION, STALE);
}

static int add_run(struct lambda *l, struct db *db)
{
	const struct json_value *policy, *document;
	struct str id = config_text(l, "StatementId"), version, statement;
	struct function_row row;
	struct buf b = { 0 };
	struct json j = json_into(&l->out);
	int rc;

	if ((rc = lambda_function(l, db, &row)) < 0 || (rc = config_version(l, db, &row, &version, &document)) < 0 ||
	    (rc = find_policy(l, db, row.id, &policy)) < 0)
		return rc;
	if (find_statement(policy, id))
		return lambda_refuse(l, LAMBDA_CONFLICT, "The statement id (%.*s) provided already exists. Please provide a new statement id, or "
				     "remove the existing statement.", STR_ARG(id));
	if ((rc = check_revision(l, policy, document, config_text(l, "RevisionId"))) < 0)
		return rc;
	rc = write_statement(l, db, &b);
	statement = arena_str(&l->arena, str_n(b.data, b.len));
	buf_clear(&b);
	if (rc == 0)
		rc = keep_policy(l, db, row.id, policy, NULL, statement);
	json_open(&j, NULL, '{');
	json_str(&j, "Statement", statement);
	json_close(&j);
	return rc;
}

static int get_run(struct lambda *l, struct db *db)
{
	const struct json_value *policy, *document;
	struct str version;
	struct function_row row;
	struct buf text = { 0 };
	struct json j = json_into(&text), out = json_into(&l->out);
	int rc = function_get(db, l->target.name, &l->arena, &row);

	if (rc < 0 || (rc = config_version(l, db, &row, &version, &document)) < 0 || (rc = find_policy(l, db, row.id, &policy)) < 0)
		return rc;
	if (!policy)
		return E_NOT_FOUND;
	json_open(&j, NULL, '{');
	json_cstr(&j, "Version", "2012-10-17");
	json_cstr(&j, "Id", "default");
	write_statements(&j, policy, NULL, (struct str){ 0 });
	json_close(&j);
	json_open(&out, NULL, '{');
	json_str(&out, "Policy", str_n(text.data, text.len));
	json_str(&out, "RevisionId", json_text(policy, "RevisionId"));
	json_close(&out);
	buf_clear(&text);
	return 0;
}

static int remove_check(struct lambda *l)
{
	constrain_text(l, "statementId", l->path[1], 1, 100, NULL);
	return lambda_target(l);
}

static int remove_run(struct lambda *l, struct db *db)
{
	const struct json_value *policy, *document, *statement, *list;
	struct str version;
	struct function_row row;
	int rc = function_get(db, l->target.name, &l->arena, &row);

	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "No policy found for: %s", lambda_arn(l, l->target.name, (struct str){ 0 }));
	if (rc < 0 || (rc = config_version(l, db, &row, &version, &document)) < 0 || (rc = find_policy(l, db, row.id, &policy)) < 0)
		return rc;
	if (!policy)
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "No policy is associated with the given resource.");
	if (!(statement = find_statement(policy, l->path[1])))
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "Statement %.*s is not found in resource policy.", STR_ARG(l->path[1]));
	if ((rc = check_revision(l, policy, document, params_get(&l->params, "RevisionId"))) < 0)
		return rc;
	list = json_get(policy, "Statement");
	if (list->count == 1)
		return record_delete(db, RECORD_POLICY, row.id, name_of(l));
	return keep_policy(l, db, row.id, policy, statement, (struct str){ 0 });
}

#define POLICY "/2015-03-31/functions/{FunctionName}/policy"

const struct lambda_operation lambda_policies[] = {
	{ "AddPermission", "POST", POLICY, 201, LAMBDA_WRITES, 0, add_check, add_run, NULL, NULL },
	{ "GetPolicy", "GET", POLICY, 200, LAMBDA_READS, 0, NULL, get_run, NULL, NULL },
	{ "RemovePermission", "DELETE", POLICY "/{StatementId}", 204, LAMBDA_FREES, 0, remove_check, remove_run, NULL, NULL },
	{ 0 },
};
