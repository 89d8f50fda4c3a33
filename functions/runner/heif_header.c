#include "functions/runner/bytes.h"
#include "functions/runner/header.h"

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
	if (data.n >= 4 && (str_starts(data, STR("prof")) || str_starts(data, STR("rICC"))))
		h->profile_bytes = (int64_t)data.n - 4;
}

static void at_least(struct header *h, uint32_t bits)
{
	if (h->bits < (int)bits)
		h->bits = (int)bits;
}

static void on_pixel(struct str data, struct header *h)
{
	at_least(h, byte_at(data, 5));
}

static void on_av1(struct str data, struct header *h)
{
	at_least(h, byte_at(data, 2) & 0x40 ? 10 : 8);
}

static void on_hevc(struct str data, struct header *h)
{
	at_least(h, 8 + (byte_at(data, 17) & 7));
}

static const struct property {
	struct str type;
	void (*on)(struct str data, struct header *h);
} properties[] = {
	{ STR("ispe"), on_size }, { STR("colr"), on_colour }, { STR("pixi"), on_pixel },
	{ STR("av1C"), on_av1 }, { STR("hvcC"), on_hevc },
};

static void leaf(struct str type, struct str data, struct header *h)
{
	for (size_t i = 0; i < sizeof properties / sizeof properties[0]; i++)
		if (str_eq(properties[i].type, type))
			properties[i].on(data, h);
}

/* length, four letters, data; length 0 means to the end and 1 that 8 bytes of length follow. Returns
 * false when a box ends after its surroundings. */
static bool walk(struct walk *w, struct str p, int depth)
{
	size_t at = 0;

	while (at + 8 <= p.n && w->boxes++ < BOXES_MAX) {
		struct str type = str_n(p.p + at + 4, 4);
		uint64_t length = be32(p, at), head = 8;
		const struct container *c = container(type);

		if (length == 1) {
			length = (uint64_t)be32(p, at + 8) << 32 | be32(p, at + 12);
			head = 16;
		} else if (length == 0) {
			length = p.n - at;
		}
		if (length < head || length > p.n - at)
			return false;
		if (c && depth < 3 && length >= head + c->skip)
			walk(w, str_n(p.p + at + head + c->skip, length - head - c->skip), depth + 1);
		else
			leaf(type, str_n(p.p + at + head, length - head), w->h);
		at += length;
	}
	return at == p.n;
}

enum reason heif_header(struct str p, struct header *h, char message[SAY_MAX])
{
	struct walk w = { .h = h };

	(void)message;
	h->buffered = true;
	h->cut = !walk(&w, p, 0);
	return REASON_NONE;
}
