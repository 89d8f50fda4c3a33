#include "functions/runner/bytes.h"
#include "functions/runner/header.h"

/* The first chunk that tells a size wins: the canvas of VP8X comes before the pictures on it. */
static void size_of(struct str type, struct str data, struct header *h)
{
	uint32_t bits;

	if (h->width != 0)
		return;
	if (str_eq(type, STR("VP8X"))) {
		h->width = 1 + (int64_t)le24(data, 4);
		h->height = 1 + (int64_t)le24(data, 7);
	} else if (str_eq(type, STR("VP8 ")) && data.n >= 10) {
		h->width = le16(data, 6) & 0x3fff;
		h->height = le16(data, 8) & 0x3fff;
	} else if (str_eq(type, STR("VP8L")) && data.n >= 5) {
		bits = le32(data, 1);
		h->width = 1 + (int64_t)(bits & 0x3fff);
		h->height = 1 + (int64_t)(bits >> 14 & 0x3fff);
	}
}

static void add_size(struct str type, int64_t n, struct header *h)
{
	const struct { struct str type; int64_t *to; } sizes[] = {
		{ STR("ICCP"), &h->profile_bytes }, { STR("EXIF"), &h->exif_bytes }, { STR("XMP "), &h->text_bytes },
	};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		if (str_eq(type, sizes[i].type))
			*sizes[i].to += n;
}

enum reason webp_header(struct str p, struct header *h, char message[SAY_MAX])
{
	size_t end = (size_t)le32(p, 4) + 8, at = 12;
	int64_t frames = 0;

	(void)message;
	h->buffered = true;
	h->bits = 8;
	h->space = "rgb";
	h->cut = end > p.n;
	while (at + 8 <= p.n) {
		struct str type = str_n(p.p + at, 4);
		size_t length = le32(p, at + 4), there = p.n - at - 8;

		size_of(type, str_n(p.p + at + 8, length < there ? length : there), h);
		add_size(type, (int64_t)length, h);
		frames += str_eq(type, STR("ANMF"));
		h->chunks += !str_eq(type, STR("ANMF"));	/* those are frames */
		at += 8 + length + (length & 1);
	}
	if (frames > 0)
		h->frames = frames;
	return REASON_NONE;
}
