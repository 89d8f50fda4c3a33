#include "web/iam/role.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/json.h"

struct str role_key(struct arena *a, struct str name)
{
	char *to = arena_dup(a, name);

	for (char *p = to; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return str_n(to, name.n);
}

const char *role_arn(struct iam *i, const struct role *r)
{
	return arena_printf(&i->arena, "arn:aws:iam::%s:role%.*s%.*s", i->m->settings.account, STR_ARG(r->path), STR_ARG(r->name));
}

/* Members of an object as names and values. */
static int read_named(const struct json_value *object, struct named *to, int max, int *n)
{
	*n = 0;
	for (const struct json_value *v = object ? object->first : NULL; v; v = v->next) {
		if (*n == max)
			return E_CORRUPT;
		to[(*n)++] = (struct named){ v->name, v->text };
	}
	return 0;
}

int role_read(struct arena *a, struct str body, struct role *r)
{
	const struct json_value *attached;
	struct json_value *v;

	*r = (struct role){ 0 };
	if (json_parse(a, body, &v) < 0 || v->kind != JSON_OBJECT)
		return E_CORRUPT;
	r->name = json_text(v, "RoleName");
	r->id = json_text(v, "RoleId");
	r->path = json_text(v, "Path");
	r->trust = json_text(v, "Trust");
	r->description = json_text(v, "Description");
	r->boundary = json_text(v, "Boundary");
	r->created_ms = json_number(v, "CreatedMs", 0);
	r->max_session_s = json_number(v, "MaxSessionDuration", ROLE_SESSION_S);
	attached = json_get(v, "Attached");
	for (const struct json_value *one = attached ? attached->first : NULL; one; one = one->next) {
		if (r->attached_count == ROLE_ATTACHED_MAX)
			return E_CORRUPT;
		r->attached[r->attached_count++] = one->text;
	}
	if (read_named(json_get(v, "Inline"), r->inlined, ROLE_INLINE_MAX, &r->inlined_count) < 0)
		return E_CORRUPT;
	return read_named(json_get(v, "Tags"), r->tags, IAM_TAGS_MAX, &r->tag_count);
}

static void write_named(struct json *j, const char *name, const struct named *from, int n)
{
	json_open(j, name, '{');
	for (int k = 0; k < n; k++) {
		json_name(j, from[k].name);
		json_str(j, JSON_NAMED, from[k].value);
	}
	json_close(j);
}

static void write_role(struct buf *to, const struct role *r)
{
	struct json j = json_into(to);

	json_open(&j, NULL, '{');
	json_str(&j, "RoleName", r->name);
	json_str(&j, "RoleId", r->id);
	json_str(&j, "Path", r->path);
	json_int(&j, "CreatedMs", r->created_ms);
	json_int(&j, "MaxSessionDuration", r->max_session_s);
	json_str(&j, "Trust", r->trust);
	if (str_is_set(r->description))
		json_str(&j, "Description", r->description);
	if (str_is_set(r->boundary))
		json_str(&j, "Boundary", r->boundary);
	json_open(&j, "Attached", '[');
	for (int k = 0; k < r->attached_count; k++)
		json_str(&j, NULL, r->attached[k]);
	json_close(&j);
	write_named(&j, "Inline", r->inlined, r->inlined_count);
	write_named(&j, "Tags", r->tags, r->tag_count);
	json_close(&j);
}

int role_keep(struct iam *i, struct db *db, const struct role *r)
{
	struct buf body = { 0 };
	int rc;

	write_role(&body, r);
	rc = record_put(db, RECORD_ROLE, 0, role_key(&i->arena, r->name), str_n(body.data, body.len));
	buf_clear(&body);
	if (rc == E_TOO_LARGE)
		return iam_refuse(i, IAM_LIMIT, "Maximum policy size of %d bytes exceeded for role %.*s", ROLE_INLINE_SIZE_MAX, STR_ARG(r->name));
	return rc;
}

int role_find(struct iam *i, struct db *db, struct role *r)
{
	struct str name = i->param[PARAM_ROLE_NAME], body;
	int rc = record_get(db, RECORD_ROLE, 0, role_key(&i->arena, name), &i->arena, &body);

	if (rc == E_NOT_FOUND)
		return iam_refuse(i, IAM_NO_SUCH_ENTITY, "The role with name %.*s cannot be found.", STR_ARG(name));
	return rc < 0 ? rc : role_read(&i->arena, body, r);
}

void tags_show(struct iam *i, const struct named *tags, int n)
{
	xml_open(&i->xml, "Tags", NULL);
	for (int k = 0; k < n; k++) {
		xml_open(&i->xml, "member", NULL);
		xml_text(&i->xml, "Key", tags[k].name);
		xml_text(&i->xml, "Value", tags[k].value);
		xml_close(&i->xml);
	}
	xml_close(&i->xml);
}

void role_show(struct iam *i, const char *element, const struct role *r, bool full)
{
	struct xml *x = &i->xml;
	struct buf trust = { 0 };
	char date[CLOCK_TEXT_MAX];

	uri_encode(&trust, r->trust, URI_NOTHING);
	xml_open(x, element, NULL);
	xml_text(x, "Path", r->path);
	xml_text(x, "RoleName", r->name);
	xml_text(x, "RoleId", r->id);
	xml_cstr(x, "Arn", role_arn(i, r));
	xml_cstr(x, "CreateDate", clock_iso_s(date, r->created_ms));
	xml_text(x, "AssumeRolePolicyDocument", str_n(trust.data, trust.len));
	if (str_is_set(r->description))
		xml_text(x, "Description", r->description);
	xml_int(x, "MaxSessionDuration", r->max_session_s);
	if (full && str_is_set(r->boundary)) {
		xml_open(x, "PermissionsBoundary", NULL);
		xml_cstr(x, "PermissionsBoundaryType", "PermissionsBoundaryPolicy");
		xml_text(x, "PermissionsBoundaryArn", r->boundary);
		xml_close(x);
	}
	if (full && r->tag_count > 0)
		tags_show(i, r->tags, r->tag_count);
	xml_close(x);
	buf_clear(&trust);
}

static int tag_at(const struct named *tags, int n, struct str key)
{
	int k = 0;

	while (k < n && !str_ieq(tags[k].name, key))
		k++;
	return k;
}

int tags_add(struct iam *i, struct named *tags, int *n)
{
	for (int k = 0; k < i->tag_count; k++) {
		int at = tag_at(tags, *n, i->tags[k].name);

		if (at == IAM_TAGS_MAX)
			return iam_refuse(i, IAM_LIMIT, "The number of tags has reached the maximum limit.");
		tags[at] = (struct named){ i->tags[k].name, str_is_set(i->tags[k].value) ? i->tags[k].value : STR("") };
		*n += at == *n;
	}
	return 0;
}

void tags_remove(const struct iam *i, struct named *tags, int *n)
{
	for (int k = 0; k < i->tag_key_count; k++) {
		int at = tag_at(tags, *n, i->tag_keys[k]);

		if (at == *n)
			continue;
		memmove(&tags[at], &tags[at + 1], (size_t)(*n - at - 1) * sizeof *tags);
		(*n)--;
	}
}
