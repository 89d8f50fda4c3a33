#include "web/auth_forms.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/codec.h"
#include "base/digest.h"
#include "web/params.h"

#define HEX_SHA256 65

static int by_name_then_value(const void *pa, const void *pb)
{
	const struct param *a = pa, *b = pb;
	int order = str_cmp(a->name, b->name);

	return order ? order : str_cmp(a->value, b->value);
}

static struct str encoded(struct arena *a, struct str s)
{
	struct buf b = { 0 };
	struct str out;

	uri_encode(&b, s, URI_NOTHING);
	out = b.data ? arena_str(a, str_n(b.data, b.len)) : STR("");
	buf_clear(&b);
	return out;
}

/* A raw '+' is signed as a plus, whatever it means to S3 afterwards. */
static void add_query(struct http_request *r, const struct auth *a, struct buf *to)
{
	struct params *p = arena_take(&r->arena, sizeof *p);
	int kept = 0;

	if (params_parse(&r->arena, r->query, false, p) < 0)
		return;
	for (int i = 0; i < p->count; i++) {
		if (a->kind == AUTH_V4_QUERY && str_eq(p->at[i].name, STR("X-Amz-Signature")))
			continue;
		p->at[kept].name = encoded(&r->arena, p->at[i].name);
		p->at[kept].value = encoded(&r->arena, p->at[i].value);
		kept++;
	}
	qsort(p->at, (size_t)kept, sizeof p->at[0], by_name_then_value);
	for (int i = 0; i < kept; i++)
		buf_printf(to, "%s%.*s=%.*s", i ? "&" : "", STR_ARG(p->at[i].name), STR_ARG(p->at[i].value));
}

/* Trimmed, and runs of blanks inside are one. */
static void add_value(struct buf *to, struct str v)
{
	bool blank = false;

	for (size_t i = 0; i < v.n; i++) {
		bool now = v.p[i] == ' ' || v.p[i] == '\t';

		if (!now)
			buf_add(to, &v.p[i], 1);
		else if (!blank)
			buf_add(to, " ", 1);
		blank = now;
	}
}

static void add_headers(struct http_request *r, const struct auth *a, struct buf *to)
{
	struct str rest = a->signed_headers, name;
	int left = AUTH_SIGNED_HEADERS_MAX;

	while (left-- > 0 && str_next(&rest, ';', &name)) {
		bool some = false;

		buf_printf(to, "%.*s:", STR_ARG(name));
		for (int i = 0; i < r->field_count; i++) {
			if (!str_ieq(r->fields[i].name, name))
				continue;
			if (some)
				buf_puts(to, ",");
			add_value(to, r->fields[i].value);
			some = true;
		}
		buf_puts(to, "\n");
	}
}

/* One segment of the path at a time: "." and empty ones vanish, ".." takes the one before with it. */
static struct str normalised(struct arena *a, struct str path)
{
	char *to = arena_take(a, path.n + 2);
	size_t n = 0;
	struct str rest = path, part;
	bool slash = path.n > 0 && path.p[path.n - 1] == '/';

	while (str_next(&rest, '/', &part)) {
		if (part.n == 0 || str_eq(part, STR(".")))
			continue;
		if (str_eq(part, STR(".."))) {
			while (n > 0 && to[--n] != '/')
				;
			continue;
		}
		to[n++] = '/';
		memcpy(to + n, part.p, part.n);
		n += part.n;
	}
	if (n == 0 || slash)
		to[n++] = '/';
	return str_n(to, n);
}

enum path_form { PATH_AS_SENT, PATH_ENCODED_AGAIN, PATH_NORMALISED };

static void add_path(struct http_request *r, enum path_form form, struct buf *to)
{
	struct str path = r->path.n ? r->path : STR("/"), plain;

	switch (form) {
	case PATH_AS_SENT:
		buf_add(to, path.p, path.n);
		break;
	case PATH_ENCODED_AGAIN:	/* for a client that sends less encoded than it signs */
		if (uri_decode(&r->arena, path, false, &plain) == 0)
			uri_encode(to, plain, URI_SLASH);
		break;
	case PATH_NORMALISED:
		uri_encode(to, normalised(&r->arena, path), URI_SLASH);
		break;
	}
}

static struct str payload_hash(const struct auth *a, struct str body, char hex[HEX_SHA256])
{
	uint8_t sum[32];

	if (str_is_set(body) || !str_eq(a->service, STR("s3"))) {
		if (!a->body_sha256)
			digest_of(DIGEST_SHA256, body, sum);
		hex_encode(hex, a->body_sha256 ? a->body_sha256 : sum, sizeof sum);
		return str_of(hex);
	}
	return str_is_set(a->payload_text) ? a->payload_text : STR("UNSIGNED-PAYLOAD");
}

static struct str canonical(struct http_request *r, const struct auth *a, enum path_form form, struct str body)
{
	char hex[HEX_SHA256];
	struct str hash = payload_hash(a, body, hex), out;
	struct buf b = { 0 };

	buf_printf(&b, "%.*s\n", STR_ARG(r->method));
	add_path(r, form, &b);
	buf_puts(&b, "\n");
	add_query(r, a, &b);
	buf_puts(&b, "\n");
	add_headers(r, a, &b);
	buf_printf(&b, "\n%.*s\n%.*s", STR_ARG(a->signed_headers), STR_ARG(hash));
	out = arena_str(&r->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return out;
}

void auth_v4_key(struct auth *a, struct arena *arena, const char *secret)
{
	char *first = arena_printf(arena, "AWS4%s", secret);
	uint8_t k[32];

	hmac_sha256(str_of(first), a->date, k);
	hmac_sha256(str_n(k, sizeof k), a->region, k);
	hmac_sha256(str_n(k, sizeof k), a->service, k);
	hmac_sha256(str_n(k, sizeof k), STR("aws4_request"), a->signing_key);
}

static bool signature_is(struct http_request *r, struct auth *a)
{
	uint8_t sum[32], mine[32];
	char hex[HEX_SHA256];

	digest_of(DIGEST_SHA256, a->canonical_request, sum);
	hex_encode(hex, sum, sizeof sum);
	a->string_to_sign = str_of(arena_printf(&r->arena, "AWS4-HMAC-SHA256\n%.*s\n%.*s/%.*s/%.*s/aws4_request\n%s",
			STR_ARG(a->timestamp), STR_ARG(a->date), STR_ARG(a->region), STR_ARG(a->service), hex));
	hmac_sha256(str_n(a->signing_key, sizeof a->signing_key), a->string_to_sign, mine);
	return digest_same(mine, a->seed, sizeof mine);
}

bool auth_v4_matches(struct http_request *r, struct auth *a, const char *secret, struct str body)
{
	bool s3 = str_eq(a->service, STR("s3"));
	struct str request, text;

	auth_v4_key(a, &r->arena, secret);
	a->canonical_request = canonical(r, a, s3 ? PATH_AS_SENT : PATH_NORMALISED, body);
	if (signature_is(r, a))
		return true;
	if (!s3)
		return false;
	request = a->canonical_request;
	text = a->string_to_sign;
	a->canonical_request = canonical(r, a, PATH_ENCODED_AGAIN, body);
	if (signature_is(r, a))
		return true;
	a->canonical_request = request;		/* the error shows what was sent */
	a->string_to_sign = text;
	return false;
}

static bool is_signed(const struct auth *a, struct str header)
{
	struct str rest = a->signed_headers, name;

	while (str_next(&rest, ';', &name))
		if (str_ieq(name, header))
			return true;
	return false;
}

struct str auth_v4_unsigned(struct http_request *r, const struct auth *a)
{
	if (!is_signed(a, STR("host")))
		return STR("host");
	for (int i = 0; i < r->field_count; i++) {
		struct str name = r->fields[i].name;

		if (name.n > 6 && str_ieq(str_n(name.p, 6), STR("x-amz-")) && !is_signed(a, name))
			return name;
	}
	return (struct str){ 0 };
}

void auth_chain_begin(struct auth_chain *c, const struct auth *a)
{
	memcpy(c->key, a->signing_key, sizeof c->key);
	memcpy(c->last, a->seed, sizeof c->last);
	snprintf(c->timestamp, sizeof c->timestamp, "%.*s", STR_ARG(a->timestamp));
	snprintf(c->scope, sizeof c->scope, "%.*s/%.*s/%.*s/aws4_request",
		 STR_ARG(a->date), STR_ARG(a->region), STR_ARG(a->service));
}

bool auth_chain_next(struct auth_chain *c, enum auth_link link, const uint8_t sha256[32], const uint8_t given[32])
{
	static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
	char last[HEX_SHA256], data[HEX_SHA256], text[512];
	uint8_t mine[32];
	int n;

	hex_encode(last, c->last, sizeof c->last);
	hex_encode(data, sha256, 32);
	n = snprintf(text, sizeof text, "%s\n%s\n%s\n%s\n%s%s",
		     link == AUTH_CHUNK ? "AWS4-HMAC-SHA256-PAYLOAD" : "AWS4-HMAC-SHA256-TRAILER",
		     c->timestamp, c->scope, last, link == AUTH_CHUNK ? empty : "", data);
	hmac_sha256(str_n(c->key, sizeof c->key), str_n(text, (size_t)n), mine);
	memcpy(c->last, mine, sizeof c->last);
	return digest_same(mine, given, sizeof mine);
}
