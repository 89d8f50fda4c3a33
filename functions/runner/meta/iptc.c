#include "functions/runner/meta/iptc.h"

#include "functions/runner/bytes.h"
#include "functions/runner/meta/facts.h"
#include "functions/runner/meta/text.h"

#define RECORDS_MAX 10000
#define CHARSET (1 << 8 | 90)
#define SET(n) (2 << 8 | (n))

struct iptc {
	struct str rest;
	int left;
};

/* False at the end, or where it makes no sense. */
static bool next(struct iptc *r, uint32_t *set, struct str *data)
{
	struct str p = r->rest;
	size_t length = be16(p, 3), head = 5;

	if (r->left-- == 0 || p.n < 5 || p.p[0] != 0x1c)
		return false;
	if (length & 0x8000) {
		/* the length has a length: 4 bytes, or nobody would write it */
		if (length != 0x8004)
			return false;
		length = be32(p, 5);
		head = 9;
	}
	if (head > p.n || length > p.n - head)
		return false;
	*set = be16(p, 1);
	*data = str_n(p.p + head, length);
	r->rest = str_n(p.p + head + length, p.n - head - length);
	return true;
}

/* ESC % G says UTF-8. Nothing said is tried as that, as all programs do; anything else is taken as Latin-1. */
static enum text_charset charset_of(struct str records)
{
	struct iptc r = { records, RECORDS_MAX };
	struct str data;
	uint32_t set;

	while (next(&r, &set, &data))
		if (set == CHARSET)
			return str_starts(data, STR("\x1b%G")) ? TEXT_UTF8 : TEXT_LATIN1;
	return TEXT_UTF8;
}

void iptc_texts(struct str records, struct facts *f)
{
	const struct { uint32_t set; char *to; } texts[] = {
		{ SET(5), f->title }, { SET(120), f->caption }, { SET(116), f->copyright }, { SET(80), f->artist },
	};
	struct iptc r = { records, RECORDS_MAX };
	enum text_charset charset = charset_of(records);
	bool keywords = f->keywords_n == 0;
	struct str data;
	uint32_t set;

	while (next(&r, &set, &data)) {
		for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
			if (texts[i].set == set)
				text_put(texts[i].to, FACT_MAX, data, charset);
		if (set == SET(25) && keywords)
			facts_keyword(f, data, charset);
	}
}
