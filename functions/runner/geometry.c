#include "functions/runner/geometry.h"

#include <math.h>

static int pixels(double n)
{
	return n < 1 ? 1 : (int)lrint(n);
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

/* Pixels of the result per pixel of the photo, where the proportions are kept. */
static double scale_of(const struct rendition *r, int width, int height)
{
	double across = r->width > 0 ? (double)r->width / width : INFINITY;
	double down = r->height > 0 ? (double)r->height / height : INFINITY, scale;

	scale = smaller(across, down);
	if (r->fit == FIT_OUTSIDE && r->width > 0 && r->height > 0)
		scale = across > down ? across : down;
	if (!r->enlarge)
		scale = smaller(scale, 1);
	return smaller(scale, (double)RENDITION_SIDE_MAX / (width > height ? width : height));
}

static void keep_proportions(const struct rendition *r, int width, int height, struct geometry *g)
{
	double scale = scale_of(r, width, height);

	g->width = pixels(width * scale);
	g->height = pixels(height * scale);
}

static void keep_box(const struct rendition *r, int width, int height, struct geometry *g)
{
	double shrink = r->enlarge ? 1 : smaller(1, smaller((double)width / r->width, (double)height / r->height));

	g->width = pixels(r->width * shrink);
	g->height = pixels(r->height * shrink);
}

/* As much of the photo as has the proportions of the result. */
static void crop(int width, int height, struct geometry *g)
{
	double across = (double)width / g->width, down = (double)height / g->height, step = smaller(across, down);

	g->part.width = smaller(width, g->width * step);
	g->part.height = smaller(height, g->height * step);
}

/* Of the compass: 0 is the left or upper side, 1 the other. */
static void place_of(const struct rendition *r, double *x, double *y)
{
	static const struct { double x, y; } compass[] = {
		[GRAVITY_CENTER] = { .5, .5 }, [GRAVITY_NORTH] = { .5, 0 }, [GRAVITY_NORTHEAST] = { 1, 0 }, [GRAVITY_EAST] = { 1, .5 },
		[GRAVITY_SOUTHEAST] = { 1, 1 }, [GRAVITY_SOUTH] = { .5, 1 }, [GRAVITY_SOUTHWEST] = { 0, 1 },
		[GRAVITY_WEST] = { 0, .5 }, [GRAVITY_NORTHWEST] = { 0, 0 }, [GRAVITY_ENTROPY] = { .5, .5 },
		[GRAVITY_ATTENTION] = { .5, .5 }, [GRAVITY_FOCUS] = { .5, .5 },
	};

	*x = compass[r->gravity].x;
	*y = compass[r->gravity].y;
}

void geometry_of(const struct rendition *r, int width, int height, struct geometry *g)
{
	double x, y;

	*g = (struct geometry){ .part = { .width = width, .height = height } };
	if (r->fit == FIT_FILL || r->fit == FIT_EXACT)
		keep_box(r, width, height, g);
	else
		keep_proportions(r, width, height, g);
	if (r->fit == FIT_FILL)
		crop(width, height, g);
	place_of(r, &x, &y);
	g->part.left = (width - g->part.width) * x;
	g->part.top = (height - g->part.height) * y;
	if (r->fit == FIT_FILL && r->gravity == GRAVITY_FOCUS)
		geometry_place(g, width, height, r->focus_x, r->focus_y);
	g->canvas_width = r->fit == FIT_PAD ? r->width : g->width;
	g->canvas_height = r->fit == FIT_PAD ? r->height : g->height;
	g->left = (int)lrint((g->canvas_width - g->width) * x);
	g->top = (int)lrint((g->canvas_height - g->height) * y);
}

static double clamp(double v, double most)
{
	return v < 0 ? 0 : v > most ? most : v;
}

void geometry_place(struct geometry *g, int width, int height, double x, double y)
{
	g->part.left = clamp(x * width - g->part.width / 2, width - g->part.width);
	g->part.top = clamp(y * height - g->part.height / 2, height - g->part.height);
}

/* A hair less than the exact number, so that a whole one is not rounded up. */
static int need_of(int photo, double part, int scaled)
{
	double n = ceil(photo * scaled / part - 1e-6);

	return n > photo ? photo : pixels(n);
}

void geometry_need(const struct geometry *g, int width, int height, int *need_width, int *need_height)
{
	*need_width = need_of(width, g->part.width, g->width);
	*need_height = need_of(height, g->part.height, g->height);
}

/* From where along one axis of the photo, both as parts of it, to samples of the master; in it, also after rounding. */
static void onto(double from, double length, bool flipped, int samples, double *at, double *n)
{
	*n = length * samples;
	*at = clamp((flipped ? 1 - from - length : from) * samples, samples - *n);
	if (*at + *n > samples)
		*n = samples - *at;
}

/* How a shown axis lies in the file, by EXIF's orientation. */
static const struct { bool swapped, mirrored, upside_down; } turns[9] = {
	[2] = { false, true, false }, [3] = { false, true, true }, [4] = { false, false, true }, [5] = { true, false, false },
	[6] = { true, false, true },  [7] = { true, true, true },  [8] = { true, true, false },
};

void geometry_stored(const struct geometry *g, int width, int height, int orientation, int master_width, int master_height,
		     struct image_part *part, int *out_width, int *out_height)
{
	int o = orientation >= 1 && orientation <= 8 ? orientation : 1;
	double left = g->part.left / width, across = g->part.width / width;
	double top = g->part.top / height, down = g->part.height / height;
	bool swapped = turns[o].swapped;

	onto(swapped ? top : left, swapped ? down : across, turns[o].mirrored, master_width, &part->left, &part->width);
	onto(swapped ? left : top, swapped ? across : down, turns[o].upside_down, master_height, &part->top, &part->height);
	*out_width = swapped ? g->height : g->width;
	*out_height = swapped ? g->width : g->height;
}
