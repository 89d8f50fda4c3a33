#include "web/s3/listing.h"

#include "base/codec.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "web/s3/checksum.h"
#include "web/s3/page.h"

/* -- what is asked -- */

static int ask_encoding(struct listing *l)
{
	struct str type = params_get(&l->s->params, "encoding-type");

	l->url = str_ieq(type, STR("url"));
	if (l->url || !str_is_set(type))
		return 0;
	return s3_refuse(l->s, S3_INVALID_ARGUMENT, "Invalid Encoding Method specified in Request",
			 S3_WITH({ "ArgumentName", STR("encoding-type") }, { "ArgumentValue", type }));
}

static int ask_optional(struct s3 *s)
{
	struct str list = http_field(s->call->r, "x-amz-optional-object-attributes"), one;

	while (str_next(&list, ',', &one))
		if (!str_eq(str_trim(one), STR("RestoreStatus")))
			return s3_refuse(s, S3_INVALID_ARGUMENT, "Invalid attribute name specified.",
					 S3_WITH({ "ArgumentName", STR("x-amz-optional-object-attributes") },
						 { "ArgumentValue", s3_copy(s, str_trim(one)) }));
	return 0;
}

static int refuse_number(struct s3 *s, const char *why, const char *param, struct str value)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, why, S3_WITH({ "ArgumentName", str_of(param) }, { "ArgumentValue", value }));
}

/* S3 has words of its own where keys are counted. */
static int refuse_negative(struct s3 *s, const char *param, int64_t n)
{
	struct str value = str_of(arena_printf(&s->arena, "-%lld", (long long)n));

	if (str_eq(str_of(s->op->name), STR("ListObjectVersions")))
		return s3_refuse(s, S3_INVALID_ARGUMENT, "max-keys cannot be negative", S3_WITH({ "ArgumentName", STR("max-keys") }));
	if (str_eq(str_of(s->op->name), STR("ListObjects")))
		return refuse_number(s, "Argument maxKeys must be an integer between 0 and 2147483647", "maxKeys", value);
	return refuse_number(s, arena_printf(&s->arena, "Argument %s must be an integer between 0 and 2147483647", param), param, value);
}

/* What fits 32 bits and is below zero is another mistake than what is no such number. */
int listing_number(struct s3 *s, const char *param, int otherwise, int *out)
{
	struct str text = params_get(&s->params, param), digits = text;
	bool below = str_starts(text, STR("-"));
	int64_t n = otherwise;

	if (below)
		digits = str_n(text.p + 1, text.n - 1);
	if ((below || text.n > 0) && str_to_int(digits, 0, below ? 1LL + INT32_MAX : INT32_MAX, &n) < 0)
		return refuse_number(s, arena_printf(&s->arena, "Provided %s not an integer or within integer range", param), param, text);
	if (below && n > 0)
		return refuse_negative(s, param, n);
	*out = (int)n;
	return 0;
}

static void release(struct s3 *s)
{
	struct listing *l = s->state;

	buf_clear(&l->rows);
	buf_clear(&l->commons);
	buf_clear(&l->out);
}

int listing_open(struct listing *l, struct s3 *s, const char *max)
{
	s->state = l;
	s->release = release;
	l->s = s;
	if (listing_number(s, max, PAGE_MAX, &l->max) < 0)
		return E_BAD_INPUT;
	if (l->max > PAGE_MAX)
		l->max = PAGE_MAX;
	return 0;
}

int listing_open_keys(struct listing *l, struct s3 *s, const char *max)
{
	int rc = listing_open(l, s, max);

	if (rc < 0)
		return rc;
	l->prefix = params_get(&s->params, "prefix");
	l->delimiter = params_get(&s->params, "delimiter");
	if ((l->asked = ask_encoding(l)) == 0)
		l->asked = ask_optional(s);
	if (l->asked == 0 && (l->prefix.n > OBJECT_KEY_MAX || l->delimiter.n > OBJECT_KEY_MAX))
		l->asked = s3_refuse(s, S3_KEY_TOO_LONG, NULL, NULL);
	return 0;
}

int listing_bucket(struct listing *l, struct db *db, int64_t *id)
{
	int rc = bucket_find(db, l->s->bucket, id, NULL);

	return rc < 0 ? s3_refuse_rc(l->s, rc) : l->asked;
}

/* -- the document -- */

void listing_begin(struct listing *l)
{
	l->x = xml_into(&l->rows, XML_BARE);
	l->x_commons = xml_into(&l->commons, XML_BARE);
}

void listing_common(struct listing *l, struct str prefix)
{
	xml_open(&l->x_commons, "CommonPrefixes", NULL);
	listing_text(l, &l->x_commons, "Prefix", prefix);
	xml_close(&l->x_commons);
}

struct xml listing_document(struct listing *l, const char *element)
{
	struct xml x = xml_into(&l->out, XML_PROLOG);

	xml_open(&x, element, S3_XMLNS);
	return x;
}

void listing_asked(const struct listing *l, struct xml *x)
{
	if (l->delimiter.n > 0)
		listing_text(l, x, "Delimiter", l->delimiter);
	if (l->url)
		xml_text(x, "EncodingType", params_get(&l->s->params, "encoding-type"));
}

void listing_end(struct listing *l, struct xml *x)
{
	buf_add(&l->out, l->rows.data ? l->rows.data : "", l->rows.len);
	buf_add(&l->out, l->commons.data ? l->commons.data : "", l->commons.len);
	xml_close(x);
}

void listing_answer(struct s3 *s, int rc)
{
	struct listing *l = s->state;

	if (rc < 0)
		s3_answer_fault(s);
	else
		s3_answer_xml(s, 200, &l->out);
}

/* -- elements -- */

void listing_text(const struct listing *l, struct xml *x, const char *element, struct str key)
{
	struct buf b = { 0 };

	if (!l->url) {
		xml_text(x, element, key);
		return;
	}
	uri_encode(&b, key, URI_FORM);
	xml_text(x, element, b.data ? str_n(b.data, b.len) : STR(""));
	buf_clear(&b);
}

void listing_sum(struct xml *x, const struct checksum *sum)
{
	if (sum->type == SUM_NONE)
		return;
	xml_cstr(x, "ChecksumAlgorithm", checksum_algorithm(sum->kind));
	xml_cstr(x, "ChecksumType", checksum_type(sum->type));
}
