#include "web/s3/encoding.h"

#include "base/codec.h"
#include "base/err.h"
#include "web/s3/page.h"

int encoding_asked(struct s3 *s, bool *url)
{
	struct str type = params_get(&s->params, "encoding-type");

	*url = str_eq(type, STR("url"));
	if (*url || !str_is_set(type))
		return 0;
	return s3_refuse(s, S3_INVALID_ARGUMENT, "Invalid Encoding Method specified in Request",
			 S3_WITH({ "ArgumentName", STR("encoding-type") }, { "ArgumentValue", type }));
}

int max_asked(struct s3 *s, const char *param, int *max)
{
	struct str text = params_get(&s->params, param);
	int64_t n = PAGE_MAX;

	if (text.n && str_to_int(text, 0, INT32_MAX, &n) < 0)
		return s3_refuse(s, S3_INVALID_ARGUMENT, arena_printf(&s->arena, "Provided %s not an integer or within "
				 "integer range", param),
				 S3_WITH({ "ArgumentName", str_of(param) }, { "ArgumentValue", text }));
	*max = n < PAGE_MAX ? (int)n : PAGE_MAX;
	return 0;
}

void encoded_text(struct xml *x, const char *name, struct str key, bool url)
{
	struct buf b = { 0 };

	if (!url) {
		xml_text(x, name, key);
		return;
	}
	uri_encode(&b, key, URI_FORM);
	xml_text(x, name, b.data ? str_n(b.data, b.len) : STR(""));
	buf_clear(&b);
}
