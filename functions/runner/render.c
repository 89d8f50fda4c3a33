#include "functions/runner/render.h"

#include "functions/runner/animation.h"
#include "functions/runner/canvas.h"
#include "functions/runner/linear.h"
#include "functions/runner/look/attention.h"
#include "functions/runner/sharpen.h"

/* A whole picture is the source of one that is smaller by so much. */
#define REUSE 2

static struct image_part whole_of(const struct image *i)
{
	return (struct image_part){ 0, 0, image_width(i), image_height(i) };
}

const struct picture *render_small(struct render *r)
{
	bool swap = r->orientation >= 5;
	const struct image *from = r->image;
	struct image_part part;
	struct image small;
	int width, height;

	if (r->small.pixels)
		return &r->small;
	picture_fit(swap ? r->height : r->width, swap ? r->width : r->height, RENDER_SMALL, &width, &height);
	if (image_width(&r->whole) >= width && image_height(&r->whole) >= height)
		from = &r->whole;
	part = whole_of(from);
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

void render_aim(struct render *r, struct print *p)
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

void render_print(struct render *r, struct print *p)
{
	const struct geometry *g = &p->g;

	scale(r, p);
	keep_whole(r, p);
	if (p->o->sharpen > 0)
		sharpen(&p->image, p->o->sharpen);
	image_turn(&p->image, r->orientation);
	if (g->canvas_width != g->width || g->canvas_height != g->height)
		canvas_put(&p->image, g->canvas_width, g->canvas_height, g->left, g->top, p->o->background);
}

static struct encode_extra extra_for(const struct render *r, const struct rendition *o)
{
	struct encode_extra e = { .profile = { 0 } };

	if (o->keep_profile)
		e.profile = r->profile;
	if (o->keep_copyright) {
		e.copyright = str_of(r->facts->copyright);
		e.artist = str_of(r->facts->artist);
	}
	return e;
}

static bool make_animated(struct render *r, const struct print *p, struct made *m, struct buf *files)
{
	bool cut, done = animation_make(r, p, files, &cut);

	r->animation_cut |= cut;
	m->format = RENDITION_WEBP;
	m->width = p->g.canvas_width;
	m->height = p->g.canvas_height;
	return done;
}

static bool make_still(struct render *r, struct print *p, struct made *m, struct buf *files)
{
	struct encode_extra extra = extra_for(r, p->o);
	struct rendition chosen = *p->o;
	bool done;

	render_print(r, p);
	if (chosen.format == RENDITION_AUTO)
		encode_choose(&p->image, &chosen);
	m->format = chosen.format;
	m->width = image_width(&p->image);
	m->height = image_height(&p->image);
	done = encode(&p->image, &chosen, &extra, files);
	image_clear(&p->image);
	return done;
}

/* An animation of which not one frame can be had, or whose format nobody here plays (PNG), becomes still, and that is told. Pages of a
 * TIFF are no animation. */
static bool make(struct render *r, const struct rendition *o, struct made *m, struct buf *files)
{
	bool moves = o->animated && r->frames > 1 && r->format != FORMAT_TIFF, done;
	struct print p = { .o = o };

	*m = (struct made){ .rendition = o, .offset = files->len };
	render_aim(r, &p);
	r->animation_cut |= moves && frame_readers[r->format] == NULL;
	done = (moves && frame_readers[r->format] && make_animated(r, &p, m, files)) || make_still(r, &p, m, files);
	m->length = files->len - m->offset;
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

const struct rendition *render_all(struct render *r, struct made made[THUMBNAIL_RENDITIONS_MAX], struct buf *files)
{
	int by_size[THUMBNAIL_RENDITIONS_MAX];

	order(r, by_size);
	for (int i = 0; i < r->settings->renditions_n; i++) {
		const struct rendition *o = &r->settings->renditions[by_size[i]];

		if (!make(r, o, &made[by_size[i]], files) || files->len > RENDITION_BYTES_MAX)
			return o;
	}
	return NULL;
}

void render_clear(struct render *r)
{
	image_clear(&r->whole);
	picture_clear(&r->small);
}
