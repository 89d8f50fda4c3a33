#include "functions/runner/bytes.h"
#include "functions/runner/header.h"

enum { IMAGE = 0x2c, EXTENSION = 0x21, TRAILER = 0x3b };

static size_t colour_table(uint32_t flags)
{
	return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0;
}

/* Runs of at most 255 bytes, each behind its length, until an empty one. */
static size_t after_sub_blocks(struct str p, size_t at)
{
	while (at < p.n && byte_at(p, at) != 0)
		at += 1 + byte_at(p, at);
	return at + 1;
}

/* The canvas is the screen, or larger when a frame sticks out of it. */
static void grow(struct header *h, int64_t right, int64_t bottom)
{
	h->width = right > h->width ? right : h->width;
	h->height = bottom > h->height ? bottom : h->height;
}

enum reason gif_header(struct str p, struct header *h, char message[SAY_MAX])
{
	size_t at = 13 + colour_table(byte_at(p, 10));

	(void)message;
	h->buffered = true;
	h->bits = 8;
	h->space = "rgb";
	h->frames = 0;
	grow(h, le16(p, 6), le16(p, 8));
	while (at < p.n && byte_at(p, at) != TRAILER) {
		if (byte_at(p, at) == IMAGE) {
			h->frames++;
			grow(h, le16(p, at + 1) + le16(p, at + 5), le16(p, at + 3) + le16(p, at + 7));
			at = after_sub_blocks(p, at + 11 + colour_table(byte_at(p, at + 9)));
		} else if (byte_at(p, at) == EXTENSION) {
			h->chunks++;
			at = after_sub_blocks(p, at + 2);
		} else {
			at++;	/* what decoders skip as well */
		}
	}
	h->cut = at >= p.n;
	return REASON_NONE;
}
