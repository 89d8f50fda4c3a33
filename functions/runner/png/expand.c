#include "functions/runner/png/expand.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/scale/scale.h"

void expand_open(struct expand *e, const struct png *p, bool deep)
{
	int colors = p->color == PNG_PALETTE ? 3 : p->channels;
	size_t n = (size_t)p->width * 8 + SCALE_OVERREAD;	/* four words are the most there can be */

	*e = (struct expand){ .png = p };
	e->rows = (struct picture){
		.width = p->width, .height = p->height, .bands = colors + (p->transparent ? 1 : 0),
		.depth = p->depth == 16 && deep ? 16 : 8,
		.alpha = p->transparent || p->color == PNG_GREY_ALPHA || p->color == PNG_RGB_ALPHA,
	};
	if (p->depth == 8 && p->color != PNG_PALETTE && !p->transparent)
		return;
	e->samples = calloc(1, n);
	e->out = calloc(1, n);
	CHECK(e->samples != NULL && e->out != NULL);
}

void expand_close(struct expand *e)
{
	free(e->samples);
	free(e->out);
	*e = (struct expand){ .png = NULL };
}

/* Samples of 1, 2 or 4 bits, the first one on top, times `by`. */
static void unpack(const uint8_t *row, int depth, int n, int by, uint8_t *to)
{
	int each = 8 / depth, mask = (1 << depth) - 1;

	for (int i = 0; i < n; i++)
		to[i] = (uint8_t)((row[i / each] >> (8 - depth * (i % each + 1)) & mask) * by);
}

static void to_words(const uint8_t *row, size_t n, uint16_t *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint16_t)(row[2 * i] << 8 | row[2 * i + 1]);
}

static void to_bytes(const uint16_t *from, size_t n, uint8_t *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)((from[i] * 255u + 32895u) >> 16);	/* divided by 257, rounded */
}

static void look_up(const struct png *p, const uint8_t *from, int n, int bands, uint8_t *to)
{
	for (int i = 0; i < n; i++, to += bands)
		memcpy(to, p->palette[from[i]], (size_t)bands);
}

static void key_bytes(const uint16_t key[3], const uint8_t *from, int n, int colors, uint8_t *to)
{
	for (int i = 0; i < n; i++, from += colors) {
		bool is = true;

		for (int k = 0; k < colors; k++) {
			is &= from[k] == key[k];
			*to++ = from[k];
		}
		*to++ = is ? 0 : 255;
	}
}

static void key_words(const uint16_t key[3], const uint16_t *from, int n, int colors, uint16_t *to)
{
	for (int i = 0; i < n; i++, from += colors) {
		bool is = true;

		for (int k = 0; k < colors; k++) {
			is &= from[k] == key[k];
			*to++ = from[k];
		}
		*to++ = is ? 0 : 65535;
	}
}

/* Grey of a few bits covers the whole range of a byte: 1 bit times 255, 2 bits times 85, 4 bits times 17. */
static const void *bits(struct expand *e, const uint8_t *row, int width)
{
	const struct png *p = e->png;
	int by = p->color == PNG_PALETTE ? 1 : 255 / ((1 << p->depth) - 1);
	uint16_t key[3] = { (uint16_t)(p->key[0] * by) };

	unpack(row, p->depth, width, by, e->samples);
	if (p->color == PNG_PALETTE) {
		look_up(p, e->samples, width, e->rows.bands, e->out);
		return e->out;
	}
	if (!p->transparent)
		return e->samples;
	key_bytes(key, e->samples, width, 1, e->out);
	return e->out;
}

static const void *words(struct expand *e, const uint8_t *row, int width)
{
	const struct png *p = e->png;
	uint16_t *samples = (uint16_t *)(void *)e->samples, *out = (uint16_t *)(void *)e->out;

	to_words(row, (size_t)width * (size_t)p->channels, samples);
	if (p->transparent) {
		key_words(p->key, samples, width, p->channels, out);
		samples = out;
	}
	if (e->rows.depth == 16)
		return samples;
	to_bytes(samples, (size_t)width * (size_t)e->rows.bands, (uint8_t *)samples);
	return samples;
}

const void *expand_row(struct expand *e, const uint8_t *row, int width)
{
	const struct png *p = e->png;

	if (p->depth == 16)
		return words(e, row, width);
	if (p->depth < 8)
		return bits(e, row, width);
	if (p->color == PNG_PALETTE)
		look_up(p, row, width, e->rows.bands, e->out);
	else if (p->transparent)
		key_bytes(p->key, row, width, p->channels, e->out);
	else
		return row;
	return e->out;
}
