#include "functions/runner/image.h"

#include "functions/runner/scale/scale.h"

void image_clear(struct image *i)
{
	planes_clear(&i->planes);
	picture_clear(&i->picture);
	*i = (struct image){ 0 };
}

int image_width(const struct image *i)
{
	return i->planar ? i->planes.plane[0].width : i->picture.width;
}

int image_height(const struct image *i)
{
	return i->planar ? i->planes.plane[0].height : i->picture.height;
}

void image_turn(struct image *i, int orientation)
{
	if (i->planar)
		planes_turn(&i->planes, orientation);
	else
		picture_turn(&i->picture, orientation);
}

void image_interleave(struct image *i)
{
	if (!i->planar)
		return;
	planes_to_picture(&i->planes, &i->picture);
	planes_clear(&i->planes);
	i->planar = false;
}

/* What of a plane becomes `n` samples of an output plane, when length pixels of `luma` become out pixels. */
static void part_of(int plane, int luma, double start, double length, int n, int out, double *plane_start, double *plane_length)
{
	double by = planes_covered(plane, luma) / luma;

	*plane_start = start * by;
	*plane_length = length * by * n / planes_covered(n, out);
}

static void scale_planes(const struct planes *in, const struct image_part *part, const struct planes *out)
{
	const struct plane *luma = &in->plane[0], *to = &out->plane[0];

	for (int i = 0; i < in->n; i++) {
		const struct plane *p = &in->plane[i], *q = &out->plane[i];
		struct image_part of;

		part_of(p->width, luma->width, part->left, part->width, q->width, to->width, &of.left, &of.width);
		part_of(p->height, luma->height, part->top, part->height, q->height, to->height, &of.top, &of.height);
		plane_scale(p, &of, q);
	}
}

void image_scale(const struct image *in, const struct image_part *part, int width, int height, bool full_chroma,
		 struct image *out)
{
	struct image_part all = { 0, 0, image_width(in), image_height(in) };

	*out = (struct image){ .planar = in->planar };
	if (!in->planar) {
		scale_picture(&in->picture, part, width, height, &out->picture);
		return;
	}
	out->planes.n = in->planes.n;
	for (int i = 0; i < out->planes.n; i++) {
		bool half = i > 0 && !full_chroma;

		out->planes.plane[i].width = half ? planes_half(width) : width;
		out->planes.plane[i].height = half ? planes_half(height) : height;
	}
	planes_alloc(&out->planes);
	scale_planes(&in->planes, part ? part : &all, &out->planes);
}
