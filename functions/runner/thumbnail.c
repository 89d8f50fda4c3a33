#include "functions/runner/thumbnail.h"

#include "functions/runner/answer.h"
#include "functions/runner/encode/encode.h"
#include "functions/runner/general/load.h"
#include "functions/runner/scale/scale.h"
#include "functions/runner/look/thumbhash.h"

/* Whether this way of making them knows all that is asked for. */
static enum reason refuse_others(const struct settings *s, char message[SAY_MAX])
{
	for (int i = 0; i < s->renditions_n; i++) {
		const struct rendition *r = &s->renditions[i];

		if (r->fit != FIT_INSIDE || r->width != r->height || r->format > RENDITION_PNG || r->enlarge || r->linear ||
		    r->sharpen || r->bytes_max || r->lossless || r->progressive || r->animated || r->chroma != CHROMA_420 ||
		    r->keep_profile || r->keep_copyright)
			return say(message, REASON_SETTINGS, "RENDITIONS: %.*s: only a square box and quality are obeyed",
				   STR_ARG(r->name));
	}
	return REASON_NONE;
}

/* The order to make them in: the largest side first, each from the one before. */
static void order(const struct settings *s, int by_side[THUMBNAIL_RENDITIONS_MAX])
{
	for (int i = 0; i < s->renditions_n; i++) {
		int at = i;

		for (; at > 0 && s->renditions[by_side[at - 1]].width < s->renditions[i].width; at--)
			by_side[at] = by_side[at - 1];
		by_side[at] = i;
	}
}

/* Makes `p` smaller in place, if it must be. */
static void shrink_to(struct picture *p, int width, int height)
{
	struct picture smaller;

	if (p->width == width && p->height == height)
		return;
	scale_picture(p, NULL, width, height, &smaller);
	picture_clear(p);
	*p = smaller;
}

static void make_renditions(struct loaded *l, const struct settings *s, struct answer *a, struct buf *files)
{
	int by_side[THUMBNAIL_RENDITIONS_MAX];

	order(s, by_side);
	for (int i = 0; i < s->renditions_n; i++) {
		const struct rendition *r = &s->renditions[by_side[i]];
		struct made *m = &a->made[by_side[i]];

		picture_fit(l->width, l->height, r->width, &m->width, &m->height);
		shrink_to(&l->picture, m->width, m->height);
		m->rendition = r;
		m->offset = files->len;
		encode(&(struct image){ .picture = l->picture }, r, &(struct encode_extra){ .profile = { 0 } }, files);
		m->length = files->len - m->offset;
	}
	a->made_n = s->renditions_n;
}

static void look(struct loaded *l, struct answer *a)
{
	int width, height;

	if (l->image)
		facts_read(l->image, &a->facts);
	picture_fit(l->picture.width, l->picture.height, THUMBHASH_SIDE_MAX, &width, &height);
	shrink_to(&l->picture, width, height);
	color_dominant(&l->picture, a->color);
	thumbhash(&l->picture, &a->hash);
}

enum reason thumbnail_make(struct str photo, const struct json_value *env, struct buf *answer, struct buf *files,
			   char message[512])
{
	struct settings s;
	struct header h;
	struct loaded l = { .degraded = false };
	struct answer a = { .made_n = 0 };
	enum reason why;

	message[0] = '\0';
	why = settings_read(env, &s, message);
	if (why == REASON_NONE)
		why = refuse_others(&s, message);
	if (why == REASON_NONE)
		why = header_read(photo, &s, &h, message);
	if (why == REASON_NONE)
		why = load_photo(photo, &h, &s, &l, message);
	if (why == REASON_NONE) {
		make_renditions(&l, &s, &a, files);
		look(&l, &a);
		a.width = l.width;
		a.height = l.height;
		a.format = format_name(h.format);
		a.frames = h.frames;
		a.degraded = l.degraded;
		answer_write(&a, answer);
	}
	buf_clear(&a.hash);
	loaded_clear(&l);
	return why;
}
