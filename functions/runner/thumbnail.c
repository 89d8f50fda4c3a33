#include "functions/runner/thumbnail.h"

#include <math.h>
#include <string.h>

#include "base/codec.h"
#include "base/digest.h"
#include "functions/runner/animation.h"
#include "functions/runner/answer.h"
#include "functions/runner/color/convert.h"
#include "functions/runner/color/tone.h"
#include "functions/runner/encode/encode.h"
#include "functions/runner/look/thumbhash.h"
#include "functions/runner/reader.h"
#include "functions/runner/render.h"

/* The journey of one photo. */
struct work {
	struct str photo;
	struct settings settings;
	struct header header;
	struct meta meta;
	struct master master;
	struct image unconverted;	/* a copy, when some rendition keeps the profile */
	struct str profile;		/* that goes along then; borrowed from meta */
	struct answer answer;
	int orientation;
};

/* The program that reads every format has nobody to pass a photo on to. */
static bool is_last(void)
{
	for (int f = 0; f < FORMATS; f++)
		if (readers[f] == NULL)
			return false;
	return true;
}

static enum reason elsewhere(char message[SAY_MAX])
{
	return say(message, REASON_ELSEWHERE, "this photo or one of its renditions is the general runner's");
}

/* Whether this program reads the photo and writes all of its renditions. */
static enum reason check_formats(const struct work *w, char message[SAY_MAX])
{
	const struct settings *s = &w->settings;

	if (readers[w->header.format] == NULL)
		return elsewhere(message);
	for (int i = 0; i < s->renditions_n; i++) {
		const struct rendition *o = &s->renditions[i];

		if (encode_can(o->format))
			continue;
		return is_last() ? say(message, REASON_SETTINGS, "RENDITIONS: %.*s: no library installed here writes %s; choose another format",
				       STR_ARG(o->name), encode_content_type(o->format)) : elsewhere(message);
	}
	return REASON_NONE;
}

static enum reason read(struct work *w, char message[SAY_MAX])
{
	struct reading r = { .photo = w->photo, .h = &w->header, .meta = &w->meta, .settings = &w->settings };
	enum reason why = check_formats(w, message);

	if (why != REASON_NONE)
		return why;
	w->orientation = meta_orientation(&w->meta);
	w->master.width = (int)w->header.width;
	w->master.height = (int)w->header.height;
	need_of(&w->settings, &w->meta, (int)w->header.width, (int)w->header.height, w->orientation, &r.need);
	return readers[w->header.format](&r, &w->master, message);
}

static bool keeps_profile(const struct settings *s)
{
	for (int i = 0; i < s->renditions_n; i++)
		if (s->renditions[i].keep_profile)
			return true;
	return false;
}

/* The profile goes along with samples that it tells of, and only with RGB: inks are in no rendition, and grey becomes RGB in a WebP or on a
 * canvas. */
static void convert_by_profile(struct work *w, bool rgb)
{
	struct image *i = &w->master.image;

	image_interleave(i);
	if (rgb && keeps_profile(&w->settings)) {
		picture_copy(&i->picture, &w->unconverted.picture);
		convert_narrow(&w->unconverted.picture);
	}
	if (convert_to_srgb(&i->picture, w->meta.icc) != CONVERT_PROFILE_BROKEN)
		return;
	w->answer.profile_ignored = true;
	image_clear(&w->unconverted);
}

/* To 8-bit sRGB, by the numbers of a high dynamic range before any profile; a copy stays as it was for those who want the profile. */
static void convert(struct work *w)
{
	struct image *i = &w->master.image;
	bool cmyk = w->master.colors == MASTER_CMYK, rgb = !cmyk && (i->planar ? i->planes.n : i->picture.bands) >= 3;
	bool high = rgb && !i->planar && i->picture.depth == 16 && tone_is_high(w->meta.transfer);
	bool due = !high && convert_is_due(w->meta.icc, cmyk);

	if (due) {
		convert_by_profile(w, rgb);
	} else if (high) {
		tone_map(&i->picture, w->meta.transfer, w->meta.primaries);
		w->answer.hdr = tone_name(w->meta.transfer);
	} else if (!i->planar) {
		convert_narrow(&i->picture);
	}
	if (!i->planar)
		picture_no_grey_alpha(&i->picture);
	if (rgb && !high && !w->answer.profile_ignored)
		w->profile = w->meta.icc;
}

static void look(const struct wishes *wishes, struct render *r, struct answer *a)
{
	const struct picture *small = render_small(r);

	color_dominant(small, a->color);
	thumbhash(small, &a->hash);
	if (wishes->blurhash)
		blurhash(small, a->blurhash);
	if (wishes->phash)
		phash(small, a->phash);
	if (wishes->palette)
		a->swatches_n = swatches(small, a->swatches);
}

static enum reason cannot_print(const struct rendition *failed, struct buf *files, char message[SAY_MAX])
{
	bool too_large = files->len > RENDITION_BYTES_MAX;

	files->len = 0;
	if (too_large)
		return say(message, REASON_SETTINGS, "RENDITIONS: they have more than %d bytes together; ask for fewer or smaller ones, or a "
			   "lower quality", RENDITION_BYTES_MAX);
	if (!is_last())
		return elsewhere(message);
	return say(message, REASON_SETTINGS, "RENDITIONS: %.*s could not be written; choose another size or format", STR_ARG(failed->name));
}

static enum reason print(struct work *w, struct buf *files, char message[SAY_MAX])
{
	const struct master *m = &w->master;
	int turn = w->orientation;
	struct render r = {
		.settings = &w->settings, .photo = w->photo, .format = w->header.format, .frames = w->header.frames, .meta = &w->meta, .facts = &w->answer.facts, .image = &m->image,
		.unconverted = w->unconverted.picture.pixels ? &w->unconverted : NULL, .profile = w->profile, .orientation = turn,
		.width = turn >= 5 ? m->height : m->width, .height = turn >= 5 ? m->width : m->height,
	};
	const struct rendition *failed = render_all(&r, w->answer.made, files);

	look(&w->settings.wishes, &r, &w->answer);
	w->answer.animation_cut = r.animation_cut;
	w->answer.made_n = w->settings.renditions_n;
	w->answer.width = r.width;
	w->answer.height = r.height;
	render_clear(&r);
	return failed ? cannot_print(failed, files, message) : REASON_NONE;
}

static void hash_file(struct str photo, char to[65])
{
	uint8_t sum[DIGEST_SIZE_MAX];
	struct digest d;

	digest_begin(&d, DIGEST_SHA256);
	digest_feed(&d, photo.p, photo.n);
	digest_end(&d, sum);
	hex_encode(to, sum, digest_size(DIGEST_SHA256));
}

static void apply_gps(enum gps policy, struct facts *f)
{
	if (policy == GPS_DROP)
		f->has_place = false;
	if (policy != GPS_ROUND)
		return;
	f->latitude = round(f->latitude * 100) / 100;
	f->longitude = round(f->longitude * 100) / 100;
	f->has_altitude = false;
}

static void tell(struct work *w, struct buf *answer)
{
	struct answer *a = &w->answer;
	const struct wishes *wishes = &w->settings.wishes;

	a->format = format_name(w->header.format);
	a->frames = w->header.frames;
	a->bit_depth = w->header.bits;
	a->color_space = w->header.space;
	a->degraded = w->master.degraded;
	a->read = w->master.read;
	if (wishes->sha256)
		hash_file(w->photo, a->sha256);
	apply_gps(wishes->gps, &a->facts);
	answer_write(a, answer);
}

static void work_clear(struct work *w)
{
	buf_clear(&w->answer.hash);
	image_clear(&w->unconverted);
	master_clear(&w->master);
	meta_clear(&w->meta);
}

enum reason thumbnail_make(struct str photo, const struct json_value *env, struct buf *answer, struct buf *files,
			   char message[512])
{
	struct work w = { .photo = photo };
	enum reason why;

	message[0] = '\0';
	why = settings_read(env, &w.settings, message);
	if (why == REASON_NONE)
		why = header_read(photo, &w.settings, &w.header, message);
	if (why == REASON_NONE) {
		meta_find(photo, w.header.format, w.settings.limits.profile, &w.meta);
		facts_read(&w.meta, &w.answer.facts);
		why = read(&w, message);
	}
	if (why == REASON_NONE) {
		convert(&w);
		why = print(&w, files, message);
	}
	if (why == REASON_NONE)
		tell(&w, answer);
	work_clear(&w);
	return why;
}
