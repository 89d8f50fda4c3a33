#include "functions/runner/resize.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/taps.h"

static void *take(size_t n, size_t size)
{
	void *p = calloc(n, size);

	CHECK(p != NULL);
	return p;
}

static size_t sample(const struct resize *r)
{
	return r->wide ? sizeof(uint16_t) : sizeof(uint8_t);
}

static size_t mid_row_bytes(const struct resize *r)
{
	return (size_t)r->mid_width * (size_t)r->spec.bands * sample(r);
}

/* At four times the size and over, averaging down to twice or more costs no quality and much less time. */
static int box_of(int in, int out)
{
	int scale = in / out;

	return scale >= 4 ? scale / 2 : 1;
}

void resize_begin(struct resize *r, const struct resize_spec *spec)
{
	size_t row = (size_t)spec->in_width * (size_t)spec->bands;

	CHECK(spec->width > 0 && spec->width <= spec->in_width && spec->height > 0 && spec->height <= spec->in_height);
	*r = (struct resize){ .spec = *spec };
	r->wide = spec->alpha || spec->in_depth == 16;
	r->box_x = box_of(spec->in_width, spec->width);
	r->box_y = box_of(spec->in_height, spec->height);
	r->mid_width = (spec->in_width + r->box_x - 1) / r->box_x;
	r->mid_height = (spec->in_height + r->box_y - 1) / r->box_y;
	taps_make(&r->across, (double)spec->in_width / r->box_x, r->mid_width, spec->width);
	taps_make(&r->down, (double)spec->in_height / r->box_y, r->mid_height, spec->height);
	if (spec->alpha)
		r->line = take(row, sizeof(uint16_t));
	if (r->box_x > 1 || r->box_y > 1)
		r->sums = take(row, sizeof(uint32_t));
	r->ring = take((size_t)r->down.n, mid_row_bytes(r));
	r->window = take((size_t)r->down.n, sizeof r->window[0]);
	r->column = take((size_t)r->mid_width * (size_t)spec->bands + TAPS_OVERREAD, sizeof(float));
	r->out = (struct picture){ .width = spec->width, .height = spec->height, .bands = spec->bands,
				   .depth = spec->out_depth, .alpha = spec->alpha };
	picture_alloc(&r->out);
}

/* To 16 bits, whatever it was, so that dark colours under thin alpha keep their steps. */
static void premultiply(const struct resize *r, const void *row, uint16_t *to)
{
	int bands = r->spec.bands, width = r->spec.in_width;
	const uint8_t *narrow = row;
	const uint16_t *wide = row;

	for (int x = 0; x < width; x++, to += bands, narrow += bands, wide += bands) {
		uint32_t alpha = r->spec.in_depth == 8 ? narrow[bands - 1] * 257u : wide[bands - 1];

		for (int b = 0; b < bands - 1; b++) {
			uint32_t v = r->spec.in_depth == 8 ? narrow[b] * 257u : wide[b];

			to[b] = (uint16_t)(((uint64_t)v * alpha + 32767) / 65535);
		}
		to[bands - 1] = (uint16_t)alpha;
	}
}

static void *ring_row(const struct resize *r, int mid_y)
{
	return r->ring + (size_t)(mid_y % r->down.n) * mid_row_bytes(r);
}

static void emit(struct resize *r)
{
	int y = r->out_rows, first = r->down.first[y];
	size_t len = (size_t)r->mid_width * (size_t)r->spec.bands;

	for (int k = 0; k < r->down.n; k++)
		r->window[k] = ring_row(r, first + k);
	taps_down(&r->down, y, r->window, r->wide, r->column, len);
	taps_across(&r->across, r->column, &r->out, r->wide, picture_row(&r->out, y));
	r->out_rows++;
}

static void next_mid_row(struct resize *r)
{
	r->mid_rows++;
	while (r->out_rows < r->spec.height && r->down.first[r->out_rows] + r->down.n <= r->mid_rows)
		emit(r);
}

/* The sums of `boxed` rows become one row of averages; the last box of a row may be narrower. */
static void flush_box(struct resize *r)
{
	int bands = r->spec.bands;
	uint8_t *narrow = ring_row(r, r->mid_rows);
	uint16_t *wide = (uint16_t *)(void *)narrow;

	for (int x = 0; x < r->mid_width; x++) {
		int from = x * r->box_x, to = from + r->box_x < r->spec.in_width ? from + r->box_x : r->spec.in_width;
		uint64_t n = (uint64_t)(to - from) * (uint64_t)r->boxed;

		for (int b = 0; b < bands; b++) {
			uint64_t sum = n / 2;

			for (int i = from; i < to; i++)
				sum += r->sums[i * bands + b];
			if (r->wide)
				wide[x * bands + b] = (uint16_t)(sum / n);
			else
				narrow[x * bands + b] = (uint8_t)(sum / n);
		}
	}
	memset(r->sums, 0, (size_t)r->spec.in_width * (size_t)bands * sizeof r->sums[0]);
	r->boxed = 0;
	next_mid_row(r);
}

void resize_row(struct resize *r, const void *row)
{
	CHECK(r->in_rows < r->spec.in_height);
	r->in_rows++;
	if (r->spec.alpha) {
		premultiply(r, row, r->line);
		row = r->line;
	}
	if (r->sums == NULL) {
		memcpy(ring_row(r, r->mid_rows), row, mid_row_bytes(r));
		next_mid_row(r);
		return;
	}
	taps_add(r->sums, row, r->wide, (size_t)r->spec.in_width * (size_t)r->spec.bands);
	if (++r->boxed == r->box_y || r->in_rows == r->spec.in_height)
		flush_box(r);
}

void resize_end(struct resize *r, struct picture *out)
{
	CHECK(r->in_rows == r->spec.in_height && r->out_rows == r->spec.height);
	*out = r->out;
	r->out = (struct picture){ 0 };
	resize_abort(r);
}

void resize_abort(struct resize *r)
{
	taps_clear(&r->across);
	taps_clear(&r->down);
	free(r->line);
	free(r->sums);
	free(r->ring);
	free(r->window);
	free(r->column);
	picture_clear(&r->out);
	*r = (struct resize){ 0 };
}

void picture_resize(const struct picture *in, int width, int height, struct picture *out)
{
	struct resize_spec spec = {
		.in_width = in->width, .in_height = in->height, .bands = in->bands, .alpha = in->alpha,
		.in_depth = in->depth, .out_depth = in->depth, .width = width, .height = height,
	};
	struct resize r;

	resize_begin(&r, &spec);
	for (int y = 0; y < in->height; y++)
		resize_row(&r, picture_row(in, y));
	resize_end(&r, out);
}
