/* formats.h - the encoders behind encode.h, and what they share. */
#ifndef RUNNER_ENCODE_FORMATS_H
#define RUNNER_ENCODE_FORMATS_H

#include "functions/runner/encode/encode.h"

encode_fn jpeg_encode, webp_encode, png_encode;

/* Colour planes as large as luma, of more than grey. */
static inline bool has_full_chroma(const struct planes *p)
{
	return p->n == 3 && p->plane[1].width == p->plane[0].width && p->plane[1].height == p->plane[0].height;
}

/* chroma.c: the same planes with half the colour samples each way: `p` itself when it has no more, else `*room` ({0} before) with its luma
 * borrowed. Free room->memory in either case. */
const struct planes *half_chroma(const struct planes *p, struct planes *room);

/* tags.c: TIFF structure of EXIF with Artist and Copyright, without a head; nothing when there is neither. */
void tags_write(const struct encode_extra *extra, struct buf *to);

/* webp_chunks.c: a WebP file as libwebp wrote it, with profile and EXIF (either may be empty) around its picture. */
void webp_wrap(struct str file, int width, int height, struct str profile, struct str exif, struct buf *to);

/* palette.c: the colours of a picture of 1, 3 or 4 bands, those with alpha first, else as they come. */
#define PALETTE_MAX 256
#define PALETTE_SLOTS 1024		/* at most a quarter is taken */
struct palette {
	int n;				/* 0: more than PALETTE_MAX */
	int translucent;		/* how many have alpha below 255 */
	uint32_t colour[PALETTE_MAX];	/* red in the lowest byte, alpha in the highest */
	uint32_t key[PALETTE_SLOTS];	/* hashed colours, and which they are; -1: a free slot */
	int16_t index[PALETTE_SLOTS];
};
void palette_find(const struct picture *p, struct palette *to);

/* A row as indices; of the picture the palette was found in. */
void palette_row(const struct palette *palette, const struct picture *p, int y, uint8_t *to);

#endif
