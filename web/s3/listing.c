#include "web/s3/listing.h"

#include "base/codec.h"
#include "base/err.h"
#include "web/s3/checksum.h"
#include "web/s3/page.h"

/* -- what is asked -- */

static int ask_encoding(struct listing *l)
{
	struct str type = params_get(&l->s->params, "encoding-type");

	l->url = str_eq(type, STR("url"));
	if (l->url || !str_is_set(type))
		return 0;
	return s3_refuse(l->s, S3_INVALID_ARGUMENT, "Invalid Encoding Method specified in Request",
			 S3_WITH({ "ArgumentName", STR("encoding-type") }, { "ArgumentValue", type }));
}

static int ask_max(struct listing *l, const char *param)
{
	struct s3 *s = l->s;
	struct str text = params_get(&s->params, param);
	int64_t n = PAGE_MAX;

	if (text.n && str_to_int(text, 0, INT32_MAX, &n) < 0)
		return s3_refuse(s, S3_INVALID_ARGUMENT, arena_printf(&s->arena, "Provided %s not an integer or within integer range", param),
				 S3_WITH({ "ArgumentName", str_of(param) }, { "ArgumentValue", text }));
	l->max = n < PAGE_MAX ? (int)n : PAGE_MAX;
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
	return ask_max(l, max);
}

int listing_open_keys(struct listing *l, struct s3 *s, const char *max)
{
	int rc = listing_open(l, s, max);

	l->prefix = params_get(&s->params, "prefix");
	l->delimiter = params_get(&s->params, "delimiter");
	return rc < 0 ? rc : ask_encoding(l);
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
		xml_cstr(x, "EncodingType", "url");
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
