#include "functions/runner/encode/formats.h"

#include "base/check.h"

enum { ASCII = 2, ARTIST = 0x013b, COPYRIGHT = 0x8298, HEAD = 8, ENTRY = 12 };

static void put16(struct buf *to, uint32_t v)
{
	buf_add(to, (const uint8_t[]){ (uint8_t)v, (uint8_t)(v >> 8) }, 2);
}

static void put32(struct buf *to, uint32_t v)
{
	put16(to, v & 0xffff);
	put16(to, v >> 16);
}

/* Texts of up to four bytes stand in the entry itself. */
static void put_entry(struct buf *to, uint32_t tag, struct str text, uint32_t *at)
{
	put16(to, tag);
	put16(to, ASCII);
	put32(to, (uint32_t)text.n + 1);
	if (text.n >= 4) {
		put32(to, *at);
		*at += (uint32_t)(text.n + 2) & ~1u;
		return;
	}
	for (size_t i = 0; i < 4; i++)
		buf_add(to, i < text.n ? &text.p[i] : "", 1);
}

static void put_text(struct buf *to, struct str text)
{
	if (text.n < 4)
		return;
	buf_add(to, text.p, text.n);
	buf_add(to, "\0", text.n % 2 ? 1 : 2);
}

void tags_write(const struct encode_extra *extra, struct buf *to)
{
	uint32_t n = (extra->artist.n > 0) + (extra->copyright.n > 0), at = HEAD + 2 + n * ENTRY + 4;

	CHECK(extra->artist.n <= ENCODE_TEXT_MAX && extra->copyright.n <= ENCODE_TEXT_MAX);
	if (n == 0)
		return;
	buf_puts(to, "II*");
	buf_add(to, "", 1);
	put32(to, HEAD);
	put16(to, n);
	if (extra->artist.n > 0)
		put_entry(to, ARTIST, extra->artist, &at);
	if (extra->copyright.n > 0)
		put_entry(to, COPYRIGHT, extra->copyright, &at);
	put32(to, 0);
	put_text(to, extra->artist);
	put_text(to, extra->copyright);
}
