/* Conditions of policies: an operator, what it is asked about, and the values it compares with. */
#include <arpa/inet.h>
#include <stdio.h>

#include "base/err.h"
#include "web/grant.h"
#include "web/policy_parts.h"

/* -- addresses -- */

struct block {				/* of addresses; those of version 4 as ::ffff:a.b.c.d */
	uint8_t bytes[16];
	int64_t bits;			/* how many of them count */
	bool v4;
};

#define V4_BITS 96

static int read_address(struct str text, struct block *b)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char room[INET6_ADDRSTRLEN];

	if (text.n == 0 || text.n >= sizeof room)
		return E_BAD_INPUT;
	snprintf(room, sizeof room, "%.*s", STR_ARG(text));
	b->bits = 128;
	memcpy(b->bytes, mapped, sizeof mapped);
	if (inet_pton(AF_INET, room, b->bytes + 12) != 1 && inet_pton(AF_INET6, room, b->bytes) != 1)
		return E_BAD_INPUT;
	b->v4 = memcmp(b->bytes, mapped, sizeof mapped) == 0;
	return 0;
}

/* "10.0.0.0/8"; without a slash one address. */
static int read_block(struct str text, struct block *b)
{
	struct str address;

	if (!str_next(&text, '/', &address) || read_address(address, b) < 0)
		return E_BAD_INPUT;
	if (!str_is_set(text))
		return 0;
	if (str_to_int(text, 0, b->v4 ? 32 : 128, &b->bits) < 0)
		return E_BAD_INPUT;
	b->bits += b->v4 ? V4_BITS : 0;
	return 0;
}

static bool in_block(const struct block *b, const struct block *one)
{
	size_t whole = (size_t)b->bits / 8;
	int rest = (int)(b->bits % 8);

	if (memcmp(b->bytes, one->bytes, whole) != 0)
		return false;
	return rest == 0 || (b->bytes[whole] ^ one->bytes[whole]) >> (8 - rest) == 0;
}

/* -- operators and keys -- */

enum kind { TEXT, ADDRESS, SWITCH };

static bool text_is(struct str wanted, struct str given)
{
	return str_eq(wanted, given);
}

static bool text_is_like(struct str wanted, struct str given)
{
	return grant_like(wanted, given, false);
}

static bool is_within(struct str wanted, struct str given)
{
	struct block b, one;

	return read_block(wanted, &b) == 0 && read_address(given, &one) == 0 && in_block(&b, &one);
}

static struct str source_ip(const struct policy_request *q)
{
	struct block one;

	return read_address(q->source_ip, &one) == 0 ? q->source_ip : (struct str){ 0 };
}

static struct str referer(const struct policy_request *q)
{
	return q->referer;
}

static struct str prefix(const struct policy_request *q)
{
	return q->prefix;
}

static struct str secure(const struct policy_request *q)
{
	(void)q;
	return STR("false");
}

struct policy_test {
	const char *op, *key;
	enum kind kind;
	bool opposite;
	bool (*fits)(struct str wanted, struct str given);
	struct str (*of)(const struct policy_request *q);
};

static const struct policy_test tests[] = {
	{ "IpAddress",              "aws:SourceIp", ADDRESS, false, is_within,    source_ip },
	{ "NotIpAddress",           "aws:SourceIp", ADDRESS, true,  is_within,    source_ip },
	{ "StringEquals",           "aws:Referer",  TEXT,    false, text_is,      referer },
	{ "StringNotEquals",        "aws:Referer",  TEXT,    true,  text_is,      referer },
	{ "StringEqualsIgnoreCase", "aws:Referer",  TEXT,    false, str_ieq,      referer },
	{ "StringLike",             "aws:Referer",  TEXT,    false, text_is_like, referer },
	{ "StringNotLike",          "aws:Referer",  TEXT,    true,  text_is_like, referer },
	{ "StringEquals",           "s3:prefix",    TEXT,    false, text_is,      prefix },
	{ "StringNotEquals",        "s3:prefix",    TEXT,    true,  text_is,      prefix },
	{ "StringEqualsIgnoreCase", "s3:prefix",    TEXT,    false, str_ieq,      prefix },
	{ "StringLike",             "s3:prefix",    TEXT,    false, text_is_like, prefix },
	{ "StringNotLike",          "s3:prefix",    TEXT,    true,  text_is_like, prefix },
	{ "Bool",                   "aws:SecureTransport", SWITCH, false, text_is, secure },
};

const struct policy_test *policy_test_find(struct str op, struct str key)
{
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		if (str_eq(op, str_of(tests[i].op)) && str_ieq(key, str_of(tests[i].key)))
			return &tests[i];
	return NULL;
}

bool policy_test_is_prefix(const struct policy_test *t)
{
	return t->of == prefix;
}

static struct str value_text(const struct json_value *v)
{
	return v->kind == JSON_BOOL ? (v->yes ? STR("true") : STR("false")) : v->text;
}

bool policy_test_takes(const struct policy_test *t, const struct json_value *v)
{
	struct block b;

	switch (t->kind) {
	case ADDRESS:
		return v->kind == JSON_STRING && read_block(v->text, &b) == 0;
	case SWITCH:
		return v->kind == JSON_BOOL || (v->kind == JSON_STRING && (str_eq(v->text, STR("true")) || str_eq(v->text, STR("false"))));
	case TEXT:
		break;
	}
	return v->kind == JSON_STRING;
}

bool policy_test_fits(const struct policy_test *t, const struct json_value *values, const struct policy_request *q, bool denies)
{
	struct str given = t->of(q);

	if (!str_is_set(given))
		return t->kind == ADDRESS ? denies : t->opposite;
	POLICY_EACH(v, values)
		if (t->fits(value_text(v), given))
			return !t->opposite;
	return t->opposite;
}

bool policy_test_narrows(const struct policy_test *t, const struct json_value *values)
{
	struct block b;

	if (t->kind != ADDRESS || t->opposite)
		return false;
	POLICY_EACH(v, values)
		if (read_block(v->text, &b) < 0 || b.bits < (b.v4 ? V4_BITS + 8 : 32))
			return false;
	return true;
}
