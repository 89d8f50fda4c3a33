#include "web/s3/page.h"

#include "base/codec.h"
#include "base/err.h"

struct str page_common(struct str prefix, struct str delimiter, struct str key)
{
	const char *from = key.p + prefix.n, *at;

	if (delimiter.n == 0)
		return (struct str){ 0 };
	at = memmem(from, key.n - prefix.n, delimiter.p, delimiter.n);
	return at ? str_n(key.p, (size_t)(at - key.p) + delimiter.n) : (struct str){ 0 };
}

struct str page_beyond(struct arena *a, struct str s)
{
	char *to;

	while (s.n > 0 && (unsigned char)s.p[s.n - 1] == 0xff)
		s.n--;
	if (s.n == 0)
		return (struct str){ 0 };
	to = arena_dup(a, s);
	to[s.n - 1] = (char)((unsigned char)to[s.n - 1] + 1);
	return str_n(to, s.n);
}

static bool is_full(struct page *p)
{
	p->truncated = p->keys + p->prefixes == p->max;
	return p->truncated;
}

static int each(void *owner, const struct object *o, struct str *skip_to)
{
	struct page *p = owner;
	struct str common = page_common(p->prefix, p->delimiter, o->key);

	if (str_is_set(common)) {
		*skip_to = page_beyond(p->arena, common);
		/* A page that ended inside a common prefix, or with it, told it already. */
		if (str_is_set(p->after) && str_starts(p->after, common))
			return str_is_set(*skip_to) ? 0 : 1;
		if (is_full(p))
			return 1;
		p->prefixes++;
		p->last = arena_str(p->arena, common);
		p->common(p->owner, common);
		return str_is_set(*skip_to) ? 0 : 1;
	}
	if (is_full(p))
		return 1;
	p->keys++;
	p->last = arena_str(p->arena, o->key);
	p->key(p->owner, o);
	return 0;
}

int page_walk(struct page *p, struct db *db, int64_t bucket)
{
	struct str from = { 0 };

	p->truncated = false;
	p->keys = p->prefixes = 0;
	if (p->max == 0)
		return 0;
	if (str_is_set(p->after)) {	/* the key after that one is it with a zero byte */
		char *to = arena_take(p->arena, p->after.n + 1);

		memcpy(to, p->after.p, p->after.n);
		from = str_n(to, p->after.n + 1);
	}
	return object_list(db, bucket, p->prefix, from, each, p);
}

/* A checksum in front, so that a made-up token is told from ours. */
struct str page_token(struct arena *a, struct str last)
{
	uint32_t sum = crc32c(0, last.p, last.n);
	struct buf raw = { 0 }, text = { 0 };
	struct str out;

	buf_add(&raw, &sum, sizeof sum);
	buf_add(&raw, last.p, last.n);
	base64_encode(&text, raw.data, raw.len);
	out = arena_str(a, str_n(text.data, text.len));
	buf_clear(&raw);
	buf_clear(&text);
	return out;
}

int page_token_read(struct arena *a, struct str token, struct str *last)
{
	struct buf raw = { 0 };
	uint32_t sum;
	int rc = E_BAD_INPUT;

	if (token.n > 2 * OBJECT_KEY_MAX || base64_decode(&raw, token) < 0 || raw.len <= sizeof sum)
		goto out;
	memcpy(&sum, raw.data, sizeof sum);
	*last = arena_str(a, str_n(raw.data + sizeof sum, raw.len - sizeof sum));
	if (sum == crc32c(0, last->p, last->n))
		rc = 0;
out:
	buf_clear(&raw);
	return rc;
}
