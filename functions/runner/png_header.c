#include "functions/runner/bytes.h"
#include "functions/runner/header.h"
#include "functions/runner/inflate.h"

static void on_start(struct str data, struct header *h)
{
	uint32_t kind = byte_at(data, 9);

	if (h->width != 0)
		return;
	h->width = be32(data, 0);
	h->height = be32(data, 4);
	h->buffered = byte_at(data, 12) != 0;			/* Adam7 */
	h->bits = kind == 3 ? 8 : (int)byte_at(data, 8);	/* a palette's colours have 8 */
	h->space = kind == 0 || kind == 4 ? "gray" : "rgb";
}

static void on_frames(struct str data, struct header *h)
{
	h->frames = be32(data, 0);
}

/* What `data` inflates to. Nothing more is inflated once there is too much of it. */
static int64_t inflated(struct str data, int64_t so_far)
{
	return so_far < LIMIT_TEXT_MAX ? (int64_t)inflate_count(data, (size_t)(LIMIT_TEXT_MAX - so_far)) : 0;
}

static int64_t larger(int64_t a, size_t b)
{
	return a > (int64_t)b ? a : (int64_t)b;
}

static struct str after(struct str s, size_t n)
{
	return n < s.n ? str_n(s.p + n, s.n - n) : (struct str){ 0 };
}

/* Past "name NUL method". */
static struct str compressed(struct str data)
{
	const char *nul = memchr(data.p, '\0', data.n);

	return nul ? after(data, (size_t)(nul - data.p) + 2) : (struct str){ 0 };
}

static void on_profile(struct str data, struct header *h)
{
	h->profile_bytes += larger(inflated(compressed(data), h->profile_bytes), data.n);
}

static void on_text(struct str data, struct header *h)
{
	h->text_bytes += (int64_t)data.n;
}

static void on_compressed_text(struct str data, struct header *h)
{
	h->text_bytes += larger(inflated(compressed(data), h->text_bytes), data.n);
}

/* keyword NUL, compressed or not, method, language NUL, keyword in that language NUL, text */
static void on_international_text(struct str data, struct header *h)
{
	struct str rest = compressed(data), skip;
	bool is_compressed = rest.n > 0 && rest.p[-1] == 1;

	rest = after(rest, 1);
	if (is_compressed && str_next(&rest, '\0', &skip) && str_next(&rest, '\0', &skip))
		h->text_bytes += inflated(rest, h->text_bytes);
	h->text_bytes += (int64_t)data.n;
}

static void on_exif(struct str data, struct header *h)
{
	h->exif_bytes += (int64_t)data.n;
}

static const struct chunk {
	struct str type;
	void (*on)(struct str data, struct header *h);	/* NULL: picture data */
} chunks[] = {
	{ STR("IHDR"), on_start }, { STR("acTL"), on_frames }, { STR("iCCP"), on_profile }, { STR("eXIf"), on_exif },
	{ STR("tEXt"), on_text }, { STR("zTXt"), on_compressed_text }, { STR("iTXt"), on_international_text },
	{ STR("IDAT"), NULL }, { STR("fdAT"), NULL },
};

static void on_chunk(struct str type, struct str data, struct header *h)
{
	const struct chunk *c = chunks, *end = chunks + sizeof chunks / sizeof chunks[0];

	while (c < end && !str_eq(c->type, type))
		c++;
	h->chunks += c == end || c->on != NULL || data.n < HEADER_CRUMB;
	if (c < end && c->on)
		c->on(data, h);
}

/* Chunks: length, four letters, data, CRC. IHDR is the first; the walk goes on to IEND to tell whether
 * the file is all there. */
enum reason png_header(struct str p, struct header *h, char message[SAY_MAX])
{
	size_t at = 8;

	(void)message;
	h->cut = true;
	while (at + 12 <= p.n) {
		struct str type = str_n(p.p + at + 4, 4);
		size_t length = be32(p, at), there = p.n - at - 8;

		on_chunk(type, str_n(p.p + at + 8, length < there ? length : there), h);
		at += 12 + length;
		if (str_eq(type, STR("IEND"))) {
			h->cut = at > p.n;
			break;
		}
	}
	return REASON_NONE;
}
