/* What headers and query say about an upload: what is kept with the object, and digests that it must have. */
#include <ctype.h>

#include "base/codec.h"
#include "base/err.h"
#include "web/api/upload.h"

static const char *const kept[] = { "cache-control", "content-disposition", "content-encoding", "content-language", "expires" };

#define META "x-amz-meta-"

static const struct digest_name {
	const char *header, *algorithm;		/* of its own; in Digest and the like. NULL: none */
	enum digest_kind kind;
} digests[] = {
	{ "content-md5", "md5", DIGEST_MD5 }, { "x-amz-checksum-sha1", "sha", DIGEST_SHA1 }, { "x-amz-checksum-sha256", "sha-256", DIGEST_SHA256 },
	{ "x-amz-checksum-crc32", NULL, DIGEST_CRC32 }, { "x-amz-checksum-crc32c", NULL, DIGEST_CRC32C },
	{ "x-amz-checksum-crc64nvme", NULL, DIGEST_CRC64NVME },
};
#define DIGESTS (sizeof digests / sizeof digests[0])

static const char *const digest_lists[] = { "digest", "content-digest", "repr-digest" };

/* -- metadata -- */

static bool is_token(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!isalnum((unsigned char)name.p[i]) && !memchr("-_.!#$%&'*+^`|~", name.p[i], 15))
			return false;
	return name.n > 0;
}

static size_t meta_size(const struct params *meta)
{
	size_t n = 0;

	for (int i = 0; i < meta->count; i++)
		n += meta->at[i].name.n - (sizeof META - 1) + meta->at[i].value.n;
	return n;
}

int upload_add_meta(struct upload *u, struct str name, struct str value)
{
	struct params *meta = &u->meta;
	char *low;

	if (!is_token(name) || !utf8_valid(value))
		return E_BAD_INPUT;
	if (meta->count == PARAMS_MAX || meta_size(meta) + name.n + value.n > OBJECT_META_MAX)
		return E_TOO_LARGE;
	low = arena_printf(&u->l->arena, META "%.*s", STR_ARG(name));
	for (char *p = low; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	for (int i = 0; i < meta->count; i++)
		if (str_eq(meta->at[i].name, str_of(low)))
			return E_BAD_INPUT;	/* twice */
	meta->at[meta->count++] = (struct param){ str_of(low), arena_str(&u->l->arena, value) };
	return 0;
}

static bool starts(struct str name, struct str with)
{
	return name.n > with.n && str_ieq(str_n(name.p, with.n), with);
}

static int take_meta(struct upload *u)
{
	const struct http_request *r = u->l->call->r;
	const struct params *query = &u->l->params;
	int rc = 0;

	for (int i = 0; i < r->field_count && rc == 0; i++)
		if (starts(r->fields[i].name, STR(META)))
			rc = upload_add_meta(u, str_n(r->fields[i].name.p + sizeof META - 1, r->fields[i].name.n - (sizeof META - 1)), r->fields[i].value);
	for (int i = 0; i < query->count && rc == 0; i++)
		if (starts(query->at[i].name, STR("meta-")))
			rc = upload_add_meta(u, str_n(query->at[i].name.p + 5, query->at[i].name.n - 5), query->at[i].value);
	return rc;
}

struct str upload_headers(struct upload *u, struct str type)
{
	struct arena *a = &u->l->arena;
	struct buf b = { 0 };
	struct json j = json_into(&b);
	struct str text;

	json_open(&j, NULL, '{');
	if (type.n > 0)
		json_str(&j, "content-type", type);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0] && !u->is_form && u->l->call; i++)
		if ((text = http_field(u->l->call->r, kept[i])).n > 0)
			json_str(&j, kept[i], text);
	for (int i = 0; i < u->meta.count; i++) {
		json_name(&j, u->meta.at[i].name);
		json_str(&j, JSON_NAMED, u->meta.at[i].value);
	}
	json_close(&j);
	text = arena_str(a, str_n(b.data, b.len));
	buf_clear(&b);
	return text;
}

/* -- digests -- */

static int want(struct upload *u, enum digest_kind k, struct str base64)
{
	struct buf b = { 0 };
	int rc = base64.n > 2 * DIGEST_SIZE_MAX ? E_BAD_INPUT : base64_decode(&b, base64);

	if (rc == 0 && b.len != digest_size(k))
		rc = E_BAD_INPUT;
	if (rc == 0 && u->wanted[k] && memcmp(u->want[k], b.data, b.len) != 0)
		rc = E_MISMATCH;	/* two headers that cannot both be right */
	if (rc == 0) {
		u->wanted[k] = u->d.want[k] = true;
		memcpy(u->want[k], b.data, b.len);
	}
	buf_clear(&b);
	return rc;
}

/* "SHA-256=base64, MD5=base64" (RFC 3230), "sha-256=:base64:" (RFC 9530). Those of other algorithms are for others, but one must be for us. */
static int want_list(struct upload *u, struct str list)
{
	struct str one, name;
	int known = 0, rc = 0;

	while (rc == 0 && str_next(&list, ',', &one)) {
		if (!str_next(&one, '=', &name) || !str_is_set(one))
			return E_BAD_INPUT;
		one = str_trim(one);
		if (one.n > 1 && one.p[0] == ':' && one.p[one.n - 1] == ':')
			one = str_n(one.p + 1, one.n - 2);
		for (size_t i = 0; i < DIGESTS && rc == 0; i++)
			if (digests[i].algorithm && str_ieq(str_trim(name), str_of(digests[i].algorithm))) {
				rc = want(u, digests[i].kind, one);
				known++;
			}
	}
	return rc < 0 || known > 0 ? rc : E_NOT_FOUND;
}

static int take_digests(struct upload *u, bool *any)
{
	const struct http_request *r = u->l->call->r;
	struct str text;
	int rc = 0;

	for (size_t i = 0; i < DIGESTS && rc == 0; i++)
		if (str_is_set(text = http_field(r, digests[i].header))) {
			*any = true;
			rc = want(u, digests[i].kind, text);
		}
	for (size_t i = 0; i < sizeof digest_lists / sizeof digest_lists[0] && rc == 0; i++)
		if (str_is_set(text = http_field(r, digest_lists[i]))) {
			*any = true;
			rc = want_list(u, text);
		}
	return rc;
}

bool upload_take_facts(struct upload *u)
{
	struct local *l = u->l;
	bool any = false;
	int rc = take_digests(u, &any);

	if (rc == E_NOT_FOUND)
		local_refuse(l, 400, "UnsupportedDigest", "Digest is known as md5, sha and sha-256.");
	else if (rc < 0)
		local_refuse(l, 400, "InvalidDigest", "A digest of the headers is malformed, or differs from another one.");
	else if (any && u->is_form)
		local_refuse(l, 400, "InvalidRequest", "Digests of headers are for a body that is one file, not for a form.");
	else if ((rc = take_meta(u)) == E_TOO_LARGE)
		local_refuse(l, 400, "MetadataTooLarge", "User metadata has at most 2048 bytes, names and values together, and 63 names.");
	else if (rc < 0)
		local_refuse(l, 400, "InvalidRequest", "Names of user metadata are those of headers, each once, and values UTF-8.");
	else
		return true;
	return false;
}
