#include "functions/runner/scale/scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/scale/across.h"
#include "functions/runner/scale/box.h"

/* One direction: source samples from ... end - 1 are used, in `n` boxes of `box`, of which the weights speak. */
struct axis {
	int from, end, box, n;
	struct weights weights;
};

struct scale {
	struct scale_spec spec;
	const struct lanes *lanes;
	bool deep;		/* floats */
	struct axis x, y;
	size_t len;		/* samples of a row between the directions */
	uint16_t *line;		/* owned; a source row with 16 bits, alpha premultiplied; deep only */
	struct box box;
	const void **window;	/* owned; the last y.weights.reach rows, by number modulo that; rows borrowed or in `kept` */
	char *kept;		/* owned; NULL when rows stay */
	const void **rows;	/* owned; those of one output row in order */
	void *group;		/* owned; up to LANES_ROWS rows after the first direction */
	size_t group_stride;	/* in samples */
	int grouped;
	struct across across;
	char *out;		/* owned; LANES_ROWS result rows */
	size_t out_stride;
	int in_rows, mid_rows, out_rows;
};

static void *take(size_t n, size_t size)
{
	void *p = calloc(n, size);

	CHECK(p != NULL);
	return p;
}

static bool boxed(const struct scale *s)
{
	return s->x.box > 1 || s->y.box > 1;
}

/* Boxes leave at least so many times the size: three across rows cost 0.0002 of SSIM (two 0.0009) and save most of the time, since every
 * source row is added once instead of weighed six times. Columns are few by then; they are only kept from being too many for
 * weights of 14 bits. */
#define LEAVE_ROWS 3
#define LEAVE_COLUMNS 12

static int box_of(double scale, int leave)
{
	return scale >= 2 * leave ? (int)(scale / leave) : 1;
}

static void axis_make(struct axis *a, double start, double length, int in, int leave, struct weights_spec w)
{
	double scale = length / w.out, reach = WEIGHTS_LOBES * (scale > 1 ? scale : 1);

	a->box = box_of(scale, leave);
	a->from = start - reach > 0 ? (int)(start - reach) : 0;
	a->end = start + length + reach < in ? (int)ceil(start + length + reach) : in;
	a->n = (a->end - a->from + a->box - 1) / a->box;
	if (a->from + a->n * a->box < in)
		a->end = a->from + a->n * a->box;
	else
		a->end = in;
	w.start = (start - a->from) / a->box;
	w.length = length / a->box;
	w.size = a->n;
	w.last = (double)(a->end - a->from - (a->n - 1) * a->box) / a->box;
	weights_make(&a->weights, &w);
}

static void make_window(struct scale *s)
{
	size_t reach = (size_t)s->y.weights.reach;
	bool wide = s->deep || boxed(s);

	s->window = take(reach, sizeof s->window[0]);
	s->rows = take(reach + 1, sizeof s->rows[0]);
	if (!s->spec.rows_stay || wide)
		s->kept = take(reach * s->len, wide ? sizeof(uint16_t) : sizeof(uint8_t));
}

static void make_buffers(struct scale *s)
{
	const struct scale_spec *spec = &s->spec;
	size_t bands = (size_t)spec->bands, used = (size_t)(s->x.end - s->x.from) * bands;

	s->len = (size_t)s->x.n * bands;
	make_window(s);
	if (s->deep)
		s->line = take(used, sizeof s->line[0]);
	if (boxed(s)) {
		s->box = (struct box){ .lanes = s->lanes, .width = s->x.box, .height = s->y.box, .columns = s->x.end - s->x.from,
				       .bands = spec->bands, .deep = s->deep };
		box_init(&s->box);
	}
	/* The weights of an output sample at the right border are followed by zeros, and those by what is here. */
	s->group_stride = s->len + (size_t)s->x.weights.stride * bands + LANES_SLACK;
	s->group = take(LANES_ROWS * s->group_stride, s->deep ? sizeof(float) : sizeof(int16_t));
	s->out_stride = (size_t)spec->out_width * bands * (size_t)(spec->out_depth / 8) + LANES_SLACK;
	s->out_stride -= s->out_stride % 16;
	s->out = take(LANES_ROWS, s->out_stride);
	s->across = (struct across){ .lanes = s->lanes, .weights = &s->x.weights,
				     .deep = { spec->bands, spec->alpha, spec->out_depth == 16 ? 65535 : 255 } };
	across_init(&s->across);
}

struct scale *scale_begin(const struct scale_spec *spec)
{
	struct scale *s = take(1, sizeof *s);

	CHECK(spec->in_width > 0 && spec->in_height > 0 && spec->out_width > 0 && spec->out_height > 0);
	CHECK(spec->bands >= 1 && spec->bands <= 4);
	CHECK(spec->left > -0.001 && spec->top > -0.001);
	s->spec = *spec;
	s->spec.left = fmax(spec->left, 0);	/* whoever computed it may be a rounding below */
	s->spec.top = fmax(spec->top, 0);
	if (spec->width == 0 && spec->height == 0) {
		s->spec.width = spec->in_width;
		s->spec.height = spec->in_height;
	}
	s->lanes = spec->lanes ? spec->lanes : lanes_best();
	s->deep = spec->alpha || spec->in_depth == 16 || spec->out_depth == 16;
	axis_make(&s->x, s->spec.left, s->spec.width, spec->in_width, LEAVE_COLUMNS,
		  (struct weights_spec){ .out = spec->out_width, .align = s->deep || spec->bands > 1 ? 1 : 2, .fixed = !s->deep });
	axis_make(&s->y, s->spec.top, s->spec.height, spec->in_height, LEAVE_ROWS,
		  (struct weights_spec){ .out = spec->out_height, .align = 1, .fixed = !s->deep });
	make_buffers(s);
	return s;
}

/* To 16 bits, whatever it was, so that dark colours under thin alpha keep their steps. */
static const uint16_t *deepen(const struct scale *s, const void *row)
{
	size_t n = (size_t)(s->x.end - s->x.from), samples = n * (size_t)s->spec.bands;
	const uint8_t *p = row;

	if (s->spec.alpha)
		s->lanes->premultiply(row, s->spec.in_depth, s->spec.bands, s->line, n);
	else if (s->spec.in_depth == 16)
		return row;
	else
		for (size_t i = 0; i < samples; i++)
			s->line[i] = (uint16_t)(p[i] * 257);
	return s->line;
}

static void finish_group(struct scale *s)
{
	if (s->deep)
		across_deep(&s->across, s->group, s->group_stride, s->out, s->out_stride);
	else
		across_8(&s->across, s->group, s->group_stride, (uint8_t *)s->out, s->out_stride);
	for (int i = 0; i < s->grouped; i++)
		s->spec.row(s->spec.owner, s->out_rows - s->grouped + i, s->out + (size_t)i * s->out_stride);
	s->grouped = 0;
}

/* One output row, before its columns are done. */
static void down(struct scale *s)
{
	const struct weights *w = &s->y.weights;
	int y = s->out_rows++, n = w->n[y];
	size_t at = (size_t)y * (size_t)w->stride, to = (size_t)s->grouped++ * s->group_stride;

	for (int k = 0; k < n; k++)
		s->rows[k] = s->window[(w->first[y] + k) % w->reach];
	if (n % 2 != 0)
		s->rows[n] = s->rows[n - 1];	/* weighs nothing */
	n += n % 2;
	if (s->deep)
		s->lanes->deep_down(s->rows, w->real + at, n, (float *)s->group + to, s->len);
	else if (boxed(s))
		s->lanes->down16(s->rows, w->fixed + at, n, (int16_t *)s->group + to, s->len);
	else
		s->lanes->down8(s->rows, w->fixed + at, n, (int16_t *)s->group + to, s->len);
	if (s->grouped == LANES_ROWS || s->out_rows == s->spec.out_height)
		finish_group(s);
}

/* `row` NULL: from the box. */
static void mid_row(struct scale *s, const void *row)
{
	const struct weights *w = &s->y.weights;
	int slot = s->mid_rows % w->reach;
	bool wide = s->deep || boxed(s);
	size_t bytes = s->len * (wide ? sizeof(uint16_t) : sizeof(uint8_t));

	if (s->kept) {
		char *to = s->kept + (size_t)slot * bytes;

		if (row)
			memcpy(to, row, bytes);
		else
			box_take(&s->box, to);
		row = to;
	}
	s->window[slot] = row;
	s->mid_rows++;
	while (s->out_rows < s->spec.out_height && w->first[s->out_rows] + w->n[s->out_rows] <= s->mid_rows)
		down(s);
}

void scale_row(struct scale *s, const void *row)
{
	int y = s->in_rows++;

	CHECK(y < s->spec.in_height);
	if (y < s->y.from || y >= s->y.end)
		return;
	row = (const char *)row + (size_t)s->x.from * (size_t)s->spec.bands * (size_t)(s->spec.in_depth / 8);
	if (s->deep)
		row = deepen(s, row);
	if (!boxed(s)) {
		mid_row(s, row);
		return;
	}
	box_add(&s->box, row);
	if (s->box.rows == s->box.height || y == s->y.end - 1)
		mid_row(s, NULL);
}

int scale_rows_wanted(const struct scale *s)
{
	return s->y.end;
}

void scale_end(struct scale *s)
{
	if (s == NULL)
		return;
	weights_clear(&s->x.weights);
	weights_clear(&s->y.weights);
	free(s->line);
	box_clear(&s->box);
	free(s->window);
	free(s->kept);
	free(s->rows);
	free(s->group);
	across_clear(&s->across);
	free(s->out);
	free(s);
}

void scale_to_picture(void *owner, int y, const void *samples)
{
	struct picture *p = owner;

	memcpy(picture_row(p, y), samples, picture_row_bytes(p));
}

void scale_picture(const struct picture *in, const struct image_part *part, int width, int height, struct picture *out)
{
	struct scale_spec spec = {
		.in_width = in->width, .in_height = in->height, .bands = in->bands, .alpha = in->alpha, .in_depth = in->depth,
		.out_depth = in->depth, .out_width = width, .out_height = height, .rows_stay = true, .row = scale_to_picture, .owner = out,
	};
	struct scale *s;

	if (part) {
		spec.left = part->left;
		spec.top = part->top;
		spec.width = part->width;
		spec.height = part->height;
	}
	*out = (struct picture){ .width = width, .height = height, .bands = in->bands, .depth = in->depth, .alpha = in->alpha };
	picture_alloc(out);
	s = scale_begin(&spec);
	for (int y = 0; y < scale_rows_wanted(s); y++)
		scale_row(s, picture_row(in, y));
	scale_end(s);
}
