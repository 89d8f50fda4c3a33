#include "functions/runner/answer.h"

#include <math.h>

#include "base/json.h"
#include "functions/runner/encode.h"

static void write_made(struct json *j, const struct made *m)
{
	json_open(j, NULL, '{');
	json_str(j, "name", m->rendition->name);
	json_cstr(j, "content_type", encode_content_type(m->rendition->format));
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

/* A ten-millionth of a degree would be a centimetre: six decimals are ten. */
static double place(double degrees)
{
	return round(degrees * 1e6) / 1e6;
}

static void write_photo(struct json *j, const struct answer *a)
{
	json_open(j, "photo", '{');
	json_int(j, "width", a->width);
	json_int(j, "height", a->height);
	json_cstr(j, "format", a->format);
	json_str(j, "thumbhash", str_n(a->hash.data, a->hash.len));
	json_cstr(j, "color", a->color);
	if (a->frames > 1)
		json_int(j, "frames", a->frames);
	if (a->degraded)
		json_bool(j, "degraded", true);
	text(j, "camera", a->facts.camera);
	text(j, "taken_at", a->facts.taken_at);
	if (a->facts.has_place) {
		json_real(j, "latitude", place(a->facts.latitude));
		json_real(j, "longitude", place(a->facts.longitude));
	}
	text(j, "icc", a->facts.profile);
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
