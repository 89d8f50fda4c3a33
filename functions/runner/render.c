#include "functions/runner/render.h"

#include <string.h>

#include "functions/runner/geometry.h"
#include "functions/runner/linear.h"
#include "functions/runner/look/attention.h"
#include "functions/runner/sharpen.h"

/* A whole picture is the source of one that is smaller by so much. */
#define REUSE 2

static bool wants_full_chroma(const struct rendition *o)
{
	return o->chroma == CHROMA_444 || o->lossless || o->format == RENDITION_PNG || o->format == RENDITION_AUTO;
}

static struct image_part whole_of(const struct image *i)
{
	return (struct image_part){ 0, 0, image_width(i), image_height(i) };
}

const struct picture *render_small(struct render *r)
{
	const struct image *from = image_width(&r->whole) ? &r->whole : r->image;
	struct image_part part = whole_of(from);
	struct image small;
	int width, height;

	if (r->small.pixels)
		return &r->small;
	picture_fit(image_width(from), image_height(from), RENDER_SMALL, &width, &height);
	image_scale(from, &part, width, height, false, &small);
	image_interleave(&small);
	image_turn(&small, r->orientation);
	r->small = small.picture;
	return &r->small;
}

static bool by_content(const struct rendition *o)
{
	return o->fit == FIT_FILL && (o->gravity == GRAVITY_ENTROPY || o->gravity == GRAVITY_ATTENTION);
}

/* One rendition on its way. */
struct print {
	const struct rendition *o;
	struct geometry g;
	struct image image;		/* owned */
};

static void aim(struct render *r, struct print *p)
{
	double x, y;

	geometry_of(p->o, r->width, r->height, &p->g);
	if (!by_content(p->o))
		return;
	attention_find(render_small(r), p->o->gravity, p->g.part.width / r->width, p->g.part.height / r->height, &x, &y);
	geometry_place(&p->g, r->width, r->height, x, y);
}

static bool is_whole(const struct render *r, const struct geometry *g)
{
	return g->part.left == 0 && g->part.top == 0 && g->part.width == r->width && g->part.height == r->height;
}

static const struct image *source_for(const struct render *r, const struct print *p)
{
	int width, height;

	if (p->o->keep_profile && r->unconverted)
		return r->unconverted;
	geometry_need(&p->g, r->width, r->height, &width, &height);
	if (r->orientation >= 5) {
		int swapped = width;

		width = height;
		height = swapped;
	}
	if (!p->o->linear && image_width(&r->whole) >= REUSE * width && image_height(&r->whole) >= REUSE * height)
		return &r->whole;
	return r->image;
}

static void scale(struct render *r, struct print *p)
{
	const struct image *from = source_for(r, p);
	struct image_part part;
	int width, height;

	geometry_stored(&p->g, r->width, r->height, r->orientation, image_width(from), image_height(from), &part, &width,
			&height);
	if (p->o->linear)
		linear_scale(from, &part, width, height, &p->image);
	else
		image_scale(from, &part, width, height, wants_full_chroma(p->o), &p->image);
}

/* What was made last, if it may serve for the next: nothing but scaled. */
static void keep_whole(struct render *r, struct print *p)
{
	struct image_part part = whole_of(&p->image);

	if (!is_whole(r, &p->g) || p->o->linear || p->o->keep_profile || part.width >= image_width(r->image))
		return;
	image_clear(&r->whole);
	image_scale(&p->image, &part, image_width(&p->image), image_height(&p->image), wants_full_chroma(p->o), &r->whole);
}

static void fill(struct picture *p, const uint8_t color[4])
{
	uint8_t *to = p->pixels;

	for (size_t n = (size_t)p->width * (size_t)p->height; n > 0; n--)
		for (int b = 0; b < p->bands; b++)
			*to++ = color[b];
}

/* Grey to RGB, and with alpha if the canvas has it. */
static void to_canvas_bands(struct picture *p, bool alpha)
{
	struct picture to = *p;
	const uint8_t *from = p->pixels;
	uint8_t *out;

	to.bands = alpha || p->alpha ? 4 : 3;
	to.alpha = to.bands == 4;
	if (to.bands == p->bands)
		return;
	picture_alloc(&to);
	out = to.pixels;
	for (size_t n = (size_t)p->width * (size_t)p->height; n > 0; n--, from += p->bands) {
		for (int b = 0; b < 3; b++)
			*out++ = from[p->bands == 1 ? 0 : b];
		if (to.bands == 4)
			*out++ = 255;
	}
	picture_clear(p);
	*p = to;
}

static void put_on_canvas(struct print *p)
{
	const struct geometry *g = &p->g;
	struct picture canvas = { .width = g->canvas_width, .height = g->canvas_height, .bands = 3, .depth = 8 };
	struct picture *in = &p->image.picture;

	if (g->canvas_width == g->width && g->canvas_height == g->height)
		return;
	image_interleave(&p->image);
	to_canvas_bands(in, p->o->background[3] < 255);
	canvas.bands = in->bands;
	canvas.alpha = in->alpha;
	picture_alloc(&canvas);
	fill(&canvas, p->o->background);
	for (int y = 0; y < in->height; y++)
		memcpy((uint8_t *)picture_row(&canvas, g->top + y) + (size_t)g->left * (size_t)canvas.bands,
		       picture_row(in, y), picture_row_bytes(in));
	image_clear(&p->image);
	p->image = (struct image){ .picture = canvas };
}

static struct encode_extra extra_for(const struct render *r, const struct rendition *o)
{
	struct encode_extra e = { .profile = { 0 } };

	if (o->keep_profile)
		e.profile = r->meta->icc;
	if (o->keep_copyright) {
		e.copyright = str_of(r->facts->copyright);
		e.artist = str_of(r->facts->artist);
	}
	return e;
}

static bool make(struct render *r, const struct rendition *o, struct made *m, struct buf *files)
{
	struct encode_extra extra = extra_for(r, o);
	struct rendition chosen = *o;
	struct print p = { .o = o };
	bool done;

	aim(r, &p);
	scale(r, &p);
	keep_whole(r, &p);
	if (o->sharpen > 0)
		sharpen(&p.image, o->sharpen);
	image_turn(&p.image, r->orientation);
	put_on_canvas(&p);
	if (o->format == RENDITION_AUTO)
		encode_choose(&p.image, &chosen);
	*m = (struct made){ .rendition = o, .format = chosen.format, .width = image_width(&p.image),
			    .height = image_height(&p.image), .offset = files->len };
	done = encode(&p.image, &chosen, &extra, files);
	m->length = files->len - m->offset;
	image_clear(&p.image);
	return done;
}

/* The largest first. */
static void order(const struct render *r, int by_size[THUMBNAIL_RENDITIONS_MAX])
{
	int64_t size[THUMBNAIL_RENDITIONS_MAX];

	for (int i = 0; i < r->settings->renditions_n; i++) {
		struct geometry g;
		int at = i, width, height;

		geometry_of(&r->settings->renditions[i], r->width, r->height, &g);
		geometry_need(&g, r->width, r->height, &width, &height);
		size[i] = (int64_t)width * height;
		for (; at > 0 && size[by_size[at - 1]] < size[i]; at--)
			by_size[at] = by_size[at - 1];
		by_size[at] = i;
	}
}

bool render_all(struct render *r, struct made made[THUMBNAIL_RENDITIONS_MAX], struct buf *files)
{
	int by_size[THUMBNAIL_RENDITIONS_MAX];

	order(r, by_size);
	for (int i = 0; i < r->settings->renditions_n; i++)
		if (!make(r, &r->settings->renditions[by_size[i]], &made[by_size[i]], files))
			return false;
	return true;
}

void render_clear(struct render *r)
{
	image_clear(&r->whole);
	picture_clear(&r->small);
}
