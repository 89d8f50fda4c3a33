#include "functions/runner/bytes.h"
#include "functions/runner/header.h"
#include "functions/runner/iso_box.h"
#include "functions/runner/meta/blocks.h"

#define BOXES_MAX 65536		/* walked in one file, all levels together */

struct walk {
	struct header *h;
	int boxes;
};

/* Which boxes have boxes inside that lead to the sizes, and after how many bytes. */
static const struct container {
	struct str type;
	size_t skip;
} containers[] = {
	{ STR("meta"), 4 }, { STR("iprp"), 0 }, { STR("ipco"), 0 },
};

static const struct container *container(struct str type)
{
	for (size_t i = 0; i < sizeof containers / sizeof containers[0]; i++)
		if (str_eq(containers[i].type, type))
			return &containers[i];
	return NULL;
}

/* The largest: a grid's own size is that of all its tiles. */
static void on_size(struct str data, struct header *h)
{
	uint64_t w = be32(data, 4), height = be32(data, 8);

	if (w * height > (uint64_t)h->width * (uint64_t)h->height) {
		h->width = (int64_t)w;
		h->height = (int64_t)height;
	}
}

static void on_colour(struct str data, struct header *h)
{
	bool is_profile = str_starts(data, STR("prof")) || str_starts(data, STR("rICC"));

	if (is_profile && h->profile_bytes < (int64_t)data.n - 4)
		h->profile_bytes = (int64_t)data.n - 4;
}

static void at_least(struct header *h, uint32_t bits)
{
	if (h->bits < (int)bits)
		h->bits = (int)bits;
}

/* A mask or a map of depths has one channel and does not make a photo grey. */
static void on_pixel(struct str data, struct header *h)
{
	at_least(h, byte_at(data, 5));
	if (byte_at(data, 4) > 1 || h->space == NULL)
		h->space = byte_at(data, 4) > 1 ? "rgb" : "gray";
}

static void on_av1(struct str data, struct header *h)
{
	at_least(h, byte_at(data, 2) & 0x40 ? 10 : 8);
}

static void on_hevc(struct str data, struct header *h)
{
	at_least(h, 8 + (byte_at(data, 17) & 7));
}

static void known_items(struct header *h, int64_t items)
{
	if (h->items < items)
		h->items = items;
}

/* Lists of items: each says how many it has, and any of them can lie. */
static void on_infos(struct str data, struct header *h)
{
	known_items(h, byte_at(data, 0) == 0 ? be16(data, 4) : be32(data, 4));
}

static void on_places(struct str data, struct header *h)
{
	known_items(h, byte_at(data, 0) < 2 ? be16(data, 6) : be32(data, 6));
}

static void on_associations(struct str data, struct header *h)
{
	known_items(h, be32(data, 4));
}

static const struct property {
	struct str type;
	void (*on)(struct str data, struct header *h);
} properties[] = {
	{ STR("ispe"), on_size }, { STR("colr"), on_colour }, { STR("pixi"), on_pixel },
	{ STR("av1C"), on_av1 }, { STR("hvcC"), on_hevc }, { STR("iinf"), on_infos }, { STR("iloc"), on_places },
	{ STR("ipma"), on_associations },
};

static void leaf(struct str type, struct str data, struct header *h)
{
	for (size_t i = 0; i < sizeof properties / sizeof properties[0]; i++)
		if (str_eq(properties[i].type, type))
			properties[i].on(data, h);
}

/* Returns false when a box ends after its surroundings. */
static bool walk(struct walk *w, struct str p, int depth)
{
	struct box b;
	size_t at = 0;

	for (; w->boxes < BOXES_MAX && box_at(p, at, &b); at += b.size, w->boxes++) {
		const struct container *c = container(b.type);

		if (c && depth < 3 && b.data.n >= c->skip)
			walk(w, str_n(b.data.p + c->skip, b.data.n - c->skip), depth + 1);
		else
			leaf(b.type, b.data, w->h);
	}
	return at == p.n;
}

enum reason heif_header(struct str p, struct header *h, char message[SAY_MAX])
{
	struct walk w = { .h = h };

	(void)message;
	h->buffered = true;
	h->cut = !walk(&w, p, 0);
	if (h->space == NULL)
		h->space = "rgb";
	h->exif_bytes = heif_exif_bytes(p);
	return REASON_NONE;
}
