#include "functions/runner/reader.h"

#include "functions/runner/color/convert.h"
#include "functions/runner/color/tone.h"
#include "functions/runner/geometry.h"
#include "functions/runner/render.h"

void master_clear(struct master *m)
{
	image_clear(&m->image);
}

/* Linear light is had from twice the size: what a reader averages on the way there is averaged as it stands. */
#define LINEAR_TIMES 2

bool wants_full_chroma(const struct rendition *r)
{
	return r->chroma == CHROMA_444 || r->lossless || r->format == RENDITION_PNG || r->format == RENDITION_AUTO;
}

static void raise(int *to, int64_t n, int most)
{
	n = n < most ? n : most;
	*to = n > *to ? (int)n : *to;
}

void need_of(const struct settings *s, const struct meta *meta, int width, int height, int orientation, struct need *n)
{
	bool swap = orientation >= 5, profile = convert_is_due(meta->icc, false) || tone_is_high(meta->transfer);
	int shown_width = swap ? height : width, shown_height = swap ? width : height, w, h;

	*n = (struct need){ .interleaved = profile, .deep = profile };
	picture_fit(width, height, RENDER_SMALL, &n->width, &n->height);
	for (int i = 0; i < s->renditions_n; i++) {
		const struct rendition *r = &s->renditions[i];
		int times = r->linear ? LINEAR_TIMES : 1;
		struct geometry g;

		geometry_of(r, shown_width, shown_height, &g);
		geometry_need(&g, shown_width, shown_height, &w, &h);
		raise(&n->width, (int64_t)(swap ? h : w) * times, width);
		raise(&n->height, (int64_t)(swap ? w : h) * times, height);
		n->full_chroma |= wants_full_chroma(r);
		n->interleaved |= r->linear;
	}
}
