#include "functions/runner/planes.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/scale/scale.h"
#include "functions/runner/turn.h"
#include "functions/runner/ycc.h"

#define ALIGN ((size_t)64)
#define COARSEST 4	/* pixels for one sample, along an axis: what JPEG has */

static void *take(size_t n)
{
	void *p = malloc(n);

	CHECK(p != NULL);
	return p;
}

void planes_alloc(struct planes *p)
{
	size_t all = 0;
	uint8_t *at;

	CHECK(p->n == 1 || p->n == PLANES_MAX);
	for (int i = 0; i < p->n; i++) {
		struct plane *q = &p->plane[i];

		CHECK(q->width > 0 && q->height > 0);
		q->stride = ((size_t)q->width + ALIGN - 1) / ALIGN * ALIGN;
		all += q->stride * (size_t)q->height;
	}
	at = p->memory = aligned_alloc(ALIGN, all + PLANES_SLACK);
	CHECK(at != NULL);
	for (int i = 0; i < p->n; i++) {
		p->plane[i].pixels = at;
		at += p->plane[i].stride * (size_t)p->plane[i].height;
	}
}

void planes_clear(struct planes *p)
{
	free(p->memory);
	*p = (struct planes){ 0 };
}

/* Where the last sample of a colour plane covers only half of what others do, a mirrored plane has its samples between those
 * that are there: each is the average of two. Halves are rounded up across, and then down. */
static void shift_across(const struct plane *p)
{
	for (int y = 0; y < p->height; y++) {
		uint8_t *row = p->pixels + (size_t)y * p->stride;

		for (int x = p->width - 1; x > 0; x--)
			row[x] = (uint8_t)((row[x] + row[x - 1] + 1) / 2);
	}
}

static void shift_down(const struct plane *p)
{
	for (int y = p->height - 1; y > 0; y--) {
		uint8_t *row = p->pixels + (size_t)y * p->stride;

		for (int x = 0; x < p->width; x++)
			row[x] = (uint8_t)((row[x] + *(row - p->stride + x)) / 2);
	}
}

/* Whether a mirrored axis of a plane has an odd number of luma samples and half as many of its own. */
static bool is_off(bool mirror, int n, int luma)
{
	return mirror && luma % 2 != 0 && luma > 1 && n == planes_half(luma);
}

void planes_turn(struct planes *p, int orientation)
{
	int width = p->plane[0].width, height = p->plane[0].height;
	struct planes to = *p;
	struct turn t;

	if (!turn_of(orientation, &t))
		return;
	for (int i = 0; i < p->n && t.swap; i++) {
		to.plane[i].width = p->plane[i].height;
		to.plane[i].height = p->plane[i].width;
	}
	planes_alloc(&to);
	for (int i = 0; i < p->n; i++) {
		struct plane *from = &p->plane[i], *out = &to.plane[i];

		if (is_off(t.mirror_x, from->width, width))
			shift_across(from);
		if (is_off(t.mirror_y, from->height, height))
			shift_down(from);
		turn_pixels(&(struct turn_pixels){ from->pixels, from->stride, out->pixels, out->stride, from->width, from->height, 1 },
			    &t);
	}
	planes_clear(p);
	*p = to;
}

double planes_covered(int n, int luma)
{
	for (int by = 1; by <= COARSEST; by *= 2)
		if (n == (luma + by - 1) / by)
			return (double)luma / by;
	return n;
}

static void on_row(void *owner, int y, const void *samples)
{
	const struct plane *p = owner;

	memcpy(p->pixels + (size_t)y * p->stride, samples, (size_t)p->width);
}

void plane_scale(const struct plane *in, const struct image_part *part, const struct plane *out)
{
	struct plane to = *out;
	struct scale_spec spec = {
		.in_width = in->width, .in_height = in->height, .bands = 1, .in_depth = 8, .out_depth = 8, .rows_stay = true,
		.out_width = out->width, .out_height = out->height, .row = on_row, .owner = &to,
	};
	struct scale *s;

	if (part) {
		spec.left = part->left;
		spec.top = part->top;
		spec.width = part->width;
		spec.height = part->height;
	}
	s = scale_begin(&spec);
	for (int y = 0; y < scale_rows_wanted(s); y++)
		scale_row(s, in->pixels + (size_t)y * in->stride);
	scale_end(s);
}

static const uint8_t *row_of(const struct plane *p, int y)
{
	return p->pixels + (size_t)y * p->stride;
}

/* A colour plane's row for a row of pixels, into `to`; `sums` is room for it. */
static void colour_row(const struct plane *p, const struct plane *luma, int y, uint16_t *sums, uint8_t *to)
{
	int near = y, far = y;

	if (p->height != luma->height) {
		near = y / 2;
		far = y % 2 != 0 ? near + 1 : near - 1;
		far = far < 0 || far == p->height ? near : far;
	}
	ycc_blend(row_of(p, near), row_of(p, far), sums, p->width);
	if (p->width == luma->width)
		ycc_quarter(sums, to, luma->width);
	else
		ycc_widen(sums, to, luma->width);
}

static bool is_full_or_half(int n, int luma)
{
	return n == luma || n == planes_half(luma);
}

static void colour_to_picture(const struct planes *p, struct picture *out)
{
	const struct plane *luma = &p->plane[0];
	size_t n = (size_t)luma->width + PLANES_SLACK;
	uint8_t *cb = take(2 * n), *cr = cb + n;
	uint16_t *room = take(n * sizeof *room), *sums = room + 1;

	for (int y = 0; y < luma->height; y++) {
		colour_row(&p->plane[1], luma, y, sums, cb);
		colour_row(&p->plane[2], luma, y, sums, cr);
		ycc_to_rgb(row_of(luma, y), cb, cr, picture_row(out, y), luma->width);
	}
	free(cb);
	free(room);
}

/* Colour planes of other proportions (4:1:1) are brought to luma's size by the kernel. */
static void widen(const struct planes *p, struct planes *to)
{
	*to = (struct planes){ .n = p->n };
	for (int i = 0; i < p->n; i++) {
		to->plane[i].width = p->plane[0].width;
		to->plane[i].height = p->plane[0].height;
	}
	planes_alloc(to);
	for (int i = 0; i < p->n; i++)
		plane_scale(&p->plane[i], &(struct image_part){ 0, 0, planes_covered(p->plane[i].width, p->plane[0].width),
								planes_covered(p->plane[i].height, p->plane[0].height) },
			    &to->plane[i]);
}

void planes_to_picture(const struct planes *p, struct picture *out)
{
	const struct plane *luma = &p->plane[0], *colour = &p->plane[1];
	struct planes wide = { 0 };

	*out = (struct picture){ .width = luma->width, .height = luma->height, .bands = p->n, .depth = 8 };
	picture_alloc(out);
	if (p->n == 1) {
		for (int y = 0; y < luma->height; y++)
			memcpy(picture_row(out, y), row_of(luma, y), (size_t)luma->width);
		return;
	}
	if (!is_full_or_half(colour->width, luma->width) || !is_full_or_half(colour->height, luma->height)) {
		widen(p, &wide);
		p = &wide;
	}
	colour_to_picture(p, out);
	planes_clear(&wide);
}

static void colour_from_picture(const struct picture *p, bool half, const struct planes *out)
{
	const struct plane *luma = &out->plane[0], *cb = &out->plane[1], *cr = &out->plane[2];

	for (int y = 0; y < p->height; y++) {
		size_t at = (size_t)y * cb->stride;

		ycc_from_rgb(picture_row(p, y), luma->pixels + (size_t)y * luma->stride, half ? NULL : cb->pixels + at,
			     half ? NULL : cr->pixels + at, p->width);
	}
	for (int y = 0; half && y < p->height; y += 2) {
		size_t at = (size_t)(y / 2) * cb->stride;

		ycc_from_squares(picture_row(p, y), picture_row(p, y + 1 < p->height ? y + 1 : y), cb->pixels + at, cr->pixels + at,
				 p->width);
	}
}

void planes_from_picture(const struct picture *p, bool half, struct planes *out)
{
	CHECK(p->depth == 8 && (p->bands == 1 || p->bands == 3));
	*out = (struct planes){ .n = p->bands, .plane = { { .width = p->width, .height = p->height } } };
	for (int i = 1; i < out->n; i++) {
		out->plane[i].width = half ? planes_half(p->width) : p->width;
		out->plane[i].height = half ? planes_half(p->height) : p->height;
	}
	planes_alloc(out);
	if (out->n == 3) {
		colour_from_picture(p, half, out);
		return;
	}
	for (int y = 0; y < p->height; y++)
		memcpy(out->plane[0].pixels + (size_t)y * out->plane[0].stride, picture_row(p, y), (size_t)p->width);
}
