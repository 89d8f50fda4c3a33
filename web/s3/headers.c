#include "web/s3/headers.h"

#include <ctype.h>

#include "base/codec.h"
#include "base/err.h"
#include "base/json.h"

static const struct {
	const char *stored, *header, *override, *otherwise;
} kept[] = {
	{ "content-type", "Content-Type", "response-content-type", "binary/octet-stream" },
	{ "content-encoding", "Content-Encoding", "response-content-encoding", NULL },
	{ "content-disposition", "Content-Disposition", "response-content-disposition", NULL },
	{ "content-language", "Content-Language", "response-content-language", NULL },
	{ "cache-control", "Cache-Control", "response-cache-control", NULL },
	{ "expires", "Expires", "response-expires", NULL },
};

#define META "x-amz-meta-"
#define META_N (sizeof META - 1)

static bool is_meta(struct str name)
{
	return name.n > META_N && str_ieq(str_n(name.p, META_N), STR(META));
}

/* "aws-chunked" says how the body travelled, not what it is. */
static struct str without_framing(struct s3 *s, struct str value)
{
	struct str part;
	char *to = arena_take(&s->arena, value.n + 1);
	size_t n = 0;

	while (str_next(&value, ',', &part)) {
		part = str_trim(part);
		if (part.n == 0 || str_ieq(part, STR("aws-chunked")))
			continue;
		if (n > 0)
			to[n++] = ',';
		memcpy(to + n, part.p, part.n);
		n += part.n;
	}
	return n ? str_n(to, n) : (struct str){ 0 };
}

static int take_content(struct s3 *s, struct json *j)
{
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		struct str v = s3_field(s, kept[i].stored);

		if (str_ieq(str_of(kept[i].stored), STR("content-encoding")))
			v = without_framing(s, v);
		if (!str_is_set(v) || v.n == 0)
			continue;
		if (!utf8_valid(v))
			return s3_refuse(s, S3_INVALID_ARGUMENT, "Header values must be UTF-8",
					 S3_WITH({ "ArgumentName", str_of(kept[i].header) }));
		json_str(j, kept[i].stored, v);
	}
	return 0;
}

/* Metadata fields, lower-case, those of one name joined; both of headers and of a presigned query. */
static void add_meta(struct s3 *s, struct params *to, struct str name, struct str value)
{
	char *low;

	if (!is_meta(name))
		return;
	low = arena_dup(&s->arena, name);
	for (char *p = low; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	for (int i = 0; i < to->count; i++)
		if (str_eq(to->at[i].name, str_of(low))) {
			to->at[i].value = str_of(arena_printf(&s->arena, "%.*s,%.*s", STR_ARG(to->at[i].value),
							      STR_ARG(value)));
			return;
		}
	if (to->count < PARAMS_MAX)
		to->at[to->count++] = (struct param){ str_of(low), value };
}

static int take_meta(struct s3 *s, struct json *j)
{
	struct params *meta = arena_take(&s->arena, sizeof *meta);
	struct http_request *r = s->call->r;
	size_t size = 0;

	for (int i = 0; i < r->field_count && !s->form; i++)
		add_meta(s, meta, r->fields[i].name, r->fields[i].value);
	for (int i = 0; i < s->params.count && meta->count == 0; i++)
		add_meta(s, meta, s->params.at[i].name, s->params.at[i].value);
	for (int i = 0; i < meta->count; i++) {
		const struct param *p = &meta->at[i];

		size += p->name.n - META_N + p->value.n;
		if (!utf8_valid(p->name) || !utf8_valid(p->value))
			return s3_refuse(s, S3_INVALID_ARGUMENT, "User metadata must be UTF-8",
					 S3_WITH({ "ArgumentName", p->name }));
		json_name(j, p->name);
		json_str(j, JSON_NAMED, p->value);
	}
	if (size <= OBJECT_META_MAX && meta->count < PARAMS_MAX)
		return 0;
	return s3_refuse(s, S3_METADATA_TOO_LARGE, NULL,
			 S3_WITH({ "Size", str_of(arena_printf(&s->arena, "%zu", size)) },
				 { "MaxSizeAllowed", STR("2048") }));
}

int headers_take(struct s3 *s, struct str *json)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc;

	json_open(&j, NULL, '{');
	if ((rc = take_content(s, &j)) == 0 && (rc = take_meta(s, &j)) == 0) {
		json_close(&j);
		*json = arena_str(&s->arena, str_n(b.data, b.len));
	}
	buf_clear(&b);
	return rc;
}

/* Bytes that a header cannot carry go as RFC 2047 says. */
static struct str header_safe(struct s3 *s, struct str v)
{
	struct buf b = { 0 };
	bool plain = true;

	for (size_t i = 0; i < v.n; i++)
		plain = plain && v.p[i] >= ' ' && v.p[i] < 0x7f;
	if (plain)
		return v;
	buf_puts(&b, "=?UTF-8?B?");
	base64_encode(&b, v.p, v.n);
	buf_puts(&b, "?=");
	v = arena_str(&s->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return v;
}

static bool one_line(struct str v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return false;
	return true;
}

void headers_answer(struct s3 *s, struct str json)
{
	struct http_request *r = s->call->r;
	struct json_value *tree = NULL;

	(void)json_parse(&s->arena, json, &tree);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		struct str v = params_get(&s->params, kept[i].override);

		if (!v.n || !one_line(v))
			v = json_text(tree, kept[i].stored);
		if (!str_is_set(v))
			v = str_of(kept[i].otherwise);
		if (str_is_set(v))
			http_header(r, kept[i].header, v);
	}
	for (const struct json_value *m = tree ? tree->first : NULL; m; m = m->next)
		if (is_meta(m->name))
			http_header(r, arena_dup(&s->arena, m->name), header_safe(s, m->text));
}
