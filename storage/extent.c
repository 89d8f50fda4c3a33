/* Extents as bytes of a row: kind, then numbers of 7 bits a byte, low ones first; a
 * file's id in between. A needle takes about 9 bytes, a file about 20. */
#include "storage/blob.h"

#include "base/err.h"

static void pack_number(struct buf *to, uint64_t v)
{
	unsigned char c;

	for (; v >= 0x80; v >>= 7) {
		c = (unsigned char)(v | 0x80);
		buf_add(to, &c, 1);
	}
	c = (unsigned char)v;
	buf_add(to, &c, 1);
}

void extents_pack(struct buf *to, const struct extent *e, int n)
{
	for (int i = 0; i < n; i++) {
		pack_number(to, e[i].kind);
		if (e[i].kind == EXTENT_NEEDLE) {
			pack_number(to, e[i].seg);
			pack_number(to, e[i].off);
		} else if (e[i].kind == EXTENT_FILE) {
			buf_add(to, e[i].file, BLOB_FILE_ID);
		}
		pack_number(to, e[i].len);
	}
}

static bool take_number(struct str *s, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; s->n > 0 && shift < 63; shift += 7) {
		unsigned char c = (unsigned char)*s->p;

		s->p++;
		s->n--;
		*v |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return true;
	}
	return false;
}

static bool take_extent(struct str *s, struct extent *e)
{
	uint64_t kind, seg;

	*e = (struct extent){ 0 };
	if (!take_number(s, &kind) || kind > EXTENT_FILE)
		return false;
	e->kind = (enum extent_kind)kind;
	if (e->kind == EXTENT_NEEDLE) {
		if (!take_number(s, &seg) || seg > UINT32_MAX || !take_number(s, &e->off))
			return false;
		e->seg = (uint32_t)seg;
	} else if (e->kind == EXTENT_FILE) {
		if (s->n < BLOB_FILE_ID)
			return false;
		memcpy(e->file, s->p, BLOB_FILE_ID);
		s->p += BLOB_FILE_ID;
		s->n -= BLOB_FILE_ID;
	}
	return take_number(s, &e->len);
}

int extents_unpack(struct arena *a, struct str packed, struct extent **e, int *n)
{
	struct extent one;
	struct str s = packed;
	int count = 0;

	while (s.n > 0)
		if (++count > BLOB_EXTENTS_MAX || !take_extent(&s, &one))
			return E_CORRUPT;
	*e = arena_take(a, (size_t)(count ? count : 1) * sizeof **e);
	*n = count;
	s = packed;
	for (int i = 0; i < count; i++)
		take_extent(&s, *e + i);
	return 0;
}
