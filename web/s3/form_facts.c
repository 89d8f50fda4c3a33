/* What a form says about its file: whether it may be put, where, and what is kept with it. */
#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "web/s3/checksum.h"
#include "web/s3/form.h"
#include "web/s3/headers.h"
#include "web/s3/tag_set.h"

/* -- may it -- */

static int refuse_field(struct s3 *s, const char *name)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, arena_printf(&s->arena, "Bucket POST must contain a field named '%s'.  If it is specified, please "
			 "check the order of the fields.", name), S3_WITH({ "ArgumentName", str_of(name) }, { "ArgumentValue", STR("") }));
}

static int check_signature(struct form *f)
{
	struct s3 *s = f->s;
	const char *missing;
	enum auth_problem p = auth_verify_form(s->call->r, &s->auth, &s->m->credentials, str_of(s->m->settings.region), &f->fields, &missing);

	if (p == AUTH_INCOMPLETE_QUERY)
		return refuse_field(s, missing);
	if (p != AUTH_OK)
		return s3_refuse_auth(s, p);
	s->anonymous = false;
	s->actor.principal = str_of(arena_printf(&s->arena, "AWS:%.*s", STR_ARG(s->auth.access_key)));
	return 0;
}

static int check_policy(struct form *f, struct str text)
{
	struct s3 *s = f->s;

	f->policy.bucket = s->bucket;
	f->policy.fields = &f->fields;
	f->policy.now_ms = clock_wall_ms();
	switch (post_policy_check(&s->arena, text, &f->policy)) {
	case POST_FORBIDDEN:
		return s3_refuse(s, S3_ACCESS_DENIED, f->policy.why, NULL);
	case POST_NO_POLICY:
		return s3_refuse(s, S3_INVALID_POLICY, f->policy.why, NULL);
	case POST_ALLOWED:
		break;
	}
	return 0;
}

static bool is_signed(const struct params *fields)
{
	static const char *const names[] = { "x-amz-signature", "signature", "x-amz-credential", "awsaccesskeyid" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_is_set(params_get(fields, names[i])))
			return true;
	return false;
}

/* Signed with a policy of its own, or anybody's. */
static int check_leave(struct form *f)
{
	struct s3 *s = f->s;
	struct str policy = params_get(&f->fields, "policy");

	s->anonymous = true;
	s->actor.principal = STR("Anonymous");
	f->policy.max = OBJECT_PUT_MAX;
	if (params_get(&f->fields, "key").n == 0)
		return refuse_field(s, "key");
	if (str_is_set(policy))
		return check_signature(f) < 0 ? E_BAD_INPUT : check_policy(f, policy);
	return is_signed(&f->fields) ? refuse_field(s, "policy") : 0;
}

/* -- where -- */

#define VARIABLE "${filename}"

/* Some browsers send where the file was on their user's disk. */
static struct str without_folders(struct str name)
{
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '/' || name.p[i - 1] == '\\')
			return str_n(name.p + i, name.n - i);
	return str_is_set(name) ? name : STR("");
}

/* At most `max` bytes and a name more, which is already too much. */
static struct str expand(struct arena *a, struct str value, struct str name, size_t max)
{
	struct buf b = { 0 };
	struct str out;

	if (value.n < sizeof VARIABLE - 1)
		return value;
	for (size_t i = 0; i < value.n && b.len <= max;) {
		if (str_starts(str_n(value.p + i, value.n - i), STR(VARIABLE))) {
			buf_add(&b, name.p, name.n);
			i += sizeof VARIABLE - 1;
		} else {
			buf_add(&b, value.p + i++, 1);
		}
	}
	out = b.len ? arena_str(a, str_n(b.data, b.len)) : STR("");
	buf_clear(&b);
	return out;
}

/* "${filename}" in any of them but the policy, which is signed; before the policy is asked, so that a name cannot lead elsewhere than it allows.
 * A field may have many: the names of all together have a limit, too. */
static int expand_fields(struct form *f, struct str name)
{
	size_t bytes = 0, max = FORM_FIELDS_BYTES_MAX * 4;

	for (int i = 0; i < f->fields.count; i++) {
		struct param *p = &f->fields.at[i];

		if (!str_eq(p->name, STR("policy")))
			p->value = expand(&f->s->arena, p->value, name, max - bytes);
		if ((bytes += p->value.n) > max)
			return s3_refuse(f->s, S3_MAX_POST, NULL, NULL);
	}
	return 0;
}

static int take_key(struct form *f)
{
	struct s3 *s = f->s;

	s->key = params_get(&f->fields, "key");
	if (s->key.n == 0)
		return refuse_field(s, "key");
	if (!utf8_valid(s->key) || memchr(s->key.p, '\0', s->key.n))
		return s3_refuse(s, S3_INVALID_ARGUMENT, "A key is UTF-8 without null characters",
				 S3_WITH({ "ArgumentName", STR("key") }));
	if (s->key.n > OBJECT_KEY_MAX)
		return s3_refuse(s, S3_KEY_TOO_LONG, NULL,
				 S3_WITH({ "Size", str_of(arena_printf(&s->arena, "%zu", s->key.n)) }, { "MaxSizeAllowed", STR("1024") }));
	s->call->key = arena_str(&s->call->r->arena, s->key);
	return 0;
}

/* -- what is kept, and what is promised -- */

static int take_sum(struct form *f, struct str name, struct str value)
{
	enum digest_kind k = str_eq(name, STR("content-md5")) ? DIGEST_MD5 : checksum_of_header(name);
	struct checksum *sum = &f->d.put.o.sum;

	if (k == DIGEST_KINDS)
		return 0;
	if (checksum_decode(k, value, f->want[k]) < 0)
		return s3_refuse(f->s, S3_INVALID_REQUEST, arena_printf(&f->s->arena, "Value for %.*s header is invalid.", STR_ARG(name)), NULL);
	f->wanted[k] = true;
	if (k == DIGEST_MD5)
		return 0;
	if (sum->type != SUM_NONE)
		return s3_refuse(f->s, S3_INVALID_REQUEST, "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.", NULL);
	*sum = (struct checksum){ .type = SUM_FULL, .kind = k };
	return 0;
}

static int take_sums(struct form *f)
{
	int rc = 0;

	for (int i = 0; i < f->fields.count && rc == 0; i++)
		rc = take_sum(f, f->fields.at[i].name, f->fields.at[i].value);
	return rc;
}

static int check_acl(struct s3 *s, struct str acl)
{
	if (!str_is_set(acl) || str_eq(acl, STR("private")) || str_eq(acl, STR("bucket-owner-full-control")))
		return 0;
	return s3_refuse(s, S3_ACL_NOT_SUPPORTED, NULL, NULL);
}

static void take_answer(struct form *f)
{
	struct str to = params_get(&f->fields, "success_action_redirect"), status = params_get(&f->fields, "success_action_status");

	if (!str_is_set(to))
		to = params_get(&f->fields, "redirect");
	if (str_starts(to, STR("http://")) || str_starts(to, STR("https://")))
		f->redirect = to;
	f->status = str_eq(status, STR("200")) ? 200 : str_eq(status, STR("201")) ? 201 : 204;
}

int form_take_facts(struct form *f, struct str file_name)
{
	struct s3 *s = f->s;
	struct object_put *p = &f->d.put;
	struct str tags;
	int rc;

	object_put_init(p);
	if ((rc = expand_fields(f, without_folders(file_name))) < 0 || (rc = check_leave(f)) < 0 || (rc = take_key(f)) < 0)
		return rc;
	s->params = f->fields;
	s->form = true;
	if ((rc = s3_permit_put(s)) < 0 || (rc = s3_check_headers(s)) < 0 || (rc = check_acl(s, params_get(&f->fields, "acl"))) < 0 ||
	    (rc = take_sums(f)) < 0 || (rc = headers_take(s, &p->o.headers)) < 0)
		return rc;
	tags = params_get(&f->fields, "tagging");
	if (str_is_set(tags) && (rc = tag_set_read(s, tags, false, &p->o.tags)) < 0)
		return rc;
	take_answer(f);
	p->bucket = s->bucket;
	p->o.key = s->key;
	p->kind = EVENT_CREATED_POST;
	p->actor = s->actor;
	p->actor.door = s3_door(s);
	return 0;
}

int form_check_content(struct form *f)
{
	struct s3 *s = f->s;

	if (f->d.got < f->policy.min)
		return s3_refuse(s, S3_ENTITY_TOO_SMALL, NULL,
				 S3_WITH({ "ProposedSize", str_of(arena_printf(&s->arena, "%lld", (long long)f->d.got)) },
					 { "MinSizeAllowed", str_of(arena_printf(&s->arena, "%lld", (long long)f->policy.min)) }));
	for (int k = 0; k < DIGEST_KINDS; k++)
		if (f->wanted[k] && memcmp(f->want[k], f->d.sum[k], digest_size((enum digest_kind)k)) != 0)
			return s3_refuse(s, S3_BAD_DIGEST, k == DIGEST_MD5 ? NULL :
					 arena_printf(&s->arena, "The %s you specified did not match the calculated checksum.",
						      checksum_algorithm((enum digest_kind)k)), NULL);
	return 0;
}

/* -- where it went -- */

struct str form_location(struct form *f)
{
	struct s3 *s = f->s;
	struct str host = http_field(s->call->r, "host"), out;
	struct buf b = { 0 };

	buf_printf(&b, "http://%.*s/", STR_ARG(host));
	if (!s->by_host)
		buf_printf(&b, "%.*s/", STR_ARG(s->bucket));
	uri_encode(&b, s->key, URI_SLASH);
	out = arena_str(&s->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return out;
}

struct str form_redirect(struct form *f)
{
	struct s3 *s = f->s;
	struct buf b = { 0 };
	struct str out;

	buf_printf(&b, "%.*s%cbucket=%.*s&key=", STR_ARG(f->redirect), memchr(f->redirect.p, '?', f->redirect.n) ? '&' : '?',
		   STR_ARG(s->bucket));
	uri_encode(&b, s->key, URI_NOTHING);
	buf_printf(&b, "&etag=%%22%.*s%%22", STR_ARG(f->d.put.o.etag));
	out = arena_str(&s->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return out;
}
