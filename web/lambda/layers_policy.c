/* layers_policy.c - who may use a layer version: statements kept and shown as AWS writes them. */
#include "base/err.h"
#include "storage/queue.h"
#include "web/lambda/layer.h"

#define POLICY_MAX 20480		/* bytes */

static bool is_action(struct str s)
{
	return str_eq(s, STR("lambda:GetLayerVersion"));
}

/* \d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root */
static bool is_principal(struct str s)
{
	static const char before[] = "arn:aws:iam::", after[] = ":root";
	size_t b = sizeof before - 1, a = sizeof after - 1;

	if (str_eq(s, STR("*")) || (s.n == 12 && shape_digits.fits(s)))
		return true;
	return s.n == b + 12 + a && str_starts(s, STR("arn:aws:iam::")) && str_ends(s, STR(":root")) && shape_digits.fits(str_n(s.p + b, 12));
}

static const struct shape shape_action = { "lambda:GetLayerVersion", is_action };
static const struct shape shape_principal = { "\\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root", is_principal };

static const struct member permit_members[] = {
	{ .name = "StatementId", .kind = MEMBER_TEXT, .required = true, .min = 1, .max = 100, .shape = &shape_word },
	{ .name = "Action", .kind = MEMBER_TEXT, .required = true, .max = 22, .shape = &shape_action },
	{ .name = "Principal", .kind = MEMBER_TEXT, .required = true, .shape = &shape_principal },
	{ .name = "OrganizationId", .kind = MEMBER_TEXT, .max = 34 },
	{ 0 },
};

struct policy {				/* in l->state */
	struct layer_ref layer;
	struct str record;		/* its name */
	struct str revision;
	const struct json_value *statements;	/* NULL: there is none */
};

static int open_policy(struct lambda *l)
{
	struct policy *p = arena_take(&l->arena, sizeof *p);
	int rc = layer_target(l, &p->layer);

	l->state = p;
	if (rc == 0)
		p->record = layer_record_name(l, p->layer.name, p->layer.version);
	return rc;
}

int layer_permit_check(struct lambda *l)
{
	constrain_members(l, l->body, "", permit_members);
	return open_policy(l);
}

int layer_policy_check(struct lambda *l)
{
	return open_policy(l);
}

int layer_forbid_check(struct lambda *l)
{
	constrain_text(l, "statementId", l->path[2], 1, 100, &shape_word);
	return open_policy(l);
}

static int load(struct lambda *l, struct db *db, struct policy *p)
{
	const struct json_value *layer;
	struct json_value *v;
	struct str text;
	int rc = layer_document(l, db, p->layer.name, p->layer.version, &layer);

	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "Layer version %s does not exist.", layer_arn(l, p->layer.name, p->layer.version));
	if (rc < 0)
		return rc;
	rc = record_get(db, RECORD_LAYER_POLICY, 0, p->record, &l->arena, &text);
	p->statements = NULL;
	if (rc == E_NOT_FOUND)
		return 0;
	if (rc == 0 && json_parse(&l->arena, text, &v) < 0)
		rc = E_CORRUPT;
	if (rc < 0)
		return rc;
	p->revision = json_text(v, "RevisionId");
	p->statements = json_get(v, "Statement");
	return 0;
}

static int check_revision(struct lambda *l, const struct policy *p)
{
	struct str wanted = params_get(&l->params, "RevisionId");

	if (wanted.n == 0 || str_eq(wanted, p->revision))
		return 0;
	return lambda_refuse(l, LAMBDA_PRECONDITION, "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to "
			     "retrieve the latest Revision Id");
}

static void write_principal(struct lambda *l, struct json *j, struct str who)
{
	if (str_eq(who, STR("*"))) {
		json_str(j, "Principal", who);
		return;
	}
	json_open(j, "Principal", '{');
	if (who.n == 12)
		json_cstr(j, "AWS", arena_printf(&l->arena, "arn:aws:iam::%.*s:root", STR_ARG(who)));
	else
		json_str(j, "AWS", who);
	json_close(j);
}

static struct str statement(struct lambda *l, const struct policy *p)
{
	struct str organization = json_text(l->body, "OrganizationId"), s;
	struct buf b = { 0 };
	struct json j = json_into(&b);

	json_open(&j, NULL, '{');
	json_str(&j, "Sid", json_text(l->body, "StatementId"));
	json_cstr(&j, "Effect", "Allow");
	write_principal(l, &j, json_text(l->body, "Principal"));
	json_str(&j, "Action", json_text(l->body, "Action"));
	json_cstr(&j, "Resource", layer_arn(l, p->layer.name, p->layer.version));
	if (organization.n > 0) {
		json_open(&j, "Condition", '{');
		json_open(&j, "StringEquals", '{');
		json_str(&j, "aws:PrincipalOrgID", organization);
		json_close(&j);
		json_close(&j);
	}
	json_close(&j);
	s = arena_str(&l->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

static bool is_sid(const struct json_value *v, struct str sid)
{
	return str_eq(json_text(v, "Sid"), sid);
}

/* All but `without`, and `more` at the end; either may be absent. */
static int save(struct lambda *l, struct db *db, struct policy *p, struct str without, struct str more)
{
	char id[JOB_REQUEST_ID + 1];
	struct buf b = { 0 };
	struct json j = json_into(&b);
	size_t bytes;
	int rc;

	queue_request_make(id);
	p->revision = arena_str(&l->arena, str_of(id));
	json_open(&j, NULL, '{');
	json_str(&j, "RevisionId", p->revision);
	json_open(&j, "Statement", '[');
	for (const struct json_value *v = p->statements ? p->statements->first : NULL; v; v = v->next)
		if (!str_is_set(without) || !is_sid(v, without))
			json_value(&j, NULL, v);
	if (str_is_set(more))
		json_raw(&j, NULL, more);
	json_close(&j);
	json_close(&j);
	bytes = b.len;
	rc = bytes > POLICY_MAX ? 0 : record_put(db, RECORD_LAYER_POLICY, 0, p->record, str_n(b.data, b.len));
	buf_clear(&b);
	return bytes <= POLICY_MAX ? rc : lambda_refuse(l, LAMBDA_POLICY_LENGTH, "The final policy size (%zu) is bigger than the limit (%d).", bytes,
							POLICY_MAX);
}

int layer_permit(struct lambda *l, struct db *db)
{
	struct policy *p = l->state;
	struct str sid = json_text(l->body, "StatementId"), text;
	struct json j = json_into(&l->out);
	int rc = load(l, db, p);

	if (rc == 0)
		rc = check_revision(l, p);
	for (const struct json_value *v = p->statements ? p->statements->first : NULL; v && rc == 0; v = v->next)
		if (is_sid(v, sid))
			rc = lambda_refuse(l, LAMBDA_CONFLICT, "The statement id (%.*s) provided already exists. Please provide a new statement id, or "
					   "remove the existing statement.", STR_ARG(sid));
	if (rc < 0)
		return rc;
	text = statement(l, p);
	if ((rc = save(l, db, p, (struct str){ 0 }, text)) < 0)
		return rc;
	json_open(&j, NULL, '{');
	json_str(&j, "Statement", text);
	json_str(&j, "RevisionId", p->revision);
	json_close(&j);
	return 0;
}

static int no_policy(struct lambda *l)
{
	return lambda_refuse(l, LAMBDA_NOT_FOUND, "No policy is associated with the given resource.");
}

int layer_policy(struct lambda *l, struct db *db)
{
	struct policy *p = l->state;
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc = load(l, db, p);

	if (rc == 0 && !p->statements)
		rc = no_policy(l);
	if (rc < 0)
		return rc;
	json_open(&j, NULL, '{');
	json_cstr(&j, "Version", "2012-10-17");
	json_cstr(&j, "Id", "default");
	json_value(&j, "Statement", p->statements);
	json_close(&j);
	j = json_into(&l->out);
	json_open(&j, NULL, '{');
	json_str(&j, "Policy", str_n(b.data, b.len));
	json_str(&j, "RevisionId", p->revision);
	json_close(&j);
	buf_clear(&b);
	return 0;
}

int layer_forbid(struct lambda *l, struct db *db)
{
	struct policy *p = l->state;
	struct str sid = l->path[2];
	bool found = false;
	int rc = load(l, db, p);

	if (rc == 0 && !p->statements)
		rc = no_policy(l);
	if (rc == 0)
		rc = check_revision(l, p);
	if (rc < 0)
		return rc;
	for (const struct json_value *v = p->statements->first; v; v = v->next)
		found = found || is_sid(v, sid);
	if (!found)
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "Statement %.*s is not found in resource policy.", STR_ARG(sid));
	return p->statements->count == 1 ? record_delete(db, RECORD_LAYER_POLICY, 0, p->record) : save(l, db, p, sid, (struct str){ 0 });
}
