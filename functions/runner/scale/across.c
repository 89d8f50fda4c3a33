#include "functions/runner/scale/across.h"

#include <stdlib.h>
#include <string.h>

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

typedef int32_t quad __attribute__((vector_size(16)));	/* four pairs */
typedef int16_t eight __attribute__((vector_size(16)));

/* Four rows of four pairs to four columns of them. */
static inline void turn_quads(quad v[4])
{
	quad a = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5), b = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7);
	quad c = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5), d = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);

	v[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
	v[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
	v[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
	v[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

static inline void put_quads(quad v[4], lanes_pair *to, int row)
{
	turn_quads(v);
	for (int i = 0; i < 4; i++)
		memcpy(to[i][row], &v[i], sizeof v[i]);
}

/* Of one band the pairs lie side by side: samples 0 and 1, 2 and 3 ... */
static void turn_one_band(const int16_t *rows, size_t stride, lanes_pair *to, size_t n)
{
	for (size_t i = 0; i < n; i += 4)
		for (int r = 0; r < LANES_ROWS; r += 4) {
			quad v[4];

			for (int k = 0; k < 4; k++)
				memcpy(&v[k], rows + (size_t)(r + k) * stride + 2 * i, sizeof v[k]);
			put_quads(v, to + i, r);
		}
}

/* Else every sample makes a pair with that of the next pixel. */
static void turn_bands(const int16_t *rows, size_t stride, int bands, lanes_pair *to, size_t n)
{
	for (size_t i = 0; i < n; i += 8)
		for (int r = 0; r < LANES_ROWS; r += 4) {
			quad lo[4], hi[4];

			for (int k = 0; k < 4; k++) {
				const int16_t *at = rows + (size_t)(r + k) * stride + i;
				eight a, b;

				memcpy(&a, at, sizeof a);
				memcpy(&b, at + bands, sizeof b);
				lo[k] = (quad)__builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
				hi[k] = (quad)__builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
			}
			put_quads(lo, to + i, r);
			put_quads(hi, to + i + 4, r);
		}
}

/* Sixteen samples of a row at a time, whatever their bands. */
static void piece_8(const struct across *a, const struct piece *p, uint8_t *to, size_t to_stride)
{
	const struct weights *w = a->weights;
	const lanes_pair *turned = a->turned;
	int bands = a->deep.bands;
	struct lanes_columns c = { .n = w->stride / 2, .step = bands == 1 ? 1 : 2 * bands };

	for (int x = p->from, b = 0; x < p->end;) {
		int at = w->first[x] - p->first;

		c.pairs[c.count] = turned + (bands == 1 ? at / 2 : at * bands + b);
		c.weights[c.count++] = w->fixed + (size_t)x * (size_t)w->stride;
		if (++b == bands) {
			b = 0;
			x++;
		}
		if (c.count == WEAVE_SIDE || x == p->end) {
			a->lanes->across(&c, to, to_stride);
			to += c.count;
			c.count = 0;
		}
	}
}

void across_8(const struct across *a, const int16_t *rows, size_t stride, uint8_t *to, size_t to_stride)
{
	size_t bands = (size_t)a->deep.bands;

	for (int x = 0; x < a->weights->out; x += ACROSS_PIECE) {
		struct piece p = piece_at(a->weights, x);
		const int16_t *from = rows + (size_t)p.first * bands;

		if (bands == 1)
			turn_one_band(from, stride, a->turned, (p.n + 1) / 2);
		else
			turn_bands(from, stride, (int)bands, a->turned, p.n * bands);
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
