#include "functions/runner/answer.h"

#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "functions/runner/encode/encode.h"

/* A name that leaves the format open gets its ending here. */
static void write_name(struct json *j, const struct made *m)
{
	const char *ending = m->rendition->format == RENDITION_AUTO ? encode_ending(m->format) : "";
	char name[RENDITION_NAME_MAX + 8];

	snprintf(name, sizeof name, "%.*s%s", STR_ARG(m->rendition->name), ending);
	json_cstr(j, "name", name);
}

static void write_made(struct json *j, const struct made *m)
{
	json_open(j, NULL, '{');
	write_name(j, m);
	json_cstr(j, "content_type", encode_content_type(m->format));
	json_int(j, "width", m->width);
	json_int(j, "height", m->height);
	json_int(j, "offset", (int64_t)m->offset);
	json_int(j, "length", (int64_t)m->length);
	json_close(j);
}

static void text(struct json *j, const char *name, const char *s)
{
	if (s[0])
		json_cstr(j, name, s);
}

static void real(struct json *j, const char *name, double v)
{
	if (v > 0)
		json_real(j, name, round(v * 100) / 100);
}

/* A ten-millionth of a degree would be a centimetre: six decimals are ten. Metres have one. */
static void write_place(struct json *j, const struct facts *f)
{
	if (!f->has_place)
		return;
	json_real(j, "latitude", round(f->latitude * 1e6) / 1e6);
	json_real(j, "longitude", round(f->longitude * 1e6) / 1e6);
	if (f->has_altitude)
		json_real(j, "altitude", round(f->altitude * 10) / 10);
}

static void write_texts(struct json *j, const struct facts *f)
{
	text(j, "title", f->title);
	text(j, "caption", f->caption);
	if (f->keywords_n > 0) {
		json_open(j, "keywords", '[');
		for (int i = 0; i < f->keywords_n; i++)
			json_cstr(j, NULL, f->keywords[i]);
		json_close(j);
	}
	if (f->rating != 0)
		json_int(j, "rating", f->rating);
	text(j, "copyright", f->copyright);
	text(j, "artist", f->artist);
}

static void write_facts(struct json *j, const struct facts *f)
{
	text(j, "camera", f->camera);
	text(j, "lens", f->lens);
	text(j, "exposure", f->exposure);
	real(j, "aperture", f->aperture);
	real(j, "focal_length", f->focal_length);
	real(j, "focal_length_35", f->focal_length_35);
	if (f->iso > 0)
		json_int(j, "iso", f->iso);
	text(j, "taken_at", f->taken_at);
	write_place(j, f);
	write_texts(j, f);
	text(j, "icc", f->profile);
}

static void write_look(struct json *j, const struct answer *a)
{
	json_str(j, "thumbhash", str_n(a->hash.data, a->hash.len));
	text(j, "blurhash", a->blurhash);
	text(j, "phash", a->phash);
	json_cstr(j, "color", a->color);
	if (a->swatches_n == 0)
		return;
	json_open(j, "palette", '[');
	for (int i = 0; i < a->swatches_n; i++) {
		json_open(j, NULL, '{');
		json_cstr(j, "color", a->swatches[i].color);
		json_real(j, "share", round(a->swatches[i].share * 1000) / 1000);
		json_close(j);
	}
	json_close(j);
}

static void write_photo(struct json *j, const struct answer *a)
{
	json_open(j, "photo", '{');
	json_int(j, "width", a->width);
	json_int(j, "height", a->height);
	json_cstr(j, "format", a->format);
	write_look(j, a);
	if (a->frames > 1)
		json_int(j, "frames", a->frames);
	if (a->animation_cut)
		json_bool(j, "animation_cut", true);
	if (a->degraded) {
		json_bool(j, "degraded", true);
		json_real(j, "read", round(a->read * 1000) / 1000);
	}
	write_facts(j, &a->facts);
	if (a->bit_depth > 0)
		json_int(j, "bit_depth", a->bit_depth);
	text(j, "hdr", a->hdr ? a->hdr : "");
	if (a->profile_ignored)
		json_bool(j, "icc_ignored", true);
	text(j, "sha256", a->sha256);
	text(j, "color_space", a->color_space ? a->color_space : "");
	json_close(j);
}

void answer_write(const struct answer *a, struct buf *to)
{
	struct json j = json_into(to);

	json_open(&j, NULL, '{');
	json_open(&j, "renditions", '[');
	for (int i = 0; i < a->made_n; i++)
		write_made(&j, &a->made[i]);
	json_close(&j);
	write_photo(&j, a);
	json_close(&j);
}
