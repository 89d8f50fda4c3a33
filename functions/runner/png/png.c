#include "functions/runner/png/png.h"

#include <string.h>

#include "base/crc.h"
#include "functions/runner/bytes.h"

#define SIGNATURE 8
#define AROUND 12		/* length, type, checksum */
#define LENGTH_MAX 0x7fffffffu

bool png_chunk_at(struct str file, size_t at, struct png_chunk *c)
{
	size_t length, there;

	if (at > file.n || file.n - at < 8)
		return false;
	length = be32(file, at);
	if (length > LENGTH_MAX)
		return false;
	there = file.n - at - 8;
	c->type = str_n(file.p + at + 4, 4);
	c->data = str_n(file.p + at + 8, length < there ? length : there);
	c->whole = length + 4 <= there && be32(file, at + 8 + length) == crc32_zlib(0, file.p + at + 4, length + 4);
	c->next = at + AROUND + length;
	return true;
}

/* Section 11.2.2, table 12. */
static bool is_depth(uint32_t color, uint32_t depth)
{
	static const uint32_t allowed[] = {
		[PNG_GREY] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 16, [PNG_RGB] = 1 << 8 | 1 << 16,
		[PNG_PALETTE] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8, [PNG_GREY_ALPHA] = 1 << 8 | 1 << 16,
		[PNG_RGB_ALPHA] = 1 << 8 | 1 << 16,
	};

	return color <= PNG_RGB_ALPHA && depth <= 16 && (allowed[color] >> depth & 1);
}

static bool read_header(struct png *p, struct str d)
{
	static const int channels[] = {
		[PNG_GREY] = 1, [PNG_RGB] = 3, [PNG_PALETTE] = 1, [PNG_GREY_ALPHA] = 2, [PNG_RGB_ALPHA] = 4
	};
	uint32_t width = be32(d, 0), height = be32(d, 4), depth = byte_at(d, 8), color = byte_at(d, 9);

	if (d.n != 13 || width - 1 >= LENGTH_MAX || height - 1 >= LENGTH_MAX || !is_depth(color, depth) ||
	    byte_at(d, 10) != 0 || byte_at(d, 11) != 0 || byte_at(d, 12) > 1)
		return false;
	p->width = (int)width;
	p->height = (int)height;
	p->depth = (int)depth;
	p->color = (enum png_color)color;
	p->channels = channels[color];
	p->interlaced = byte_at(d, 12) == 1;
	return true;
}

static void read_palette(struct png *p, struct str d)
{
	memset(p->palette, 0, sizeof p->palette);
	for (size_t i = 0; i < 256; i++) {
		for (size_t k = 0; k < 3; k++)
			p->palette[i][k] = (uint8_t)byte_at(d, 3 * i + k);
		p->palette[i][3] = 255;
	}
}

/* False: as if it were not there. */
static bool read_transparency(struct png *p, struct str d, size_t entries)
{
	size_t keys = p->color == PNG_GREY ? 1 : 3;

	if (p->color == PNG_PALETTE) {
		if (d.n == 0 || d.n > entries)
			return false;
		for (size_t i = 0; i < d.n; i++)
			p->palette[i][3] = (uint8_t)byte_at(d, i);
		return true;
	}
	if ((p->color != PNG_GREY && p->color != PNG_RGB) || d.n != 2 * keys)
		return false;
	for (size_t i = 0; i < keys; i++)
		p->key[i] = (uint16_t)(be16(d, 2 * i) & ((1u << p->depth) - 1));
	return true;
}

/* Chunks between IHDR and the first IDAT. */
static bool read_tables(struct png *p, size_t at)
{
	size_t entries = 0;
	struct png_chunk c;

	for (p->data = p->file.n; png_chunk_at(p->file, at, &c); at = c.next) {
		if (str_eq(c.type, STR("IDAT"))) {
			p->data = at;
			break;
		}
		if (str_eq(c.type, STR("PLTE")) && p->color == PNG_PALETTE && entries == 0) {
			if (!c.whole || c.data.n == 0 || c.data.n % 3 != 0 || c.data.n > sizeof p->palette / 4 * 3)
				return false;
			entries = c.data.n / 3;
			if (entries > 1u << p->depth)
				entries = 1u << p->depth;
			read_palette(p, str_n(c.data.p, 3 * entries));
		}
		if (str_eq(c.type, STR("tRNS")) && c.whole && !p->transparent)
			p->transparent = read_transparency(p, c.data, entries);
	}
	return p->color != PNG_PALETTE || entries > 0;
}

bool png_open(struct png *p, struct str file)
{
	struct png_chunk c;

	*p = (struct png){ .file = file };
	if (!str_starts(file, STR("\x89PNG\r\n\x1a\n")) || !png_chunk_at(file, SIGNATURE, &c) || !c.whole ||
	    !str_eq(c.type, STR("IHDR")) || !read_header(p, c.data))
		return false;
	return read_tables(p, c.next);
}

size_t png_row_bytes(const struct png *p, int width)
{
	return ((size_t)width * (size_t)(p->channels * p->depth) + 7) / 8;
}
