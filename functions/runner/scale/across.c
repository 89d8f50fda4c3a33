#include "functions/runner/scale/across.h"

#include <stdlib.h>

#include "base/check.h"

/* Of the output columns from ... end - 1: what they are made of begins at sample `first`, `n` pixels long. */
struct piece {
	int from, end, first;
	size_t n;
};

static struct piece piece_at(const struct weights *w, int from)
{
	struct piece p = { .from = from, .end = from + ACROSS_PIECE < w->out ? from + ACROSS_PIECE : w->out };

	p.first = w->first[from];
	p.n = (size_t)(w->first[p.end - 1] + w->stride - p.first);
	return p;
}

void across_init(struct across *a)
{
	size_t most = 0;

	_Static_assert(sizeof(lanes_pair) == sizeof(lanes_column), "one buffer for both");
	for (int x = 0; x < a->weights->out; x += ACROSS_PIECE) {
		size_t n = piece_at(a->weights, x).n;

		most = n > most ? n : most;
	}
	a->turned = aligned_alloc(sizeof(lanes_pair), (most * (size_t)a->deep.bands + LANES_SLACK) * sizeof(lanes_pair));
	CHECK(a->turned != NULL);
}

void across_clear(struct across *a)
{
	free(a->turned);
	a->turned = NULL;
}

/* Sixteen samples of a row at a time, whatever their bands. */
static void piece_8(const struct across *a, const struct piece *p, uint8_t *to, size_t to_stride)
{
	const struct weights *w = a->weights;
	const lanes_pair *turned = a->turned, *from[LANES_ROWS];
	int bands = a->deep.bands, step = bands == 1 ? 1 : 2 * bands, count = 0;
	const int16_t *weights[LANES_ROWS];

	for (int x = p->from, b = 0; x < p->end;) {
		int at = w->first[x] - p->first;

		from[count] = turned + (bands == 1 ? at / 2 : at * bands + b);
		weights[count++] = w->fixed + (size_t)x * (size_t)w->stride;
		if (++b == bands) {
			b = 0;
			x++;
		}
		if (count == LANES_ROWS || x == p->end) {
			a->lanes->across(from, weights, w->stride / 2, step, count, to, to_stride);
			to += count;
			count = 0;
		}
	}
}

void across_8(const struct across *a, const int16_t *rows, size_t stride, uint8_t *to, size_t to_stride)
{
	size_t bands = (size_t)a->deep.bands;

	for (int x = 0; x < a->weights->out; x += ACROSS_PIECE) {
		struct piece p = piece_at(a->weights, x);

		a->lanes->pairs(rows + (size_t)p.first * bands, stride, (int)bands, a->turned, bands == 1 ? (p.n + 1) / 2 : p.n * bands);
		piece_8(a, &p, to + (size_t)x * bands, to_stride);
	}
}

static void store(const uint16_t (*v)[LANES_ROWS], const struct lanes_deep *d, char *to, size_t to_stride, size_t at)
{
	for (size_t r = 0; r < LANES_ROWS; r++, to += to_stride)
		for (size_t b = 0; b < (size_t)d->bands; b++)
			if (d->most > 255)
				((uint16_t *)(void *)to)[at + b] = v[b][r];
			else
				((uint8_t *)to)[at + b] = (uint8_t)v[b][r];
}

void across_deep(const struct across *a, const float *rows, size_t stride, void *to, size_t to_stride)
{
	const struct weights *w = a->weights;
	const lanes_column *turned = a->turned;
	size_t bands = (size_t)a->deep.bands;
	uint16_t v[4][LANES_ROWS];

	for (int x = 0; x < w->out; x += ACROSS_PIECE) {
		struct piece p = piece_at(w, x);

		a->lanes->deep_turn(rows + (size_t)p.first * bands, stride, a->turned, p.n * bands);
		for (int i = x; i < p.end; i++) {
			a->lanes->deep_across(turned + (size_t)(w->first[i] - p.first) * bands,
					      w->real + (size_t)i * (size_t)w->stride, w->stride, &a->deep, v);
			store(v, &a->deep, to, to_stride, (size_t)i * bands);
		}
	}
}
