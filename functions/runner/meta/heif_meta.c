/* heif_meta.c - HEIC and AVIF: EXIF and XMP are items, listed in "iinf" and found by "iloc"; the profile is a property.
 *
 * Everything lies in the one "meta" box. Numbers of items, of pieces and of boxes are bounded by the bytes that tell them
 * and by BOXES_MAX. ISO 14496-12, 8.11; ISO 23008-12, 9.3 and annex A.
 */
#include "functions/runner/iso_box.h"
#include "functions/runner/meta/blocks.h"

#define BOXES_MAX 65536		/* of one level; header.h has refused files with more than MAX_ITEMS items */
#define PIECES_MAX 64		/* of one item */

struct heif {
	struct str photo, iinf, iloc, idat, iprp, ipco, ipma;
	uint32_t primary;		/* item; 0: not told */
	uint32_t exif, xmp;		/* items; 0: none */
};

/* Walks along numbers of 0 to 8 bytes; 0 past the end. */
struct cursor {
	struct str p;
	size_t at;
};

static uint64_t next(struct cursor *c, size_t bytes)
{
	uint64_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | byte_at(c->p, c->at++);
	return n;
}

static struct str tail(struct str s, size_t from)
{
	return from < s.n ? str_n(s.p + from, s.n - from) : (struct str){ 0 };
}

/* One entry of "iinf": id, protection, type, name NUL, and for "mime" the content type. Versions 2 and 3. */
static void on_item(struct heif *h, struct str infe)
{
	uint32_t version = byte_at(infe, 0);
	struct cursor c = { infe, 4 };
	uint32_t id = (uint32_t)next(&c, version == 2 ? 2 : 4);
	struct str type, rest = tail(infe, c.at + 6), skip;

	if (version < 2 || rest.n == 0)
		return;
	type = str_n(infe.p + c.at + 2, 4);
	if (str_eq(type, STR("Exif")) && h->exif == 0)
		h->exif = id;
	else if (str_eq(type, STR("mime")) && h->xmp == 0 && str_next(&rest, '\0', &skip) &&
		 str_starts(rest, STR("application/rdf+xml")))
		h->xmp = id;
}

static void read_items(struct heif *h)
{
	struct str list = tail(h->iinf, byte_at(h->iinf, 0) == 0 ? 6 : 8);
	struct box b;
	size_t at = 0;

	for (int i = 0; i < BOXES_MAX && box_at(list, at, &b); i++, at += b.size)
		if (str_eq(b.type, STR("infe")))
			on_item(h, b.data);
}

struct pieces {
	struct str part[PIECES_MAX];
	size_t n;
};

/* Where an item's bytes are: pieces of the file (method 0) or of "idat" (method 1). None when one is not there. */
static void read_pieces(const struct heif *h, struct cursor *c, struct pieces *to)
{
	uint32_t version = byte_at(h->iloc, 0), sizes = be16(h->iloc, 4);
	uint32_t method = version > 0 ? (uint32_t)next(c, 2) & 15 : 0;
	struct str from = method == 0 ? h->photo : method == 1 ? h->idat : (struct str){ 0 };
	uint64_t elsewhere = next(c, 2), base = next(c, sizes >> 4 & 15), n = next(c, 2);

	if (elsewhere != 0 || n > PIECES_MAX || !str_is_set(from))
		return;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t offset, length;

		if (version > 0)
			next(c, sizes & 15);
		offset = base + next(c, sizes >> 12);
		length = next(c, sizes >> 8 & 15);
		if (offset > from.n || length > from.n - offset) {
			to->n = 0;
			return;
		}
		/* no length: all there is */
		to->part[to->n++] = str_n(from.p + offset, length ? length : from.n - offset);
	}
}

/* Past an item that is not the wanted one. */
static void skip_pieces(const struct heif *h, struct cursor *c)
{
	uint32_t version = byte_at(h->iloc, 0), sizes = be16(h->iloc, 4);
	size_t each = (sizes >> 12) + (sizes >> 8 & 15) + (version > 0 ? sizes & 15 : 0);

	uint64_t n;

	c->at += (version > 0 ? 2 : 0) + 2 + (sizes >> 4 & 15);
	n = next(c, 2);
	c->at += each * n;
}

static void find_pieces(const struct heif *h, uint32_t id, struct pieces *to)
{
	uint32_t version = byte_at(h->iloc, 0);
	struct cursor c = { h->iloc, 6 };
	uint64_t n = next(&c, version < 2 ? 2 : 4);

	to->n = 0;
	for (uint64_t i = 0; id != 0 && version <= 2 && i < n && c.at < h->iloc.n; i++) {
		if (next(&c, version < 2 ? 2 : 4) == id) {
			read_pieces(h, &c, to);
			return;
		}
		skip_pieces(h, &c);
	}
}

static struct str item(const struct heif *h, uint32_t id, struct meta *m, size_t most)
{
	struct pieces pieces;

	find_pieces(h, id, &pieces);
	return blocks_join(m, pieces.part, pieces.n, most);
}

/* Property `number`, from 1, of those that all items share. */
static bool property(const struct heif *h, uint64_t number, struct box *b)
{
	size_t at = 0;

	for (uint64_t i = 1; i <= BOXES_MAX && box_at(h->ipco, at, b); i++, at += b->size)
		if (i == number)
			return true;
	return false;
}

static bool is_profile(const struct box *b)
{
	return str_eq(b->type, STR("colr")) && (str_starts(b->data, STR("prof")) || str_starts(b->data, STR("rICC")));
}

/* "ipma": which properties an item has. */
static struct str profile_of_primary(const struct heif *h)
{
	bool wide = byte_at(h->ipma, 3) & 1;
	size_t id_bytes = byte_at(h->ipma, 0) < 1 ? 2 : 4;
	struct cursor c = { h->ipma, 4 };
	uint64_t n = next(&c, 4);
	struct box b;

	for (uint64_t i = 0; i < n && c.at < h->ipma.n; i++) {
		uint64_t id = next(&c, id_bytes), count = next(&c, 1);

		for (; count > 0 && id == h->primary; count--) {
			uint64_t number = wide ? next(&c, 2) & 0x7fff : next(&c, 1) & 0x7f;

			if (property(h, number, &b) && is_profile(&b))
				return tail(b.data, 4);
		}
		c.at += count * (wide ? 2 : 1);
	}
	return (struct str){ 0 };
}

static void on_box(struct heif *h, const struct box *b)
{
	const struct { struct str type, *to; } wanted[] = {
		{ STR("iinf"), &h->iinf }, { STR("iloc"), &h->iloc }, { STR("idat"), &h->idat },
		{ STR("iprp"), &h->iprp }, { STR("ipco"), &h->ipco }, { STR("ipma"), &h->ipma },
	};

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		if (str_eq(b->type, wanted[i].type) && !str_is_set(*wanted[i].to))
			*wanted[i].to = b->data;
	if (str_eq(b->type, STR("pitm")))
		h->primary = byte_at(b->data, 0) == 0 ? be16(b->data, 4) : be32(b->data, 4);
}

static void walk(struct heif *h, struct str p)
{
	struct box b;
	size_t at = 0;

	for (int i = 0; i < BOXES_MAX && box_at(p, at, &b); i++, at += b.size)
		on_box(h, &b);
}

/* A picture of tiles may leave it to them. */
static struct str first_profile(const struct heif *h)
{
	struct box b;
	size_t at = 0;

	for (int i = 0; i < BOXES_MAX && box_at(h->ipco, at, &b); i++, at += b.size)
		if (is_profile(&b))
			return tail(b.data, 4);
	return (struct str){ 0 };
}

/* Colours by number: of any item, as all pictures in a file of a high dynamic range have the same. */
static void find_numbers(const struct heif *h, struct meta *m)
{
	struct box b;
	size_t at = 0;

	for (int i = 0; i < BOXES_MAX && box_at(h->ipco, at, &b); i++, at += b.size)
		if (str_eq(b.type, STR("colr")) && str_starts(b.data, STR("nclx"))) {
			m->primaries = (int)be16(b.data, 4);
			m->transfer = (int)be16(b.data, 6);
			return;
		}
}

/* The item is where TIFF's header begins, as four bytes, then what is before it ("Exif" and two zeros, or nothing). */
static struct str exif_of(struct str item)
{
	return item.n > 4 ? tail(item, 4 + (size_t)be32(item, 0)) : (struct str){ 0 };
}

static void open_meta(struct heif *h, struct str photo)
{
	struct box b;
	size_t at = 0;

	*h = (struct heif){ .photo = photo };
	for (int i = 0; i < BOXES_MAX && box_at(photo, at, &b); i++, at += b.size)
		if (str_eq(b.type, STR("meta"))) {
			walk(h, tail(b.data, 4));
			break;
		}
	walk(h, h->iprp);
	read_items(h);
}

void heif_meta(struct find *f)
{
	struct meta *m = f->m;
	struct heif h;

	open_meta(&h, f->photo);
	m->upright = true;
	m->exif = exif_of(item(&h, h.exif, m, META_EXIF_MAX));
	m->xmp = item(&h, h.xmp, m, META_XMP_MAX);
	find_numbers(&h, m);
	m->icc = profile_of_primary(&h);
	if (!str_is_set(m->icc))
		m->icc = first_profile(&h);
}

int64_t heif_exif_bytes(struct str photo)
{
	struct pieces pieces;
	struct heif h;
	int64_t n = 0;

	open_meta(&h, photo);
	find_pieces(&h, h.exif, &pieces);
	for (size_t i = 0; i < pieces.n; i++)
		n += (int64_t)pieces.part[i].n;
	return n;
}
