#include "tests/lib/zip.h"

#include <string.h>

#include "base/crc.h"

static void add16(struct buf *b, uint32_t v)
{
	const uint8_t p[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	buf_add(b, p, 2);
}

static void add32(struct buf *b, uint32_t v)
{
	add16(b, v & 0xffff);
	add16(b, v >> 16);
}

/* What the local and the central header have alike, from flags to the length of the extra field. */
static void add_alike(struct buf *b, const struct zip_entry *m)
{
	uint32_t n = (uint32_t)strlen(m->bytes);

	add16(b, m->flags);
	add16(b, m->method);
	add32(b, 0x58210000);	/* time and date */
	add32(b, crc32_zlib(0, m->bytes, n) + (m->bad_crc ? 1 : 0));
	add32(b, n);
	add32(b, m->declared ? m->declared : n);
	add16(b, (uint32_t)(m->name_length ? m->name_length : strlen(m->name)));
	add16(b, 0);
}

static void add_name(struct buf *b, const struct zip_entry *m)
{
	buf_add(b, m->name, m->name_length ? m->name_length : strlen(m->name));
}

struct buf zip_made(const struct zip_entry *m, int n)
{
	struct buf b = {0}, central = {0};
	size_t at;

	for (int i = 0; i < n; i++) {
		add32(&central, 0x02014b50);
		add16(&central, (m[i].mode ? 3 << 8 : 0) | 20);
		add16(&central, 20);
		add_alike(&central, &m[i]);
		add16(&central, 0);
		add16(&central, 0);
		add16(&central, 0);
		add32(&central, m[i].mode << 16);
		add32(&central, (uint32_t)b.len);
		add_name(&central, &m[i]);
		add32(&b, 0x04034b50);
		add16(&b, 20);
		add_alike(&b, &m[i]);
		add_name(&b, &m[i]);
		buf_puts(&b, m[i].bytes);
	}
	at = b.len;
	buf_add(&b, central.data ? central.data : "", central.len);
	add32(&b, 0x06054b50);
	add32(&b, 0);
	add16(&b, (uint32_t)n);
	add16(&b, (uint32_t)n);
	add32(&b, (uint32_t)central.len);
	add32(&b, (uint32_t)at);
	add16(&b, 0);
	buf_clear(&central);
	return b;
}
