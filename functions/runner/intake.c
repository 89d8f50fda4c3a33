#include "functions/runner/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static void to_plane(void *owner, int y, const void *samples)
{
	const struct plane *p = owner;

	memcpy(p->pixels + (size_t)y * p->stride, samples, (size_t)p->width);
}

static bool is_half(const struct reading *r, int k)
{
	return k > 0 && !r->need.full_chroma && !r->need.interleaved;
}

static struct scale *plane_scaler(const struct reading *r, int k, const struct intake_shape *shape, struct plane *plane)
{
	struct scale_spec spec = {
		.in_width = shape->width, .in_height = shape->height, .bands = 1, .in_depth = 8, .out_depth = 8,
		.width = shape->exact_width, .height = shape->exact_height, .out_width = plane->width,
		.out_height = plane->height, .row = to_plane, .owner = plane,
	};

	/* A sample of half a plane covers two of luma: of an odd side the last one reaches beyond the picture. */
	if (is_half(r, k)) {
		spec.width *= 2.0 * plane->width / r->need.width;
		spec.height *= 2.0 * plane->height / r->need.height;
	}
	return scale_begin(&spec);
}

void intake_planes(struct intake *i, const struct reading *r, struct master *m, int n, const struct intake_shape *shape)
{
	struct planes *to = &m->image.planes;

	CHECK(n == 1 || n == PLANES_MAX);
	*i = (struct intake){ .r = r, .m = m, .n = n };
	m->image.planar = true;
	to->n = n;
	for (int k = 0; k < n; k++) {
		to->plane[k].width = is_half(r, k) ? planes_half(r->need.width) : r->need.width;
		to->plane[k].height = is_half(r, k) ? planes_half(r->need.height) : r->need.height;
	}
	planes_alloc(to);
	for (int k = 0; k < n; k++)
		i->stream[k] = (struct intake_stream){
			.scale = plane_scaler(r, k, &shape[k], &to->plane[k]),
			.bytes = (size_t)shape[k].width, .height = shape[k].height,
		};
}

void intake_picture(struct intake *i, const struct reading *r, struct master *m, const struct picture *rows,
		    const struct image_part *part)
{
	struct picture *to = &m->image.picture;
	struct scale_spec spec = {
		.in_width = rows->width, .in_height = rows->height, .bands = rows->bands, .in_depth = rows->depth,
		.out_depth = r->need.deep ? rows->depth : 8, .alpha = rows->alpha, .out_width = r->need.width,
		.out_height = r->need.height, .row = scale_to_picture, .owner = to,
	};

	if (part) {
		spec.width = part->width;
		spec.height = part->height;
	}
	*i = (struct intake){ .r = r, .m = m, .n = 1 };
	*to = (struct picture){ .width = spec.out_width, .height = spec.out_height, .bands = rows->bands,
				.depth = spec.out_depth, .alpha = rows->alpha };
	picture_alloc(to);
	i->stream[0] = (struct intake_stream){
		.scale = scale_begin(&spec), .bytes = picture_row_bytes(rows), .height = rows->height, .alpha = rows->alpha,
	};
}

void intake_row(struct intake *i, int stream, const void *row)
{
	struct intake_stream *s = &i->stream[stream];

	CHECK(stream < i->n);
	s->given++;
	scale_row(s->scale, row);
}

int intake_given(const struct intake *i, int stream)
{
	return i->stream[stream].given;
}

static void fill(struct intake *i, int stream)
{
	struct intake_stream *s = &i->stream[stream];
	void *row;

	if (s->given == s->height)
		return;
	row = malloc(s->bytes + SCALE_OVERREAD);
	CHECK(row != NULL);
	memset(row, s->alpha ? 0 : 0x80, s->bytes + SCALE_OVERREAD);
	while (s->given < s->height)
		intake_row(i, stream, row);
	free(row);
}

enum reason intake_end(struct intake *i, double read, bool degraded, char message[SAY_MAX])
{
	enum reason why = REASON_NONE;

	if (read * SALVAGE_PARTS < 1)
		why = i->r->h->cut ? say(message, REASON_TRUNCATED,
					 "the file is cut short; less than a tenth of the picture is there")
				   : say(message, REASON_DAMAGED, "less than a tenth of the picture can be decoded");
	for (int k = 0; k < i->n && why == REASON_NONE; k++)
		fill(i, k);
	if (why == REASON_NONE && i->m->image.planar && i->r->need.interleaved)
		image_interleave(&i->m->image);
	i->m->degraded = degraded;
	i->m->read = degraded ? read : 1;
	intake_abort(i);
	return why;
}

void intake_abort(struct intake *i)
{
	for (int k = 0; k < i->n; k++)
		scale_end(i->stream[k].scale);
	*i = (struct intake){ .n = 0 };
}
