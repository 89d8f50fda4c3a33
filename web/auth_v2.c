#include "web/auth_forms.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/codec.h"
#include "base/digest.h"
#include "web/params.h"

/* Parameters that are part of what is signed; all others are not. */
static const char *const signed_params[] = {
	"accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location",
	"logging", "metrics", "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment",
	"response-cache-control", "response-content-disposition", "response-content-encoding",
	"response-content-language", "response-content-type", "response-expires", "restore", "select", "select-type",
	"storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
};

static bool is_signed_param(struct str name)
{
	for (size_t i = 0; i < sizeof signed_params / sizeof signed_params[0]; i++)
		if (str_eq(name, str_of(signed_params[i])))
			return true;
	return false;
}

static int by_name(const void *pa, const void *pb)
{
	const struct param *a = pa, *b = pb;

	return str_cmp(a->name, b->name);
}

static struct str lower(struct arena *a, struct str s)
{
	char *p = arena_dup(a, s);

	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)tolower((unsigned char)p[i]);
	return str_n(p, s.n);
}

static bool is_amz(struct str name)
{
	return name.n > 6 && str_ieq(str_n(name.p, 6), STR("x-amz-"));
}

/* One more x-amz- header; of the same name: joined by commas. */
static void keep(struct http_request *r, struct params *to, struct str name, struct str value)
{
	name = lower(&r->arena, name);
	for (int i = 0; i < to->count; i++)
		if (str_eq(to->at[i].name, name)) {
			to->at[i].value = str_of(arena_printf(&r->arena, "%.*s,%.*s", STR_ARG(to->at[i].value),
					STR_ARG(value)));
			return;
		}
	if (to->count < PARAMS_MAX)
		to->at[to->count++] = (struct param){ name, value };
}

/* Old clients put what would be headers into a presigned query and sign them as headers. */
static void add_amz_headers(struct http_request *r, const struct auth *a, const struct params *query, struct buf *to)
{
	struct params *amz = arena_take(&r->arena, sizeof *amz);

	for (int i = 0; i < r->field_count; i++)
		if (is_amz(r->fields[i].name))
			keep(r, amz, r->fields[i].name, r->fields[i].value);
	for (int i = 0; a->kind == AUTH_V2_QUERY && i < query->count; i++)
		if (is_amz(query->at[i].name) && !str_is_set(params_iget(amz, arena_dup(&r->arena, query->at[i].name))))
			keep(r, amz, query->at[i].name, query->at[i].value);
	qsort(amz->at, (size_t)amz->count, sizeof amz->at[0], by_name);
	for (int i = 0; i < amz->count; i++)
		buf_printf(to, "%.*s:%.*s\n", STR_ARG(amz->at[i].name), STR_ARG(amz->at[i].value));
}

static void add_resource(struct http_request *r, const struct auth *a, struct params *query, const char *slash, struct buf *to)
{
	bool some = false;

	if (str_is_set(a->host_bucket))
		buf_printf(to, "/%.*s", STR_ARG(a->host_bucket));
	buf_printf(to, "%.*s%s", STR_ARG(r->path), slash);
	qsort(query->at, (size_t)query->count, sizeof query->at[0], by_name);
	for (int i = 0; i < query->count; i++) {
		const struct param *p = &query->at[i];

		if (!is_signed_param(p->name))
			continue;
		buf_printf(to, "%c%.*s", some ? '&' : '?', STR_ARG(p->name));
		if (p->value.n > 0)
			buf_printf(to, "=%.*s", STR_ARG(p->value));
		some = true;
	}
}

static struct str field_or_param(const struct http_request *r, const struct auth *a, const struct params *query,
				 const char *name)
{
	struct str v = http_field(r, name);

	if (!str_is_set(v) && a->kind == AUTH_V2_QUERY)
		v = params_iget(query, name);
	return v;
}

static struct str text_to_sign(struct http_request *r, const struct auth *a, struct params *query, const char *slash)
{
	struct str date = a->timestamp, text;
	struct buf b = { 0 };

	if (a->kind == AUTH_V2_HEADER && str_is_set(http_field(r, "x-amz-date")))
		date = STR("");		/* it is among the x-amz- headers then */
	buf_printf(&b, "%.*s\n%.*s\n%.*s\n%.*s\n", STR_ARG(r->method), STR_ARG(field_or_param(r, a, query, "content-md5")),
		   STR_ARG(field_or_param(r, a, query, "content-type")), STR_ARG(date));
	add_amz_headers(r, a, query, &b);
	add_resource(r, a, query, slash, &b);
	text = arena_str(&r->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return text;
}

static bool signature_is(struct str given, struct str text, const char *secret)
{
	struct buf raw = { 0 };
	uint8_t mine[20];
	bool same;

	hmac_sha1(str_of(secret), text, mine);
	same = base64_decode(&raw, given) == 0 && raw.len == sizeof mine && digest_same(raw.data, mine, sizeof mine);
	buf_clear(&raw);
	return same;
}

/* "/bucket" */
static bool is_bucket(struct str path)
{
	return path.n > 1 && memchr(path.p + 1, '/', path.n - 1) == NULL;
}

bool auth_v2_matches(struct http_request *r, struct auth *a, const char *secret)
{
	struct params *query = arena_take(&r->arena, sizeof *query);

	if (params_parse(&r->arena, r->query, true, query) < 0)
		return false;
	/* botocore signs a bucket with the slash that it would have as a host name's root, whatever it sends. */
	if (is_bucket(r->path) && signature_is(a->signature, text_to_sign(r, a, query, "/"), secret))
		return true;
	/* Nor does it know that what stands behind the '?' of ListObjectsV2 is no part of its path. */
	if (is_bucket(r->path) && str_eq(params_get(query, "list-type"), STR("2")) &&
	    signature_is(a->signature, text_to_sign(r, a, query, "?list-type=2"), secret))
		return true;
	a->string_to_sign = text_to_sign(r, a, query, "");
	return signature_is(a->signature, a->string_to_sign, secret);
}
