#include "web/iam/policy.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/json.h"
#include "web/iam/role.h"

struct str iam_id(struct iam *i, const char prefix[5])
{
	char *to = arena_dup(&i->arena, str_n(i->id, IAM_ID));

	memcpy(to, prefix, 4);
	return str_n(to, IAM_ID);
}

void policy_name(struct arena *a, const char *account, struct policy *p)
{
	p->key = role_key(a, p->name);
	p->arn = str_of(arena_printf(a, "arn:aws:iam::%s:policy%.*s%.*s", account, STR_ARG(p->path), STR_ARG(p->name)));
}

static int read_versions(const struct json_value *list, struct policy *p)
{
	for (const struct json_value *v = list ? list->first : NULL; v; v = v->next) {
		if (p->version_count == POLICY_VERSIONS_MAX)
			return E_CORRUPT;
		p->versions[p->version_count++] = (struct policy_version){ json_number(v, "Version", 0), json_number(v, "CreatedMs", 0),
			json_text(v, "Document") };
	}
	return p->version_count > 0 ? 0 : E_CORRUPT;
}

int policy_read(struct arena *a, const char *account, struct str body, struct policy *p)
{
	const struct json_value *tags;
	struct json_value *v;

	*p = (struct policy){ 0 };
	if (json_parse(a, body, &v) < 0 || v->kind != JSON_OBJECT)
		return E_CORRUPT;
	p->name = json_text(v, "PolicyName");
	p->id = json_text(v, "PolicyId");
	p->path = json_text(v, "Path");
	p->description = json_text(v, "Description");
	p->created_ms = json_number(v, "CreatedMs", 0);
	p->updated_ms = json_number(v, "UpdatedMs", 0);
	p->current = json_number(v, "Default", 0);
	p->last = json_number(v, "Last", 0);
	p->attachments = json_number(v, "Attachments", 0);
	tags = json_get(v, "Tags");
	for (const struct json_value *t = tags ? tags->first : NULL; t && p->tag_count < IAM_TAGS_MAX; t = t->next)
		p->tags[p->tag_count++] = (struct named){ t->name, t->text };
	policy_name(a, account, p);
	return read_versions(json_get(v, "Versions"), p);
}

static void write_policy(struct buf *to, const struct policy *p)
{
	struct json j = json_into(to);

	json_open(&j, NULL, '{');
	json_int(&j, "Attachments", p->attachments);
	if (p->aws) {
		json_close(&j);
		return;
	}
	json_str(&j, "PolicyName", p->name);
	json_str(&j, "PolicyId", p->id);
	json_str(&j, "Path", p->path);
	if (str_is_set(p->description))
		json_str(&j, "Description", p->description);
	json_int(&j, "CreatedMs", p->created_ms);
	json_int(&j, "UpdatedMs", p->updated_ms);
	json_int(&j, "Default", p->current);
	json_int(&j, "Last", p->last);
	json_open(&j, "Versions", '[');
	for (int k = 0; k < p->version_count; k++) {
		json_open(&j, NULL, '{');
		json_int(&j, "Version", p->versions[k].number);
		json_int(&j, "CreatedMs", p->versions[k].created_ms);
		json_str(&j, "Document", p->versions[k].document);
		json_close(&j);
	}
	json_close(&j);
	json_open(&j, "Tags", '{');
	for (int k = 0; k < p->tag_count; k++) {
		json_name(&j, p->tags[k].name);
		json_str(&j, JSON_NAMED, p->tags[k].value);
	}
	json_close(&j);
	json_close(&j);
}

int policy_keep(struct iam *i, struct db *db, const struct policy *p)
{
	struct buf body = { 0 };
	int rc;

	write_policy(&body, p);
	rc = record_put(db, RECORD_MANAGED_POLICY, 0, p->key, str_n(body.data, body.len));
	buf_clear(&body);
	return rc == E_TOO_LARGE ? iam_refuse(i, IAM_LIMIT, "Cannot exceed quota for PolicySize: %d", POLICY_SIZE_MAX) : rc;
}

int policy_attachments(struct iam *i, struct db *db, struct policy *p)
{
	struct json_value *v;
	struct str body;
	int rc = record_get(db, RECORD_MANAGED_POLICY, 0, p->key, &i->arena, &body);

	if (rc == 0 && json_parse(&i->arena, body, &v) == 0)
		p->attachments = json_number(v, "Attachments", 0);
	return rc == E_NOT_FOUND ? 0 : rc;
}

/* The record of the name at the end of the ARN must have that very ARN: path and case count there. */
static int find_by_arn(struct iam *i, struct db *db, struct str arn, struct policy *p)
{
	struct str rest = arn, name = arn, body;
	int rc;

	for (int n = 0; managed_policy(&i->arena, n, p); n++)
		if (str_eq(p->arn, arn))
			return policy_attachments(i, db, p);
	while (str_next(&rest, '/', &name))
		;
	rc = record_get(db, RECORD_MANAGED_POLICY, 0, role_key(&i->arena, name), &i->arena, &body);
	if (rc < 0 || (rc = policy_read(&i->arena, i->m->settings.account, body, p)) < 0)
		return rc;
	return str_eq(p->arn, arn) ? 0 : E_NOT_FOUND;
}

static bool is_arn(struct str arn)
{
	int colons = 0;

	for (size_t k = 0; k < arn.n; k++)
		colons += arn.p[k] == ':';
	return str_starts(arn, STR("arn:")) && colons >= 5;
}

int policy_find(struct iam *i, struct db *db, struct policy *p, const char *why)
{
	struct str arn = i->param[PARAM_POLICY_ARN];
	int rc;

	if (!is_arn(arn))
		return iam_refuse(i, IAM_VALIDATION, "Invalid ARN:  Could not be parsed!");
	rc = find_by_arn(i, db, arn, p);
	return rc == E_NOT_FOUND ? iam_refuse(i, IAM_NO_SUCH_ENTITY, "Policy %.*s %s", STR_ARG(arn), why) : rc;
}

int policy_find_own(struct iam *i, struct db *db, struct policy *p)
{
	int rc = policy_find(i, db, p, "was not found.");

	if (rc == 0 && p->aws)
		return iam_refuse(i, IAM_VALIDATION, "Policy %.*s is one of AWS's own and cannot be changed", STR_ARG(p->arn));
	return rc;
}

int policy_count_attachment(struct iam *i, struct db *db, struct str arn, int change)
{
	struct policy p;
	int rc = find_by_arn(i, db, arn, &p);

	if (rc < 0)
		return rc == E_NOT_FOUND ? E_CORRUPT : rc;	/* what is attached cannot be deleted */
	p.attachments += change;
	return policy_keep(i, db, &p);
}

static void show_date(struct xml *x, const char *name, int64_t ms)
{
	char date[CLOCK_TEXT_MAX];

	if (ms > 0)
		xml_cstr(x, name, clock_iso_s(date, ms));
}

void policy_show(struct iam *i, const char *element, const struct policy *p, bool full)
{
	struct xml *x = &i->xml;

	xml_open(x, element, NULL);
	xml_text(x, "PolicyName", p->name);
	xml_text(x, "PolicyId", p->id);
	xml_text(x, "Arn", p->arn);
	xml_text(x, "Path", p->path);
	xml_cstr(x, "DefaultVersionId", arena_printf(&i->arena, "v%lld", (long long)p->current));
	xml_int(x, "AttachmentCount", p->attachments);
	xml_int(x, "PermissionsBoundaryUsageCount", 0);
	xml_bool(x, "IsAttachable", true);
	if (full && str_is_set(p->description))
		xml_text(x, "Description", p->description);
	show_date(x, "CreateDate", p->created_ms);
	show_date(x, "UpdateDate", p->updated_ms);
	if (full && p->tag_count > 0)
		tags_show(i, p->tags, p->tag_count);
	xml_close(x);
}

void version_show(struct iam *i, const char *element, const struct policy *p, const struct policy_version *v, bool document)
{
	struct buf text = { 0 };

	xml_open(&i->xml, element, NULL);
	if (document) {
		uri_encode(&text, v->document, URI_NOTHING);
		xml_text(&i->xml, "Document", str_n(text.data, text.len));
		buf_clear(&text);
	}
	xml_cstr(&i->xml, "VersionId", arena_printf(&i->arena, "v%lld", (long long)v->number));
	xml_bool(&i->xml, "IsDefaultVersion", v->number == p->current);
	show_date(&i->xml, "CreateDate", v->created_ms);
	xml_close(&i->xml);
}
