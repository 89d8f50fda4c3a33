#include "functions/runner/bytes.h"
#include "functions/runner/header.h"

enum tag {
	NEW_SUBFILE_TYPE = 254, IMAGE_WIDTH = 256, IMAGE_LENGTH = 257, BITS_PER_SAMPLE = 258, PHOTOMETRIC = 262,
	STRIP_OFFSETS = 273, STRIP_BYTES = 279, SUB_IFDS = 330, XMP = 700, ICC_PROFILE = 34675, DNG_VERSION = 50706
};

#define IFD_ENTRIES_MAX 4096
#define IFDS_MAX 65536		/* a chain can be a ring */

struct tiff {
	struct str p;
	bool big_endian;
	bool reduced, dng;
	uint32_t sub_ifds;			/* of the first page */
	uint32_t strip_offset, strip_bytes;	/* where the page is one strip */
};

static uint32_t u16(const struct tiff *t, size_t at)
{
	return t->big_endian ? be16(t->p, at) : le16(t->p, at);
}

static uint32_t u32(const struct tiff *t, size_t at)
{
	return t->big_endian ? be32(t->p, at) : le32(t->p, at);
}

/* By the number that PhotometricInterpretation has for them. */
static const char *const spaces[] = {
	[0] = "gray", [1] = "gray", [2] = "rgb", [3] = "rgb", [5] = "cmyk", [6] = "rgb", [8] = "lab", [9] = "lab", [10] = "lab",
};

/* tag, type, count, then the value or where it is; type 3 is SHORT */
static void entry(struct tiff *t, size_t at, struct header *h)
{
	uint32_t value = u16(t, at + 2) == 3 ? u16(t, at + 8) : u32(t, at + 8);
	uint32_t count = u32(t, at + 4), value_at = u32(t, at + 8);

	switch (u16(t, at)) {
	case NEW_SUBFILE_TYPE: t->reduced = value & 1; break;
	case IMAGE_WIDTH:      h->width = value; break;
	case IMAGE_LENGTH:     h->height = value; break;
	case STRIP_OFFSETS:    t->strip_offset = count == 1 ? value : 0; break;
	case STRIP_BYTES:      t->strip_bytes = count == 1 ? value : 0; break;
	case BITS_PER_SAMPLE:  h->bits = (int)u16(t, count > 2 ? value_at : at + 8); break;
	case PHOTOMETRIC:      h->space = value < sizeof spaces / sizeof spaces[0] ? spaces[value] : NULL; break;
	case SUB_IFDS:         t->sub_ifds = count; break;
	case XMP:              h->text_bytes = count; break;
	case ICC_PROFILE:      h->profile_bytes = count; break;
	case DNG_VERSION:      t->dng = true; break;
	}
}

static int64_t count_pages(const struct tiff *t, size_t first)
{
	int64_t pages = 0;

	for (size_t at = first; at != 0 && at + 2 <= t->p.n && pages < IFDS_MAX; pages++)
		at = u32(t, at + 2 + 12 * (size_t)u16(t, at));
	return pages;
}

/* Camera raw is TIFF whose first picture is a stamp-sized preview; a thumbnail made from that would be
 * a lie, so raw files are told as what they are. */
enum reason tiff_header(struct str p, struct header *h, char message[SAY_MAX])
{
	struct tiff t = { .p = p, .big_endian = byte_at(p, 0) == 'M' };
	size_t at = u32(&t, 4), n = at != 0 ? u16(&t, at) : 0;

	h->buffered = true;	/* one strip or one row of tiles can be all of it */
	h->cut = p.n < 8 || at + 2 + 12 * n > p.n;
	if (n > IFD_ENTRIES_MAX)
		return say(message, REASON_DAMAGED, "the first page has %zu tags", n);
	for (size_t i = 0; i < n; i++)
		entry(&t, at + 2 + 12 * i, h);
	if (t.dng || (t.reduced && t.sub_ifds))
		return say(message, REASON_UNSUPPORTED, "camera raw (TIFF with sensor data) is not decoded here");
	h->cut |= (uint64_t)t.strip_offset + t.strip_bytes > p.n;
	h->frames = count_pages(&t, at);
	h->directories = h->frames + t.sub_ifds;
	return REASON_NONE;
}
